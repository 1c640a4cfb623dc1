"""Reading the ordered sets of articles: what pages, fragments, feeds and the API show. Writing them is feed's work.

A list is newest first, `events` soonest first; articles of one millisecond are ordered by id. A month is no list of
its own but a window of one, [start, end) in the site's zone. `mixed` is what was drawn for today.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from shared.contracts import lists, upcast
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import EVENTS, ListName
from shared.contracts.teaser import Teaser
from shared.runtime.broker import Client, away
from shared.runtime.clock import milliseconds, moment
from shared.runtime.errors import RedisAway
from shared.runtime.scripts import Call, Script

Month = tuple[int, int]  # [start_ms, end_ms), milliseconds since 1970
Place = tuple[int, ArticleId]  # a score in milliseconds and an id: a place in a list, whether or not it is taken
Pinned = tuple[int, Teaser]  # a position, from 1, and what an editor wants there

PINS: Final = 20  # of one list that are shown at a time

REMEMBERED: Final = 2_000  # parsed teasers, some 4 KB each; a busy site shows a few hundred

_READ = Script.of("shared.runtime", "lists.lua")


class Row(NamedTuple):
    """One article in a list, and its teaser as it is stored (JSON)."""

    id: ArticleId
    score_ms: int
    teaser: bytes


class ListReader:
    """The lists of all sites, wherever their shard is. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int) -> None:
        self._client = client
        self._shards = shards

    async def teasers(self, site: SiteName, name: ListName, *, limit: int, month: Month | None = None) -> list[Teaser]:
        """Return the first `limit` teasers of a list, or of its part in `month`; one round trip."""
        rows = await self.rows(site, name, limit=limit, month=month)
        return [teaser_in(row.teaser) for row in rows]

    async def front(self, site: SiteName, name: ListName, *, limit: int) -> list[Teaser]:
        """Return the first `limit` teasers of a list as readers see it: resurfaced articles by when they resurfaced.

        Only the front of a list is so: its months, the feeds and the API are by publication. One round trip.
        """
        if not lists.has_months(name):
            return await self.teasers(site, name, limit=limit)
        keys = self._keys(site)
        arguments: list[str | bytes | int] = ["down", limit, "", "", "", "", 1]
        calls: list[Call] = [
            ([keys.list(site, each), keys.teasers(site)], arguments) for each in (name, lists.resurfaced(name))
        ]
        newest: dict[bytes, tuple[int, bytes, bytes]] = {}
        for flat in await _READ.call_many(self._client, calls):
            if isinstance(flat, BaseException):
                raise RedisAway(f"Redis did not show the list {name}: {flat}") from flat
            for article_id, score, teaser in zip(flat[::3], flat[1::3], flat[2::3], strict=True):
                newest[article_id] = max(newest.get(article_id, (0, b"", b"")), (int(score), article_id, teaser))
        return [teaser_in(teaser) for _, _, teaser in sorted(newest.values(), reverse=True)[:limit] if teaser]

    async def rows(
        self, site: SiteName, name: ListName, *, limit: int, after: Place | None = None, month: Month | None = None
    ) -> list[Row]:
        """Return teasers as they are stored, for callers that remember what they made of the same bytes."""
        flat = await self._read(site, name, limit=limit, after=after, month=month, with_teasers=True)
        return [
            Row(ArticleId(i.decode()), int(score), teaser)
            for i, score, teaser in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
            if teaser
        ]

    async def pinned(self, site: SiteName, names: Sequence[ListName]) -> dict[ListName, list[Pinned]]:
        """Return what is pinned to each list right now, in its order, with positions from 1; one round trip."""
        keys = self._keys(site)
        arguments: list[str | bytes | int] = ["up", PINS, "", "", "", "", 1]
        calls: list[Call] = [([keys.list(site, lists.pinned(name)), keys.teasers(site)], arguments) for name in names]
        answers: list[Any] = await _READ.call_many(self._client, calls) if calls else []  # bytes: see `connect`
        found: dict[ListName, list[Pinned]] = {}
        for name, flat in zip(names, answers, strict=True):
            if isinstance(flat, BaseException):
                raise RedisAway(f"Redis did not say what is pinned: {flat}") from flat
            rows = zip(flat[1::3], flat[2::3], strict=True)
            found[name] = [(lists.position_of(int(score)), teaser_in(teaser)) for score, teaser in rows if teaser]
        return found

    async def cancelled(self, site: SiteName) -> list[tuple[ArticleId, Month, int]]:
        """Return events that were withdrawn: id, [start_ms, end_ms) and when that was, by their start."""
        with away():
            found: dict[Any, Any] = await self._client.hgetall(self._keys(site).cancelled(site))  # bytes: see `connect`
        rows = []
        for key, text in found.items():
            starts_ms, over_ms, cancelled_ms = (int(word) for word in text.split())
            rows.append((ArticleId(key.decode()), (starts_ms, over_ms), cancelled_ms))
        return sorted(rows, key=lambda row: (row[1], row[0]))

    async def page(
        self, site: SiteName, name: ListName, *, after: Place | None, limit: int, month: Month | None = None
    ) -> list[tuple[ArticleId, int]]:
        """Return `limit` ids with their scores behind the place `after`, whose article may be gone by now."""
        flat = await self._read(site, name, limit=limit, after=after, month=month, with_teasers=False)
        return [
            (ArticleId(article_id.decode()), int(score))
            for article_id, score in zip(flat[::2], flat[1::2], strict=True)
        ]

    async def size(self, site: SiteName, name: ListName) -> int:
        """Return how many articles the list has."""
        with away():
            return int(await self._client.zcard(self._keys(site).list(site, name)))

    async def months(self, site: SiteName, name: ListName, zone: ZoneInfo) -> list[str]:
        """Return the months with articles, `yyyy-mm` in `zone`, newest first; two round trips."""
        key = self._keys(site).list(site, name)
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.zrange(key, 0, 0, withscores=True)
                pipe.zrange(key, -1, -1, withscores=True)
                oldest, newest = await pipe.execute()
            if not oldest:
                return []
            between = _months_between(int(oldest[0][1]), int(newest[0][1]), zone)
            async with self._client.pipeline(transaction=False) as pipe:
                for start, end in (month_bounds(month, zone) for month in between):
                    pipe.zcount(key, start, f"({end}")
                counts = await pipe.execute()
        return [month for month, count in zip(between, counts, strict=True) if count]

    async def version(self, site: SiteName, names: Sequence[ListName]) -> list[int]:
        """Return how often each list changed so far, 0 for one that never had an article."""
        if not names:
            return []
        with away():
            values = await self._client.hmget(self._keys(site).versions(site), list(names))
        return [int(value or 0) for value in values]

    async def names(self, site: SiteName) -> list[ListName]:
        """Return every list that ever had an article, in the order of their names."""
        with away():
            names: list[Any] = await self._client.hkeys(self._keys(site).versions(site))  # bytes: see `connect`
        return sorted(ListName(name) for name in map(bytes.decode, names) if lists.is_list_name(name))

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))

    async def _read(
        self,
        site: SiteName,
        name: ListName,
        *,
        limit: int,
        after: Place | None,
        month: Month | None,
        with_teasers: bool,
    ) -> list[bytes]:
        if name.startswith("month:"):
            raise ValueError(f"{name!r} is no set of its own: read `recent` with month=month_bounds(…)")
        keys = self._keys(site)
        direction = "up" if name == EVENTS else "down"
        window: tuple[int | str, ...] = month or ("", "")
        arguments = [direction, limit, *window, *(after or ("", "")), int(with_teasers)]
        answer: list[bytes] = await _READ.call(self._client, [keys.list(site, name), keys.teasers(site)], arguments)
        return answer


