"""Make everything derived again from the documents: lists, article pages, list pages, fragments, feeds, sitemaps.

Byte for byte the same as before, when the clock says the same (`--as-of`). Runs beside a running newsroom: lists
are built in side keys and swapped, every writer looks again, and what changed meanwhile is signalled once more from
`changed`.
"""

from collections.abc import Mapping
from dataclasses import replace

from prometheus_client import CollectorRegistry

from litfass.house import House
from litfass.operate.check import Progress, documents
from services.feed.rebuild import build as build_feeds
from services.render.furniture import write_furniture
from services.render.handlers import ArticleFiles
from services.render.house_ads import write_house_ads
from services.render.list_writer import ListWriter
from services.render.listing import ListFiles, all_jobs
from services.render.metrics import RenderMetrics
from services.render.redirects import Redirects, write_marker
from services.render.rerender import settle
from services.render.settings import RenderSettings
from services.render.sites import Sites
from services.render.written import Written
from shared.contracts.config import PagesConfig
from shared.contracts.keys import Keys
from shared.runtime.clock import Clock
from shared.runtime.files_due import Due
from shared.runtime.lists import ListReader
from shared.runtime.pagestore import PageStore
from shared.runtime.quiet import nobody_waits
from shared.runtime.settings import load_settings
from shared.runtime.trim import resignal


async def rebuild(
    house: House, *, store_url: str | None, clock: Clock, environ: Mapping[str, str], progress: Progress
) -> dict[str, int]:
    """Rebuild every site; return counts. Raises RedisAway and StoreAway.

    Args:
        store_url: where the files go; None = where they are.
        clock: the moment that the lists are made for.
        progress: called with the number of articles done since the last call.
    """
    house = _elsewhere(house, store_url) if store_url else house
    settings = load_settings(RenderSettings, environ)
    sites = Sites.load(house.config, theme_folder=settings.theme_folder)
    since = {keys.shard: int(await house.client.get(keys.seq()) or 0) for keys in house.shards()}
    feeds = build_feeds(house.config, environ=environ, client=house.client, clock=clock)
    for site in sites:
        await feeds.rebuild_lists(site.name, as_of_ms=clock())
        await write_furniture(site, house.store)
        await write_house_ads(site, house.store, now_ms=clock())
    metrics = RenderMetrics(CollectorRegistry())
    articles = await _write_articles(house, sites, metrics, progress)
    reader = ListReader(house.client, shards=house.config.redis.shards)
    files = ListFiles(house.store, reader, settings, metrics)
    due = Due(house.client, shards=house.config.redis.shards, key=Keys.due_pages)
    lists = ListWriter(
        sites, reader, files, due, metrics, settings=settings, give_way=nobody_waits, clock=clock, raises=True
    )
    pages = 0
    for site in sites:
        jobs = await all_jobs(site, reader)
        await lists.write(site, jobs, at_once=True)
        pages += len(jobs)
        await feeds.write_all_files(site.name)
        for old, new in (await Redirects(house.client, shards=house.config.redis.shards).all(site.name)).items():
            await write_marker(site, house.store, old, new)
    if store_url is None:
        written = Written(house.client, shards=house.config.redis.shards)
        for site in sites:
            await settle(house.client, house.articles.keys(site.name), site)
            await written.tell_of_everything(site.name)
    for keys in house.shards():
        await resignal(house.client, keys.stream("x").removesuffix(":x"), since_seq=since[keys.shard] + 1)
    return {"articles": articles, "list_pages": pages}


def _elsewhere(house: House, store_url: str) -> House:
    config = house.config.model_copy(update={"pages": PagesConfig(store=store_url)})
    return replace(house, config=config, store=PageStore(store_url))


async def _write_articles(house: House, sites: Sites, metrics: RenderMetrics, progress: Progress) -> int:
    files, count = ArticleFiles(house.store, metrics), 0
    async for document in documents(house, progress=progress):
        if site := sites.named(document.site):
            await files.write(site, document)
            count += 1
    return count
