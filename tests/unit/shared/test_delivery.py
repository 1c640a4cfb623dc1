"""Delivery: what becomes of each message, against a real Valkey."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from prometheus_client import CollectorRegistry

from shared.contracts.keys import Keys
from shared.runtime.clock import system_clock
from shared.runtime.consume import Consumer
from shared.runtime.delivery import DeliverySettings, Entry, Handle, Lane, Place
from shared.runtime.errors import Rejected, Unavailable
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.quiet import Quiet
from shared.runtime.trim import trim

KEYS = Keys("s1")
STREAM = KEYS.stream("articles")
DEADLINE_S = 15.0


async def until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait until `condition` (plain or awaitable) is true."""
    end = asyncio.get_running_loop().time() + deadline_s
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return
        assert asyncio.get_running_loop().time() < end, "waited in vain"
        await asyncio.sleep(0.01)


@pytest.fixture
def running(redis, redis_config):
    """Run a consumer with a handler: `async with running(handle) as consumer`."""

    @asynccontextmanager
    async def run(
        handle: Handle[str], *, name: str = "one", priority="news", idle_s: float = 0.3
    ) -> AsyncIterator[Consumer]:
        consumer = Consumer(
            redis_config, redis, group="render", settings=DeliverySettings(claim_idle_s=idle_s),
            metrics=DeliveryMetrics(CollectorRegistry()), name=name,
        )  # fmt: skip
        consumer.subscribe(KEYS, "articles", parse=lambda fields: fields["n"], handle=handle, priority=priority)
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    return run


async def send(redis, *names: str) -> None:
    for name in names:
        await redis.xadd(STREAM, {"n": name})


async def pending(redis) -> int:
    return (await redis.xpending(STREAM, "render"))["pending"]


async def all_done(redis) -> bool:
    groups = await redis.xinfo_groups(STREAM)
    return bool(groups) and all(group["lag"] == 0 and group["pending"] == 0 for group in groups)


def noting(seen: list[str], *, fail: Callable[[str], Exception | None] = lambda _: None) -> Handle[str]:
    async def handle(messages: Sequence[str]) -> Sequence[str]:
        for message in messages:
            if fault := fail(message):
                raise fault
        seen.extend(messages)
        return ["done"] * len(messages)

    return handle


async def test_what_was_written_before_the_first_start_is_handled(redis, running):
    await send(redis, "a", "b")
    seen: list[str] = []
    async with running(noting(seen)):
        await until(lambda: seen == ["a", "b"])
        await until(lambda: all_done(redis))


async def test_a_rejected_message_is_parked_and_its_neighbours_are_done(redis, running):
    await send(redis, "a", "bad", "c")
    seen: list[str] = []
    async with running(noting(seen, fail=lambda name: Rejected("no theme") if name == "bad" else None)):
        await until(lambda: all_done(redis))
    assert sorted(seen) == ["a", "c"]
    ((_, letter),) = await redis.xrange(KEYS.stream("dead"))
    assert (letter[b"reason"], letter[b"m:n"], letter[b"detail"]) == (b"rejected", b"bad", b"no theme")


@pytest.mark.parametrize("fields", [{"x": "no n"}, {"n": b"\xff\xfe"}], ids=["field-missing", "not-utf-8"])
async def test_an_unreadable_entry_is_parked_and_its_neighbours_are_done(redis, running, fields):
    await send(redis, "a")
    await redis.xadd(STREAM, fields)
    await send(redis, "b")
    seen: list[str] = []
    async with running(noting(seen)):
        await until(lambda: all_done(redis))
    assert seen == ["a", "b"]
    assert await redis.xlen(KEYS.stream("dead")) == 1


async def test_while_something_is_away_messages_wait_and_are_never_parked(redis, running):
    away = True
    tries = 0

    def fail(_: str) -> Exception | None:
        nonlocal tries
        tries += 1
        return Unavailable("disk full") if away else None

    await send(redis, "a", "b")
    seen: list[str] = []
    async with running(noting(seen, fail=fail)):
        await until(lambda: tries > 8)
        assert await pending(redis) == 2
        away = False
        await until(lambda: all_done(redis))
    assert seen == ["a", "b"]
    assert await redis.xlen(KEYS.stream("dead")) == 0


async def test_waiting_for_what_is_away_never_counts_as_a_delivery(redis, running):
    await send(redis, "a")
    for _ in range(8):  # more restarts than a suspect message would survive
        started = asyncio.Event()

        def fail(_: str, started: asyncio.Event = started) -> Exception:
            started.set()
            return Unavailable("still full")

        async with running(noting([], fail=fail)):
            await until(started.is_set)
    seen: list[str] = []
    async with running(noting(seen)):
        await until(lambda: seen == ["a"])
    assert await redis.xlen(KEYS.stream("dead")) == 0


