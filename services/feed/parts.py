"""The objects that this service is made of, built once from the configuration; for `app.build` and for `rebuild`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from services.feed.composing import Composer
from services.feed.files import FeedFiles
from services.feed.gone import Gone
from services.feed.index import Lists
from services.feed.metrics import FeedMetrics
from services.feed.news import NewsSitemap
from services.feed.pings import Pings
from services.feed.pins import Pins
from services.feed.resurfacing import Resurfacing
from services.feed.settings import FeedSettings
from services.feed.shelf import Shelf
from services.feed.sitemaps import Sitemaps
from shared.contracts.base import SiteName
from shared.contracts.config import LitfassConfig, SiteConfig
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.broker import Client
from shared.runtime.clock import Clock
from shared.runtime.files_due import Due
from shared.runtime.lists import ListReader
from shared.runtime.pagestore import PageStore


@dataclass(frozen=True)
class Parts:
    """What reads and writes documents, lists and files."""

    sites: Mapping[SiteName, SiteConfig]
    store: PageStore
    articles: Articles
    reader: ListReader
    lists: Lists
    pins: Pins
    resurfacing: Resurfacing
    due: Due
    pings: Pings
    composers: Mapping[SiteName, Composer]
    files: FeedFiles
    sitemaps: Sitemaps
    news: NewsSitemap
    metrics: FeedMetrics

    @classmethod
    def of(
        cls, config: LitfassConfig, settings: FeedSettings, *, client: Client, metrics: FeedMetrics, clock: Clock
    ) -> Self:
        """Build them; raises StoreAway when a local page store cannot be made."""
        sites, shards = config.sites(), config.redis.shards
        store, reader, due = (
            PageStore(config.pages.store),
            ListReader(client, shards=shards),
            Due(client, shards=shards, key=Keys.due),
        )
        articles, gone = Articles(client, shards=shards, clock=clock), Gone(client, shards=shards)
        composers = {
            name: Composer(name, site, reader, articles, gone, items=settings.items, clock=clock)
            for name, site in sites.items()
        }
        pings = Pings(client, sites, shards=shards, clock=clock)
        files = FeedFiles(reader, due, store, composers, pings=pings, settings=settings, metrics=metrics, clock=clock)
        shelf = Shelf(client, reader, due, store, sites, shards, settings, metrics, clock)
        return cls(
            sites=sites,
            store=store,
            articles=articles,
            reader=reader,
            lists=Lists(client, sites, shards=shards, clock=clock),
            pins=Pins(client, shards=shards, clock=clock),
            resurfacing=Resurfacing(client, shards=shards, clock=clock),
            due=due,
            pings=pings,
            composers=composers,
            files=files,
            sitemaps=Sitemaps(shelf),
            news=NewsSitemap(shelf),
            metrics=metrics,
        )
