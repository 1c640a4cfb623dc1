"""Feed documents as files: every list as feed.xml, feed.atom and feed.json, written when it changed.

    write(site, lists)     for the consumer of `lists`: at once when it is quiet, else they become due
    write_due(site)        for the timers: what is due

Every writer looks again: read the list's version, read the list, put, read the version again. One that finds another
version does not go round in a circle (a busy list would hold it): the file becomes due, which no crash forgets.
A file becomes due, too, when it was written less than `files_apart_s` ago, or when writing already takes its share of
the time; so a list that changes a hundred times a second costs a document a second. A kill waits for neither.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Final

from services.feed.composing import FORMATS, Composer
from services.feed.due import FEED, NOTICE
from services.feed.metrics import FeedMetrics
from services.feed.pings import Pings
from services.feed.settings import FeedSettings
from shared.contracts import lists, paths
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import ListName, kind_and_slug
from shared.runtime.clock import Clock, system_clock
from shared.runtime.failpoints import failpoint
from shared.runtime.files_due import Due, Made
from shared.runtime.lists import ListReader
from shared.runtime.pagestore import PageStore

_WITH_FEED: Final = frozenset({"recent", "section", "tag", "author", "events", "corrections"})  # `mixed` has no page


class FeedFiles:
    """The feed documents of all sites. Every method raises Unavailable when Redis or the store is away."""

    def __init__(
        self,
        reader: ListReader,
        due: Due,
        store: PageStore,
        composers: Mapping[SiteName, Composer],
        *,
        pings: Pings,
        settings: FeedSettings,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        self._reader, self._due, self._store, self._composers, self._pings = reader, due, store, composers, pings
        self._settings, self._metrics, self._clock = settings, metrics, clock
        self._written_ms: dict[tuple[SiteName, ListName], int] = {}  # only of the last `files_apart_s`
        self._rest_until_ms = 0
        self.became_due = asyncio.Event()  # whoever writes what is due need not wait for its next look

    async def write(self, site: SiteName, names: Collection[ListName], *, at_once: bool = False) -> bool:
        """Write the feeds of these lists; False when some became due instead.

        With `at_once` (a kill, a rebuild), none is too fresh and we are never too busy.
        """
        wanted = sorted({name for name in names if has_feed(name)})
        free_ms = {name: self._clock() if at_once else self._free_ms(site, name) for name in wanted}
        now = [name for name in wanted if free_ms[name] <= self._clock()]
        versions = await self._write_now(site, now)
        later: dict[str, int] = {name: free_ms[name] for name in wanted if name not in versions}
        later |= {name: self._clock() + self._apart_ms for name in await self._moved(site, versions)}
        if later:
            await self._due.mark(site, FEED, later)
            self.became_due.set()
        return not later

    async def write_due(self, site: SiteName) -> None:
        """Write the feeds that are due, and settle those whose lists stood still meanwhile."""
        if self._clock() < self._rest_until_ms:
            return
        due = [ListName(name) for name in await self._due.taken(site, FEED, now_ms=self._clock())]
        stale = [ListName(name) for name in await self._due.taken(site, NOTICE, now_ms=self._clock())]
        versions = await self._write_now(site, list(dict.fromkeys([*due, *stale])))
        now_ms = self._clock()
        await self._due.settle(site, NOTICE, {name: Made({name: versions[name]}, now_ms) for name in stale})
        again_ms = now_ms + self._apart_ms
        await self._due.settle(site, FEED, {name: Made({name: at}, again_ms) for name, at in versions.items()})

    def _free_ms(self, site: SiteName, name: ListName) -> int:
        """When this list's feeds may be written again."""
        last_ms = self._written_ms.get((site, name))
        return max(self._rest_until_ms, 0 if last_ms is None else last_ms + self._apart_ms)

    async def _moved(self, site: SiteName, versions: Mapping[ListName, int]) -> list[ListName]:
        """Look again: return the lists that have changed since they were read."""
        now = await self._reader.version(site, list(versions))
        return [name for name, version in zip(versions, now, strict=True) if versions[name] != version]

    @property
    def _apart_ms(self) -> int:
        return round(self._settings.files_apart_s * 1000)

    async def _write_now(self, site: SiteName, names: Collection[ListName]) -> dict[ListName, int]:
        """Write the feeds of these lists; return the versions that they were made of."""
        if not names:
            return {}
        started = time.perf_counter()
        versions = dict(zip(names, await self._reader.version(site, list(names)), strict=True))
        for name in names:
            await self._write_list(site, name)
        failpoint("feed.after-file-put")
        took_s = time.perf_counter() - started
        self._metrics.round_seconds.labels("feeds").observe(took_s)
        self._note_written(site, names, took_s)
        return versions

    async def _write_list(self, site: SiteName, name: ListName) -> None:
        documents = await self._composers[site].documents(name)
        if documents is None:
            files = [paths.feed_path(name, form) for form in FORMATS]
            await self._store.delete(site, files)
            await self._pings.deleted(site, files)
            self._metrics.files.labels("all", "deleted").inc()
            return
        if name == lists.EVENTS:
            await self._write_calendar(site)
        puts = [self._store.put(site, paths.feed_path(name, form), data) for form, data in documents.items()]
        results = await asyncio.gather(*puts, return_exceptions=True)  # every put has ended before anybody tries again
        for form, is_new in zip(documents, results, strict=True):
            if isinstance(is_new, BaseException):
                raise is_new
            self._metrics.files.labels(form, "written" if is_new else "equal").inc()
        await self._pings.written(site, {paths.feed_path(name, form): data for form, data in documents.items()})

    async def _write_calendar(self, site: SiteName) -> None:
        calendar = await self._composers[site].calendar(now_ms=self._clock())
        is_new = await self._store.put(site, paths.CALENDAR, calendar)
        self._metrics.files.labels("ics", "written" if is_new else "equal").inc()

    def _note_written(self, site: SiteName, names: Collection[ListName], took_s: float) -> None:
        now_ms = self._clock()
        self._rest_until_ms = now_ms + round(took_s * 1000 * (1 / self._settings.busy_share - 1))
        self._written_ms = {key: at for key, at in self._written_ms.items() if now_ms - at < self._apart_ms}
        self._written_ms.update({(site, name): now_ms for name in names})


def has_feed(name: ListName) -> bool:
    """Say whether a list is given out as a feed."""
    return kind_and_slug(name)[0] in _WITH_FEED


def lasting_lists(site: SiteConfig) -> list[ListName]:
    """Return the lists whose feeds exist from the first start on."""
    return [lists.RECENT, *(lists.section(slug) for slug in site.sections), lists.EVENTS, lists.CORRECTIONS]
