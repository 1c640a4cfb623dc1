"""The feed service as a whole: signals come in over real streams, lists, files and answers come out."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import feedparser
import httpx
import pytest
from prometheus_client import CollectorRegistry
from pydantic import HttpUrl
from redis.asyncio import Redis
from starlette.applications import Starlette

from services.feed import app
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from shared.contracts.feeds import WebSubConfig
from shared.contracts.keys import LISTS_STREAM
from shared.runtime.articles import Articles
from shared.runtime.clock import system_clock
from shared.runtime.lists import ListReader
from shared.runtime.metrics import DeliveryMetrics
from tests.support.articles import SITE, a_site, an_article, an_event, an_id
from tests.support.lists import KEYS, Newsroom
from tests.support.receiver import a_receiver

DEADLINE_S = 15.0


async def eventually(claim: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a claim holds, at most DEADLINE_S."""
    async with asyncio.timeout(DEADLINE_S):
        while not await claim():
            await asyncio.sleep(0.01)


@pytest.fixture
def config(redis_config: RedisConfig, tmp_path: Path) -> LitfassConfig:
    return LitfassConfig(redis=redis_config, pages=PagesConfig(store=f"file://{tmp_path}/site"), site={SITE: a_site()})


@pytest.fixture
def make(config: LitfassConfig, redis: Redis) -> Callable[[str], app.FeedService]:
    def build(name: str) -> app.FeedService:
        registry = CollectorRegistry()
        metrics = DeliveryMetrics(registry)
        return app.build(config, environ={}, client=redis, registry=registry, delivery_metrics=metrics, name=name)

    return build


@pytest.fixture
async def service(make: Callable[[str], app.FeedService]) -> AsyncIterator[app.FeedService]:
    service = make("one")
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
def newsroom(redis: Redis) -> Newsroom:
    articles = Articles(redis, shards=1)
    return Newsroom(redis, None, ListReader(redis, shards=1), articles, system_clock)  # type: ignore[arg-type]


@pytest.fixture
def headlines(tmp_path: Path) -> Callable[[str], list[str]]:
    """The headlines in a feed document on disk; nothing while there is none."""

    def read(path: str = "feed.xml") -> list[str]:
        file = tmp_path / "site" / SITE / path
        return [entry.title for entry in feedparser.parse(file.read_bytes()).entries] if file.exists() else []

    return read


async def nothing_pending(redis: Redis) -> bool:
    """Whether the group has settled everything on all of its streams, and no file is left to be written."""
    for stream in ("articles-urgent", "articles", "articles-bulk", LISTS_STREAM):
        for group in await redis.xinfo_groups(KEYS.stream(stream)):
            if group["name"] == b"feed" and (group["pending"] or group["lag"]):
                return False
    return not any(member.startswith((b"feed:", b"sitemap:")) for member in await redis.zrange(KEYS.due(SITE), 0, -1))


async def test_a_published_article_comes_out_everywhere_and_a_killed_one_goes(service, newsroom, headlines, tmp_path):
    await newsroom.accept(an_article(headline="Brücke gesperrt", event=an_event()))
    await newsroom.accept(an_article(number=2, headline="Bleibt"))
    folder = tmp_path / "site" / SITE

    async def is_out() -> bool:
        return headlines() == ["Bleibt", "Brücke gesperrt"] and (folder / "sitemap-2026-11.xml").exists()

    await eventually(is_out)
    assert service.faults() == []
    transport = httpx.ASGITransport(app=Starlette(routes=service.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as web:
        items = (await web.get("/api/v1/articles")).json()["items"]
        assert [item["headline"] for item in items] == ["Bleibt", "Brücke gesperrt"]
        assert json.loads((await web.get("/feed.json")).content)["items"][0]["title"] == "Bleibt"
        await newsroom.accept(an_article(headline="Brücke gesperrt"), verb="killed", number=9)

        async def is_gone() -> bool:
            files = [file.read_text() for file in folder.rglob("*.*") if file.is_file()]
            return not any("neue-bruecke-1/" in text or "gesperrt" in text for text in files)

        await eventually(is_gone)
        assert (await web.get(f"/api/v1/articles/{an_id(1)}")).status_code == 410
    steps = [step["what"] for step in await newsroom.articles.timeline(SITE, an_id(1))]
    assert steps == ["accepted", "listed", "accepted", "unlisted"]


async def test_a_hub_of_others_is_told_of_a_feed_while_another_hangs(config, redis, newsroom):
    async with a_receiver() as hub, a_receiver(lambda _: None) as hangs:
        hubs = (HttpUrl(hangs.url("/hub")), HttpUrl(hub.url("/hub")))
        named = config.model_copy(update={"site": {SITE: a_site(websub=WebSubConfig(hubs=hubs))}})
        environ, registry = {"LITFASS_FEED_OUTBOUND_PRIVATE": "true"}, CollectorRegistry()
        metrics = DeliveryMetrics(registry)
        service = app.build(named, environ=environ, client=redis, registry=registry, delivery_metrics=metrics)
        await service.start()
        for number in (1, 2):
            told = len(hub.requests)
            await newsroom.accept(an_article(number=number))

            async def is_told(told: int = told) -> bool:
                return any(b"%2Ffeed.xml" in request.body for request in hub.requests[told:])

            await eventually(is_told)
        assert len(hangs.requests) == 1
        await service.stop()


async def test_what_was_published_before_the_first_start_is_not_missed(make, newsroom, headlines):
    await newsroom.accept(an_article(headline="Schon da"))
    service = make("late")
    await service.start()

    async def is_out() -> bool:
        return headlines() == ["Schon da"]

    await eventually(is_out)
    await service.stop()


async def test_two_processes_under_a_storm_of_edits_end_with_the_newest_in_every_file(make, newsroom, headlines, redis):
    services = [make("one"), make("two")]
    for service in services:
        await service.start()
    for edit in range(1, 31):
        await asyncio.gather(
            *(newsroom.accept(an_article(number=n, headline=f"{n} Stand {edit}"), number=edit) for n in range(1, 6))
        )
    await eventually(lambda: nothing_pending(redis))
    for path in ("feed.xml", "feed.atom", "stadt/feed.xml", "tag/rat/feed.atom"):
        assert headlines(path) == [f"{number} Stand 30" for number in (5, 4, 3, 2, 1)], path
    for service in services:
        await service.stop()
    assert await redis.xlen(KEYS.stream("dead")) == 0


async def test_a_store_that_is_away_costs_no_message_and_stops_no_list(make, newsroom, headlines, redis, tmp_path):
    folder = tmp_path / "site" / SITE
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where a folder should be")
    service = make("one")
    await service.start()
    await newsroom.accept(an_article(headline="Trotzdem"))

    async def is_listed() -> bool:
        return await newsroom.ids("recent") == [1]

    await eventually(is_listed)
    folder.unlink()

    async def is_out() -> bool:
        return headlines() == ["Trotzdem"]

    await eventually(is_out)
    await eventually(lambda: nothing_pending(redis))
    assert await redis.xlen(KEYS.stream("dead")) == 0
    assert service.faults() == []
    await service.stop()
