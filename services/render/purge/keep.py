"""The loop of one cache: take what it has to be told, tell it, prove that what has to be gone is gone, settle.

Each cache has a loop of its own in every render process; the lease in the queue lets one of them do it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from services.render.caching import article_name, fragments_among, path_name
from services.render.metrics import RenderMetrics
from services.render.purge import Cache, CacheAway
from services.render.purge.queue import Purge, Purges, Taken
from services.render.sites import Sites
from shared.contracts.base import SiteName
from shared.contracts.keys import Keys
from shared.contracts.places import Withdrawn, places_of
from shared.runtime.articles import Articles
from shared.runtime.clock import Clock
from shared.runtime.errors import RedisAway
from shared.runtime.logging import get_logger

log = get_logger()

AT_ONCE: Final = 200  # names
LEASE_MS: Final = 30_000  # longer than telling and proving may take
IDLE_S: Final = 0.1  # how often an empty queue is looked at; a purge waits half of it
AWAY_S: Final = 1.0  # Redis
LOOK_AGAIN_MS: Final = 100  # while a kill is not proved; each pause is twice the one before
LOOK_AGAIN_AT_MOST_MS: Final = 5_000
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
        self._looks: dict[str, int] = {}  # at one withdrawn article, by its member

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
        hard = [purge for purge in taken.purges if purge.withdrawn]
        soft = [purge for purge in taken.purges if not purge.withdrawn]
        try:
            if hard:  # what must not be seen goes first
                await self._cache.purge(_own_names(hard), hard=True)
            if soft:
                await self._cache.purge(list(dict.fromkeys(purge.name for purge in soft)), hard=False)
            left = await self._prove(hard)
        except CacheAway as fault:
            await self._give_back(taken, fault)
            return False
        await self._purges.settle(taken, self._name, [purge for purge in taken.purges if purge.member not in left])
        for purge in hard:
            await self._settle(taken, purge, left.get(purge.member, ()))
        self._note(len(hard), len(soft), len(left))
        return len(taken.purges) == AT_ONCE

    async def _prove(self, purges: Sequence[Purge]) -> Mapping[str, Sequence[str]]:
        """Look at every place of what is withdrawn; return what is wrong, by member.

        A list may be written a moment after its article went: what still leads to it is purged, and looked at again.
        Once no place leads to it no fragment does, so all pages that hold one from before can go, whichever they are.
        """
        left: dict[str, Sequence[str]] = {}
        names: list[str] = []
        for site_name in dict.fromkeys(purge.site for purge in purges):
            site = self._sites.named(site_name)
            articles = await self._still_withdrawn(site_name, purges)
            if site is None or not articles:
                continue
            found = await self._cache.look(site.config, list(articles.values()))
            for member, article in articles.items():
                wrong = {place: what for place, what in found[article.article_id].items() if what}
                if wrong:
                    left[member] = list(wrong.values())
                    names += [path_name(site_name, place.path) for place in wrong]
                else:
                    names += fragments_among(site_name, [place.path for place in places_of(article)])
        if names:
            await self._cache.purge(list(dict.fromkeys(names)), hard=True)
        return left

    async def _still_withdrawn(self, site: SiteName, purges: Sequence[Purge]) -> Mapping[str, Withdrawn]:
        """Return, by member, the articles of a site that may not be seen now either: a kill can be lifted."""
        own = {purge.member: purge.withdrawn for purge in purges if purge.site == site and purge.withdrawn}
        documents = await self._articles.newest(site, [article.article_id for article in own.values()])
        states = {document.id: document.state for document in documents if document}
        return {
            member: article
            for member, article in own.items()
            if (state := states.get(article.article_id, "public")) == "killed"
            or (state != "public" and not article.is_killed)
        }

    async def _settle(self, taken: Taken, purge: Purge, wrong: Sequence[str]) -> None:
        if not wrong:
            self._looks.pop(purge.member, None)
            return
        looks = self._looks[purge.member] = self._looks.get(purge.member, 0) + 1
        pause_ms = min(LOOK_AGAIN_MS * 2 ** min(looks - 1, 10), LOOK_AGAIN_AT_MOST_MS)
        if pause_ms == LOOK_AGAIN_AT_MOST_MS and purge.withdrawn:
            log.warning(
                "purge.delayed",
                cache=self._name, article_id=purge.withdrawn.article_id, left=len(wrong), first=wrong[0],
            )  # fmt: skip
        await self._purges.settle(taken, self._name, [purge], again_ms=self._clock() + pause_ms)

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

    def _note(self, hard: int, soft: int, left: int) -> None:
        if self._failures:
            log.info("purge.cache_found", cache=self._name, tries=self._failures)
        self._failures = 0
        self._metrics.purge_failing.labels(self._name).set(0)
        for outcome, count in (("hard", hard - left), ("soft", soft), ("unproved", left)):
            self._metrics.purges.labels(self._name, outcome).inc(count)


async def stop(loops: Sequence["asyncio.Task[None]"]) -> None:
    """End the loops; what they had in hand is due again when its lease is over."""
    for task in loops:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*loops, return_exceptions=True)


def _own_names(purges: Sequence[Purge]) -> Sequence[str]:
    """Return the names of the articles' own pages."""
    own = [purge.withdrawn for purge in purges if purge.withdrawn]
    names = [name for article in own for name in (article_name(article.article_id), *_addresses(article))]
    return list(dict.fromkeys(names))


def _addresses(article: Withdrawn) -> Sequence[str]:
    return [path_name(article.site, path) for path in article.paths]
