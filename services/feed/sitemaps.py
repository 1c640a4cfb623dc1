"""Sitemaps as files: a shard a month of publication, and sitemap.xml, the index of the shards.

The index script makes the touched months due; only those are read and written, at most once a second, and again while
`recent` changes meanwhile. A month that outgrows a file is cut by day, so that only the touched day's file is another
one; an equal file is left alone. What the index needs to know of the other shards is kept in Redis, beside the lists.
"""

import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

from services.feed.due import SITEMAP, SITEMAP_INDEX
from services.feed.formats import sitemap, updated_at
from services.feed.formats.sitemap import Line
from services.feed.shelf import Shelf
from services.feed.titles import publication_of
from shared.contracts import upcast
from shared.contracts.base import SiteName
from shared.contracts.lists import RECENT
from shared.contracts.teaser import Teaser
from shared.runtime.broker import away
from shared.runtime.clock import milliseconds, moment
from shared.runtime.files_due import Made
from shared.runtime.lists import Place, month_bounds

AT_ONCE: Final = 250  # teasers read and turned into lines before others get their turn: some 5 ms
KEPT_LINES: Final = 50_000  # articles, 0.4 KB each; a month is read whenever one of its articles changes


class Sitemaps:
    """The sitemaps of all sites. Every method raises Unavailable when Redis or the store is away."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._rest_until_ms = 0
        self._kept: dict[bytes, Line] = {}  # by the teaser's hash

    async def write_due(self, site: SiteName) -> None:
        """Write the months that are due, and settle those that stood still meanwhile."""
        if self._shelf.clock() < self._rest_until_ms:
            return
        months = await self._shelf.due.taken(site, SITEMAP, now_ms=self._shelf.clock())
        if not months:
            return
        started = time.perf_counter()
        (version,) = await self._shelf.reader.version(site, [RECENT])
        await self.write(site, [month for month in months if month != SITEMAP_INDEX])
        made = Made({RECENT: version}, self._shelf.clock())
        await self._shelf.due.settle(site, SITEMAP, dict.fromkeys(months, made))
        took_s = time.perf_counter() - started
        self._shelf.metrics.round_seconds.labels("sitemaps").observe(took_s)
        rest_s = max(self._shelf.settings.files_apart_s, took_s * (1 / self._shelf.settings.busy_share - 1))
        self._rest_until_ms = self._shelf.clock() + round(rest_s * 1000)

    async def write(self, site: SiteName, months: Sequence[str]) -> None:
        """Write these months' shards and the index."""
        for month in months:
            await self._write_month(site, month)
        await self._write_index(site)

    async def months(self, site: SiteName) -> list[str]:
        """Return every month that has articles or a shard, newest first."""
        with_articles = await self._shelf.reader.months(site, RECENT, self._shelf.sites[site].zone)
        return sorted({*with_articles, *(shard.month for shard in await self._shards_of(site))}, reverse=True)

    async def document(self, site: SiteName, path: str) -> bytes | None:
        """Return the index as it would be written now, for readers that ask before it is; None for anything else."""
        if path != sitemap.INDEX_PATH:
            return None
        return sitemap.index(await self._shards_of(site), publication_of(self._shelf.sites[site]))

    async def _write_month(self, site: SiteName, month: str) -> None:
        lines = await self._lines(site, month)
        parts = sitemap.parts_of(lines, whole=month, most=sitemap.MAX_URLS)
        for name, part in parts.items():
            data = sitemap.urlset([line.data for line in part])
            await self._shelf.put(site, sitemap.shard_path(name), data, form="sitemap")
        surplus = [shard for shard in await self._shards_of(site) if shard.month == month and shard.name not in parts]
        newest = {name: max(line.updated for line in part) for name, part in parts.items()}
        key = self._key(site)
        with away():
            async with self._shelf.client.pipeline(transaction=True) as pipe:
                if surplus:
                    pipe.zrem(key, *(shard.name for shard in surplus))
                if newest:
                    pipe.zadd(key, {name: milliseconds(when) for name, when in newest.items()})
                await pipe.execute()
        await self._shelf.store.delete(site, [shard.path for shard in surplus])

    async def _write_index(self, site: SiteName) -> None:
        """Put the index, and look again: another process may have written another month meanwhile."""
        shards, written = await self._shards_of(site), None
        while shards != written:
            data = sitemap.index(shards, publication_of(self._shelf.sites[site]))
            await self._shelf.put(site, sitemap.INDEX_PATH, data, form="sitemap")
            written, shards = shards, await self._shards_of(site)

    async def _lines(self, site: SiteName, month: str) -> list[Line]:
        """Return the month's articles, oldest first, without those that want no search engine."""
        bounds = month_bounds(month, self._shelf.sites[site].zone)
        lines: list[Line] = []
        after: Place | None = None
        while rows := await self._shelf.reader.rows(site, RECENT, limit=AT_ONCE, after=after, month=bounds):
            made = [self._line(site, row.teaser) for row in rows]
            lines += [line for line in made if line.data]
            after = (rows[-1].score_ms, rows[-1].id)
        return lines[::-1]

    def _line(self, site: SiteName, stored: bytes) -> Line:
        digest = blake2b(stored, digest_size=16).digest()
        if (kept := self._kept.get(digest)) is not None:
            return kept
        teaser = upcast.read(Teaser, stored)
        publication = publication_of(self._shelf.sites[site])
        line = Line(
            b"" if teaser.noindex else sitemap.url(teaser, publication),
            moment(milliseconds(teaser.published_at)).astimezone(publication.zone).date().isoformat(),
            updated_at(teaser),
        )
        if len(self._kept) >= KEPT_LINES:
            self._kept.clear()
        self._kept[digest] = line
        return line

    async def _shards_of(self, site: SiteName) -> list[sitemap.Shard]:
        """Return every shard there is, oldest first."""
        with away():
            rows: list[Any] = await self._shelf.client.zrange(
                self._key(site), 0, -1, withscores=True
            )  # bytes: see `connect`
        shards = [sitemap.Shard(name.decode(), moment(int(score))) for name, score in rows]
        return sorted(shards, key=lambda shard: (shard.name[:10], len(shard.name), shard.name))

    def _key(self, site: SiteName) -> str:
        """Sorted set: a shard's name by its newest change in milliseconds."""
        return self._shelf.key(site, "Sitemaps")
