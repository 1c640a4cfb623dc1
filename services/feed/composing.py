"""One list as feed documents: read it, and put together what every feed of the site with the same rules shares.

An item's bytes are the same in every such feed that it stands in, and making them is nearly all of the work (0.4 ms for
the three formats, against 0.01 ms to find them again): they are kept by the teaser's own bytes, which change when the
text does (`body_digest`). The text itself is only read for feeds that show it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from services.feed.formats import Feed, Format, atom, ical, jsonfeed, newest_change, rss, updated_at
from services.feed.formats.content import content_of
from services.feed.gone import Gone
from services.feed.titles import publication_of, title_of_feed
from shared.contracts import upcast
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.feeds import FeedRules
from shared.contracts.lists import EVENTS, ListName, has_months, kind_and_slug
from shared.contracts.paths import FeedFormat
from shared.contracts.teaser import Teaser, body_digest
from shared.runtime.articles import Articles
from shared.runtime.clock import Clock, moment
from shared.runtime.lists import ListReader, Place, Row, month_bounds, month_of, teaser_in

FORMATS: Final[Mapping[FeedFormat, Format]] = {"xml": rss, "atom": atom, "json": jsonfeed}
KEPT_ITEMS: Final = 3_000  # articles, some 3 KB each, with their text some 20; a list shows 50
KEPT_ARCHIVES: Final = 16  # documents, 5 MB for a month of 3,000 articles
AT_ONCE: Final = 100  # articles of an archive made before others get their turn
CALENDAR_EVENTS: Final = 500
MOST_READS: Final = 5  # of a list whose articles its rules leave out

_GOES_WHEN_EMPTY: Final = frozenset({"tag", "author"})  # their names may be all that is left of a killed article


class Items(NamedTuple):
    """One article in every format."""

    bytes_by_form: Mapping[FeedFormat, bytes]
    updated: datetime


class Composer:
    """The feed documents of one site, made and not stored. Raises RedisAway."""

    def __init__(
        self,
        name: SiteName,
        site: SiteConfig,
        reader: ListReader,
        articles: Articles,
        gone: Gone,
        *,
        items: int,
        clock: Clock,
    ) -> None:
        self._name, self._site, self._reader, self._articles, self._gone = name, site, reader, articles, gone
        self._items, self._clock = items, clock
        self._publication = publication_of(site)
        self._archives: dict[tuple[ListName, str, FeedFormat], tuple[int, bytes]] = {}  # with the list's version
        self._kept: dict[tuple[bytes, bool], Items] = {}  # by the teaser's bytes and whether with the text

    async def documents(self, name: ListName) -> dict[FeedFormat, bytes] | None:
        """Return the list in every format; None for a tag or author without articles: such a feed does not exist."""
        rules = self._site.feeds.rules_of(name)
        rows = await self._rows(name, rules)
        if not rows and kind_and_slug(name)[0] in _GOES_WHEN_EMPTY:
            return None
        newest = teaser_in(rows[0].teaser) if rows else None
        withdrawn = await self._gone.of(self._name, name, now_ms=self._clock())
        has_archives = bool(rows) and has_months(name)
        feed = Feed(
            self._publication,
            name,
            title_of_feed(name, self._site, newest),
            withdrawn,
            older=month_of(moment(rows[0].score_ms), self._site.zone) if has_archives else "",
            is_complete=name == EVENTS and len(rows) < self._items,
        )
        items = await self._items_of(rows, rules)
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

    async def archive(self, name: ListName, month: str, form: FeedFormat) -> bytes | None:
        """Return the archive of one month, `yyyy-mm`, whole; None when the list has no articles of it.

        One that was just asked for is kept until its list changes.
        """
        key = (name, month, form)
        (version,) = await self._reader.version(self._name, [name])
        if key in self._archives and self._archives[key][0] == version:
            return self._archives[key][1]
        data = await self._archive(name, month, form)
        if data is not None:
            self._archives = dict(list(self._archives.items())[-KEPT_ARCHIVES + 1 :]) | {key: (version, data)}
        return data

    async def _archive(self, name: ListName, month: str, form: FeedFormat) -> bytes | None:
        rules, zone = self._site.feeds.rules_of(name), self._site.zone
        months = await self._reader.months(self._name, name, zone)
        if month not in months:
            return None
        at = months.index(month)
        around = {"older": months[at + 1 : at + 2], "newer": months[max(0, at - 1) : at]}
        items: list[bytes] = []
        changes: list[datetime] = []
        newest: Teaser | None = None
        after: Place | None = None
        while rows := await self._reader.rows(
            self._name, name, limit=AT_ONCE, after=after, month=month_bounds(month, zone)
        ):
            teasers = {row.id: teaser for row in rows if _is_let_in(teaser := upcast.read(Teaser, row.teaser), rules)}
            newest = newest or next(iter(teasers.values()), None)
            contents = await self._contents([one.id for one in teasers.values() if _has_text(one, rules)])
            for teaser in teasers.values():
                if _has_text(teaser, rules) and teaser.id not in contents:
                    continue  # withdrawn meanwhile
                content, _ = contents.get(teaser.id, ("", ""))
                items.append(FORMATS[form].item(teaser, self._publication, content))
                changes.append(updated_at(teaser))
            after = (rows[-1].score_ms, rows[-1].id)
        title = f"{title_of_feed(name, self._site, newest)} – {month}"
        linked = {which: found[0] if found else "" for which, found in around.items()}
        feed = Feed(self._publication, name, title, month=month, older=linked["older"], newer=linked["newer"])
        return FORMATS[form].document(feed, items, newest_change(feed, changes))

    async def _rows(self, name: ListName, rules: FeedRules) -> list[Row]:
        """Return the list's first articles that the rules let in, as many as a feed has."""
        found: list[Row] = []
        after: Place | None = None
        for _ in range(MOST_READS):
            rows = await self._reader.rows(self._name, name, limit=self._items, after=after)
            found += [row for row in rows if _is_let_in(teaser_in(row.teaser), rules)]
            if len(found) >= self._items or len(rows) < self._items:
                break
            after = (rows[-1].score_ms, rows[-1].id)
        return found[: self._items]

    async def _items_of(self, rows: Sequence[Row], rules: FeedRules) -> list[Items]:
        """Return the articles in every format; without those that were withdrawn since the list was read."""
        wanted = [(row, _has_text(teaser_in(row.teaser), rules)) for row in rows]
        missing = [row.id for row, is_full in wanted if is_full and (row.teaser, True) not in self._kept]
        contents = await self._contents(missing)
        found = [self._item(row, contents if is_full else None) for row, is_full in wanted]
        return [item for item in found if item]

    async def _contents(self, ids: Sequence[ArticleId]) -> dict[ArticleId, tuple[str, str]]:
        """Return the whole texts of the articles that are public, with their digest."""
        documents = await self._articles.newest(self._name, ids) if ids else []
        return {
            document.id: (content_of(document.article, self._publication), body_digest(document.article))
            for document in documents
            if document and document.article and document.state == "public"
        }

    def _item(self, row: Row, contents: Mapping[ArticleId, tuple[str, str]] | None) -> Items | None:
        """Return one article; without `contents` as a summary, None when its text is gone."""
        key = (row.teaser, contents is not None)
        if kept := self._kept.get(key):
            return kept
        if contents is not None and row.id not in contents:
            return None
        content, digest = contents[row.id] if contents is not None else ("", "")
        teaser = teaser_in(row.teaser)
        item = Items(
            {form: format_.item(teaser, self._publication, content) for form, format_ in FORMATS.items()},
            updated_at(teaser),
        )
        if contents is None or digest == teaser.body_digest:  # else the text is newer than the list; it comes again
            if len(self._kept) >= KEPT_ITEMS:
                self._kept.clear()
            self._kept[key] = item
        return item


def _is_let_in(teaser: Teaser, rules: FeedRules) -> bool:
    is_left_out = teaser.kind == "sponsored" and rules.sponsored == "leave-out"
    return not is_left_out and not (teaser.members_only and rules.members_only == "leave-out")


def _has_text(teaser: Teaser, rules: FeedRules) -> bool:
    return rules.text == "full" and not (teaser.members_only and rules.members_only == "summary")
