"""A source whose CMS is a server on this machine, over a real Valkey: webhooks come in, and lists are compared."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from services.feed.index import Lists
from services.ingest.accept import article_id_of
from services.ingest.metrics import IngestMetrics
from services.ingest.reconcile import Report
from services.ingest.reconcile.ledger import Orders
from services.ingest.reconcile.poller import Poller, Reconciler, reconciler_of
from services.ingest.sources import sources_of
from shared.contracts import Document, SourceName
from shared.contracts.config import LitfassConfig
from shared.runtime.articles import Articles
from shared.runtime.lists import ListReader
from tests.support.articles import SITE, a_site
from tests.support.cms_api import Served
from tests.support.ingest import NOW_S
from tests.support.lists import KEYS, Newsroom, SetClock

BLOG = SourceName("blog")
ENVIRON = {"GHOST_KEY": "ghost-content-key", "DESK_TOKEN": "superdesk-token"}
KEYS_OF = {"ghost": "env:GHOST_KEY", "superdesk": "env:DESK_TOKEN"}


class House:
    """One source of one site, compared with its CMS by hand or by the clock."""

    def __init__(self, redis: Redis, cms: Served, kind: str, adapter: str, more: Mapping[str, Any]) -> None:
        place = {
            "kind": kind,
            "url": cms.url + str(more.get("path", "")),
            "allow_private": True,
            "key": KEYS_OF.get(kind, ""),
        }
        place |= {name: value for name, value in more.items() if name not in {"path", "republish", "options"}}
        source = {"site": SITE, "adapter": adapter, "allow_unsigned": adapter != "feed", "reconcile": place}
        source["options"] = more.get("options", {})
        source["republish"] = more.get("republish", False)
        config = LitfassConfig.model_validate({"site": {SITE: a_site()}, "source": {BLOG: source}})
        self.cms, self.redis, self.clock = cms, redis, SetClock(NOW_S * 1000)
        self.articles = Articles(redis, shards=1, clock=self.clock)
        self.sources = sources_of(config, ENVIRON)
        self.reconciler: Reconciler = reconciler_of(
            config, ENVIRON, self.sources, self.articles, redis, clock=self.clock
        )  # fmt: skip
        self.registry = CollectorRegistry()
        self.poller = Poller(self.reconciler, IngestMetrics(self.registry), clock=self.clock)
        reader = ListReader(redis, shards=1)
        lists = Lists(redis, config.sites(), shards=1, clock=self.clock)
        self.newsroom = Newsroom(redis, lists, reader, self.articles, self.clock)

    async def run(self, scope: str = "all", **orders: bool) -> Report:
        """Compare by hand."""
        lease = self.reconciler.lease(BLOG, scope)
        assert await lease.take_now()
        try:
            return await self.reconciler.run(BLOG, Orders(scope, **orders), lease)
        finally:
            await lease.leave()

    async def document(self, source_id: str) -> Document | None:
        """What we have of an article."""
        (document,) = await self.articles.newest(SITE, [article_id_of(SITE, BLOG, source_id)])
        return document

    async def state(self, source_id: str) -> str:
        document = await self.document(source_id)
        return document.state if document else "unknown"

    async def put_into_lists(self, *source_ids: str) -> None:
        """What the feed service does with them."""
        documents = [await self.document(each) for each in source_ids]
        await self.newsroom.place(*[document for document in documents if document])

    async def changes(self) -> int:
        """How many changes there were at all."""
        return int(await self.redis.get(KEYS.seq()) or 0)

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def house_of(redis: Redis):
    """Make a house of a CMS: house_of(served, "ghost")."""
    houses: list[House] = []

    def make(cms: Served, kind: str, *, adapter: str = "", **more: Any) -> House:
        houses.append(House(redis, cms, kind, adapter or kind, more))
        return houses[-1]

    made: Callable[..., House] = make
    yield made
    for house in houses:
        await house.reconciler.aclose()
