"""What those who write sitemaps share: where the lists are read, where the files go, and who counts them."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.feed.metrics import FeedMetrics
from services.feed.settings import FeedSettings
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.files_due import Due
from shared.runtime.lists import ListReader
from shared.runtime.pagestore import PageStore


@dataclass(frozen=True)
class Shelf:
    """The files of all sites, and what they are made of."""

    client: Client
    reader: ListReader
    due: Due
    store: PageStore
    sites: Mapping[SiteName, SiteConfig]
    shards: int
    settings: FeedSettings
    metrics: FeedMetrics
    clock: Clock = system_clock

    async def put(self, site: SiteName, path: str, data: bytes, *, form: str) -> None:
        """Put a file and count it as one of `form`. Raises StoreAway."""
        is_new = await self.store.put(site, path, data)
        self.metrics.files.labels(form, "written" if is_new else "equal").inc()

    def key(self, site: SiteName, what: str) -> str:
        """Return a key beside the lists of the site; `what` has a capital, which no list's name has."""
        return Keys(shard_of(site, self.shards)).list(site, what)