@lru_cache(maxsize=REMEMBERED)
def teaser_in(stored: bytes) -> Teaser:
    """Parse a stored teaser; the same bytes are parsed once."""
    return upcast.read(Teaser, stored)


def month_bounds(year_month: str, zone: ZoneInfo) -> Month:
    """Return [start_ms, end_ms) of a month, `yyyy-mm` in `zone`; a month of the year 0 or 10000 is an empty window."""
    year, month = (int(part) for part in year_month.split("-"))
    try:
        start = datetime(year, month, 1, tzinfo=zone)
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        return milliseconds(start), milliseconds(end)
    except (ValueError, OverflowError):  # a reader may ask for /0000/01/ or /9999/12/
        return 0, 0


def month_of(when: datetime, zone: ZoneInfo) -> str:
    """Return the month that a moment belongs to in `zone`, `yyyy-mm`."""
    local = when.astimezone(zone)
    return f"{local.year:04d}-{local.month:02d}"


def _months_between(first_ms: int, last_ms: int, zone: ZoneInfo) -> list[str]:
    """All months from the last to the first, newest first."""
    last, first = (moment(ms).astimezone(zone) for ms in (last_ms, first_ms))
    newest, oldest = last.year * 12 + last.month - 1, first.year * 12 + first.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(newest, oldest - 1, -1)]
