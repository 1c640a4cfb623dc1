"""Tells hubs of others which feeds changed, when a site names any. Source: W3C WebSub, 6; PubSubHubbub 0.4, 7.

A feed is queued when its file is written, never before: the hub fetches it at once. What was written and is the same as
before is queued by nobody; whoever dies between writing and queueing writes again, and then it is.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from services.feed.metrics import FeedMetrics
from services.feed.outbound.guard import AddressRefused, target_of
from services.feed.outbound.posting import Answer, Poster
from services.feed.outbound.together import Together, asked_rest_s, outcome_of
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import ConfigurationFault
from shared.runtime.logging import get_logger
from shared.runtime.scripts import Script

log = get_logger()

APART_MS: Final = 2_000  # changes of so long are told together
MOST_TOPICS: Final = 10  # in one request: what hubs take without complaint
SCHEDULE_S: Final = (10, 60, 300, 1_800, 7_200)  # after the first failure in a row, the second …

_CHANGED: Final = Script(
    """
    -- Changed: of feeds that are other ones than hubs are told of, each hub is to be told.
    -- KEYS 1 pinged  2… the hubs' queues  ARGV 1 when, milliseconds  2… path, digest
    for i = 2, #ARGV, 2 do
      if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
        for k = 2, #KEYS do redis.call('ZADD', KEYS[k], 'LT', ARGV[1], ARGV[i]) end
      end
    end
    return 1
    """
)


class Pings:
    """What hubs of others are to be told, in Redis. Every method raises RedisAway."""

    def __init__(
        self, client: Client, sites: Mapping[SiteName, SiteConfig], *, shards: int, clock: Clock = system_clock
    ) -> None:
        self._client, self._shards, self._clock = client, shards, clock
        self._hubs = {name: tuple(map(str, site.websub.hubs)) for name, site in sites.items() if site.websub.hubs}

    def hubs(self) -> list[tuple[SiteName, str]]:
        """Return every hub of others with the site that names it."""
        return [(site, hub) for site, hubs in self._hubs.items() for hub in hubs]

    def queue(self, site: SiteName, hub: str) -> Together:
        """Return what a hub is to be told: paths of feeds."""
        keys = self._keys(site)
        return Together(self._client, keys.pings(site, hub), keys.pings_state(site, hub), clock=self._clock)

    async def written(self, site: SiteName, documents: Mapping[str, bytes]) -> None:
        """Queue the feeds, by path, whose files are another version now than hubs are told of."""
        if hubs := self._hubs.get(site):
            keys = self._keys(site)
            places = [keys.pinged(site), *(keys.pings(site, hub) for hub in hubs)]
            digests = [word for path, data in documents.items() for word in (path, hashlib.sha256(data).hexdigest())]
            await _CHANGED.call(self._client, places, [self._clock() + APART_MS, *digests])

    async def deleted(self, site: SiteName, paths: Iterable[str]) -> None:
        """Forget feeds that are no more: their names may be all that is left of a killed article."""
        if hubs := self._hubs.get(site):
            keys, gone = self._keys(site), list(paths)
            with away():
                async with self._client.pipeline(transaction=True) as pipe:
                    pipe.hdel(keys.pinged(site), *gone)
                    for hub in hubs:
                        pipe.zrem(keys.pings(site, hub), *gone)
                    await pipe.execute()

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))


class Pinging:
    """Tells them."""

    def __init__(
        self,
        pings: Pings,
        poster: Poster,
        sites: Mapping[SiteName, SiteConfig],
        *,
        metrics: FeedMetrics,
        is_private_allowed: bool = False,
    ) -> None:
        """Raises ConfigurationFault for a hub that must not be called."""
        self._pings, self._poster, self._sites, self._metrics = pings, poster, sites, metrics
        for site, hub in pings.hubs():
            try:
                target_of(hub, is_private_allowed=is_private_allowed)
            except AddressRefused as fault:
                raise ConfigurationFault(f"site.{site}.websub.hubs: {hub} cannot be called: {fault}") from fault

    async def tell(self, site: SiteName, hub: str) -> None:
        """Tell one hub of what is due, at most MOST_TOPICS feeds. Raises RedisAway."""
        queue = self._pings.queue(site, hub)
        handful = await queue.take(MOST_TOPICS)
        if handful is None:
            return
        body = request_of(f"{self._sites[site].base_url}{path}" for path in handful.words)
        answer = await self._poster.post(hub, body, {"Content-Type": "application/x-www-form-urlencoded"})
        rest_s = rest_after(answer, handful.failures)
        outcome = outcome_of(answer, rest_s)
        self._metrics.pings.labels(outcome).inc(len(handful.words))
        if not answer.is_good:
            count = len(handful.words)
            log.warning(
                "hub.ping_refused",
                site=site,
                hub=hub,
                status=answer.status,
                detail=answer.fault,
                outcome=outcome,
                feeds=count,
            )
        await queue.settle(handful, rest_s=rest_s)


def request_of(urls: Iterable[str]) -> bytes:
    """Return the form that tells of these feeds; hubs differ in whether they read `hub.url` or `hub.topic`."""
    topics = [(name, url) for url in urls for name in ("hub.url", "hub.topic")]
    return urlencode([("hub.mode", "publish"), *topics]).encode()


def rest_after(answer: Answer, failures: int) -> int:
    """Return how many seconds to wait before the same is told again; 0: it was taken, or never will be.

    Args:
        failures: in a row before this one.
    """
    if answer.is_good:
        return 0
    if 400 <= answer.status < 500 and answer.status not in {408, 429}:  # not these feeds: the next change asks again
        return 0
    return asked_rest_s(answer) or SCHEDULE_S[min(failures, len(SCHEDULE_S) - 1)]
