"""The composer: configuration → objects → a service that can be started."""

from collections.abc import Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute, Route

from services.ingest.batch import Batch
from services.ingest.events import Events
from services.ingest.metrics import IngestMetrics
from services.ingest.openapi import part_of
from services.ingest.preview import Preview
from services.ingest.reception import Reception
from services.ingest.reconcile.poller import Poller, Reconciler, reconciler_of
from services.ingest.rejected import Bounds, Rejections
from services.ingest.retractions import Prover, Retractions
from services.ingest.schedule import Timetable
from services.ingest.settings import IngestSettings
from services.ingest.sources import sources_of
from services.ingest.space import Space
from services.ingest.webhook import Webhook
from shared.contracts.config import LitfassConfig
from shared.runtime.articles import DAY_S, Articles
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.openapi import Part
from shared.runtime.previews import Previews
from shared.runtime.quiet import Quiet
from shared.runtime.schedule import Schedule
from shared.runtime.settings import load_settings
from shared.runtime.ticks import Ticks

RETRACTIONS_LOOK_S: Final = 0.1  # seconds; one small command when nothing was killed


class IngestService:
    """Takes deliveries, and looks at the clock; reads no stream."""

    name = "ingest"

    def __init__(
        self, routes: Sequence[BaseRoute], ticks: Sequence[Ticks], reconciler: Reconciler, *, api: Part
    ) -> None:
        self.routes, self.api = routes, api
        self._ticks, self._reconciler = ticks, reconciler

    async def start(self) -> None:
        """Begin to look at the clock and at CMSs' lists; requests come by themselves."""
        for ticks in self._ticks:
            ticks.start()

    async def stop(self) -> None:
        """Stop looking; nothing is in hand that the server would not finish."""
        for ticks in self._ticks:
            await ticks.stop()
        await self._reconciler.aclose()

    def faults(self) -> list[str]:
        """Name what no longer works; empty = alive."""
        return [fault for ticks in self._ticks for fault in ticks.faults()]


def build(
    config: LitfassConfig,
    *,
    environ: Mapping[str, str],
    client: Client,
    registry: CollectorRegistry,
    delivery_metrics: DeliveryMetrics,  # noqa: ARG001 -- the same call builds every service; this one reads no stream
    name: str = "",  # noqa: ARG001 -- see above
    clock: Clock = system_clock,
) -> IngestService:
    """Return the ingest service; raises ConfigurationFault for settings and secrets that cannot be used."""
    settings = load_settings(IngestSettings, environ)
    metrics = IngestMetrics(registry)
    sources = sources_of(config, environ)
    articles = Articles(
        client,
        shards=config.redis.shards,
        clock=clock,
        dedupe_window_s=settings.dedupe_window_s,
        replicated=config.redis.durability == "replicated",
    )
    space = Space(settings.space_folder, floor_bytes=settings.space_floor_bytes)
    bounds = Bounds(
        keep_s=settings.rejected_days * DAY_S, count=settings.rejected_count, size_bytes=settings.rejected_bytes
    )
    rejections = Rejections(client, shards=config.redis.shards, bounds=bounds, metrics=metrics, clock=clock)
    given = (sources, articles, space, rejections, metrics)
    reception, quiet = Reception(sources, trusted_proxies=settings.trusted_proxies, clock=clock), Quiet()
    single = Webhook(*given, reception=reception, quiet=quiet, body_limit=settings.body_bytes, clock=clock)
    batch = Batch(*given, reception=reception, quiet=quiet, body_limit=settings.batch_bytes, clock=clock)
    previews = Previews(client, shards=config.redis.shards, clock=clock)
    preview = Preview(
        sources, articles, previews, space, metrics,
        reception=reception, body_limit=settings.body_bytes, clock=clock,
    )  # fmt: skip
    shards = {articles.keys(site).shard: articles.keys(site) for site in config.sites()}
    timetable = Timetable(Schedule(client, shards=shards.values(), clock=clock), metrics, clock=clock)
    events = Events(sources, single, batch)
    prover = Prover(Retractions(client, config, clock=clock), metrics, clock=clock)
    reconciler = reconciler_of(config, environ, sources, articles, client, clock=clock)
    poller = Poller(reconciler, metrics, clock=clock)
    return IngestService(
        [
            Route("/webhooks/{source}/batch", batch.take, methods=["POST"]),
            Route("/webhooks/{source}", events.take, methods=["POST"]),
            *([Route("/webhooks/{source}", events.handshake, methods=["OPTIONS"])] if events.are_wanted else []),
            Route("/webhooks/{source}/{event}", single.take, methods=["POST"]),
            Route("/preview/{source}", preview.take, methods=["POST"]),
        ],
        [
            Ticks("ingest.schedule", timetable.tick, at_most_s=settings.schedule_look_s, clock=clock),
            Ticks("ingest.retractions", prover.tick, at_most_s=RETRACTIONS_LOOK_S, clock=clock),
            *(
                [Ticks("ingest.reconcile", poller.tick, at_most_s=settings.reconcile_look_s, clock=clock)]
                if reconciler.names
                else []
            ),
        ],
        reconciler,
        api=part_of(config),
    )
