"""Every page of a theme once, before any reader comes: a template that is broken says so at start.

One article with everything that an article can have, one with nothing, and every other page around them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from services.render.compose.ads import Place
from services.render.compose.chrome import Chrome, Furnisher
from shared.contracts import lists
from shared.contracts.ads import CreativeConfig
from shared.contracts.article import Article
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.config import SiteConfig
from shared.contracts.document import Document
from shared.contracts.lists import ListName
from shared.contracts.teaser import Teaser, teaser_of
from shared.runtime.clock import milliseconds

POLITICAL: Final[Mapping[str, Any]] = {
    "images": [{"src": "/a.svg", "width": 3, "height": 2}], "alt": "A", "url": "/", "political": True,
    "starts_at": "2026-01-01", "ends_at": "2026-02-01", "positions": ["sidebar-1"],
    "transparency": {
        "sponsor": "A", "sponsor_email": "a@b.example", "sponsor_address": "B", "process": "C", "targeting": "age",
        "process_url": "https://a.example/", "amount": "1", "amount_basis": "D", "funding": "public",
        "funding_from": "EU", "complaints": "E", "controlled_by": "F", "paid_by": "G", "suspended_before": "H",
    },
}  # fmt: skip
SITE: Final[Mapping[str, Any]] = {
    "name": "A", "url": "https://a.example", "sections": {"a": "A", "c": "C"},
    "ads": {
        "provider": "tag", "tag": {"html": "a"}, "consent": {"cmp": "/a.js"},
        "rules": {"list_every": 2, "density": 0.5},
        "slots": {"sticky": {"enabled": True}, "sidebar-3": {}},
        "creatives": {"a": POLITICAL, "b": {"html": "a", "width": 1, "height": 1, "url": "/"}},
    },
}  # fmt: skip
WHEN: Final = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
PATH: Final = UrlPath("/a/b/")
PICTURE: Final = {"url": "/a.svg", "alt": "A", "caption": "B", "credit": "C", "width": 3, "height": 2}
TEXT: Final = {"type": "paragraph", "html": "word " * 200}
EVERY_BLOCK: Final[Sequence[Mapping[str, Any]]] = (
    *[TEXT] * 8,
    {"type": "heading", "level": 2, "html": "A"},
    {"type": "image", "image": PICTURE},
    {"type": "image", "image": {"url": "/b.svg"}},
    {"type": "gallery", "images": [PICTURE, {"url": "/b.svg"}]},
    {"type": "list", "items": ["a", "b"]},
    {"type": "list", "ordered": True, "items": ["a"]},
    {"type": "quote", "html": "a", "cite": "b"},
    {"type": "quote", "html": "a"},
    {"type": "table", "html": "<table></table>"},
    {"type": "embed", "url": "https://a.example/", "provider": "A", "title": "B"},
    {"type": "embed", "url": "https://vimeo.com/1", "provider": "A", "title": "B"},
    {"type": "code", "text": "a", "language": "b"},
    {"type": "divider"},
    {"type": "html", "html": "<div></div>"},
    {"type": "ad", "mark": "off"},
)
BARE: Final[Mapping[str, Any]] = {
    "id": "a" + "0" * 24, "site": "site", "source": "source", "source_id": "1", "section": "a", "slug": "b",
    "revision": {"scheme": "revision", "number": 1, "time_ms": 0, "digest": "0" * 16},
    "headline": "A", "published_at": WHEN, "updated_at": WHEN,
}  # fmt: skip
FULL: Final[Mapping[str, Any]] = {
    **BARE, "kicker": "A", "standfirst": "B", "body": EVERY_BLOCK, "language": "ar", "location": "C", "credit": "D",
    "authors": [{"name": "A", "slug": "a"}, {"name": "B", "slug": "b"}], "tags": [{"name": "A", "slug": "a"}],
    "image": PICTURE, "event": {"starts_at": WHEN, "place": "A"}, "updated_at": WHEN.replace(hour=9),
    "corrections": [{"text": "A", "at": WHEN}, {"text": "B", "at": WHEN}], "kind": "sponsored", "noindex": True,
    "members_only": True,
}  # fmt: skip


class Pages(Furnisher, Protocol):
    """What a theme must be able to do; each method as `html.Theme` has it."""

    def article_page(self, chrome: Chrome, document: Document, *, why: bool = False) -> bytes: ...  # noqa: D102
    def front_page(  # noqa: D102
        self, chrome: Chrome, *, recent: Sequence[Teaser], sections: Mapping[str, Sequence[Teaser]]
    ) -> bytes: ...
    def list_page(  # noqa: D102
        self, chrome: Chrome, name: ListName, *, title: str, teasers: Sequence[Teaser], months: Sequence[str]
    ) -> bytes: ...
    def month_page(  # noqa: D102
        self,
        chrome: Chrome,
        name: ListName,
        *,
        title: str,
        month: str,
        teasers: Sequence[Teaser],
        months: Sequence[str],
    ) -> bytes: ...
    def static_page(self, chrome: Chrome, *, slug: str, title: str, html: str) -> bytes: ...  # noqa: D102
    def fragment(  # noqa: D102
        self, chrome: Chrome, kind: Any, *, teasers: Sequence[Teaser], name: ListName | None = None, title: str = ""
    ) -> bytes: ...
    def house_ad(self, chrome: Chrome, place: Place, *, bucket: int, now_ms: int) -> bytes: ...  # noqa: D102
    def ad_notice(self, chrome: Chrome, name: str, creative: CreativeConfig) -> bytes: ...  # noqa: D102
    def preview_page(self, chrome: Chrome, draft: Document, *, token: str, why: bool) -> bytes: ...  # noqa: D102
    def preview_over(self, chrome: Chrome) -> bytes: ...  # noqa: D102
    def not_found(self, chrome: Chrome, *, recent: Sequence[Teaser]) -> bytes: ...  # noqa: D102
    def gone(self, chrome: Chrome, *, note: str, withdrawn_at: datetime | None) -> bytes: ...  # noqa: D102
    def moved(self, chrome: Chrome, *, to: UrlPath) -> bytes: ...  # noqa: D102
    def unavailable(self, chrome: Chrome) -> bytes: ...  # noqa: D102


def rehearse(theme: Pages) -> None:
    """Render every page of `theme`; what it raises names the template and the line."""
    site = SiteConfig.model_validate(SITE)
    chrome = Chrome.of(SiteName("site"), site, theme, [])
    full, bare = Article.model_validate(FULL), Article.model_validate(BARE)
    for article in (full, *(full.model_copy(update={"kind": kind}) for kind in ("article", "live")), bare):
        theme.article_page(chrome, _document(article))
        theme.article_page(chrome, _document(article), why=True)
        draft = _document(article).model_copy(update={"expires_at": WHEN})
        for why in (True, False):
            theme.preview_page(chrome, draft, token="a", why=why)  # noqa: S106 -- nobody's
    theme.preview_over(chrome)
    teasers = [teaser_of(full, PATH), teaser_of(bare, PATH)]
    _rehearse_lists(theme, chrome, teasers)
    _rehearse_fragments(theme, chrome, teasers)
    _rehearse_house(theme, chrome)
    theme.static_page(chrome, slug="a", title="A", html="<p>a</p>")
    theme.not_found(chrome, recent=teasers)
    theme.gone(chrome, note="A", withdrawn_at=WHEN)
    theme.gone(chrome, note="", withdrawn_at=None)
    theme.moved(chrome, to=PATH)
    theme.unavailable(chrome)


def _rehearse_lists(theme: Pages, chrome: Chrome, teasers: Sequence[Teaser]) -> None:
    theme.front_page(chrome, recent=teasers, sections={"c": [teasers[0].model_copy(update={"id": "a" + "1" * 24})]})
    theme.front_page(chrome, recent=(), sections={})
    many = [teasers[0]] * 7  # so many that an advertisement stands between them
    theme.list_page(chrome, lists.section("a"), title="A", teasers=many, months=())
    others = [each.model_copy(update={"id": f"a{number:024x}"}) for number, each in enumerate(many)]
    theme.front_page(chrome, recent=many, sections={"c": others})
    months = ("2026-02", "2026-01", "2025-12")
    for name in (lists.section("a"), lists.tag("a"), lists.author("a"), lists.EVENTS, lists.CORRECTIONS):
        theme.list_page(chrome, name, title="A", teasers=teasers, months=months)
        theme.list_page(chrome, name, title="", teasers=(), months=())
    theme.month_page(chrome, lists.RECENT, title="", month="2026-01", teasers=teasers, months=months)


def _rehearse_fragments(theme: Pages, chrome: Chrome, teasers: Sequence[Teaser]) -> None:
    for kind in ("recent", "events", "mixed", "breaking", "nav"):
        theme.fragment(chrome, kind, teasers=teasers)
    for name in (lists.tag("a"), lists.section("a")):
        theme.fragment(chrome, "related", teasers=teasers, name=name, title="A")


def _rehearse_house(theme: Pages, chrome: Chrome) -> None:
    for place in chrome.ads.places("article", "a"):
        theme.house_ad(chrome, place, bucket=0, now_ms=milliseconds(WHEN))
    for name, creative in chrome.house.political():
        theme.ad_notice(chrome, name, creative)


def _document(article: Article) -> Document:
    return Document(
        id=article.id, site=article.site, state="public", seq=1, revision=article.revision, path=PATH, article=article
    )
