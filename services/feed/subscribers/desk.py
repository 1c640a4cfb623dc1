"""Everything about subscribers that one process of the feed service does, built once."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, Self

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
from services.feed.subscribers.relay import Relay
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


class Rounds(Protocol):
    """What one process of all does, round after round: the fan-out, the relay."""

    work: str

    async def round(self) -> bool:
        """Do what there is to do; False when another process does it. Raises RedisAway."""

    async def leave(self) -> None:
        """Let another process do it at once. Raises RedisAway."""


class Desk:
    """Fills the streams of subscribers, and lets them read."""

    def __init__(
        self,
        rounds: Sequence[Rounds],
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
        self._rounds, self._follower, self._pull, self._streams = rounds, follower, pull, streams
        self.access, self._ageing, self._deliveries = access, ageing, deliveries
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
        there: Client | None = None,
        clock: Clock = system_clock,
    ) -> Self:
        """Build it; `name` is this process among those that could fan out, `there` the partners' own Redis, if any."""
        every_shard = shards_of(sites, shards)
        registry = Registry(client, every_shard, clock=clock)
        sender = Sender(client, sites)
        reading = Reading(client, every_shard, articles, sender, registry, sites=sites, clock=clock)
        follower = Follower(client, every_shard)
        fanouts = [
            FanOut(
                client,
                keys,
                registry,
                sites=sites,
                sender=sender,
                keep=settings.out_entries,
                keep_direct=None if there else settings.direct_entries,
                name=name,
                metrics=metrics,
                clock=clock,
            )
            for keys in every_shard
        ]
        relays = [
            Relay(
                client, there, keys, registry, sender,
                keep=settings.direct_entries, name=name, metrics=metrics, clock=clock,
            )
            for keys in every_shard if there
        ]  # fmt: skip
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
            [*fanouts, *relays],
            follower,
            pull,
            streams,
            SelfService(registry, webhooks, door),
            registry=registry,
            reading=reading,
            access=Access(there or client, every_shard, registry, former=client if there else None, clock=clock),
            ageing=Ageing([client, there] if there else [client], registry, sites, clock=clock),
            deliveries=Deliveries(client, registry, follower, sender, settings=settings, metrics=metrics, clock=clock),
        )

    @property
    def routes(self) -> list[Route]:
        """Everything that a partner can ask."""
        return [*self.answers, *self.streams]

    def works(self) -> dict[str, Work]:
        """Return what has to be done all the time, by name; each ends only when it has nothing to do, or at `drain`."""
        return {
            **{one.work: self._repeating(one) for one in self._rounds},
            "feed.following": self._following,
            "feed.access": self.access.keep,
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
            for one in self._rounds:
                await one.leave()

    def _repeating(self, rounds: Rounds) -> Work:
        async def work() -> None:
            while not self._is_stopping and await rounds.round():
                pass

        return work

    async def _following(self) -> None:
        while not self._is_stopping:
            await self._follower.round()


def shards_of(sites: Mapping[SiteName, SiteConfig], shards: int) -> list[Keys]:
    """Return the keys of every shard that has a site."""
    return [Keys(shard) for shard in sorted({shard_of(site, shards) for site in sites})]
