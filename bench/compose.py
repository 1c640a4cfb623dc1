"""What does a page cost: compose and render an article of 25 blocks, beside the floor's template?

The floor prints headline, standfirst, authors, tags and HTML that is ready. We walk through the blocks, put slots for
advertisements where they may stand, format dates in the site's language, and write structured data and the frame.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Final

from minijinja import Environment

from bench.bare_worker import TEMPLATE
from bench.material import PROSE
from bench.measure import Row, in_turns
from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import blocks_of
from services.render.compose.html import Chrome, Theme
from shared.contracts.article import Article, Author, Tag
from shared.contracts.base import ArticleId, SiteName, SourceName, UrlPath
from shared.contracts.blocks import Block, Heading, ImageBlock, ListBlock, Quote
from shared.contracts.config import SiteConfig
from shared.contracts.document import Document
from shared.contracts.media import Image
from shared.contracts.revision import Revision
from shared.runtime.articles import pack, unpack

ROUNDS: Final = 15
TIMES: Final = 100  # a round
REVISION: Final = Revision(scheme="revision", number=7, time_ms=1_780_000_000_000, digest="0" * 16)


def run(note: Callable[[str], None]) -> Iterator[Row]:  # noqa: ARG001 -- every bench is called alike
    """Measure both in one process."""
    article = an_article()
    document = Document(
        id=article.id, site=article.site, state="public", seq=1, revision=REVISION,
        path=UrlPath("/stadt/markt/"), paths=(UrlPath("/stadt/markt/"),), article=article,
    )  # fmt: skip
    theme = Theme.load("default")
    chrome = Chrome.of(SiteName("kurier"), _SITE, theme, ())
    environment = Environment(templates={"article.html": TEMPLATE})
    page, body = theme.article_page(chrome, document), "\n".join(f"<p>{PROSE}</p>" for _ in article.body)
    plain = {
        "headline": article.headline, "standfirst": article.standfirst, "authors": [{"name": "Ana Ruiz"}],
        "tags": ["Rathaus", "Markt"], "published_at": "2026-06-01", "body": body,
    }  # fmt: skip
    blob = pack(article)
    works = {
        "floor": _timed(lambda: environment.render_template("article.html", **plain).encode()),
        "page": _timed(lambda: theme.article_page(chrome, document)),
        "unpack": _timed(lambda: unpack(blob)),
    }
    took = {name: median(each) for name, each in in_turns(works, rounds=ROUNDS).items()}
    yield Row("compose and render", "µs", took["page"], took["floor"], note=f"{len(page) / 1024:.0f} KB of HTML")
    yield Row("read the document before", "µs", took["unpack"], took["floor"], note="zlib, JSON, validation")


def an_article() -> Article:
    """Return an article of 25 blocks."""
    picture = Image(url="https://cms.example/markt.jpg", alt="Der Markt", width=1200, height=800)
    (paragraph,) = blocks_of(f"<p>{PROSE}</p>", Findings(), where="body")  # as ingest would store it
    body: list[Block] = [paragraph.model_copy() for _ in range(19)]
    body[3:3] = [Heading(html="Was jetzt geschieht"), ListBlock(ordered=False, items=("Im Januar", "Im Mai"))]
    body[9:9] = [ImageBlock(image=picture), Quote(html="Das ist gut für uns alle.", cite="Ana Ruiz")]
    body[15:15] = [Heading(html="Was es kostet"), ImageBlock(image=picture)]
    at = datetime(2026, 6, 1, 6, tzinfo=UTC)
    return Article(
        id=ArticleId(f"a{1:024x}"), site=SiteName("kurier"), source=SourceName("cms"), source_id="1",
        revision=REVISION, section="stadt", slug="markt", headline="Der Markt bekommt ein Dach",
        standfirst="Der Rat hat entschieden.", body=tuple(body), authors=(Author(name="Ana Ruiz", slug="ana-ruiz"),),
        tags=(Tag(name="Rathaus", slug="rathaus"), Tag(name="Markt", slug="markt")), language="de",
        published_at=at, updated_at=at, image=picture,
    )  # fmt: skip


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        started = time.thread_time()  # CPU time: it is all our own work, and the machine may be shared
        for _ in range(TIMES):
            work()
        return (time.thread_time() - started) / TIMES * 1e6

    return measure


_SITE = SiteConfig(name="Der Kurier", url="https://kurier.example", sections={"stadt": "Stadt", "sport": "Sport"})
