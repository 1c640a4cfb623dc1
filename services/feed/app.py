"""Build the feed service: settings → objects → subscriptions, timers and routes. Nothing else reads settings."""

from collections.abc import Mapping, Sequence
from functools import partial

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from services.feed.api import Api
from services.feed.documents import Documents
from services.feed.handlers import ArticleHandler, ListsHandler, UrgentHandler, signal_in
from services.feed.hub.house import Hub
from services.feed.indexnow import IndexNow
from services.feed.limits import Limits
from services.feed.metrics import FeedMetrics
from services.feed.openapi import part_of
from services.feed.outbound.posting import Poster
from services.feed.parts import Parts
from services.feed.pin_desk import PinDesk
from services.feed.pings import Pinging, Pings
from services.feed.settings import FeedSettings
from services.feed.subscribers.desk import Desk
from services.feed.subscribers.front_desk import FrontDesk
from services.feed.timers import FileTimer, ListTimer
from shared.contracts.config import LitfassConfig
from shared.contracts.keys import LISTS_STREAM
from shared.contracts.signals import ListsChanged
from shared.runtime.broker import Client, connect
from shared.runtime.clock import Clock, system_clock
from shared.runtime.consume import Consumer
from shared.runtime.delivery import DeliverySettings
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.openapi import Part
from shared.runtime.settings import load_settings
from shared.runtime.ticks import Ticks


class FeedService:
    """The feed service of one process; see `shared.runtime.service.Service`."""

    name = "feed"

    def __init__(
        self,
        consumer: Consumer,
        ticks: Sequence[Ticks],
        routes: Sequence[BaseRoute],
        *,
        desk: Desk,
        hub: Hub,
        there: Client | None,
        api: Part,
    ) -> None:
        self.routes, self.api = routes, api
        self._consumer, self._ticks, self._desk, self._hub = consumer, ticks, desk, hub
        self._there = there

    async def start(self) -> None:
        """Begin to read streams and to look at the clock; returns at once, also when Redis is away."""
        await self._consumer.start()
        for ticks in self._ticks:
            ticks.start()

    def drain(self) -> None:
        """End streams and long polls."""
        self._desk.drain()

    async def stop(self) -> None:
        """Finish what is in hand, give back the rest."""
        self.drain()
        for ticks in self._ticks:
            await ticks.stop()
        await self._desk.leave()
        await self._hub.sending.stop()
        await self._consumer.stop()
        if self._there:
            await self._there.aclose()

    def faults(self) -> list[str]:
        """Name what no longer works; empty = alive."""
        return [*self._consumer.faults(), *(fault for ticks in self._ticks for fault in ticks.faults())]


