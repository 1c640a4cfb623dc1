"""When sources are compared with their CMSs: every few minutes the last hours, once a night all.

Every ingest process runs this loop; which one does the work does not matter, the lease decides.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import product
from typing import Final

from services.ingest.metrics import IngestMetrics
from services.ingest.reconcile import Cms, CmsAway, Kind, Report
from services.ingest.reconcile.feeds import Feed
from services.ingest.reconcile.ghost import Ghost
from services.ingest.reconcile.lease import Lease, Scope
from services.ingest.reconcile.ledger import Ledger, Orders
from services.ingest.reconcile.named import NamedRun
from services.ingest.reconcile.ours import OurArticles
from services.ingest.reconcile.pages import Pages, host_of
from services.ingest.reconcile.run import Run
from services.ingest.reconcile.seen import Seen
from services.ingest.reconcile.sitemaps import Sitemap
from services.ingest.reconcile.superdesk import Superdesk
from services.ingest.reconcile.web import Web
from services.ingest.reconcile.wordpress import WordPress
from services.ingest.sources import Source, Sources
from shared.contracts.base import SourceName
from shared.contracts.config import LitfassConfig, ReconcileConfig
from shared.runtime.articles import Articles
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, milliseconds, moment, system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.lists import ListReader
from shared.runtime.logging import get_logger
from shared.runtime.settings import key_of

log = get_logger()

PATIENCE_MS: Final = 15 * 60 * 1000  # after a night's run that failed; the CMS may say more
SCOPES: Final[tuple[Scope, ...]] = ("recent", "all")
KINDS: Final[tuple[Kind, ...]] = ("missing", "stale", "gone")
_CMSS: Final[Mapping[str, Callable[..., Cms]]] = {"ghost": Ghost, "wordpress": WordPress, "superdesk": Superdesk}

Told = Callable[[int], None]


def _untold(_: int) -> None: ...


class Reconciler:
    """Compares sources with their CMSs, one source at a time."""

    def __init__(
        self, sources: Mapping[SourceName, Source], keys: Mapping[SourceName, str], articles: Articles, client: Client,
        *, shards: int, clock: Clock,
    ) -> None:  # fmt: skip
        """Prepare.

        Args:
            sources: those with a table `reconcile`.
            keys: what opens their CMSs' lists.
        """
        self._sources, self._keys, self._articles, self._client = sources, keys, articles, client
        self._reader, self._clock = ListReader(client, shards=shards), clock
        self._webs: dict[SourceName, Web] = {}

    @property
    def names(self) -> list[SourceName]:
        """The sources that can be compared."""
        return list(self._sources)

    def config(self, name: SourceName) -> ReconcileConfig:
        """Return how a source is compared."""
        config = self._sources[name].intake.source.reconcile
        assert config is not None
        return config

    def zone_time(self, name: SourceName) -> datetime:
        """Return the time on the wall of the source's site."""
        return moment(self._clock()).astimezone(self._sources[name].intake.site.zone)

    def lease(self, name: SourceName, scope: Scope) -> Lease:
        """Return the right to compare a source, not yet taken."""
        keys = self._articles.keys(self._sources[name].intake.site_name)
        return Lease(self._client, keys, source=name, scope=scope, clock=self._clock)

    async def run(self, name: SourceName, orders: Orders, lease: Lease, *, told: Told = _untold) -> Report:
        """Compare one source, with its lease in hand; raises whatever stands in the way.

        Args:
            told: called with the number of entries read since the last call.
        """

        async def go_on(count: int) -> None:
            told(count)
            await lease.keep()

        source, config = self._sources[name], self.config(name)
        ours = OurArticles(self._client, self._articles, self._reader, source.intake)
        ledger = Ledger(source, config, self._articles, self._client, orders, self._clock)
        web, url = self._web(name, config), str(config.url)
        match config.kind:
            case "ghost" | "wordpress" | "superdesk":
                cms = _CMSS[config.kind](web, url=url, key=self._keys[name])
                return await Run(ledger, ours, progress=go_on).compare(cms)
            case "feed" | "sitemap":
                seen = Seen(self._client, self._articles.keys(source.intake.site_name), name)
                run = NamedRun(ledger, ours, seen, Pages(web, host_of(url)), progress=go_on)
                return await run.compare(Feed(web, url=url) if config.kind == "feed" else Sitemap(web, url=url))

    async def aclose(self) -> None:
        """Close the connections to the CMSs."""
        for web in self._webs.values():
            await web.aclose()
        self._webs.clear()

    def _web(self, name: SourceName, config: ReconcileConfig) -> Web:
        """One for each source: it remembers answers, and with a key nothing is shared."""
        if name not in self._webs:
            self._webs[name] = Web(allow_private=config.allow_private)
        return self._webs[name]


