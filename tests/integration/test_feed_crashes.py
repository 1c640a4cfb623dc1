"""Killed at every place where it hurts, and what is there in the end is what a rebuild makes."""

import asyncio
import itertools
import os
import random
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.rebuild import Rebuild
from services.feed.settings import FeedSettings
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from shared.contracts.keys import LISTS_STREAM
from shared.runtime.articles import Articles
from shared.runtime.clock import system_clock
from shared.runtime.lists import ListReader
from tests.support.articles import SITE, a_site, an_article
from tests.support.lists import KEYS, Newsroom

DEADLINE_S = 60.0
ARTICLES = 12
DELIVERIES = 120
# A change of lists puts half a dozen files; what five crashes in a row met would be parked, as it should be.
FAILPOINTS = "feed.after-index=crash:0.08,feed.after-file-put=crash:0.04"

pytestmark = pytest.mark.serial


class CrashingFeed:
    """A feed process that dies at failpoints and is started again, under its name or a new one."""

    def __init__(self, redis_url: str, store_url: str) -> None:
        self._arguments = [redis_url, store_url]
        self.crashes = 0
        self._is_over = False
        self._process: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        while not self._is_over:
            # The last starts are without failpoints, so that the test ends.
            failpoints = FAILPOINTS if self.crashes < 12 else ""
            environ = {**os.environ, "LITFASS_FAILPOINTS": failpoints, "LITFASS_DELIVERY_CLAIM_IDLE_S": "0.5"}
            name = f"feed-{self.crashes // 3}"  # sometimes the same as before, sometimes another that has to claim
            command = [sys.executable, "-m", "tests.support.run_feed", *self._arguments, name]
            self._process = await asyncio.create_subprocess_exec(*command, env=environ)
            if await self._process.wait() == -9:
                self.crashes += 1

    async def stop(self) -> None:
        self._is_over = True
        if self._process and self._process.returncode is None:
            self._process.terminate()


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and "#" not in file.name
    }


async def is_settled(redis: Redis) -> bool:
    for stream in ("articles-urgent", "articles", "articles-bulk", LISTS_STREAM):
        groups = await redis.xinfo_groups(KEYS.stream(stream)) if await redis.exists(KEYS.stream(stream)) else []
        if any(group["pending"] or group["lag"] for group in groups) or not groups:
            return False
    return not any(member.startswith((b"feed:", b"sitemap:")) for member in await redis.zrange(KEYS.due(SITE), 0, -1))


async def test_after_crashes_everywhere_lists_and_files_are_what_a_rebuild_makes(
    redis: Redis, redis_config: RedisConfig, tmp_path: Path
):
    store_url = f"file://{tmp_path}/site"
    articles = Articles(redis, shards=1)
    newsroom = Newsroom(redis, None, ListReader(redis, shards=1), articles, system_clock)  # type: ignore[arg-type]
    feed = CrashingFeed(redis_config.url, store_url)
    running = asyncio.create_task(feed.run())
    dice = random.Random(7)  # the same deliveries in every run
    killed: set[int] = set()
    for revision in range(1, DELIVERIES + 1):
        number = dice.randint(1, ARTICLES)
        verb = "killed" if dice.random() < 0.04 else "unpublished" if dice.random() < 0.1 else "published"
        if verb == "killed":
            killed.add(number)
        section = dice.choice(["stadt", "sport"])
        await newsroom.accept(
            an_article(number=number, section=section, headline=f"{number}/{revision}"), verb=verb, number=revision
        )
        await asyncio.sleep(0.03)
    revisions = itertools.count(1)
    async with asyncio.timeout(DEADLINE_S):
        while feed.crashes < 12:  # every change is a chance to die; while they come, files are always due
            await newsroom.accept(
                an_article(number=99, headline=str(dice.random())), number=next(revisions)
            )  # newer each time, or nothing would change
            await asyncio.sleep(0.1)
        while not await is_settled(redis):
            await asyncio.sleep(0.05)
    await feed.stop()
    await running

    assert await redis.xlen(KEYS.stream("dead")) == 0
    state, files = await newsroom.state(), files_in(tmp_path / "site" / SITE)
    assert not any(f"neue-bruecke-{number}/".encode() in data for number in killed for data in files.values())
    config = LitfassConfig(redis=redis_config, pages=PagesConfig(store=store_url), site={SITE: a_site()})
    parts = Parts.of(config, FeedSettings(), client=redis, metrics=FeedMetrics(CollectorRegistry()), clock=system_clock)
    rebuild = Rebuild(redis, parts)
    await rebuild.rebuild_lists(SITE, as_of_ms=system_clock())
    await rebuild.write_all_files(SITE)
    assert await newsroom.state() == state
    assert files_in(tmp_path / "site" / SITE) == files
    assert killed
