"""Make everything that feed derives again, from the documents alone: `litfass rebuild`.

    rebuild_lists(site, as_of_ms)    every list into keys beside the old ones, then swapped in by one script (swap.lua)
    write_all_files(site)            every feed document and sitemap

What comes out is what signals would have made of the same documents, in any order. Readers and workers go on meanwhile.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry

from services.feed.files import lasting_lists
from services.feed.index import script
from services.feed.memberships import Memberships
from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.config import LitfassConfig
from shared.contracts.keys import LISTS_STREAM, Keys
from shared.contracts.lists import BREAKING, ListName, shown_in
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.settings import load_settings

AT_ONCE: Final = 500  # documents loaded and placed in one pipeline
FEEDS_AT_ONCE: Final = 20  # lists written between two reports of progress

Progress = Callable[[int, int], None]  # done, of about so many

_SWAP: Final = script("swap.lua")


def _silent(_done: int, _total: int) -> None: ...


class Rebuild:
    """Makes lists and files again. Methods raise Unavailable when Redis or the store is away; then begin again."""

    def __init__(self, client: Client, parts: Parts, *, clock: Clock = system_clock) -> None:
        self._client, self._parts, self._clock = client, parts, clock

    async def rebuild_lists(self, site: SiteName, *, as_of_ms: int, progress: Progress = _silent) -> int:
        """Build the site's lists as they are at `as_of_ms` and swap them in; return how many articles are listed."""
        keys, beside = self._parts.lists.keys(site), _beside(site)
        await self._clear(keys, beside)
        with away():
            since = int(await self._client.get(keys.seq()) or 0)
            total = await self._client.zcard(keys.changed())
        names: set[ListName] = set()
        seen = listed = 0
        async for ids in self._article_ids(keys):
            placed = await self._memberships(site, await self._unplaced(keys, beside, ids), as_of_ms)
            await self._write_beside(keys, beside, placed, as_of_ms)
            names.update(shown_in(name) for one in placed for name in one.scores)
            listed += sum(bool(one.teaser) for one in placed)
            seen += len(ids)
            progress(seen, max(seen, total))
        await self._swap(site, keys, beside, since, sorted(names))
        await self._parts.lists.draw_mixed(site, as_of_ms=as_of_ms)
        await self._parts.pins.look(site, as_of_ms=as_of_ms)
        return listed

    async def write_all_files(self, site: SiteName, *, progress: Progress = _silent) -> None:
        """Write every feed document and sitemap of the site."""
        parts = self._parts
        names = sorted({*lasting_lists(parts.sites[site]), *await parts.reader.names(site)})
        months = await parts.sitemaps.months(site)
        total, done = len(names) + len(months), 0
        for start in range(0, len(names), FEEDS_AT_ONCE):
            some = names[start : start + FEEDS_AT_ONCE]
            await parts.files.write(site, some, at_once=True)
            done += len(some)
            progress(done, total)
        await parts.sitemaps.write(site, months)
        await parts.news.write(site)
        progress(total, total)

    async def _article_ids(self, keys: Keys) -> AsyncIterator[list[ArticleId]]:
        """Give the ids of all documents of the shard, in handfuls; one may come twice."""
        prefix = keys.article_prefix()
        at = 0
        while True:
            with away():
                answer: Any = await self._client.scan(at, match=f"{prefix}*", count=AT_ONCE)  # bytes: see `connect`
            at, found = answer
            yield [ArticleId(key.decode().removeprefix(prefix)) for key in found]
            if at == 0:
                return

    async def _unplaced(self, keys: Keys, beside: SiteName, ids: Sequence[ArticleId]) -> list[ArticleId]:
        """Leave out what came before: its document may be another by now, and only one may be in the lists."""
        if not ids:
            return []
        with away():
            records = await self._client.hmget(keys.indexed(beside), list(ids))
        return [article_id for article_id, record in zip(ids, records, strict=True) if record is None]

    async def _memberships(self, site: SiteName, ids: Sequence[ArticleId], as_of_ms: int) -> list[Memberships]:
        documents = await self._parts.articles.newest(site, ids)
        return [
            self._parts.lists.memberships(site, document, now_ms=as_of_ms)
            for document in documents
            if document is not None and document.site == site  # a shard may hold several sites
        ]

    async def _write_beside(self, keys: Keys, beside: SiteName, placed: Sequence[Memberships], as_of_ms: int) -> None:
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for one in placed:
                    pipe.hset(keys.indexed(beside), one.id, one.record)
                    if one.teaser:
                        pipe.hset(keys.teasers(beside), one.id, one.teaser)
                    if one.over_ms is not None:
                        pipe.zadd(keys.due(beside), {f"event:{one.id}": one.over_ms})
                    if (ends_ms := one.scores.get(BREAKING)) is not None:
                        pipe.zadd(keys.due(beside), {f"breaking:{one.id}": ends_ms})
                    for name, score in one.scores.items():
                        if shown_in(name) == name or score <= as_of_ms:
                            pipe.zadd(keys.list(beside, name), {one.id: score})
                        else:
                            pipe.zadd(keys.due(beside), {f"resurface:{one.id}": score})
                await pipe.execute()

    async def _swap(self, site: SiteName, keys: Keys, beside: SiteName, since: int, names: Sequence[ListName]) -> None:
        places = [
            keys.indexed(site),
            keys.teasers(site),
            keys.versions(site),
            keys.due(site),
            keys.stream(LISTS_STREAM),
            keys.list(site, ""),
            keys.changed(),
            keys.indexed(beside),
            keys.teasers(beside),
            keys.due(beside),
            keys.list(beside, ""),
        ]
        await _SWAP.call(self._client, places, [site, self._clock(), since, *names])

    async def _clear(self, keys: Keys, beside: SiteName) -> None:
        """Throw away what a rebuild that did not end left behind."""
        with away():
            await self._client.unlink(keys.indexed(beside), keys.teasers(beside), keys.due(beside))
            async for key in self._client.scan_iter(match=keys.list(beside, "*"), count=1000):
                await self._client.unlink(key)


def build(config: LitfassConfig, *, environ: Mapping[str, str], client: Client, clock: Clock = system_clock) -> Rebuild:
    """Return a rebuild for the command line; raises ConfigurationFault."""
    metrics = FeedMetrics(CollectorRegistry())  # nobody asks a command for its metrics
    return Rebuild(
        client,
        Parts.of(config, load_settings(FeedSettings, environ), client=client, metrics=metrics, clock=clock),
        clock=clock,
    )


def _beside(site: SiteName) -> SiteName:
    """Return the name under which the new lists are built; no site can have it."""
    return SiteName(f"{site}~new")