async def test_a_message_that_meets_a_bug_is_tried_five_times_and_parked(redis, running):
    tries: list[str] = []

    def fail(name: str) -> Exception | None:
        tries.append(name)
        return ZeroDivisionError("oops") if name == "bug" else None

    await send(redis, "bug", "fine")
    seen: list[str] = []
    async with running(noting(seen, fail=fail), idle_s=0.2):
        await until(lambda: all_done(redis))
    assert seen == ["fine"]
    ((_, letter),) = await redis.xrange(KEYS.stream("dead"))
    assert (letter[b"reason"], letter[b"attempts"]) == (b"bug", b"5")
    assert b"ZeroDivisionError: oops" in letter[b"detail"]


async def test_what_a_dead_worker_left_is_taken_over(redis, running):
    await send(redis, "a", "b")
    await redis.xgroup_create(STREAM, "render", id="0")
    await redis.xreadgroup("render", "the-dead", {STREAM: ">"})
    seen: list[str] = []
    async with running(noting(seen)):
        await until(lambda: sorted(seen) == ["a", "b"])
        await until(lambda: all_done(redis))


async def test_the_same_worker_finishes_what_it_had_in_hand_at_once_after_a_crash(redis, running):
    await send(redis, "a")
    await redis.xgroup_create(STREAM, "render", id="0")
    await redis.xreadgroup("render", "one", {STREAM: ">"})
    seen: list[str] = []
    async with running(noting(seen), name="one", idle_s=600):
        await until(lambda: seen == ["a"])


async def test_a_message_that_nobody_survives_is_parked_as_suspect(redis, running):
    await send(redis, "killer", "fine")
    await redis.xgroup_create(STREAM, "render", id="0")
    rows = await redis.xreadgroup("render", "the-dead", {STREAM: ">"})
    killer = rows[0][1][0][0]
    await redis.xclaim(STREAM, "render", "the-dead", 0, [killer], retrycount=5, justid=True)
    seen: list[str] = []
    async with running(noting(seen)):
        await until(lambda: all_done(redis))
    assert seen == ["fine"]
    ((_, letter),) = await redis.xrange(KEYS.stream("dead"))
    assert letter[b"reason"] == b"suspect"


class Dies(BaseException):
    """What a crash is, to a test."""


async def test_what_waits_behind_a_message_that_nobody_survives_is_no_suspect(redis):
    names = ["fine-1", "killer", *(f"fine-{number}" for number in range(2, 30))]
    await send(redis, *names)
    await redis.xgroup_create(STREAM, "render", id="0")
    ids = [id_ for id_, _ in await redis.xrange(STREAM)]
    await redis.xreadgroup("render", "one", {STREAM: ">"})
    await redis.xclaim(STREAM, "render", "one", 0, ids, retrycount=2, justid=True)  # two batches died with it
    seen: list[str] = []

    async def handle(messages: Sequence[str]) -> list[str]:
        if "killer" in messages:
            raise Dies
        seen.extend(messages)
        return ["done"] * len(messages)

    for _ in range(8):  # every start finds what is pending, as `Consumer` does
        lane = Lane(
            redis, Place(STREAM, KEYS.stream("dead"), "render", "one", "bulk", 1000), parse=lambda fields: fields["n"],
            handle=handle, quiet=Quiet(), settings=DeliverySettings(), metrics=DeliveryMetrics(CollectorRegistry()),
            clock=system_clock,
        )  # fmt: skip
        rows = (await redis.xreadgroup("render", "one", {STREAM: "0"}))[0][1]
        counted = await redis.xpending_range(STREAM, "render", "-", "+", 100)
        deliveries = {row["message_id"]: row["times_delivered"] for row in counted}
        with suppress(Dies):
            await lane.take_over([Entry(id_.decode(), fields, deliveries[id_]) for id_, fields in rows])

    assert sorted(seen) == sorted(set(names) - {"killer"})
    ((_, letter),) = await redis.xrange(KEYS.stream("dead"))
    assert (letter[b"reason"], letter[b"m:n"]) == (b"suspect", b"killer")


async def test_long_work_keeps_its_messages(redis, running):
    release = asyncio.Event()
    handled = 0

    async def slow(messages: Sequence[str]) -> Sequence[str]:
        nonlocal handled
        handled += 1
        await release.wait()
        return ["done"] * len(messages)

    await send(redis, "a")
    stolen: list[str] = []
    async with running(slow, name="slow", idle_s=0.3):
        await until(lambda: handled)
        async with running(noting(stolen), name="thief", idle_s=0.3):
            renewals = [await _delivered_at(redis)]
            await until(lambda: _note_renewal(redis, renewals), deadline_s=5)  # three times past the thief's patience
        release.set()
        await until(lambda: all_done(redis))
    assert (stolen, handled) == ([], 1)


async def _note_renewal(redis, renewals: list[float]) -> bool:
    at = await _delivered_at(redis)
    if at > renewals[-1] + 0.05:
        renewals.append(at)
    return renewals[-1] - renewals[0] > 0.9


async def _delivered_at(redis) -> float:
    (row,) = await redis.xpending_range(STREAM, "render", "-", "+", 10)
    return asyncio.get_running_loop().time() - row["time_since_delivered"] / 1000


