"""Everything about subscribers that one process of the feed service does, built once."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Self

from starlette.routing import Route

from services.feed.hosts import Hosts
from services.feed.metrics import FeedMetrics
from services.feed.settings import FeedSettings
from services.feed.subscribers.access import Access
from services.feed.subscribers.ageing import Ageing
from services.feed.subscribers.composed import Composed
from services.feed.subscribers.deliver import Deliveries
from services.feed.subscribers.door import Door
from services.feed.subscribers.fanout import FanOut
from services.feed.subscribers.following import Follower
from services.feed.subscribers.pull import Pull
from services.feed.subscribers.reading import Reading
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.self_service import SelfService
from services.feed.subscribers.sending import Sender
from services.feed.subscribers.stream import Streams
from services.feed.subscribers.webhooks import Webhooks
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.articles import Articles
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import RedisAway

Work = Callable[[], Awaitable[None]]


class Desk:
    """Fills the streams of subscribers, and lets them read."""

    def __init__(
        self,
        fanouts: Sequence[FanOut],
        follower: Follower,
        pull: Pull,
        streams: Streams,
        self_service: SelfService,
        *,
        registry: Registry,
        reading: Reading,
        access: Access,
        ageing: Ageing,
        deliveries: Deliveries,
    ) -> None:
        self._fanouts, self._follower, self._pull, self._streams = fanouts, follower, pull, streams
        self._access, self._ageing, self._deliveries = access, ageing, deliveries
        self.registry, self.reading = registry, reading
        self.answers: list[Route] = [*pull.routes, *self_service.routes]
        self.streams: list[Route] = list(streams.routes)
        self._is_stopping = False

    @classmethod
    def of(
        cls,
        sites: Mapping[SiteName, SiteConfig],
        settings: FeedSettings,
        articles: Articles,
        *,
        client: Client,
        shards: int,
        metrics: FeedMetrics,
        name: str,
        clock: Clock = system_clock,
    ) -> Self:
        """Build it; `name` is this process among those that could fan out."""
        every_shard = shards_of(sites, shards)
        registry = Registry(client, every_shard, clock=clock)
        sender = Sender(client, sites)
        reading = Reading(client, every_shard, articles, sender, sites=sites, clock=clock)
        follower = Follower(client, every_shard)
        fanouts = [
            FanOut(
                client,
                keys,
                registry,
                sites=sites,
                sender=sender,
                keep=settings.out_entries,
                keep_direct=settings.direct_entries,
                name=name,
                metrics=metrics,
                clock=clock,
            )
            for keys in every_shard
        ]
        door = Door(registry, Hosts(sites), clock=clock)
        pull = Pull(reading, follower, door, metrics=metrics)
        streams = Streams(
            reading,
            follower,
            Composed(sender),
            door,
            registry,
            sites,
            settings=settings,
            metrics=metrics,
            clock=clock,
        )
        webhooks = Webhooks(client, registry, is_private_allowed=settings.outbound_private, clock=clock)
        return cls(
            fanouts,
            follower,
            pull,
            streams,
            SelfService(registry, webhooks, door),
            registry=registry,
            reading=reading,
            access=Access(client, every_shard, registry, clock=clock),
            ageing=Ageing(client, registry, sites, clock=clock),
            deliveries=Deliveries(client, registry, follower, sender, settings=settings, metrics=metrics, clock=clock),
        )

    @property
    def routes(self) -> list[Route]:
        """Everything that a partner can ask."""
        return [*self.answers, *self.streams]

    def works(self) -> dict[str, Work]:
        """Return what has to be done all the time, by name; each ends only when it has nothing to do, or at `drain`."""
        fanning = {f"feed.fanout.{fanout.shard}": self._fanning(fanout) for fanout in self._fanouts}
        return {
            **fanning,
            "feed.following": self._following,
            "feed.access": self._access.keep,
            "feed.ageing": self._ageing.keep,
            "feed.webhooks": self._deliveries.keep,
        }

    def drain(self) -> None:
        """Answer everybody who waits; nothing new begins."""
        self._is_stopping = True
        self._pull.stop()
        self._streams.stop()
        self._deliveries.drain()

    async def leave(self) -> None:
        """Let deliveries in hand end, and another process fan out at once."""
        await self._deliveries.stop()
        with contextlib.suppress(RedisAway):
            for fanout in self._fanouts:
                await fanout.leave()

    def _fanning(self, fanout: FanOut) -> Work:
        async def work() -> None:
            while not self._is_stopping and await fanout.round():
                pass

        return work

    async def _following(self) -> None:
        while not self._is_stopping:
            await self._follower.round()


def shards_of(sites: Mapping[SiteName, SiteConfig], shards: int) -> list[Keys]:
    """Return the keys of every shard that has a site."""
    return [Keys(shard) for shard in sorted({shard_of(site, shards) for site in sites})]
