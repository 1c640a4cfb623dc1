"""What each template sees: its names and their types. With views.py the contract with theme authors.

docs/reference/theme-context.md is made from here; a test compares both with what the templates really get.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypedDict

from services.render.compose.ads.explain import Gap
from services.render.compose.ads.house import CreativeView
from services.render.compose.ads.slots import Slot, Slots
from services.render.compose.markup import Markup
from services.render.compose.views import (
    ArticleView,
    DateView,
    FeedView,
    FrontView,
    HeadView,
    LinkView,
    ListView,
    PreviewView,
    TeaserView,
    Texts,
    YearView,
)
from shared.contracts.ads import TransparencyConfig


class SiteView(TypedDict):
    """The site, as litfass.toml has it."""

    name: str
    language: str
    description: str


class ChromeView(TypedDict):
    """What all pages of a site share, drawn once: parts/head.html, parts/header.html and parts/footer.html.

    `header` includes the navigation as a fragment, `header_whole` has it in itself: for pages that must stand alone.
    """

    site: SiteView
    base_url: str
    direction: str
    head: Markup
    header: Markup
    header_whole: Markup
    footer: Markup


class PageContext(TypedDict):
    """What every page sees; the pages' own names come on top."""

    chrome: ChromeView
    t: Texts
    head: HeadView
    slots: Slots
    why: Sequence[Gap]
    ads_json: Markup
    count_pixels: Sequence[Markup]
    count_json: Markup
    preview: PreviewView | None


class ArticlePage(PageContext):
    """An article, also as a preview."""

    article: ArticleView


class FrontPage(PageContext):
    """The front page."""

    front: FrontView


class ListPage(PageContext):
    """A section, tag, author, events, corrections, or a month of one; `older` and `newer` lead between months."""

    list: ListView
    teasers: Sequence[TeaserView]
    years: Sequence[YearView]
    older: LinkView | None
    newer: LinkView | None


class StaticPage(PageContext):
    """Imprint, privacy and other pages from the site's folder; `html` wants `|safe`."""

    title: str
    html: str


class NotFoundPage(PageContext):
    """404: the sections and the newest articles."""

    sections: Sequence[LinkView]
    teasers: Sequence[TeaserView]


class GonePage(PageContext):
    """410: what stays of a withdrawn article; nothing else of it may be here."""

    note: str
    withdrawn: DateView | None


class MovedPage(PageContext):
    """At an old address, while nobody can answer 301: `to` is the new path, `url` the whole address."""

    to: Markup
    url: Markup


class NoticePage(PageContext):
    """The transparency notice of a political advertisement; `rows` are names and values."""

    rows: Sequence[tuple[str, str]]
    period: str
    process_url: Markup


class FurnitureContext(TypedDict):
    """What head, footer and navigation see; `outline` leads to all feeds of the site at once."""

    t: Texts
    name: str
    description: str
    sections: Sequence[LinkView]
    static_pages: Sequence[LinkView]
    events_url: Markup
    corrections_url: Markup
    feeds: Sequence[FeedView]
    outline: FeedView
    nav_fragment: Markup


class HeaderContext(FurnitureContext):
    """With `is_whole` the navigation is in it, else the fragment."""

    is_whole: bool


class BoxContext(TypedDict):
    """A box of teasers: `of` is the kind of its list, `url` its page."""

    t: Texts
    title: str
    of: str
    url: Markup
    teasers: Sequence[TeaserView]


class SlotContext(TypedDict):
    """A place for an advertisement; drawn once, printed as `slot.html` wherever it stands."""

    slot: Slot


class AdContext(TypedDict):
    """A house advertisement, inside of its slot."""

    t: Texts
    ad: CreativeView


class Template(NamedTuple):
    """A template that must be there: what it sees, and what it draws."""

    context: type[Any]  # a TypedDict; there is no type for "any of them"
    draws: str


TEMPLATES: Final[Mapping[str, Template]] = {
    "article.html": Template(ArticlePage, "an article of any kind, also as a preview and with `?ads=why`"),
    "front.html": Template(FrontPage, "the front page"),
    "list.html": Template(ListPage, "a list, or one of its months"),
    "static.html": Template(StaticPage, "a page from the site's folder"),
    "not_found.html": Template(NotFoundPage, "404"),
    "gone.html": Template(GonePage, "410"),
    "moved.html": Template(MovedPage, "the way on from an old address"),
    "unavailable.html": Template(PageContext, "503; it may need no other file but the style sheet"),
    "preview_over.html": Template(PageContext, "404 for a link to a preview that is over"),
    "ad_notice.html": Template(NoticePage, "a political advertisement's notice"),
    "parts/head.html": Template(FurnitureContext, "what `<head>` has on every page, with the style sheets"),
    "parts/header.html": Template(HeaderContext, "the header, twice: with the navigation as a fragment and whole"),
    "parts/footer.html": Template(FurnitureContext, "the footer"),
    "parts/slot.html": Template(SlotContext, "a place for an advertisement"),
    "fragments/nav.html": Template(FurnitureContext, "the navigation"),
    "fragments/recent.html": Template(BoxContext, "the newest articles"),
    "fragments/events.html": Template(BoxContext, "the next events"),
    "fragments/mixed.html": Template(BoxContext, "a draw of older articles"),
    "fragments/related.html": Template(BoxContext, "more of a tag or a section, below an article"),
    "fragments/breaking.html": Template(BoxContext, "breaking news, above every page"),
    "fragments/ad.html": Template(AdContext, "a house advertisement"),
}

# What the code says with a theme's words; all others are between a theme and itself.
WORDS: Final = frozenset(
    {
        "archive", "corrected", "gone", "intro_corrections", "intro_events", "list_corrections", "list_events",
        "list_mixed", "list_recent", "live", "moved", "not_found", "over_author", "over_tag", "political_notice",
        "preview_over", "published", "unavailable", "updated",
        *(f"notice_{name}" for name in TransparencyConfig.model_fields if name != "process_url"),
    }
)  # fmt: skip