def build(
    config: LitfassConfig,
    *,
    environ: Mapping[str, str],
    client: Client,
    registry: CollectorRegistry,
    delivery_metrics: DeliveryMetrics,
    name: str = "",
    clock: Clock = system_clock,
) -> FeedService:
    """Return the feed service; raises ConfigurationFault for settings that cannot be used.

    Args:
        config: the sites, and where Redis and the page store are.
        environ: `LITFASS_FEED_…` and `LITFASS_DELIVERY_…` are read from it.
        client: for commands.
        registry: takes the service's metrics.
        delivery_metrics: the process's, shared by its services.
        name: this process among those that read the same streams; the same after a restart.
        clock: milliseconds since 1970.
    """
    settings, delivery = load_settings(FeedSettings, environ), load_settings(DeliverySettings, environ)
    parts = Parts.of(config, settings, client=client, metrics=FeedMetrics(registry), clock=clock)
    consumer = Consumer(
        config.redis, client, group="feed", settings=delivery, metrics=delivery_metrics, clock=clock, name=name
    )
    _subscribe(consumer, parts, clock)
    there = connect(config.redis.syndication) if config.redis.syndication else None
    desk = Desk.of(
        parts.sites,
        settings,
        parts.articles,
        client=client,
        shards=config.redis.shards,
        metrics=parts.metrics,
        name=name,
        there=there,
        clock=clock,
    )
    hub = Hub.of(parts, settings, client=client, shards=config.redis.shards, clock=clock)
    is_private_allowed = settings.outbound_private
    poster = Poster(timeout_s=settings.webhook_timeout_s, is_private_allowed=is_private_allowed)
    pinging = Pinging(parts.pings, poster, parts.sites, metrics=parts.metrics, is_private_allowed=is_private_allowed)
    indexnow = IndexNow(
        client,
        parts.store,
        poster,
        parts.sites,
        shards=config.redis.shards,
        metrics=parts.metrics,
        clock=clock,
    )
    ticks = [
        *_ticks(parts, settings, clock),
        *_desk_ticks(desk, settings, clock),
        Ticks("feed.hub", hub.sending.keep, at_most_s=settings.tick_s, clock=clock),
        Ticks("feed.indexnow", indexnow.tick, at_most_s=settings.tick_s, clock=clock),
        *_ping_ticks(parts.pings, pinging, settings, clock),
    ]
    admin_token = environ.get("LITFASS_ADMIN_TOKEN", "")
    pin_desk = PinDesk(parts.pins, parts.resurfacing, parts.sites, admin_token=admin_token, clock=clock)
    front_desk = FrontDesk(desk.registry, desk.access, parts.sites, admin_token=admin_token)
    limits = Limits(
        desk.registry,
        per_token=settings.api_per_token,
        per_address=settings.api_per_address,
        trusted=settings.trusted_proxies,
        clock=clock,
    )
    api = Api(parts.reader, parts.articles, parts.sites, max_age_s=settings.api_max_age_s)
    documents = Documents(
        parts.store,
        parts.composers,
        parts.sitemaps,
        parts.news,
        parts.sites,
        max_age_s=settings.feed_max_age_s,
        clock=clock,
    )
    counted = [limits.limited(route) for route in (*api.routes, *desk.answers)]
    ours = [*pin_desk.routes, *front_desk.routes]
    routes = [*counted, *documents.routes, *ours, *desk.streams, *hub.asking.routes, *indexnow.routes]
    return FeedService(consumer, ticks, routes, desk=desk, hub=hub, there=there, api=part_of(parts.sites))


def _subscribe(consumer: Consumer, parts: Parts, clock: Clock) -> None:
    news = ArticleHandler(parts.articles, parts.lists, parts.metrics, clock=clock)
    urgent = UrgentHandler(parts.articles, parts.lists, parts.files, parts.metrics, clock=clock)
    changed = ListsHandler(parts.files, list(parts.sites))
    for keys in sorted({parts.lists.keys(site) for site in parts.sites}, key=lambda keys: keys.shard):
        consumer.subscribe(keys, "articles-urgent", parse=signal_in, handle=urgent.handle, priority="urgent")
        consumer.subscribe(keys, "articles", parse=signal_in, handle=news.handle, priority="news")
        consumer.subscribe(keys, "articles-bulk", parse=signal_in, handle=news.handle, priority="bulk")
        # Files wait for articles, never the other way round.
        consumer.subscribe(
            keys, LISTS_STREAM, parse=ListsChanged.from_wire, handle=changed.handle, priority="bulk", coalesces=True
        )


def _ticks(parts: Parts, settings: FeedSettings, clock: Clock) -> list[Ticks]:
    lists = ListTimer(parts.lists, parts.pins, parts.sites, metrics=parts.metrics, clock=clock)
    files = FileTimer(parts.files, parts.sitemaps, parts.news, parts.lists, parts.due, parts.sites, clock=clock)
    return [
        Ticks("feed.lists", lists.tick, at_most_s=settings.tick_s, clock=clock),
        Ticks("feed.files", files.tick, at_most_s=settings.tick_s, wake=parts.files.became_due, clock=clock),
    ]


def _ping_ticks(pings: Pings, pinging: Pinging, settings: FeedSettings, clock: Clock) -> list[Ticks]:
    """One for each hub: who hangs keeps nobody else from being told."""
    return [
        Ticks(f"feed.pings.{site}.{hub}", partial(pinging.tell, site, hub), at_most_s=settings.tick_s, clock=clock)
        for site, hub in pings.hubs()
    ]


def _desk_ticks(desk: Desk, settings: FeedSettings, clock: Clock) -> list[Ticks]:
    return [Ticks(name, work, at_most_s=settings.tick_s, clock=clock) for name, work in desk.works().items()]