def reconciler_of(
    config: LitfassConfig, environ: Mapping[str, str], sources: Sources, articles: Articles, client: Client, *,
    clock: Clock = system_clock,
) -> Reconciler:  # fmt: skip
    """Return what compares the sources that say where their CMS can be asked."""
    places = {name: source.reconcile for name, source in config.sources().items() if source.reconcile}
    keys = {name: key_of(place.key, environ) for name, place in places.items()}
    compared = {name: sources.named(name) for name in places}
    return Reconciler(compared, keys, articles, client, shards=config.redis.shards, clock=clock)


class Poller:
    """Looks whether it is time; the work of a `Ticks`."""

    def __init__(self, reconciler: Reconciler, metrics: IngestMetrics, *, clock: Clock) -> None:
        self._reconciler, self._metrics, self._clock = reconciler, metrics, clock
        for name in reconciler.names:  # from the start, or Prometheus would not see the first one as a rise
            for kind in KINDS:
                metrics.reconcile_mismatches.labels(name, kind)
            for scope, outcome in product(SCOPES, ("done", "refused")):
                metrics.reconcile_runs.labels(name, scope, outcome)

    async def tick(self) -> None:
        """Compare what is due. Raises RedisAway."""
        for name in self._reconciler.names:
            for scope in SCOPES:
                lease = self._reconciler.lease(name, scope)
                if await lease.take(due_ms=self._due_ms(name, scope)):
                    await self._run(name, scope, lease)

    def _due_ms(self, name: SourceName, scope: Scope) -> int:
        """Return when it was last time to compare, milliseconds since 1970."""
        config = self._reconciler.config(name)
        if scope == "recent":
            return self._clock() - config.every_s * 1000
        now = self._reconciler.zone_time(name)
        tonight = now.replace(hour=config.nightly_hour, minute=0, second=0, microsecond=0)
        return milliseconds(tonight if tonight <= now else tonight - timedelta(days=1))

    async def _run(self, name: SourceName, scope: Scope, lease: Lease) -> None:
        started = time.perf_counter()
        try:
            report = await self._reconciler.run(name, Orders(scope), lease)
            await lease.done()
        except LitfassError as fault:
            self._metrics.reconcile_runs.labels(name, scope, fault.reason).inc()
            log.warning("reconcile.run_failed", source=name, scope=scope, reason=fault.reason, detail=str(fault)[:500])
            await self._put_off(name, scope, lease, fault)
            return
        self._metrics.reconcile_runs.labels(name, scope, "refused" if report.refused else "done").inc()
        for mismatch in report.mismatches:
            self._metrics.reconcile_mismatches.labels(name, mismatch.kind).inc()
        took_s = round(time.perf_counter() - started, 3)
        log.info(
            "reconcile.run_ended", source=name, scope=scope, theirs=report.theirs, mismatches=len(report.mismatches),
            refused=report.refused, took_s=took_s,
        )  # fmt: skip

    async def _put_off(self, name: SourceName, scope: Scope, lease: Lease, fault: LitfassError) -> None:
        wait_ms = self._reconciler.config(name).every_s * 1000 if scope == "recent" else PATIENCE_MS
        if isinstance(fault, CmsAway):
            wait_ms = max(wait_ms, round(fault.retry_after_s * 1000))
        await lease.failed(retry_ms=self._clock() + wait_ms)
