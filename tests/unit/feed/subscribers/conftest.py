from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.applications import Starlette

from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from services.feed.subscribers.desk import Desk
from services.feed.subscribers.fanout import FanOut
from services.feed.subscribers.sending import Sender
from shared.contracts.subscribers import Reference, Subscriber, Wanted
from tests.support.articles import SITE, a_site
from tests.support.lists import KEYS, Newsroom, SetClock


@dataclass
class Office:
    """The subscribers of one site, as a test has them."""

    redis: Redis
    desk: Desk
    fanout: FanOut
    newsroom: Newsroom

    async def add(self, name: str, *, embargoed: bool = False, **wanted: object) -> tuple[Subscriber, str]:
        return await self.desk.registry.add(name, wanted=Wanted.model_validate(wanted), embargoed=embargoed)

    async def stream(self, name: str) -> list[Reference]:
        """Everything in a stream, oldest first."""
        rows = await self.redis.xrange(KEYS.out(name))
        return [
            Reference.from_wire({key.decode(): value.decode() for key, value in fields.items()}) for _, fields in rows
        ]

    async def told(self, name: str) -> list[str]:
        """The stream as `verb number`."""
        return [f"{one.verb} {int(one.article_id[1:], 16)}" for one in await self.stream(name)]


def a_desk(parts: Parts, redis: Redis, clock: SetClock, *, there: Redis | None = None, **settings: object) -> Desk:
    return Desk.of(
        parts.sites,
        FeedSettings.model_validate(settings),
        parts.articles,
        client=redis,
        shards=1,
        metrics=parts.metrics,
        name="one",
        there=there,
        clock=clock,
    )


@pytest.fixture
def desk(parts: Parts, redis: Redis, clock: SetClock) -> Desk:
    return a_desk(parts, redis, clock)


@pytest.fixture
def office(redis: Redis, desk: Desk, newsroom: Newsroom) -> Office:
    return Office(redis, desk, desk._rounds[0], newsroom)


@pytest.fixture
async def web(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=Starlette(routes=desk.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as client:
        yield client


def another_fanout(redis: Redis, desk: Desk, clock: SetClock, name: str) -> FanOut:
    """The same work in another process."""
    metrics = FeedMetrics(CollectorRegistry())
    sender = Sender(redis, {SITE: a_site()})
    return FanOut(
        redis,
        KEYS,
        desk.registry,
        sites={SITE: None},
        sender=sender,
        keep=1_000,
        keep_direct=1_000,
        name=name,
        metrics=metrics,
        clock=clock,
    )