async def test_at_the_end_what_waits_is_given_back_at_once(redis, running):
    started = asyncio.Event()

    def fail(_: str) -> Exception:
        started.set()
        return Unavailable("away")

    await send(redis, "a")
    async with running(noting([], fail=fail), name="leaver", idle_s=600):
        await until(started.is_set)
    seen: list[str] = []
    async with running(noting(seen), name="heir", idle_s=600):
        await until(lambda: seen == ["a"])


async def test_a_flushed_stream_heals(redis, running):
    seen: list[str] = []
    async with running(noting(seen)) as consumer:
        await send(redis, "a")
        await until(lambda: seen == ["a"])
        await redis.flushall()
        await until(lambda: redis.exists(STREAM))
        await send(redis, "b")
        await until(lambda: seen == ["a", "b"])
        assert consumer.faults() == []


async def test_a_server_that_became_read_only_is_asked_in_moderation_and_heals(redis, running):
    seen: list[str] = []
    async with running(noting(seen)):
        await send(redis, "a")
        await until(lambda: seen == ["a"])
        before = (await redis.info("stats"))["total_error_replies"]
        await redis.replicaof("127.0.0.1", "1")  # a fail-over, as the old primary sees it
        try:
            await until(lambda: asked_again(redis, before + 5))
            errors = (await redis.info("stats"))["total_error_replies"] - before
            assert errors < 1_000, "a loop without a pause asks 2,000 times a second"
        finally:
            await redis.replicaof("NO", "ONE")
        await send(redis, "b")
        await until(lambda: seen == ["a", "b"])


async def asked_again(redis, replies: int) -> bool:
    """Whether so many errors were answered, and no more came at once: the lane pauses."""
    now = (await redis.info("stats"))["total_error_replies"]
    return now >= replies and (await redis.info("stats"))["total_error_replies"] == now


async def test_too_many_failures_stop_the_lane_and_say_so(redis, running):
    await send(redis, *(f"{n}" for n in range(60)))
    async with running(noting([], fail=lambda _: Rejected("bad deploy"))) as consumer:
        await until(consumer.faults)
        assert "too many" in consumer.faults()[0]
    assert await redis.xlen(KEYS.stream("dead")) < 60


async def test_the_kill_lane_never_stops(redis, running):
    await send(redis, *(f"{n}" for n in range(60)))
    async with running(noting([], fail=lambda _: Rejected("bad deploy")), priority="urgent") as consumer:
        await until(lambda: all_done(redis))
        assert consumer.faults() == []


async def test_trimming_keeps_what_is_pending_in_any_known_group(redis):
    for group in ("render", "feed"):
        await redis.xgroup_create(STREAM, group, id="0", mkstream=True)
    ids = [await redis.xadd(STREAM, {"n": str(n)}) for n in range(300)]
    for group in ("render", "feed"):
        await redis.xreadgroup(group, "one", {STREAM: ">"}, count=300)
    await redis.xack(STREAM, "render", *ids)
    await redis.xack(STREAM, "feed", *ids[:150], *ids[151:])
    await trim(redis, STREAM, ceiling_bytes=10**9, metrics=DeliveryMetrics(CollectorRegistry()))
    assert await redis.xrange(STREAM, ids[150], ids[150])
    assert await redis.xlen(STREAM) < 300


async def test_trimming_keeps_what_was_not_yet_told_to_subscribers(redis):
    ids = [await redis.xadd(STREAM, {"n": str(n)}) for n in range(300)]
    for group in ("render", "feed"):
        await redis.xgroup_create(STREAM, group, id=ids[-1])
    await redis.set(KEYS.fanout(), f"0-0 {ids[150].decode()} 0-0")
    await trim(redis, STREAM, ceiling_bytes=10**9, metrics=DeliveryMetrics(CollectorRegistry()))
    assert await redis.xrange(STREAM, ids[150], ids[150])
    assert await redis.xlen(STREAM) < 300


async def test_nothing_is_trimmed_while_a_known_group_has_not_been_made(redis):
    await redis.xgroup_create(STREAM, "render", id="0", mkstream=True)
    await redis.xadd(STREAM, {"n": "1"})
    await redis.xreadgroup("render", "one", {STREAM: ">"})
    assert await trim(redis, STREAM, ceiling_bytes=10**9, metrics=DeliveryMetrics(CollectorRegistry())) == 0


async def test_what_a_ceiling_cuts_off_is_signalled_anew_from_the_changed_set(redis):
    for group in ("render", "feed"):
        await redis.xgroup_create(STREAM, group, id="0", mkstream=True)
    for n in range(1, 101):
        await redis.hset(f"litfass:{{s1}}:article:a{n:024x}", mapping={"site": "kurier", "state": "public", "seq": n})
        await redis.zadd(KEYS.changed(), {f"a{n:024x}": n})
        await redis.xadd(STREAM, {"article_id": f"a{n:024x}", "seq": n})
    await trim(redis, STREAM, ceiling_bytes=1, metrics=DeliveryMetrics(CollectorRegistry()))
    again = {fields[b"article_id"] for _, fields in await redis.xrange(KEYS.stream("articles-bulk"))}
    left = {fields[b"article_id"] for _, fields in await redis.xrange(STREAM)}
    assert len(again | left) == 100
    assert await redis.xlen(STREAM) == 50
