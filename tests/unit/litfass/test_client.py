"""`async for event in subscribe(…)`: typed, resumes, takes over, acknowledges; against a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from litfass import client as client_module
from litfass.client import CannotSubscribe, subscribe
from litfass.embedded import EmbeddedValkey
from litfass.house import House
from litfass.operate import subscribers
from services.feed.metrics import FeedMetrics
from services.feed.settings import FeedSettings
from services.feed.subscribers import lanes
from services.feed.subscribers.desk import Desk
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site, an_article
from tests.support.lists import Newsroom

STREAM = Keys("s1").out("dpa")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)
    monkeypatch.setattr(client_module, "BLOCK_MS", 20)
    monkeypatch.setattr(client_module, "PAUSE_S", 0.01)


class Agency:
    """A newsroom with one direct subscriber."""

    def __init__(self, redis: Redis, url: str, tmp_path) -> None:
        config = LitfassConfig(redis=RedisConfig(url=url), site={SITE: a_site()})
        self.articles = Articles(redis, shards=1)
        self.house = House(config, redis, self.articles, PageStore((tmp_path / "site").as_uri()))
        self.newsroom = Newsroom(redis, None, None, self.articles, lambda: 10)
        self.desk = Desk.of(
            config.sites(),
            FeedSettings(),
            self.articles,
            client=redis,
            shards=1,
            metrics=FeedMetrics(CollectorRegistry()),
            name="one",
        )
        self.redis, self._socket = redis, urlsplit(url).path
        self.token = ""

    async def open(self) -> None:
        added = await subscribers.add(self.house, "dpa", wanted={}, content="full", direct=True)
        self.token = added["token"]

    @property
    def url(self) -> str:
        return f"unix://litfass-dpa:{self.token}@{self._socket}"

    async def publish(self, *numbers: int, **how) -> None:
        for number in numbers:
            await self.newsroom.accept(an_article(number=number), **how)
        await self.desk._rounds[0].round()

    async def pending(self) -> int:
        return (await self.redis.xpending(STREAM, "main"))["pending"]


@pytest.fixture
async def agency(redis: Redis, redis_config: RedisConfig, tmp_path) -> AsyncIterator[Agency]:
    agency = Agency(redis, redis_config.url, tmp_path)
    await agency.open()
    yield agency
    await redis.execute_command("ACL", "DELUSER", "litfass-dpa")


async def take(agency: Agency, count: int, **how) -> list[str]:
    """The next events, as a program gets them that ends in the middle of the last."""
    found = []
    async with asyncio.timeout(15):
        events = subscribe(agency.url, **{"consumer": "one"} | how)
        async for event in events:
            found.append(f"{event.type} {int(event.subject[1:], 16)}")
            if len(found) == count:
                break
        await events.aclose()
    return found


async def test_events_come_typed_and_in_order(agency):
    await agency.publish(1, 2)
    events = subscribe(agency.url, consumer="one")
    first = await anext(events)
    assert first.type == "article.published"
    assert first.data.article.headline == an_article(number=1).headline
    assert (await anext(events)).subject == an_article(number=2).id
    await events.aclose()


async def test_what_was_not_finished_comes_again_and_what_was_does_not(agency):
    await agency.publish(1, 2, 3)
    assert await take(agency, 2) == ["article.published 1", "article.published 2"]
    assert await take(agency, 2) == ["article.published 2", "article.published 3"]


async def test_programs_of_one_group_share_the_events_and_groups_do_not(agency):
    await subscribers.make_group(agency.house, "dpa", "archive")
    await agency.publish(1)
    assert await take(agency, 1) == ["article.published 1"]
    assert await take(agency, 1, group="archive") == ["article.published 1"]


async def test_another_program_takes_over_what_a_dead_one_had(agency):
    await agency.publish(1, 2)
    assert await take(agency, 1, consumer="dead") == ["article.published 1"]
    assert await take(agency, 2, consumer="heir", claim_idle_s=0) == ["article.published 1", "article.published 2"]


async def test_what_was_killed_after_it_was_delivered_does_not_come_again(agency):
    await agency.publish(1)
    assert await take(agency, 1) == ["article.published 1"]
    await agency.publish(1, verb="killed", number=9)
    assert await take(agency, 1) == ["article.killed 1"]


async def test_an_acknowledged_event_leaves_nothing_behind(agency):
    await agency.publish(1)
    reading = asyncio.create_task(take(agency, 2))
    while await agency.pending() or not await agency.redis.xinfo_consumers(STREAM, "main"):
        await asyncio.sleep(0.01)
    await agency.publish(2)
    assert await reading == ["article.published 1", "article.published 2"]
    assert await agency.pending() == 1  # the second, in the middle of which the program ended


async def test_a_wrong_token_is_said_in_words(agency):
    agency.token = "lf_wrong"
    with pytest.raises(CannotSubscribe, match="token"):
        await take(agency, 1)


async def test_a_group_that_is_missing_is_said_in_words(agency):
    with pytest.raises(CannotSubscribe, match="litfass subscribers group"):
        await take(agency, 1, group="nobody")


async def test_a_url_without_a_user_is_refused():
    with pytest.raises(CannotSubscribe, match="names no user"):
        await anext(subscribe("redis://:secret@localhost:6379"))


async def test_reading_goes_on_when_redis_comes_back(tmp_path):
    server = EmbeddedValkey(tmp_path / "v")
    await server.start()
    redis = Redis.from_url(server.url, protocol=2)
    agency = Agency(redis, server.url, tmp_path)
    try:
        await agency.open()
        await agency.publish(1)
        events = subscribe(agency.url, consumer="one")
        assert (await anext(events)).subject == an_article(number=1).id
        await server.stop()
        asking = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        server._is_stopping = False
        await server.start()
        await agency.desk.access.keep()  # a restart forgets users; the feed service makes them again
        await agency.publish(2)
        async with asyncio.timeout(15):
            seen = (await asking).subject
            while seen != an_article(number=2).id:  # the first was not acknowledged before the server went
                seen = (await anext(events)).subject
        await events.aclose()
    finally:
        await redis.aclose()
        await server.stop()
