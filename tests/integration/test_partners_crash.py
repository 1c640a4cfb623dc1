"""Killed under ten thousand deliveries: the feed, and those who receive; every subscriber has every event, none twice.

In a subscriber's stream, that is, and for who goes on from a place. Webhooks and Redis may tell an event again when
somebody died between its delivery and the note of it; its id is the same.
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest

from services.feed.subscribers.registry import Registry
from services.feed.subscribers.webhooks import Webhooks
from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Wanted
from shared.runtime.broker import Client, closing, connect
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.newsroom import Newsroom, free_port
from tests.support.partners import Log, Partner, Plan, Way

KEYS = Keys("s1")
EVENTS = 500
AT_ONCE = 25  # events between two kills
ARTICLES = 60
WAYS: tuple[Way, ...] = ("webhook", "pull", "stream", "redis")
EACH = 5  # subscribers of a way: 20 × 500 = 10,000 deliveries
DEADLINE_S = 240.0
TIMEOUT_S = 3  # that a receiver has; a delivery whose sender died is due again after 2 × that + 10
LEASE_MS = (2 * TIMEOUT_S + 10) * 1000
FAILPOINTS = "feed.before-fan=crash:0.1,feed.after-fan=crash:0.1,feed.before-delivery-settled=crash:0.002"
ENVIRON = {"LITFASS_FEED_OUTBOUND_PRIVATE": "true", "LITFASS_FEED_WEBHOOK_TIMEOUT_S": str(TIMEOUT_S)}

Role = Literal["receive", "read"]

pytestmark = pytest.mark.serial


class World:
    """A newsroom and its partners, each to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.room, self.port = folder, Newsroom(folder, environ=ENVIRON), free_port()
        self.crashes = 0  # of the feed
        self.processes: dict[Role, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        self.room.valkey.start()
        self.room.write_config()
        self.plan = asyncio.run(self._subscribe())
        self.plan.write(self.folder)
        for name in ("ingest", "feed"):
            self.room.launch(name)
        for name in ("ingest", "feed"):
            self.room.wait_ready(name)
        for role in ("receive", "read"):
            self.launch(role)
        # A stream begins with the next event: everybody must be there.
        self.until(lambda: all(self.log(one).place() for one in self.plan.partners if one.way == "stream"))
        self.room.failpoints["feed"] = FAILPOINTS
        self.kill_feed()

    async def _subscribe(self) -> Plan:
        async with closing(connect(RedisConfig(url=self.room.valkey.url))) as client:
            registry = Registry(client, [KEYS])
            made = [
                await self._subscriber(client, registry, f"{way}-{number}", way)
                for way, number in itertools.product(WAYS, range(EACH))
            ]
        return Plan(tuple(made), self.room.url("feed"), self.port)

    async def _subscriber(self, client: Client, registry: Registry, name: str, way: Way) -> Partner:
        one, key = await registry.add(name, wanted=Wanted(), is_direct=way == "redis")
        match way:
            case "webhook":
                webhooks = Webhooks(client, registry, is_private_allowed=True)
                _, key = await webhooks.put(name, f"http://127.0.0.1:{self.port}/{name}")
            case "redis":
                await client.xgroup_create(KEYS.out(name), "main", id="0", mkstream=True)
                key = f"unix://{one.redis_user}:{key}@{self.room.valkey.url.removeprefix('unix://')}"
        return Partner(name, way, key)

    def launch(self, role: Role) -> None:
        with (self.folder / f"{role}.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.support.partners", role, str(self.folder)]
            self.processes[role] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def kill(self, role: Role) -> None:
        os.kill(self.processes[role].pid, signal.SIGKILL)
        assert self.processes[role].wait() == -signal.SIGKILL, (self.folder / f"{role}.log").read_text()
        self.launch(role)

    def kill_feed(self) -> None:
        self.room.kill("feed")
        self.raise_feed()

    def raise_feed(self) -> None:
        """Start the feed again when it is dead."""
        self.crashes += self.room.revive("feed")

    def log(self, partner: Partner) -> Log:
        return Log(self.folder, partner.name)

    def taken(self) -> int:
        """How many events partners have got, those that came twice counted twice."""
        return sum(len(self.log(one).ids()) for one in self.plan.partners)

    def until(self, claim: Callable[[], object]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not claim():
            assert time.monotonic() < end, f"{self.room.log('feed')} {self.missing()}"
            time.sleep(0.1)

    def missing(self) -> dict[str, int]:
        return {one.name: EVENTS - len(set(self.log(one).ids())) for one in self.plan.partners}

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.room.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    try:
        one.start()
        yield one
    finally:
        one.close()


def send(world: World, number: int) -> str:
    """Deliver an article, and again until it is acknowledged, as a CMS does; return the event's id."""
    id_, verb = str(number % ARTICLES), "corrected" if number % 7 == 3 else "updated"
    body = a_delivery(verb, an_article_payload(id_, revision=number + 1, headline=f"Fassung {number}"))
    while True:
        with contextlib.suppress(httpx.HTTPError):
            url, headers = f"{world.room.url('ingest')}/webhooks/cms", signed(body, message_id=f"msg-{number}")
            answer = httpx.post(url, content=body, headers=headers)
            if answer.status_code < 300:
                return str(answer.json()["event_id"])


def hasten(world: World) -> None:
    """Let minutes pass for deliveries that failed twice; those in hand stay so."""
    with world.room.redis() as redis:
        for name in (one.name for one in world.plan.partners if one.way == "webhook"):
            late = redis.zrangebyscore(KEYS.queue(name), time.time() * 1000 + LEASE_MS, "+inf")
            if late:
                redis.zadd(KEYS.queue(name), dict.fromkeys(late, 0), xx=True)


def test_every_subscriber_has_every_event_though_feed_and_receivers_are_killed_again_and_again(world: World):
    dice, expected = random.Random(5), []
    victims = itertools.cycle(("feed", "receive", "feed", "read"))
    for first in range(0, EVENTS, AT_ONCE):
        expected += [send(world, number) for number in range(first, first + AT_ONCE)]
        before = world.taken()
        world.until(lambda before=before: world.raise_feed() or world.taken() > before)
        time.sleep(dice.random() / 10)  # the kill comes in the middle of anything
        victim = next(victims)
        world.kill_feed() if victim == "feed" else world.kill(victim)
    world.room.failpoints["feed"] = ""
    world.kill_feed()
    world.until(lambda: hasten(world) or not any(world.missing().values()))

    assert world.crashes >= EVENTS // AT_ONCE // 2
    assert len(set(expected)) == EVENTS
    with world.room.redis() as redis:
        for partner in world.plan.partners:
            rows = redis.xrange(KEYS.out(partner.name))
            assert [fields[b"event_id"].decode() for _, fields in rows] == expected, partner.name
    for partner in world.plan.partners:
        ids = world.log(partner).ids()
        assert set(ids) == set(expected), partner.name
        if partner.way in {"pull", "stream"}:  # who goes on from a place
            assert ids == expected, partner.name
