"""Tells search engines which pages changed, moved or went (indexnow.org), when a site has a key for it.

place.lua queues the paths with the change itself, so that no crash forgets one; ten seconds later they are told
together. What fails waits and is tried again; a change that comes meanwhile is told again.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.feed.answers import Fault, answering
from services.feed.hosts import Hosts
from services.feed.metrics import FeedMetrics
from services.feed.outbound.posting import Answer, Poster
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.logging import get_logger
from shared.runtime.pagestore import PageStore
from shared.runtime.scripts import Script

log = get_logger()

MOST_URLS: Final = 10_000  # in one request; the protocol's limit
MOST_WAITING: Final = 100_000  # the oldest of more are dropped: an engine that is away for weeks crawls anyway
LEASE_MS: Final = 120_000  # longer by far than a request may take: a change meanwhile must come earlier
SCHEDULE_S: Final = (60, 300, 1_800, 7_200)  # after the first failure in a row, the second …; then every two hours
REFUSED_S: Final = 3_600  # the key was not believed: its file may not be out yet
LONGEST_REST_S: Final = 86_400

_TAKE: Final = Script(
    """
    -- Take what is due, with a lease. KEYS 1 indexnow  2 state  ARGV 1 now_ms  2 lease until  3 most  4 most waiting
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[4])
    if tonumber(redis.call('HGET', KEYS[2], 'rests_until') or 0) > tonumber(ARGV[1]) then return {} end
    local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
    for _, path in ipairs(found) do redis.call('ZADD', KEYS[1], ARGV[2], path) end
    return found
    """
)
_SETTLE: Final = Script(
    """
    -- Settle what was taken: gone, or due again; what changed meanwhile has another time and stays as it is.
    -- KEYS 1 indexnow  2 state  ARGV 1 lease until  2 due again, or ''  3 failures  4… paths
    local again = ARGV[2] ~= ''
    for i = 4, #ARGV do
      if redis.call('ZSCORE', KEYS[1], ARGV[i]) ~= ARGV[1] then
      elseif again then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
      else redis.call('ZREM', KEYS[1], ARGV[i]) end
    end
    redis.call('HSET', KEYS[2], 'failures', ARGV[3], 'rests_until', again and ARGV[2] or 0)
    return 1
    """
)


class IndexNow:
    """The queue of every site that has a key, and the key's file."""

    def __init__(
        self,
        client: Client,
        store: PageStore,
        poster: Poster,
        sites: Mapping[SiteName, SiteConfig],
        *,
        shards: int,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        self._client, self._store, self._poster, self._shards = client, store, poster, shards
        self._metrics, self._clock, self._hosts = metrics, clock, Hosts(sites)
        self._sites = {name: site for name, site in sites.items() if site.indexnow.key}
        self._is_first = True
        paths = sorted({key_path(site) for site in self._sites.values()})
        self.routes = [Route(path, answering(self.show_key)) for path in paths]

    async def tick(self) -> int | None:
        """Tell what is due. Raises Unavailable."""
        if self._is_first:
            for name, site in self._sites.items():
                await self._store.put(name, key_path(site), site.indexnow.key.encode())
            self._is_first = False
        for name, site in self._sites.items():
            await self._tell(name, site)
        return None

    async def show_key(self, request: Request) -> Response:
        """Answer the file that proves that the key is the site's. Raises Fault."""
        site = self._sites.get(self._hosts.site_of(request))
        if site is None or request.url.path != key_path(site):
            raise Fault(404, "No such document", f"There is nothing at {request.url.path}.")
        return PlainTextResponse(site.indexnow.key)

    async def _tell(self, name: SiteName, site: SiteConfig) -> None:
        keys, now_ms = Keys(shard_of(name, self._shards)), self._clock()
        places, lease_ms = [keys.indexnow(name), keys.indexnow_state(name)], now_ms + LEASE_MS
        found: list[bytes] = await _TAKE.call(self._client, places, [now_ms, lease_ms, MOST_URLS, MOST_WAITING])
        if not found:
            return
        paths = [path.decode() for path in found]
        body, headers = request_of(site, paths), {"Content-Type": "application/json; charset=utf-8"}
        answer = await self._poster.post(str(site.indexnow.endpoint), body, headers)
        with away():
            failures: Any = await self._client.hget(places[1], "failures")  # bytes: see `connect`
        rest_s = rest_after(answer, int(failures or 0))
        outcome = "told" if answer.is_good else "later" if rest_s else "dropped"
        self._metrics.indexnow.labels(outcome).inc(len(paths))
        if not answer.is_good:
            log.warning(
                "indexnow.refused",
                site=name,
                status=answer.status,
                detail=answer.fault,
                outcome=outcome,
                urls=len(paths),
            )
        again = self._clock() + rest_s * 1000 if rest_s else ""
        in_a_row = int(failures or 0) + 1 if rest_s else 0
        await _SETTLE.call(self._client, places, [lease_ms, again, in_a_row, *paths])


def key_path(site: SiteConfig) -> str:
    """Return where the key's file is."""
    return f"/{site.indexnow.key}.txt"


def request_of(site: SiteConfig, paths: Sequence[str]) -> bytes:
    """Return the body that tells of these pages: all of one host, whole addresses."""
    return json.dumps(
        {
            "host": urlsplit(site.base_url).netloc,
            "key": site.indexnow.key,
            "keyLocation": f"{site.base_url}{key_path(site)}",
            "urlList": [f"{site.base_url}{path}" for path in paths],
        }
    ).encode()


def rest_after(answer: Answer, failures: int) -> int:
    """Return how many seconds to wait before the same is told again; 0: it was taken, or never will be.

    Args:
        failures: in a row before this one.
    """
    match answer.status:
        case status if 200 <= status < 300:
            return 0
        case 400 | 422:  # not a request, or not these pages: the same again would be refused again
            return 0
        case 403:
            return REFUSED_S
        case 429 if answer.retry_after.isdecimal():
            return min(max(int(answer.retry_after), 1), LONGEST_REST_S)
        case _:
            return SCHEDULE_S[min(failures, len(SCHEDULE_S) - 1)]
