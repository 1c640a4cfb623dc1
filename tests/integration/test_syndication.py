"""A Redis of their own for partners, as real processes: whatever is killed, each stream there has every event once."""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis
from redis.exceptions import RedisError

from litfass.client import subscribe
from shared.contracts.keys import Keys
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.newsroom import Newsroom
from tests.support.valkey import Valkey

KEYS = Keys("s1")
DEADLINE_S = 90.0
EVENTS, AT_ONCE, ARTICLES = 150, 15, 30
FAILPOINTS = "feed.before-relay=crash:0.1,feed.after-relay=crash:0.1,feed.after-fan=crash:0.05"

pytestmark = pytest.mark.serial


class World:
    """A newsroom, and the partners' Valkey."""

    def __init__(self, folder: Path) -> None:
        self.there = Valkey(folder / "p")
        self.room = Newsroom(folder, environ={"LITFASS_REDIS__SYNDICATION_URL": self.there.url})
        self.crashes = 0

    def start(self) -> None:
        self.there.start()
        self.room.valkey.start()
        self.room.write_config()
        for name in ("ingest", "feed"):
            self.room.launch(name)
        for name in ("ingest", "feed"):
            self.room.wait_ready(name)

    def litfass(self, *words: str) -> dict:
        command = [sys.executable, "-m", "litfass", *words, "--json", "--config", str(self.room.config)]
        done = subprocess.run(command, env=self.room.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def send(self, number: int, verb: str = "updated") -> str:
        body = a_delivery(
            verb, an_article_payload(str(number % ARTICLES), revision=number + 1, headline=f"Fassung {number}")
        )
        headers = signed(body, message_id=f"msg-{number}")
        answer = httpx.post(f"{self.room.url('ingest')}/webhooks/cms", content=body, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["event_id"])

    def kill_feed(self) -> None:
        self.room.kill("feed")
        self.raise_feed()

    def raise_feed(self) -> None:
        """Start the feed again when it is dead."""
        self.crashes += self.room.revive("feed")

    def kill_there(self) -> None:
        self.there.kill()
        self.there.start()

    def carried(self, name: str) -> list[str]:
        with Redis.from_url(self.there.url) as client:
            return [fields[b"event_id"].decode() for _, fields in client.xrange(KEYS.out(name))]

    def until(self, claim: Callable[[], object]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not claim():
            assert time.monotonic() < end, self.room.log("feed")
            time.sleep(0.05)

    def close(self) -> None:
        self.room.close()
        self.there.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    try:
        one.start()
        yield one
    finally:
        one.close()


def test_partners_have_every_event_once_though_the_feed_and_their_redis_are_killed_again_and_again(world: World):
    added = {name: world.litfass("subscribers", "add", name, "--direct") for name in ("archiv", "dpa")}
    world.room.failpoints["feed"] = FAILPOINTS
    world.kill_feed()
    expected: list[str] = []
    kills = itertools.cycle((world.kill_feed, world.kill_there))
    for first in range(0, EVENTS, AT_ONCE):
        expected += [world.send(number) for number in range(first, first + AT_ONCE)]
        before = len(world.carried("dpa"))
        world.until(lambda before=before: world.raise_feed() or len(world.carried("dpa")) > before)
        next(kills)()
    world.room.failpoints["feed"] = ""
    world.kill_feed()
    for name in added:
        world.until(lambda name=name: len(world.carried(name)) >= EVENTS)
        assert world.carried(name) == expected
    assert world.crashes >= EVENTS // AT_ONCE // 2

    path = world.there.url.removeprefix("unix://")
    url = f"unix://{added['dpa']['redis_user']}:{added['dpa']['token']}@{path}"
    world.until(lambda: is_let_in(url))
    assert asyncio.run(read(url, EVENTS)) == expected
    ours = (
        f"unix://{added['dpa']['redis_user']}:{added['dpa']['token']}@{world.room.valkey.url.removeprefix('unix://')}"
    )
    assert not is_let_in(ours)

    kill = world.send(EVENTS, "killed")  # of the article that was sent first
    world.until(lambda: kill in world.carried("dpa"))
    killed = {id_ for number, id_ in enumerate(expected) if number % ARTICLES == EVENTS % ARTICLES}
    assert world.carried("dpa") == [id_ for id_ in expected if id_ not in killed] + [kill]
    assert world.litfass("subscribers", "remove", "archiv") == {"removed": "archiv"}
    world.until(lambda: not world.carried("archiv"))


def is_let_in(url: str) -> bool:
    with Redis.from_url(url, protocol=2) as user:
        try:
            return bool(user.ping())
        except RedisError:
            return False


async def read(url: str, count: int) -> list[str]:
    ids: list[str] = []
    async for event in subscribe(url):
        ids.append(event.id)
        if len(ids) == count:
            return ids
    raise AssertionError("the stream ended")
