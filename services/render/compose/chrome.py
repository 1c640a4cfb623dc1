"""Everything of a site that its pages share, made once at start: names, words, header, footer.

The navigation is a fragment, so that a new section does not touch every page; pages that must stand alone (a note
about a withdrawn article, "not found") carry it themselves. Imprint and privacy stand in the footer of every page:
they must be one click away even when a fragment is missing (DDG § 5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from services.render.compose.ads import House, SiteAds, Slot
from services.render.compose.counting import Counting
from services.render.compose.dates import Dates, direction_of, locale_of
from services.render.compose.markup import EMPTY, Markup, attribute
from services.render.compose.pictures import ImageService
from services.render.compose.views import DateView, FeedView, LinkView, Texts
from shared.contracts import lists, paths
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import ListName
from shared.contracts.paths import FeedFormat


class LinkedPage(Protocol):
    """A static page, as far as the footer is concerned."""

    @property
    def slug(self) -> str:
        """Its path word."""

    @property
    def title(self) -> str:
        """What links to it say."""


class Furnisher(Protocol):
    """What chrome needs of a theme."""

    def texts(self, language: str) -> Texts:
        """Return the theme's words in a language."""

    def slot(self, slot: Slot) -> Markup:
        """Draw a place for an advertisement."""

    def part(self, template: str, context: Mapping[str, object]) -> Markup:
        """Render a piece of a page."""


@dataclass(frozen=True)
class Chrome:
    """One site, ready to be put around its articles.

    Args:
        base_url: without the last slash.
        ads: where its advertisements stand; house: those of its own.
        images: where its pictures come from in other widths.
        counting: what counts its readers.
        sections: slug → title and address, in the order of the navigation.
        links: what else the navigation and the footer lead to.
        header: with the navigation as a fragment; `header_whole` with the navigation in it.
        head: what `<head>` has on every page.
    """

    site_name: SiteName
    site: SiteConfig
    base_url: str
    dates: Dates
    direction: str
    texts: Texts
    ads: SiteAds
    house: House
    images: ImageService
    counting: Counting
    sections: Mapping[str, LinkView]
    static_pages: Sequence[LinkView]
    head: Markup = EMPTY
    header: Markup = EMPTY
    header_whole: Markup = EMPTY
    footer: Markup = EMPTY

    @classmethod
    def of(
        cls, site_name: SiteName, site: SiteConfig, theme: Furnisher, static_pages: Sequence[LinkedPage]
    ) -> "Chrome":
        """Return the chrome of a site in a theme."""
        bare = cls(
            site_name=site_name,
            site=site,
            base_url=site.base_url,
            dates=Dates(locale_of(site.language), site.zone),
            direction=direction_of(site.language),
            texts=theme.texts(site.language),
            ads=SiteAds(site.ads, language=site.language, draw=theme.slot),
            house=House(site.ads, hosts=(site.url.host or "", *site.hosts), zone=site.zone),
            images=ImageService(site.images, site.base_url, site.image_cuts),
            counting=Counting(site.counting, cmp=site.ads.consent.cmp),
            sections={slug: list_link(title, lists.section(slug)) for slug, title in site.sections.items()},
            static_pages=[link(page.title, f"/{page.slug}/") for page in static_pages],
        )
        context = bare.context()
        return replace(
            bare,
            head=theme.part("parts/head.html", context),
            header=theme.part("parts/header.html", context | {"is_whole": False}),
            header_whole=theme.part("parts/header.html", context | {"is_whole": True}),
            footer=theme.part("parts/footer.html", context),
        )

    def context(self) -> dict[str, object]:
        """Return what the theme's header, footer and navigation see."""
        return {
            "t": self.texts,
            "name": self.site.name,
            "description": self.site.description,
            "sections": [*self.sections.values()],
            "static_pages": self.static_pages,
            "events_url": Markup(paths.page_path(lists.EVENTS)),
            "corrections_url": Markup(paths.page_path(lists.CORRECTIONS)),
            "feeds": feeds_of(lists.RECENT),
            "outline": FeedView(title="OPML", type=paths.OUTLINE_TYPE, url=attribute(paths.OUTLINE)),
            "nav_fragment": Markup(paths.fragment_path("nav")),
        }

    def url(self, path: str) -> str:
        """Return a path of the site as an absolute URL; absolute URLs stay."""
        return f"{self.base_url}{path}" if path.startswith("/") and not path.startswith("//") else path

    def section(self, slug: str) -> LinkView:
        """Return a section's link; one that the site no longer has is only a word."""
        return self.sections.get(slug) or LinkView(title=slug.replace("-", " ").capitalize(), url=EMPTY)


FEED_TITLES: Mapping[FeedFormat, str] = {"xml": "RSS", "atom": "Atom", "json": "JSON Feed"}
FEED_TYPES: Mapping[FeedFormat, str] = {
    "xml": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


@lru_cache(maxsize=1024)  # every article's page leads to the same three
def feeds_of(name: ListName) -> Sequence[FeedView]:
    """Return a list in its three formats."""
    return [
        FeedView(title=FEED_TITLES[form], type=FEED_TYPES[form], url=attribute(paths.feed_path(name, form)))
        for form in paths.FEED_FORMATS
    ]


def link(title: str, path: str) -> LinkView:
    """Return a link to a path of the site."""
    return LinkView(title=title, url=attribute(path))


@lru_cache(maxsize=4096)  # tags and authors come back from page to page
def list_link(title: str, name: ListName) -> LinkView:
    """Return a link to the page of a list; nobody may change it."""
    return link(title, paths.page_path(name))


def on_day(dates: Dates, moment: datetime) -> DateView:
    """Return a moment as a day."""
    return DateView(text=dates.day(moment), machine=dates.machine(moment))


def at_minute(dates: Dates, moment: datetime) -> DateView:
    """Return a moment as day and time."""
    return DateView(text=dates.minute(moment), machine=dates.machine(moment))
