"""The composer: configuration → objects → a service that can be started."""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from services.render.caching import Caching
from services.render.files import FileCache
from services.render.furniture import write_furniture
from services.render.handlers import ArticleFiles, make_article_writer, make_lists_handler
from services.render.house_ads import keep_house_ads
from services.render.list_writer import ListWriter
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.openapi import PART
from services.render.purge import keep
from services.render.purge.header import HeaderCache
from services.render.purge.keep import CacheLoop
from services.render.purge.queue import Purges, make_purger
from services.render.redirects import Redirects
from services.render.rerender import Rerender
from services.render.serve import PageServer
from services.render.settings import RenderSettings
from services.render.sites import Site, Sites
from services.render.theming import ThemeKeeper, load_sites
from services.render.written import Written
from shared.contracts import upcast
from shared.contracts.base import SiteName
from shared.contracts.config import LitfassConfig
from shared.contracts.keys import LISTS_STREAM, PAGES_STREAM, Keys
from shared.contracts.signals import ListsChanged, PagesWritten, Signal
from shared.runtime.articles import Articles
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.consume import Consumer
from shared.runtime.delivery import DeliverySettings
from shared.runtime.errors import Unavailable
from shared.runtime.files_due import Due
from shared.runtime.lists import ListReader
from shared.runtime.logging import get_logger
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.pagestore import LEFTOVER_AGE_S, PageStore
from shared.runtime.previews import Previews
from shared.runtime.settings import load_settings
from shared.runtime.ticks import Ticks
from shared.runtime.timeline import Timeline

log = get_logger()

FURNITURE_RETRY_S = 1.0
SWEEP_EVERY_S = 3600.0
LISTS_LOOK_S = 1.0  # another process may have left something that is due


