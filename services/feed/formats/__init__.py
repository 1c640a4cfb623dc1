"""Feed documents: teasers in, bytes out. Pure; no clock, no store, so equal lists give equal bytes.

    rss · atom · jsonfeed     item(teaser) → bytes, document(feed, items) → bytes; `compose` puts them together
    sitemap                   month shards and their index; news_sitemap: the last 48 hours
    opml                      the feeds of a site; history: archives (RFC 5005)
    content                   an article's whole text as HTML
    xml                       what the XML ones share: cleaning, serialising

An item's bytes do not depend on the list it stands in, so whoever writes many lists may keep them (files.py).
Ids are `tag:` URIs of the article, never its address, and no date is ever "now".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from shared.contracts import paths
from shared.contracts.ads.labels import label_of
from shared.contracts.base import ArticleId, UrlPath
from shared.contracts.lists import RECENT, ListName
from shared.contracts.paths import FeedFormat
from shared.contracts.teaser import Teaser

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed without entries was updated
TAG_YEAR: Final = (
    2026  # of feeds' ids; RFC 4151 wants a date on which the host was the publisher's, and it must never change
)
HUB_PATH: Final = "/hub"
CORRECTION: Final = {"de": "Korrektur: ", "en": "Correction: "}
WITHDRAWN: Final = {"de": "Zurückgezogen", "en": "Withdrawn"}
NOTICE: Final = {
    "de": "Die Redaktion hat diesen Beitrag zurückgezogen.",
    "en": "The newsroom has withdrawn this article.",
}


@dataclass(frozen=True)
class Publication:
    """What items and feeds need to know of a site.

    Args:
        base_url: without the last slash.
        language: BCP 47.
        zone: dates are written in it.
        hubs: the WebSub hubs that deliver every version of a feed.
    """

    name: str
    base_url: str
    language: str
    description: str
    zone: ZoneInfo
    hubs: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host of ids; neither scheme nor port, which may change."""
        return urlsplit(self.base_url).hostname or "localhost"

    def url(self, path: str) -> str:
        """Make a path of the site absolute; an absolute address stays."""
        return f"{self.base_url}{path}" if path.startswith("/") and not path.startswith("//") else path

    def word(self, words: dict[str, str]) -> str:
        """Pick the word of the site's language, else the English one."""
        return words.get(self.language.partition("-")[0].lower(), words["en"])


@dataclass(frozen=True)
class Withdrawn:
    """An article that was in a list and was taken back.

    Args:
        at: when.
        is_noticed: formats without a tombstone show a notice in its place, so that readers overwrite the text.
    """

    id: ArticleId
    published_at: datetime
    at: datetime
    is_noticed: bool


@dataclass(frozen=True)
class Feed:
    """One list as a feed document (RFC 5005: the newest articles, and an archive a month).

    Args:
        withdrawn: what left the list, newest first.
        month: of an archive, `yyyy-mm`; empty: the document that one subscribes to.
        older, newer: the months whose archives come before and after it, as far as there are any.
        is_complete: everything there is stands in this document; what does not is gone.
    """

    publication: Publication
    list: ListName
    title: str
    withdrawn: tuple[Withdrawn, ...] = ()
    month: str = ""
    older: str = ""
    newer: str = ""
    is_complete: bool = False

    @property
    def id(self) -> str:
        """The feed's permanent id."""
        return f"tag:{self.publication.host},{TAG_YEAR}:list/{self.list}"

    @property
    def page_url(self) -> str:
        """The page that shows the same articles."""
        page = paths.month_path(self.list, self.month) if self.month else paths.page_path(self.list)
        return self.publication.url(page)

    def self_url(self, form: FeedFormat) -> str:
        """Return the address of the document in one format."""
        return self._url(form, self.month)

    def archive_links(self, form: FeedFormat) -> dict[str, str]:
        """Return what leads through the archives: the relation and the address."""
        links = {"prev-archive": self.older, "next-archive": self.newer}
        found = {"current": self._url(form, "")} if self.month else {}
        return found | {rel: self._url(form, month) for rel, month in links.items() if month}

    def _url(self, form: FeedFormat, month: str) -> str:
        return self.publication.url(paths.feed_path(self.list, form, month))

    @property
    def hubs(self) -> tuple[str, ...]:
        """The WebSub hubs that deliver every version of the document; an archive is not subscribed to."""
        return () if self.month else self.publication.hubs

    @property
    def description(self) -> str:
        """One sentence, or the title."""
        return (self.publication.description if self.list == RECENT else "") or self.title


class Format(Protocol):
    """One feed format; the modules of this package."""

    MEDIA_TYPE: str

    def item(self, teaser: Teaser, publication: Publication, content: str = "", /) -> bytes:
        """Return one article as it stands in every feed with the same rules; `content` is its whole text as HTML."""

    def document(self, feed: Feed, items: Sequence[bytes], updated: datetime, /) -> bytes:
        """Return the whole document; `updated` is the latest of the items' and the withdrawals', or NEVER."""


def compose(form: Format, feed: Feed, teasers: Sequence[Teaser]) -> bytes:
    """Return the feed document of `teasers`, in their order."""
    items = [form.item(teaser, feed.publication) for teaser in teasers]
    return form.document(feed, items, newest_change(feed, [updated_at(teaser) for teaser in teasers]))


def newest_change(feed: Feed, items: Sequence[datetime]) -> datetime:
    """Return when the feed became what it is: the latest change of its items, or the latest withdrawal."""
    return max([*items, *(gone.at for gone in feed.withdrawn)], default=NEVER)


def item_id(teaser: Teaser, publication: Publication) -> str:
    """Return the article's permanent id; it survives moves, edits and a change to https."""
    return id_of(teaser.id, teaser.published_at, publication)


def id_of(article_id: ArticleId, published_at: datetime, publication: Publication) -> str:
    """Return the permanent id of an article of which nothing else need be left."""
    return f"tag:{publication.host},{published_at.astimezone(UTC).year}:article/{article_id}"


def title_of(teaser: Teaser, publication: Publication) -> str:
    """Return the headline; paid-for articles say so first."""
    return (f"{label_of(publication.language)[0]}: " if teaser.kind == "sponsored" else "") + teaser.headline


def summary_of(teaser: Teaser, publication: Publication) -> str:
    """Return the standfirst, and what was corrected."""
    correction = publication.word(CORRECTION) + teaser.correction if teaser.correction else ""
    return " ".join(filter(None, (teaser.standfirst, correction)))


def updated_at(teaser: Teaser) -> datetime:
    """Return the last significant change; never before the publication."""
    return max(teaser.updated_at, teaser.published_at)


def page_of(teaser: Teaser, publication: Publication) -> str:
    """Return the article's address."""
    return publication.url(UrlPath(teaser.path))


def rfc3339(when: datetime, zone: ZoneInfo) -> str:
    """Write a date with its offset, to the second."""
    return local(when, zone).isoformat(timespec="seconds")


def rfc822(when: datetime, zone: ZoneInfo) -> str:
    """Write a date as RSS wants it, with a four-digit year and its offset."""
    return format_datetime(local(when, zone))


def local(when: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in `zone`, or in UTC when the zone's offset had seconds then, which no date format can say."""
    there = when.astimezone(zone)
    offset = there.utcoffset()
    return there if offset is not None and offset.seconds % 60 == 0 else when.astimezone(UTC)
