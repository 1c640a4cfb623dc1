"""The news sitemap as a file: what was published in the last 48 hours, and nothing older, also when nothing new comes.

place.lua makes it due when an article of these hours comes, changes or goes; a written one is due again when its
oldest article is old. One file is enough for most; above a thousand articles it becomes an index of a file a day, cut
by all of the day's articles, so that those which grow old move no others.
"""

from typing import Any, Final, NamedTuple

from services.feed.due import NEWS, NEWS_SITEMAP
from services.feed.formats import news_sitemap, sitemap, updated_at
from services.feed.formats.sitemap import Line
from services.feed.shelf import Shelf
from services.feed.titles import publication_of
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import RECENT
from shared.contracts.teaser import Teaser
from shared.runtime.broker import away
from shared.runtime.clock import milliseconds, moment
from shared.runtime.files_due import Made
from shared.runtime.lists import Place, teaser_in

AT_ONCE: Final = 250  # teasers read before others get their turn


class _Composed(NamedTuple):
    """The documents by path, and when the oldest article of them is news no more (None: there is none)."""

    files: dict[str, bytes]
    until_ms: int | None


class NewsSitemap:
    """The news sitemaps of all sites. Every method raises Unavailable when Redis or the store is away."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._rest_until_ms: dict[SiteName, int] = {}

    async def write_due(self, site: SiteName) -> None:
        """Write the news sitemap if it is due, and have it due again when time makes it another one."""
        if self._shelf.clock() < self._rest_until_ms.get(site, 0):
            return
        if not await self._shelf.due.taken(site, NEWS, now_ms=self._shelf.clock()):
            return
        (version,) = await self._shelf.reader.version(site, [RECENT])
        until_ms = await self.write(site)
        made = Made({RECENT: version}, self._shelf.clock(), until_ms)
        await self._shelf.due.settle(site, NEWS, {NEWS_SITEMAP: made})
        self._rest_until_ms[site] = self._shelf.clock() + round(self._shelf.settings.files_apart_s * 1000)

    async def write(self, site: SiteName) -> int | None:
        """Write it as it is now; return when it will be another one although nothing happens, None for never."""
        composed = await self._composed(site)
        for path, data in composed.files.items():
            await self._shelf.put(site, path, data, form="news-sitemap")
        await self._forget_others(site, [path for path in composed.files if path != news_sitemap.PATH])
        return composed.until_ms

    async def document(self, site: SiteName, path: str) -> bytes | None:
        """Return a file as it would be written now, for readers that ask before it is; None for what there is not."""
        return (await self._composed(site)).files.get(path)

    async def _composed(self, site: SiteName) -> _Composed:
        lines, until_ms = await self._lines(site)
        whole = news_sitemap.PATH
        parts = sitemap.parts_of(lines, whole=whole, most=news_sitemap.MAX_NEWS)
        fresh = {name: kept for name, part in parts.items() if (kept := [line for line in part if line.data])}
        if set(fresh) <= {whole}:
            return _Composed({whole: news_sitemap.urlset([line.data for line in fresh.get(whole, [])])}, until_ms)
        files = {
            news_sitemap.part_path(name): news_sitemap.urlset([line.data for line in part])
            for name, part in fresh.items()
        }
        entries = [(news_sitemap.part_path(name), max(line.updated for line in part)) for name, part in fresh.items()]
        return _Composed({**files, whole: sitemap.index_of(entries, publication_of(self._shelf.sites[site]))}, until_ms)

    async def _lines(self, site: SiteName) -> tuple[list[Line], int | None]:
        """Return the articles since the midnight before the 48 hours, oldest first; those too old without bytes."""
        config, now_ms = self._shelf.sites[site], self._shelf.clock()
        since_ms = now_ms - news_sitemap.NEWS_MS
        begin = moment(since_ms).astimezone(config.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        lines: list[Line] = []
        oldest_ms: int | None = None
        after: Place | None = None
        while rows := await self._shelf.reader.rows(
            site, RECENT, limit=AT_ONCE, after=after, month=(milliseconds(begin), now_ms + 1)
        ):
            for row in rows:
                teaser = teaser_in(row.teaser)
                if not news_sitemap.is_news(teaser, config.feeds.news_sitemap):
                    continue
                is_fresh = row.score_ms > since_ms
                oldest_ms = row.score_ms if is_fresh else oldest_ms
                lines.append(self._line(config, teaser, row.score_ms, is_fresh=is_fresh))
            after = (rows[-1].score_ms, rows[-1].id)
        return lines[::-1], None if oldest_ms is None else oldest_ms + news_sitemap.NEWS_MS

    def _line(self, config: SiteConfig, teaser: Teaser, score_ms: int, *, is_fresh: bool) -> Line:
        data = news_sitemap.url(teaser, publication_of(config)) if is_fresh else b""
        return Line(data, moment(score_ms).astimezone(config.zone).date().isoformat(), updated_at(teaser))

    async def _forget_others(self, site: SiteName, parts: list[str]) -> None:
        """Delete parts that there are no more."""
        key = self._shelf.key(site, "News")  # sorted set of paths
        with away():
            before: list[Any] = await self._shelf.client.zrange(key, 0, -1)  # bytes: see `connect`
            if parts:
                await self._shelf.client.zadd(key, dict.fromkeys(parts, 0))
        surplus = [path.decode() for path in before if path.decode() not in parts]
        if surplus:
            await self._shelf.store.delete(site, surplus)
            with away():
                await self._shelf.client.zrem(key, *surplus)
