"""A new theme: every page of a site once more, newest first, whenever nothing newer is to be written.

    Rerender.announce(site)   the theme is another one than the pages': remember it, and what is to be done
    Rerender.tick()           do the next part of it

What is to be done stands in Redis, so that it survives a restart and two processes share it: an article is taken out
once its page is written. News goes first: each part waits until no article page does. docs/howto/themes.md.
"""

import time
from typing import Final

from services.render.handlers import ArticleFiles, write_newest
from services.render.list_writer import ListWriter
from services.render.listing import all_jobs
from services.render.metrics import RenderMetrics
from services.render.sites import Site, Sites
from services.render.themes.kept import pack
from services.render.written import Written, of_article
from shared.contracts import lists
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.broker import Client, away
from shared.runtime.lists import ListReader
from shared.runtime.logging import get_logger
from shared.runtime.quiet import GiveWay
from shared.runtime.scripts import Script

log = get_logger()

LISTS: Final = "lists"  # beside the articles' ids: every page and fragment of a list
BATCH: Final = 20  # article pages between two looks at whether news waits
LEASE_MS: Final = 30_000  # a process that died gives its part to another after so long
SOON_MS: Final = 1  # there is more: come again at once

_ANNOUNCE: Final = Script(
    """
    -- Remember a site's theme; when it is another one than before, all its pages are to be written.
    -- KEYS 1 theme  2 todo  3 recent list     ARGV 1 digest  2 name  3 files  4 'lists'
    local before = redis.call('HGET', KEYS[1], 'digest')
    redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'name', ARGV[2], 'files', ARGV[3])
    if before == ARGV[1] then return -1 end
    redis.call('ZUNIONSTORE', KEYS[2], 1, KEYS[3])
    if redis.call('ZCARD', KEYS[2]) > 0 or before then redis.call('ZADD', KEYS[2], '+inf', ARGV[4]) end
    return redis.call('ZCARD', KEYS[2])
    """
)
_LEASE: Final = Script(
    """
    -- Take or renew the lease. KEYS 1 lease     ARGV 1 who  2 milliseconds
    local holder = redis.call('GET', KEYS[1])
    if holder and holder ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """
)


class Rerender:
    """What one render process does about new themes."""

    def __init__(
        self,
        sites: Sites,
        client: Client,
        articles: Articles,
        files: ArticleFiles,
        reader: ListReader,
        lists: ListWriter,
        metrics: RenderMetrics,
        *,
        give_way: GiveWay,
        name: str,
        written: Written | None = None,
    ) -> None:
        self._sites, self._client, self._articles, self._files = sites, client, articles, files
        self._reader, self._lists, self._metrics = reader, lists, metrics
        self._give_way, self._name, self._written = give_way, name, written
        self._announced: dict[SiteName, str] = {}
        self._started: dict[SiteName, float] = {}

    async def announce(self, site: Site) -> None:
        """Remember a site's theme, and that all pages are to be written when it is a new one. Raises RedisAway."""
        keys, digest = self._articles.keys(site.name), site.theme.digest
        if self._announced.get(site.name) == digest:
            return
        left = await announce(self._client, keys, site)
        self._announced[site.name] = digest
        if left > 0:
            self._started[site.name] = time.perf_counter()
            log.info("theme.changed", site=site.name, digest=digest, pages=left)

    async def tick(self) -> int | None:
        """Write the next part of what is left, for every site; return when to come again. Raises Unavailable."""
        is_more = False
        for site in list(self._sites):
            await self.announce(site)
            is_more = await self._part(site) or is_more
        return SOON_MS if is_more else None

    async def _part(self, site: Site) -> bool:
        """Write a part of a site's pages; say whether there are more for this process to write."""
        keys = self._articles.keys(site.name)
        todo = keys.theme_todo(site.name)
        with away():
            digest = await self._client.hget(keys.theme(site.name), "digest")
            next_ones: list[bytes] = await self._client.zrange(todo, 0, BATCH - 1, desc=True)
        is_ours = bool(digest) and digest.decode() == site.theme.digest  # another process may know a newer theme
        if not next_ones or not is_ours:
            self._metrics.theme_pages_left.labels(site.name).set(0)
            return False
        if not await _LEASE.call(self._client, [keys.theme_lease(site.name)], [self._name, LEASE_MS]):
            return False
        await self._give_way()
        names = [each.decode() for each in next_ones]
        if LISTS in names:
            await self._lists.write(site, await all_jobs(site, self._reader), at_once=True)
        ids = [ArticleId(name) for name in names if name != LISTS]
        _, documents = await write_newest(site, ids, self._articles, self._files, self._metrics)
        if self._written:
            await self._written.tell([of_article(document) for document in documents])
        with away():
            await self._client.zrem(todo, *names)
            left = int(await self._client.zcard(todo))
        self._metrics.theme_pages_left.labels(site.name).set(left)
        if not left:
            took_s = round(time.perf_counter() - self._started.pop(site.name, time.perf_counter()), 2)
            log.info("theme.rendered", site=site.name, digest=site.theme.digest, took_s=took_s)
        return left > 0


async def announce(client: Client, keys: Keys, site: Site) -> int:
    """Remember a site's theme; return how many pages are to be written, -1 when it is the same as before."""
    places = [keys.theme(site.name), keys.theme_todo(site.name), keys.list(site.name, lists.RECENT)]
    theme = site.theme
    return int(await _ANNOUNCE.call(client, places, [theme.digest, theme.name, pack(theme.files), LISTS]))


async def pages_left(client: Client, keys: Keys, site: SiteName) -> int:
    """Return how many pages are still in the theme before. Raises RedisAway."""
    with away():
        return int(await client.zcard(keys.theme_todo(site)))


async def settle(client: Client, keys: Keys, site: Site) -> None:
    """Remember that all pages are in this theme now: after a rebuild. Raises RedisAway."""
    await announce(client, keys, site)
    with away():
        await client.delete(keys.theme_todo(site.name))
