"""One list as feed documents: read it, and put together what every feed of the site shares.

An item's bytes are the same in every feed that it stands in, and making them is nearly all of the work (0.4 ms for the
three formats, against 0.01 ms to find them again): they are kept by the teaser's own bytes.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from services.feed.formats import Feed, Format, atom, ical, jsonfeed, newest_change, rss, updated_at
from services.feed.gone import Gone
from services.feed.titles import publication_of, title_of_feed
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import EVENTS, ListName, kind_and_slug
from shared.contracts.paths import FeedFormat
from shared.runtime.clock import Clock, moment
from shared.runtime.lists import ListReader, teaser_in

FORMATS: Final[Mapping[FeedFormat, Format]] = {"xml": rss, "atom": atom, "json": jsonfeed}
KEPT_ITEMS: Final = 3_000  # articles, some 3 KB each; a list shows 50
CALENDAR_EVENTS: Final = 500

_GOES_WHEN_EMPTY: Final = frozenset({"tag", "author"})  # their names may be all that is left of a killed article


class Items(NamedTuple):
    """One article in every format."""

    bytes_by_form: Mapping[FeedFormat, bytes]
    updated: datetime


class Composer:
    """The feed documents of one site, made and not stored. Raises RedisAway."""

    def __init__(
        self, name: SiteName, site: SiteConfig, reader: ListReader, gone: Gone, *, items: int, clock: Clock
    ) -> None:
        self._name, self._site, self._reader, self._gone = name, site, reader, gone
        self._items, self._clock = items, clock
        self._publication = publication_of(site)
        self._item = lru_cache(maxsize=KEPT_ITEMS)(self._make_item)

    async def documents(self, name: ListName) -> dict[FeedFormat, bytes] | None:
        """Return the list in every format; None for a tag or author without articles: such a feed does not exist."""
        rows = await self._reader.rows(self._name, name, limit=self._items)
        if not rows and kind_and_slug(name)[0] in _GOES_WHEN_EMPTY:
            return None
        newest = teaser_in(rows[0].teaser) if rows else None
        withdrawn = await self._gone.of(self._name, name, now_ms=self._clock())
        feed = Feed(self._publication, name, title_of_feed(name, self._site, newest), withdrawn)
        items = [self._item(row.teaser) for row in rows]
        updated = newest_change(feed, [item.updated for item in items])
        return {
            form: format_.document(feed, [item.bytes_by_form[form] for item in items], updated)
            for form, format_ in FORMATS.items()
        }

    async def calendar(self, *, now_ms: int) -> bytes:
        """Return the events as a calendar: coming, running, and called off before their time was over at `now_ms`."""
        rows = await self._reader.rows(self._name, EVENTS, limit=CALENDAR_EVENTS)
        withdrawn = await self._reader.cancelled(self._name)
        cancelled = [
            ical.Cancelled(article_id, moment(starts_ms), moment(cancelled_ms))
            for article_id, (starts_ms, over_ms), cancelled_ms in withdrawn
            if over_ms > now_ms
        ]
        title = title_of_feed(EVENTS, self._site, None)
        return ical.document([teaser_in(row.teaser) for row in rows], cancelled, self._publication, title=title)

    def _make_item(self, stored: bytes) -> Items:
        teaser = teaser_in(stored)
        return Items(
            {form: format_.item(teaser, self._publication) for form, format_ in FORMATS.items()},
            updated_at(teaser),
        )