class RenderService:
    """Stream workers that write files, and the page server."""

    name = "render"
    api = PART

    def __init__(
        self,
        sites: Sites,
        store: PageStore,
        consumer: Consumer,
        server: PageServer,
        written: Written,
        caches: Sequence[CacheLoop],
        clock: Clock,
    ) -> None:
        self._sites, self._store, self._consumer, self._caches = sites, store, consumer, caches
        self._written, self._clock = written, clock
        self._furniture: asyncio.Task[None] | None = None
        self._house: dict[SiteName, asyncio.Task[None]] = {}
        self._ticks: Sequence[Ticks] = ()
        self._purging: list[asyncio.Task[None]] = []
        self.routes: Sequence[BaseRoute] = server.routes

    async def start(self) -> None:
        """Write the furniture and begin to read; nothing here waits for Redis or the store."""
        self._furniture = asyncio.create_task(self._furnish())
        for site in self._sites:
            self._keep_house_ads(site)
        self._purging = [asyncio.create_task(cache.keep()) for cache in self._caches]
        await self._consumer.start()
        for ticks in self._ticks:
            ticks.start()

    def look_after(self, *ticks: Ticks) -> None:
        """Do this as long as the service runs."""
        self._ticks = ticks

    async def show_anew(self, site: Site) -> None:
        """Write what does not depend on articles, in a theme that has just been taken. Raises StoreAway."""
        if site.name in self._house:
            self._house[site.name].cancel()
            self._keep_house_ads(site)
        log.info("furniture.written", site=site.name, files=await write_furniture(site, self._store))
        await self._written.tell_of_everything(site.name)

    def _keep_house_ads(self, site: Site) -> None:
        self._house[site.name] = asyncio.create_task(
            keep_house_ads(site, self._store, self._clock, written=self._written)
        )

    async def stop(self) -> None:
        """Finish what is in hand."""
        for ticks in self._ticks:
            await ticks.stop()
        tasks = [*self._house.values(), *([self._furniture] if self._furniture else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await keep.stop(self._purging)
        await self._consumer.stop()

    def faults(self) -> list[str]:
        """Name what ended for good."""
        ended = [task for task in self._house.values() if task.done() and not task.cancelled() and task.exception()]
        purging = [task for task in self._purging if task.done() and not task.cancelled() and task.exception()]
        ticks = [fault for each in self._ticks for fault in each.faults()]
        return [
            *self._consumer.faults(),
            *ticks,
            *(f"house advertisements: {task.exception()}" for task in ended),
            *(f"purges: {task.exception()}" for task in purging),
        ]

    async def _furnish(self) -> None:
        for site in self._sites:
            while True:
                try:
                    changed = await write_furniture(site, self._store)
                except Unavailable as fault:
                    log.warning("furniture.write_failed", site=site.name, reason=fault.reason, detail=str(fault))
                    await asyncio.sleep(FURNITURE_RETRY_S)
                else:
                    log.info("furniture.written", site=site.name, files=changed)
                    if changed:  # a style sheet, the navigation, a static page
                        await self._written.tell_of_everything(site.name)
                    break
        for pause_s in itertools.chain([LEFTOVER_AGE_S + 1], itertools.repeat(SWEEP_EVERY_S)):
            await self._sweep()
            await asyncio.sleep(pause_s)  # the first is short: what a crash just now left is too young at the start

    async def _sweep(self) -> None:
        with contextlib.suppress(Unavailable):
            if swept := await self._store.sweep_leftovers():
                log.warning("leftovers.swept", files=swept)


def build(
    config: LitfassConfig,
    *,
    environ: Mapping[str, str],
    client: Client,
    registry: CollectorRegistry,
    delivery_metrics: DeliveryMetrics,
    name: str = "",
    clock: Clock = system_clock,
) -> RenderService:
    """Return the render service; raises ConfigurationFault for settings, themes and static pages that cannot be used.

    Args:
        name: this process among those that read the same streams; the same after a restart.
    """
    settings = load_settings(RenderSettings, environ)
    delivery = load_settings(DeliverySettings, environ)
    metrics = RenderMetrics(registry)
    shards = config.redis.shards
    sites = load_sites(config, metrics, theme_folder=settings.theme_folder)
    store = PageStore(config.pages.store)
    articles = Articles(client, shards=shards, clock=clock)
    reader = ListReader(client, shards=shards)
    list_files = ListFiles(store, reader, settings, metrics)
    consumer = Consumer(
        config.redis, client, group="render", settings=delivery, metrics=delivery_metrics, clock=clock, name=name
    )
    article_files, written = ArticleFiles(store, metrics), Written(client, shards=shards)
    timeline = Timeline(client, shards=shards)
    given = (sites, articles, article_files, timeline, metrics, clock)
    write_news = make_article_writer(*given, written=written)
    write_bulk = make_article_writer(*given, written=written, give_way=consumer.quiet.wait)
    lists = ListWriter(
        sites, reader, list_files, Due(client, shards=shards, key=Keys.due_pages), metrics,
        settings=settings, give_way=consumer.quiet.wait, written=written, clock=clock,
    )  # fmt: skip
    handle_lists = make_lists_handler(sites, lists)
    all_keys = sorted({articles.keys(site) for site in config.sites()}, key=lambda keys: keys.shard)
    purges = Purges(client, tuple(config.edge.cache), shards=shards, clock=clock)
    for keys in all_keys:
        consumer.subscribe(keys, "articles-urgent", parse=_signal, handle=write_news, priority="urgent")
        consumer.subscribe(keys, "articles", parse=_signal, handle=write_news, priority="news")
        consumer.subscribe(keys, "articles-bulk", parse=_signal, handle=write_bulk, priority="bulk")
        consumer.subscribe(
            keys, LISTS_STREAM, parse=ListsChanged.from_wire, handle=handle_lists, priority="bulk", coalesces=True
        )
        consumer.subscribe(
            keys, PAGES_STREAM, parse=PagesWritten.from_wire, handle=make_purger(purges), priority="urgent"
        )
    previews = Previews(client, shards=shards, clock=clock)
    cache = FileCache(store, Caching(config.edge))
    redirects = Redirects(client, shards=shards)
    server = PageServer(
        sites, cache, articles, reader, list_files, client, metrics, previews, redirects, esi=config.edge.esi
    )
    loops = [
        CacheLoop(cache_name, HeaderCache(each), purges, articles, sites, shards=all_keys, metrics=metrics, clock=clock)
        for cache_name, each in config.edge.cache.items()
    ]
    service = RenderService(sites, store, consumer, server, written, loops, clock)
    rerender = Rerender(
        sites, client, articles, article_files, reader, lists, metrics,
        written=written, give_way=consumer.quiet.wait, name=name or secrets.token_hex(8),
    )  # fmt: skip
    keeper = ThemeKeeper(
        sites, metrics,
        theme_folder=settings.theme_folder, changed=service.show_anew, shipped=settings.theme_shipped,
    )  # fmt: skip
    look_s = settings.theme_look_s
    service.look_after(
        Ticks("render.lists", lists.write_due, at_most_s=LISTS_LOOK_S, wake=lists.became_due, clock=clock),
        Ticks("render.themes", keeper.tick, at_most_s=look_s, clock=clock),
        Ticks("render.rerender", rerender.tick, at_most_s=look_s, clock=clock),
    )
    return service


def _signal(fields: Mapping[str, str]) -> Signal:
    return upcast.read(Signal, fields)
