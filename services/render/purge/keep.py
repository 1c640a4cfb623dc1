"""The loop of one cache: take what it has to be told, tell it, prove what has to be gone, settle.

Each cache has a loop of its own in every render process; the lease in the queue lets one of them do it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from services.render.metrics import RenderMetrics
from services.render.purge import Cache, CacheAway
from services.render.purge.queue import Purge, Purges, Taken
from services.render.sites import Sites
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.clock import Clock
from shared.runtime.errors import RedisAway
from shared.runtime.logging import get_logger

log = get_logger()

AT_ONCE: Final = 200  # names
LEASE_MS: Final = 30_000  # longer than telling and proving may take
IDLE_S: Final = 0.1  # how often an empty queue is looked at; a purge waits half of it
AWAY_S: Final = 1.0  # Redis
PROVE_AGAIN_MS: Final = 500
PAUSE_MS: Final = (250, 500, 1_000, 2_000, 5_000, 10_000)  # after the first failure, the second …; the last repeats


class CacheLoop:
    """Tells one cache."""

    def __init__(
        self,
        name: str,
        cache: Cache,
        purges: Purges,
        articles: Articles,
        sites: Sites,
        *,
        shards: Sequence[Keys],
        metrics: RenderMetrics,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name, self._cache, self._purges, self._articles = name, cache, purges, articles
        self._sites, self._shards, self._metrics, self._clock = sites, tuple(shards), metrics, clock
        self._sleep = sleep
        self._failures = 0
        self._failing_since_ms = 0

    async def keep(self) -> None:
        """Tell the cache whatever comes, for ever."""
        while True:
            try:
                has_more = [await self.round(keys) for keys in self._shards]
            except RedisAway:
                await self._sleep(AWAY_S)
            else:
                await self._sleep(0.0 if any(has_more) else IDLE_S)

    async def round(self, keys: Keys) -> bool:
        """Tell the cache what is due of one shard; return whether there may be more. Raises RedisAway."""
        taken = await self._purges.take(keys, self._name, limit=AT_ONCE, lease_ms=LEASE_MS)
        if not taken.purges:
            return False
        hard = [purge for purge in taken.purges if purge.path]
        soft = [purge for purge in taken.purges if not purge.path]
        left: Sequence[Purge] = ()
        try:
            if hard:  # what must not be seen goes first
                await self._cache.purge(_names(hard), hard=True)
                left = await self._still_there(hard)
            if soft:
                await self._cache.purge(_names(soft), hard=False)
        except CacheAway as fault:
            await self._give_back(taken, fault)
            return False
        await self._purges.settle(taken, self._name, left, again_ms=self._clock() + PROVE_AGAIN_MS)
        done = {purge.member for purge in taken.purges} - {purge.member for purge in left}
        await self._purges.settle(taken, self._name, [purge for purge in taken.purges if purge.member in done])
        self._note(len(hard), len(soft), left)
        return len(taken.purges) == AT_ONCE

    async def _still_there(self, purges: Sequence[Purge]) -> Sequence[Purge]:
        """Return what a reader still gets through the cache although its article is gone."""
        seen: dict[tuple[str, str], bool] = {}
        for purge in purges:
            site, path = self._sites.named(purge.site), purge.path
            if site is None or path is None or (purge.site, path) in seen:
                continue
            status = await self._cache.status(site.config.url.host or "", path)
            seen[purge.site, path] = status == 200 and await self._is_gone(purge)
        return [purge for purge in purges if seen.get((purge.site, purge.path or ""), False)]

    async def _is_gone(self, purge: Purge) -> bool:
        """Say whether the article is still not to be seen: it may be public again, or its address another's."""
        owner = await self._articles.owner(purge.site, purge.path) if purge.path else None
        if owner is None:
            return False
        (document,) = await self._articles.newest(purge.site, [owner])
        return document is not None and not (document.state == "public" and document.path == purge.path)

    async def _give_back(self, taken: Taken, fault: CacheAway) -> None:
        if not self._failures:
            self._failing_since_ms = self._clock()
            log.warning("purge.cache_lost", cache=self._name, detail=str(fault))
        pause_ms = PAUSE_MS[min(self._failures, len(PAUSE_MS) - 1)]
        self._failures += 1
        self._metrics.purges.labels(self._name, "failed").inc(len(taken.purges))
        self._metrics.purge_failing.labels(self._name).set((self._clock() - self._failing_since_ms) / 1000)
        await self._purges.settle(taken, self._name, taken.purges, again_ms=self._clock() + pause_ms)
        await self._sleep(pause_ms / 1000)

    def _note(self, hard: int, soft: int, left: Sequence[Purge]) -> None:
        if self._failures:
            log.info("purge.cache_found", cache=self._name, tries=self._failures)
        if left:
            log.warning("purge.delayed", cache=self._name, left=len(left), first=left[0].path)
        self._failures = 0
        self._metrics.purge_failing.labels(self._name).set(0)
        for outcome, count in (("hard", hard - len(left)), ("soft", soft), ("unproved", len(left))):
            self._metrics.purges.labels(self._name, outcome).inc(count)


async def stop(loops: Sequence["asyncio.Task[None]"]) -> None:
    """End the loops; what they had in hand is due again when its lease is over."""
    for task in loops:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*loops, return_exceptions=True)


def _names(purges: Sequence[Purge]) -> Sequence[str]:
    return list(dict.fromkeys(purge.name for purge in purges))
