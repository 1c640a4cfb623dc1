"""What templates see: plain data with every text ready to print. The contract with theme authors.

Texts are escaped by the template engine. Fields named `html` and `items` hold sanitised HTML and want `|safe`;
fields named `url`, `src` and `*_json` are Markup already.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from services.render.compose.ads import Gap, Slot
from services.render.compose.markup import Markup
from shared.contracts.blocks import Code, Divider, Heading, ListBlock, Paragraph, Quote, RawHtml, Table

Texts = Mapping[str, str]  # key → what the theme says, in the site's language


class DateView(TypedDict):
    """A moment: for readers and for machines."""

    text: str
    machine: str


class LinkView(TypedDict):
    """A word that leads somewhere; nowhere when `url` is empty."""

    title: str
    url: Markup


class FeedView(TypedDict):
    """A list as a feed: "RSS", its media type and its address."""

    title: str
    type: str
    url: Markup


class PictureView(TypedDict):
    """One picture; `eager` for the first of a page, all others wait until they are near the screen.

    `srcset` is empty without an image service; with it the template says `sizes`, for it knows how wide a picture is.
    """

    type: Literal["image"]
    src: Markup
    srcset: Markup
    alt: str
    caption: str
    credit: str
    width: int | None
    height: int | None
    eager: bool


class GalleryView(TypedDict):
    """Several pictures that belong together."""

    type: Literal["gallery"]
    pictures: Sequence[PictureView]


class EmbedView(TypedDict):
    """Somebody else's content as a link: no request goes there before the reader's own click.

    Args:
        player: the address of its player, which a frame may go to once the reader says so; empty where there is none.
            It is ours, made of an id: no word of an editor is in it.
    """

    type: Literal["embed"]
    url: Markup
    title: str
    provider: str
    player: Markup


class UpdateView(TypedDict):
    """The heading of an update in a live article, with an address of its own."""

    type: Literal["update"]
    level: int
    html: str
    anchor: str


Part = (
    Paragraph
    | Heading
    | ListBlock
    | Quote
    | Table
    | Code
    | Divider
    | RawHtml
    | PictureView
    | GalleryView
    | EmbedView
    | UpdateView
    | Slot
    | Gap
)


class EventView(TypedDict):
    """When and where; `day` and `month` are for the tear-off calendar."""

    day: str
    month: str
    when: str
    machine: str
    place: str


class CorrectionView(TypedDict):
    """What was wrong, and since when it is right."""

    text: str
    at: DateView


class ChangeView(TypedDict):
    """One step of an article's history: "Korrigiert", and when."""

    what: str
    at: DateView


class HeadView(TypedDict):
    """What stands in `<head>` and differs from page to page.

    Args:
        properties: for `<meta property="…" content="…">`; those called `twitter:…` want `name` instead.
    """

    title: str
    description: str
    canonical: Markup
    robots: str
    feeds: Sequence[FeedView]
    properties: Sequence[tuple[str, str]]
    data_json: Markup


class PreviewView(TypedDict):
    """What is said above a draft: until when it can be seen, where it would be, and the other way to look at it.

    `other` leads to the same page without the reasons for advertisements, or with them.
    """

    ends: DateView
    address: Markup
    other: Markup
    with_reasons: bool


class RevisionView(TypedDict):
    """Which state of the document a page shows; the sweeper compares it with the store."""

    number: int
    tie: str


class ArticleView(TypedDict):
    """One article on its page.

    Args:
        id: also the class `a-…` of its teasers, so that a page can hide its own.
        kind: `article`, `event`, `sponsored` or `live`.
        language: of the article, with `direction`, when it is not the site's; else empty.
        label: what must be said before the headline: that somebody paid for it, or that it goes on.
        is_long: the headline would fill a phone's screen.
        authors: without an address where they have no page.
        updated: only when a reader can tell it from the publication.
        parts: the body, told apart by `type`.
        members_only: the rest is for members, which has to be said, in an element of the class `members-only`: search
            engines are told to look for it.
        corrections: the newest first.
        mailto: for sharing by mail; `shares`: elsewhere, by plain links.
        related: the fragment with more like this, to be included.
        revision: has to be printed as litfass:revision, or `litfass check` takes the page for an old one.
    """

    id: str
    kind: str
    language: str
    direction: str
    label: str
    kicker: str
    headline: str
    is_long: bool
    standfirst: str
    authors: Sequence[LinkView]
    location: str
    credit: str
    published: DateView
    updated: DateView | None
    corrected: DateView | None
    picture: PictureView | None
    event: EventView | None
    parts: Sequence[Part]
    members_only: bool
    corrections: Sequence[CorrectionView]
    history: Sequence[ChangeView]
    tags: Sequence[LinkView]
    section: LinkView
    url: Markup
    mailto: Markup
    shares: Sequence[LinkView]
    related: str
    revision: RevisionView


class TeaserView(TypedDict):
    """One article in a list.

    Args:
        language: of the article, with `direction`, when it is not the site's; else empty.
        label: what must be said before the headline: that somebody paid for it, or that it goes on.
        is_long: the headline is a very long one.
        correction: the text of the last one, for the list of corrections.
    """

    id: str
    url: Markup
    language: str
    direction: str
    label: str
    kicker: str
    headline: str
    is_long: bool
    standfirst: str
    section: str
    credit: str
    published: DateView
    picture: PictureView | None
    event: EventView | None
    correction: str


class ListView(TypedDict):
    """What a list is called: "Thema" above "Brücke"."""

    kind: str
    over: str
    over_url: Markup
    url: Markup
    title: str
    intro: str
    calendar: Markup


class SectionView(TypedDict):
    """A section's part of the front page."""

    title: str
    url: Markup
    teasers: Sequence[TeaserView]


class YearView(TypedDict):
    """One year of a list's archive, newest month first; the month on show has no address."""

    year: str
    months: Sequence[LinkView]


class FrontView(TypedDict):
    """The front page: no story twice.

    Args:
        shown: the ids of all of them, by which the page hides them in a box beside it.
    """

    lead: TeaserView | None
    top: Sequence[TeaserView]
    sections: Sequence[SectionView]
    archive: LinkView | None
    shown: Sequence[str]
