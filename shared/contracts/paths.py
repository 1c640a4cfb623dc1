"""Where everything is: the one place that knows the site's URL scheme. Pure; paths are relative to the site.

page_path(list)            /, /stadt/, /tag/markt/ …
month_path(list, "2026-11") …/2026/11/
feed_path(list, "xml")      …/feed.xml
parse(path, sections)      the other way round: what does this path mean, unless an article has it?
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from shared.contracts import lists
from shared.contracts.base import UrlPath
from shared.contracts.lists import ListName

FeedFormat = Literal["xml", "atom", "json"]  # feed.xml (RSS 2.0), feed.atom, feed.json
FEED_FORMATS: tuple[FeedFormat, ...] = ("xml", "atom", "json")

# First path words that never belong to an article, a section or a static page.
RESERVED_WORDS = frozenset(
    {
        "_ads", "_fragments", "_gone", "_moved", "_static", "admin", "ads.txt", "api", "app-ads.txt", "asyncapi",
        "author", "corrections", "docs", "events", "favicon.ico", "feed.atom", "feed.json", "feed.xml", "feeds.opml",
        "health",
        "hub", "metrics", "news-sitemap.xml", "openapi.json", "preview", "robots.txt", "sellers.json", "sitemap.xml",
        "tag", "webhooks",
    }
)  # fmt: skip

PREVIEWS = "/preview/"  # drafts before they are published
ADS = "/_ads/"  # clicks on house advertisements, and the notices of political ones
AD_BUCKETS = 6  # house advertisements of one place are drawn for so many groups of pages; a change wants a rebuild

_MONTH_TAIL = re.compile(r"^(?P<base>/(?:.*/)?)(?P<year>\d{4})/(?P<month>0[1-9]|1[0-2])/$")


@dataclass(frozen=True)
class ListPage:
    """A page of a list: its newest articles, or those of one month (`yyyy-mm`)."""

    list: ListName
    month: str = ""


def page_path(name: ListName) -> UrlPath:
    """The page of a list; `month:2026-11` is the month page of `recent`."""
    kind, slug = lists.kind_and_slug(name)
    match kind:
        case "recent":
            return UrlPath("/")
        case "section":
            return UrlPath(f"/{slug}/")
        case "month":
            return month_path(lists.RECENT, slug)
        case "tag" | "author":
            return UrlPath(f"/{kind}/{slug}/")
        case _:
            return UrlPath(f"/{kind}/")


def month_path(name: ListName, year_month: str) -> UrlPath:
    """The page of a list's articles of one month, `yyyy-mm`."""
    year, _, month = year_month.partition("-")
    return UrlPath(f"{page_path(name)}{year}/{month}/")


def feed_path(name: ListName, form: FeedFormat, month: str = "") -> str:
    """The feed document of a list, or the archive of its articles of one month, `yyyy-mm`."""
    return f"{month_path(name, month) if month else page_path(name)}feed.{form}"


CALENDAR = "/events/calendar.ics"  # the events, to subscribe to
OUTLINE = "/feeds.opml"  # the lasting feeds of a site, to subscribe to at once
OUTLINE_TYPE = "text/x-opml"


def fragment_path(name: str) -> str:
    """A fragment by its name: `nav`, or what `list_fragment` and `related_fragment` give."""
    return f"/_fragments/{name}.html"


def related_fragment(name: ListName) -> str:
    """The "more about this" box that articles of a section or tag include."""
    kind, slug = lists.kind_and_slug(name)
    return fragment_path(f"related/{kind}/{slug}")


def preview_path(token: str) -> UrlPath:
    """The page of a draft, for whoever has its token."""
    return UrlPath(f"{PREVIEWS}{token}")


def ad_click(creative: str, position: str) -> UrlPath:
    """The address that counts a click on a house advertisement, and leads on."""
    return UrlPath(f"{ADS}{creative}/{position}/click/")


def ad_notice(creative: str) -> UrlPath:
    """The transparency notice of a political advertisement."""
    return UrlPath(f"{ADS}{creative}/notice/")


def ad_fragment(page: str, section: str, position: str, bucket: int) -> str:
    """The house advertisement at a place, for one of the `AD_BUCKETS` groups of pages."""
    return fragment_path(f"ads/{page}/{section or '-'}/{position}/{bucket}")


def gone_path(path: UrlPath) -> str:
    """The marker that says that a killed article was here; nginx looks at it first."""
    return f"/_gone{path}index.html"


def moved_path(path: UrlPath) -> str:
    """The page that leads from an old path to the new one when render is down."""
    return f"/_moved{path}index.html"


def page_file(path: UrlPath) -> str:
    """The file of a page."""
    return f"{path}index.html"


def parse(path: UrlPath, sections: Collection[str]) -> ListPage | None:
    """Return which list page a path means, or None when it means none.

    Whether the list has any article is not known here.
    """
    month = _MONTH_TAIL.match(path)
    base = UrlPath(month["base"]) if month else path
    name = _list_at(base, sections)
    if name is None or (month and not lists.has_months(name)):
        return None
    return ListPage(name, f"{month['year']}-{month['month']}" if month else "")


def is_reserved(path: UrlPath, *, sections: Collection[str], static_pages: Collection[str]) -> bool:
    """Say whether an article may not have this path because something else is, or may come to be, there."""
    first = path.strip("/").partition("/")[0]
    if first in RESERVED_WORDS or path == "/" or parse(path, sections) is not None:
        return True
    return path.strip("/") in static_pages


def _list_at(path: UrlPath, sections: Collection[str]) -> ListName | None:
    if path == "/":
        return lists.RECENT
    words = path.strip("/").split("/")
    match words:
        case ["events"]:
            return lists.EVENTS
        case ["corrections"]:
            return lists.CORRECTIONS
        case ["tag" | "author" as kind, slug]:
            return ListName(f"{kind}:{slug}")
        case [slug] if slug in sections:
            return lists.section(slug)
        case _:
            return None
