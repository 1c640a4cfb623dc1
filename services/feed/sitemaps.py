"""Sitemaps as files: a shard a month of publication, and sitemap.xml, the index of the shards.

The index script makes the touched months due; only those are read and written, at most once a second, and again while
`recent` changes meanwhile. A month that outgrows a file goes on in a second part; parts fill from the month's start,
so that only the last one changes. What the index needs to know of the other shards is kept in Redis, beside the lists.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from services.feed.due import SITEMAP, SITEMAP_INDEX, Due
from services.feed.formats import sitemap, updated_at
from services.feed.metrics import FeedMetrics
from services.feed.settings import FeedSettings
from services.feed.titles import publication_of
from shared.contracts import upcast
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import RECENT
from shared.contracts.teaser import Teaser
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, milliseconds, moment, system_clock
from shared.runtime.lists import ListReader, Place, month_bounds
from shared.runtime.pagestore import PageStore

AT_ONCE: Final = 250  # teasers read and turned into lines before others get their turn: some 5 ms
KEPT_LINES: Final = 50_000  # articles, 0.4 KB each; a month is read whenever one of its articles changes


class Line(NamedTuple):
    """One article in a shard; no bytes when it wants no search engine."""

    data: bytes
    updated: datetime


class Sitemaps:
    """The sitemaps of all sites. Every method raises Unavailable when Redis or the store is away."""

    def __init__(
        self,
        client: Client,
        reader: ListReader,
        due: Due,
        store: PageStore,
        sites: Mapping[SiteName, SiteConfig],
        *,
        shards: int,
        settings: FeedSettings,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        self._client, self._reader, self._due, self._store = client, reader, due, store
        self._sites, self._shards = sites, shards
        self._settings, self._metrics, self._clock = settings, metrics, clock
        self._rest_until_ms = 0
        self._kept: dict[bytes, Line] = {}  # by the teaser's hash

    async def write_due(self, site: SiteName) -> None:
        """Write the months that are due, and settle those that stood still meanwhile."""
        if self._clock() < self._rest_until_ms:
            return
        months = await self._due.taken(site, SITEMAP, now_ms=self._clock())
        if not months:
            return
        started = time.perf_counter()
        (version,) = await self._reader.version(site, [RECENT])
        await self.write(site, [month for month in months if month != SITEMAP_INDEX])
        await self._due.settle(site, SITEMAP, dict.fromkeys(months, (RECENT, version)), now_ms=self._clock())
        took_s = time.perf_counter() - started
        self._metrics.round_seconds.labels("sitemaps").observe(took_s)
        rest_s = max(self._settings.files_apart_s, took_s * (1 / self._settings.busy_share - 1))
        self._rest_until_ms = self._clock() + round(rest_s * 1000)

    async def write(self, site: SiteName, months: Sequence[str]) -> None:
        """Write these months' shards and the index."""
        for month in months:
            await self._write_month(site, month)
        await self._write_index(site)

    async def months(self, site: SiteName) -> list[str]:
        """Return every month that has articles or a shard, newest first."""
        with_articles = await self._reader.months(site, RECENT, self._sites[site].zone)
        return sorted({*with_articles, *(shard.month for shard in await self._shards_of(site))}, reverse=True)

    async def document(self, site: SiteName, path: str) -> bytes | None:
        """Return the index as it would be written now, for readers that ask before it is; None for anything else."""
        if path != sitemap.INDEX_PATH:
            return None
        return sitemap.index(await self._shards_of(site), publication_of(self._sites[site]))

    async def _write_month(self, site: SiteName, month: str) -> None:
        lines = await self._lines(site, month)
        parts = [lines[start : start + sitemap.MAX_URLS] for start in range(0, len(lines), sitemap.MAX_URLS)]
        for number, part in enumerate(parts, start=1):
            await self._put(site, sitemap.shard_path(month, number), sitemap.urlset([line.data for line in part]))
        before = {shard.part for shard in await self._shards_of(site) if shard.month == month}
        surplus = [number for number in before if number > len(parts)]
        newest = {
            _member(month, number): max(line.updated for line in part) for number, part in enumerate(parts, start=1)
        }
        key = self._key(site)
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                if surplus:
                    pipe.zrem(key, *(_member(month, number) for number in surplus))
                if newest:
                    pipe.zadd(key, {member: milliseconds(when) for member, when in newest.items()})
                await pipe.execute()
        await self._store.delete(site, [sitemap.shard_path(month, number) for number in surplus])

    async def _write_index(self, site: SiteName) -> None:
        """Put the index, and look again: another process may have written another month meanwhile."""
        shards, written = await self._shards_of(site), None
        while shards != written:
            await self._put(site, sitemap.INDEX_PATH, sitemap.index(shards, publication_of(self._sites[site])))
            written, shards = shards, await self._shards_of(site)

    async def _lines(self, site: SiteName, month: str) -> list[Line]:
        """Return the month's articles, oldest first, without those that want no search engine."""
        bounds = month_bounds(month, self._sites[site].zone)
        lines: list[Line] = []
        after: Place | None = None
        while rows := await self._reader.rows(site, RECENT, limit=AT_ONCE, after=after, month=bounds):
            made = [self._line(site, row.teaser) for row in rows]
            lines += [line for line in made if line.data]
            after = (rows[-1].score_ms, rows[-1].id)
        return lines[::-1]

    def _line(self, site: SiteName, stored: bytes) -> Line:
        digest = blake2b(stored, digest_size=16).digest()
        if (kept := self._kept.get(digest)) is not None:
            return kept
        teaser = upcast.read(Teaser, stored)
        line = Line(
            b"" if teaser.noindex else sitemap.url(teaser, publication_of(self._sites[site])), updated_at(teaser)
        )
        if len(self._kept) >= KEPT_LINES:
            self._kept.clear()
        self._kept[digest] = line
        return line

    async def _put(self, site: SiteName, path: str, data: bytes) -> None:
        is_new = await self._store.put(site, path, data)
        self._metrics.files.labels("sitemap", "written" if is_new else "equal").inc()

    async def _shards_of(self, site: SiteName) -> list[sitemap.Shard]:
        """Return every shard there is, oldest month first."""
        with away():
            rows: list[Any] = await self._client.zrange(self._key(site), 0, -1, withscores=True)  # bytes: see `connect`
        return sorted(
            (_shard(member.decode(), int(score)) for member, score in rows), key=lambda shard: (shard.month, shard.part)
        )

    def _key(self, site: SiteName) -> str:
        """Sorted set: `<month> <part>` by the shard's newest change in milliseconds; no list's name has a capital."""
        return Keys(shard_of(site, self._shards)).list(site, "Sitemaps")


def _member(month: str, part: int) -> str:
    return f"{month} {part}"


def _shard(member: str, changed_ms: int) -> sitemap.Shard:
    month, _, part = member.partition(" ")
    return sitemap.Shard(month, int(part), moment(changed_ms))
