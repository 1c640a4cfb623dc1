"""What the clock does: events and breaking news end, pins come and go, the mixed box is drawn, files are written.

Which process does it does not matter: every process asks, and the scripts decide. Two pieces of work, so that a page
store that is away or slow keeps no event in its list.
"""

from collections.abc import Mapping

from services.feed.due import FEED, NEWS, NEWS_SITEMAP, SITEMAP, SITEMAP_INDEX
from services.feed.files import FeedFiles, lasting_lists
from services.feed.index import Lists
from services.feed.metrics import FeedMetrics
from services.feed.news import NewsSitemap
from services.feed.pins import Pins
from services.feed.sitemaps import Sitemaps
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import EVENTS
from shared.runtime.clock import Clock, system_clock
from shared.runtime.files_due import Due

LOOK_AHEAD_MS = 5_000  # milliseconds; longer than any pause between two looks that matters


class ListTimer:
    """Keeps lists right while time passes."""

    def __init__(
        self,
        lists: Lists,
        pins: Pins,
        sites: Mapping[SiteName, SiteConfig],
        *,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        self._lists, self._pins, self._sites, self._metrics, self._clock = lists, pins, sites, metrics, clock

    async def tick(self) -> int | None:
        """End what is over, draw the mixed box, begin and end pins; return when a pin does next. Raises RedisAway."""
        times: list[int | None] = []
        for site in self._sites:
            look = await self._pins.look(site)
            times.append(look.next_ms)
            if look.due_ms is not None:
                self._note_lateness("pin", look.due_ms)
            for name, _, due_ms in await self._lists.end_what_is_over(site):
                self._note_lateness("event" if name == EVENTS else name, due_ms)
            if await self._lists.draw_mixed(site):
                self._note_lateness("mixed", self._lists.day(site, self._clock()).start_ms)
        return min((when for when in times if when is not None), default=None)

    def _note_lateness(self, timer: str, due_ms: int) -> None:
        self._metrics.timer_lateness.labels(timer).observe(max(0, self._clock() - due_ms) / 1000)


class FileTimer:
    """Writes the files that are due."""

    def __init__(
        self,
        files: FeedFiles,
        sitemaps: Sitemaps,
        news: NewsSitemap,
        lists: Lists,
        due: Due,
        sites: Mapping[SiteName, SiteConfig],
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._files, self._sitemaps, self._news, self._lists, self._due = files, sitemaps, news, lists, due
        self._sites, self._clock = sites, clock
        self._is_first = True

    async def tick(self) -> int | None:
        """Write what is due; return when the next feed is. Raises Unavailable."""
        if self._is_first:
            await self._begin()
            self._is_first = False
        for site in self._sites:
            await self._files.write_due(site)
            await self._sitemaps.write_due(site)
            await self._news.write_due(site)
        until_ms = self._clock() + LOOK_AHEAD_MS
        times = [await self._due.next_ms(site, FEED, until_ms=until_ms) for site in self._sites]
        return min((when for when in times if when is not None), default=None)

    async def _begin(self) -> None:
        """Make due what must be there from the first start on, and what a crash of the machine may have cut short.

        The store does not sync its files: what was written in the last moments before may be missing or empty.
        """
        now_ms = self._clock()
        for site, config in self._sites.items():
            lists, months = await self._lists.lately_changed(site)
            await self._due.mark(site, FEED, dict.fromkeys([*lasting_lists(config), *lists], now_ms))
            await self._due.mark(site, SITEMAP, dict.fromkeys([SITEMAP_INDEX, *months], now_ms))
            await self._due.mark(site, NEWS, {NEWS_SITEMAP: now_ms})
