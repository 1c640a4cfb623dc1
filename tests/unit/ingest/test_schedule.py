"""Embargo, schedule and end, as a CMS and the clock meet them."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from services.ingest.app import IngestService
from services.ingest.metrics import IngestMetrics
from services.ingest.schedule import Timetable
from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.clock import moment, system_clock
from shared.runtime.schedule import BATCH, Schedule
from tests.support.articles import an_id
from tests.support.candidates import a_candidate
from tests.support.ingest import AT, Ingest
from tests.support.lists import SetClock

KEYS = Keys("s1")
NOW = datetime.fromisoformat(AT)
LATER, LATEST = (NOW + timedelta(hours=1)).isoformat(), (NOW + timedelta(hours=2)).isoformat()
LATER_UTC = "2025-11-20T10:00:00Z"


async def lanes(redis: Redis) -> int:
    return sum([await redis.xlen(KEYS.stream(lane)) for lane in ("articles-urgent", "articles", "articles-bulk")])


@pytest.mark.parametrize("fields", [{"published_at": LATER}, {"embargoed_until": LATER}], ids=["schedule", "embargo"])
async def test_an_article_for_later_is_taken_and_the_cms_learns_when_it_appears(ingest: Ingest, redis: Redis, fields):
    answer = await ingest.deliver(headline="Das Dach", **fields)
    body = answer.json()
    assert (answer.status_code, body["status"], body["public_at"]) == (202, "scheduled", LATER_UTC)
    assert body["url"] == "https://kurier.example/stadt/das-dach/"
    assert await lanes(redis) == 0


async def test_an_embargo_on_a_live_article_takes_it_down_with_a_warning(ingest: Ingest, redis: Redis):
    await ingest.deliver()
    body = (await ingest.deliver("updated", revision=2, embargoed_until=LATER)).json()
    assert body["status"] == "scheduled"
    assert any("taken down until 2025-11-20T10:00:00Z" in warning for warning in body["warnings"])
    assert await lanes(redis) == 2


async def test_what_is_over_is_taken_with_a_warning(ingest: Ingest, redis: Redis):
    answer = await ingest.deliver(expires_at=AT)
    assert (answer.status_code, answer.json()["status"]) == (202, "expired")
    assert any("is over" in warning for warning in answer.json()["warnings"])
    assert await lanes(redis) == 0


async def test_an_embargo_of_the_wrong_century_is_a_fault_that_names_it(ingest: Ingest, redis: Redis):
    answer = await ingest.deliver(embargoed_until="2206-11-20T09:00:00+01:00")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["data.embargoed_until"]


async def test_an_end_at_the_end_of_time_means_never(ingest: Ingest):
    answer = await ingest.deliver(expires_at="9999-12-31T23:59:59Z")
    assert (answer.json()["status"], answer.json().get("warnings")) == ("accepted", None)


@asynccontextmanager
async def running(*services: IngestService) -> AsyncIterator[None]:
    """Let the services look at the clock by themselves."""
    for service in services:
        await service.start()
    yield
    for service in services:
        await service.stop()
        assert service.faults() == []


async def told(redis: Redis, count: int) -> None:
    """Wait until that many signals are there."""
    async with asyncio.timeout(20):
        while await lanes(redis) < count:
            await asyncio.sleep(0.01)


async def test_the_clock_publishes_and_lets_expire_and_its_lateness_is_counted(ingest: Ingest, redis: Redis):
    await ingest.deliver(embargoed_until=LATER, expires_at=LATEST)
    async with running(ingest.service):
        ingest.now_ms += 3_600_300
        await told(redis, 1)
        ingest.now_ms += 3_600_000
        await told(redis, 2)
    assert ingest.counted("litfass_ingest_schedule_lateness_seconds_count", what="published") == 1
    assert ingest.counted("litfass_ingest_schedule_lateness_seconds_sum", what="published") == pytest.approx(0.3)
    assert ingest.counted("litfass_ingest_schedule_lateness_seconds_count", what="expired") == 1


async def test_all_that_is_due_at_one_moment_comes_at_one_tick(redis: Redis):
    clock, metrics = SetClock(), IngestMetrics(CollectorRegistry())
    articles = Articles(redis, shards=1, clock=clock)
    count = 2 * BATCH + 1
    waiting = [a_candidate(an_id(n), slug=f"a{n}", public_ms=clock() + 1_000) for n in range(1, count + 1)]
    await articles.accept_many(waiting)
    clock.now_ms += 1_000
    assert await Timetable(Schedule(redis, shards=[KEYS], clock=clock), metrics, clock=clock).tick() is None
    assert await lanes(redis) == count


async def test_on_the_real_clock_articles_appear_within_a_quarter_of_a_second(
    redis: Redis, redis_config: RedisConfig, record_property
):
    """Two services on one schedule; the middle of nine, so that one hiccup of a busy machine does not decide."""
    one, other = (Ingest(redis, redis_config, clock=system_clock) for _ in range(2))
    start_ms = system_clock() + 3_000
    due_ms = [start_ms + 130 * number for number in range(9)]
    for number, when in enumerate(due_ms):
        at = moment(when).isoformat()
        answer = await one.deliver(
            message_id=f"m{number}", id=f"{number}", headline=f"Nr. {number}", embargoed_until=at
        )
        assert answer.json()["status"] == "scheduled"
    async with running(one.service, other.service):
        await told(redis, 9)
    entries = [fields for _, fields in await redis.xrange(KEYS.stream("articles"))]
    late_ms = [int(fields[b"accepted_ms"]) - int(fields[b"received_ms"]) for fields in entries]
    record_property("lateness_ms", late_ms)
    assert [int(fields[b"received_ms"]) for fields in entries] == due_ms, "each once, in order"
    assert min(late_ms) >= 0, "never early"
    assert statistics.median(late_ms) <= 250, late_ms
    await one.http.aclose()
    await other.http.aclose()
