"""What the hub remembers, in Redis: requests that are not verified yet, subscriptions by topic, and what is due.

Members of the queue: `verify <request id>` and `deliver <site> <path> <callback>`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.contracts import upcast
from shared.contracts.base import SiteName
from shared.contracts.hub import HubRequest, HubSubscription
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.scripts import Script

REQUEST_S: Final = 3_600  # seconds that a request may wait to be verified

_TAKE: Final = Script.of("services.feed.hub", "take.lua")
_CHANGED: Final = Script.of("services.feed.hub", "changed.lua")


@dataclass(frozen=True)
class Job:
    """Something that is due; `attempt` is 1 for the first."""

    keys: Keys
    member: str
    attempt: int


class HubStore:
    """Requests and subscriptions of all sites. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int, clock: Clock = system_clock) -> None:
        self._client, self._shards, self._clock = client, shards, clock

    def keys(self, site: SiteName) -> Keys:
        """Return the keys of the site's shard."""
        return Keys(shard_of(site, self._shards))

    async def ask(self, request: HubRequest) -> None:
        """Keep a request, to be verified at once."""
        keys, id_ = self.keys(request.site), secrets.token_hex(16)
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.set(keys.hub_request(id_), request.model_dump_json(), ex=REQUEST_S)
                pipe.zadd(keys.hub_queue(), {f"verify {id_}": self._clock()})
                await pipe.execute()

    async def waiting(self, site: SiteName) -> int:
        """Return how many things are in the queue of the site's shard."""
        with away():
            return int(await self._client.zcard(self.keys(site).hub_queue()))

    async def request(self, keys: Keys, id_: str) -> HubRequest | None:
        """Return a request that is not verified yet."""
        with away():
            text = await self._client.get(keys.hub_request(id_))
        return upcast.read(HubRequest, text) if text else None

    async def put(self, request: HubRequest, *, digest: str) -> None:
        """Let a verified request be so; `digest` is that of the feed as the callback can fetch it now."""
        keys = self.keys(request.site)
        topic, callback = keys.hub_topic(request.site, request.path), request.callback
        expires_ms = self._clock() + request.lease_s * 1000
        one = HubSubscription(callback=callback, secret=request.secret, expires_ms=expires_ms)
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                if request.mode == "subscribe":
                    pipe.hset(topic, callback, one.model_dump_json())
                    pipe.hsetnx(keys.hub_topics(request.site), request.path, digest)
                else:
                    pipe.hdel(topic, callback)
                    pipe.zrem(keys.hub_queue(), delivery(request.site, request.path, callback))
                await pipe.execute()

    async def subscription(self, site: SiteName, path: str, callback: str) -> HubSubscription | None:
        """Return a subscription whose lease is not over."""
        with away():
            text = await self._client.hget(self.keys(site).hub_topic(site, path), callback)
        one = upcast.read(HubSubscription, text) if text else None
        return one if one and one.expires_ms > self._clock() else None

    async def forget(self, site: SiteName, path: str, callback: str) -> None:
        """Take a subscription away."""
        with away():
            await self._client.hdel(self.keys(site).hub_topic(site, path), callback)

    async def topics(self, site: SiteName) -> dict[str, str]:
        """Return the paths of feeds that somebody wants, with the digest of what was delivered last."""
        with away():
            rows = await self._client.hgetall(self.keys(site).hub_topics(site))
        return {path.decode(): digest.decode() for path, digest in rows.items()}

    async def changed(self, site: SiteName, path: str, *, before: str, now: str) -> int:
        """Make everybody due who wants the feed, unless another process has; return how many."""
        keys = self.keys(site)
        places = [keys.hub_topics(site), keys.hub_topic(site, path), keys.hub_queue(), keys.hub_attempts()]
        return int(
            await _CHANGED.call(self._client, places, [path, before, now, self._clock(), delivery(site, path, "")])
        )

    async def take(self, shards: Sequence[Keys], *, limit: int, lease_ms: int) -> list[Job]:
        """Return what is due; it is handed out again after the lease, unless it is settled."""
        jobs = []
        for keys in shards:
            places = [keys.hub_queue(), keys.hub_attempts()]
            flat = await _TAKE.call(self._client, places, [self._clock(), limit, lease_ms])
            jobs += [Job(keys, m.decode(), int(n)) for m, n in zip(flat[::2], flat[1::2], strict=True)]
        return jobs

    async def settle(self, job: Job, *, again_ms: int | None = None) -> None:
        """Let a job be done, or due again."""
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                if again_ms is None:
                    pipe.zrem(job.keys.hub_queue(), job.member)
                    pipe.hdel(job.keys.hub_attempts(), job.member)
                else:
                    pipe.zadd(job.keys.hub_queue(), {job.member: again_ms}, xx=True)
                await pipe.execute()


def delivery(site: SiteName, path: str, callback: str) -> str:
    """Return the member of the queue for one delivery."""
    return f"deliver {site} {path} {callback}"
