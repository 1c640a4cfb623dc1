"""Google's news sitemap: what was published first in the last 48 hours (developers.google.com, "News sitemaps").

One `news:news` an article, at most `MAX_NEWS` a file. What is paid for, withdrawn or wants no search engine is no news.
`publication_date` is that of the first publication and the title is the headline alone, as the page shows it.
`genres` and `keywords` are read by nobody any more and left out.
"""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from services.feed.formats import Publication, page_of, rfc3339
from services.feed.formats.xml import clean, document, element
from shared.contracts.feeds import NewsSitemapConfig
from shared.contracts.teaser import Teaser

PATH: Final = "/news-sitemap.xml"
MAX_NEWS: Final = 1_000  # news:news elements in one file
NEWS_MS: Final = 48 * 3_600 * 1_000  # milliseconds after its publication that an article is news
_WITH_REGION: Final = frozenset({"zh-cn", "zh-tw"})  # the only languages that may say more than ISO 639
_NAMESPACES: Final = {
    "xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9",
}


def part_path(name: str) -> str:
    """Return where a part is, when one file is not enough: `/news-sitemap-2026-11-21.xml`."""
    return f"/news-sitemap-{name}.xml"


def is_news(teaser: Teaser, config: NewsSitemapConfig) -> bool:
    """Say whether an article may stand in the news sitemap, whenever it was published."""
    return not (
        teaser.noindex
        or teaser.kind == "sponsored"
        or teaser.section in config.leave_out_sections
        or (teaser.members_only and not config.members_only)
    )


def url(teaser: Teaser, publication: Publication) -> bytes:
    """Return one `<url>`."""
    values = {
        "news:name": publication.name,
        "news:language": language_of(teaser.language),
        "news:publication_date": rfc3339(teaser.published_at, publication.zone),
        "news:title": teaser.headline,
    }
    name, language, date, title = (f"<{key}>{escape(clean(value))}</{key}>" for key, value in values.items())
    news = f"<news:news><news:publication>{name}{language}</news:publication>{date}{title}</news:news>"
    return f"<url><loc>{escape(clean(page_of(teaser, publication)))}</loc>{news}</url>".encode()


def urlset(urls: Sequence[bytes]) -> bytes:
    """Return one file; it may be empty."""
    return document(element("urlset", _NAMESPACES), urls)


def language_of(tag: str) -> str:
    """Return what the protocol takes of a BCP 47 tag: ISO 639 without a region, two Chinese forms excepted."""
    lower = tag.lower()
    return lower if lower in _WITH_REGION else lower.partition("-")[0]
