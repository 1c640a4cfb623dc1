"""One worker at a time, and not before it is time."""

import pytest

from services.ingest.reconcile.lease import TTL_MS, Lease, LeaseLost
from tests.support.lists import KEYS, SetClock

EVERY_MS = 300_000


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def a_lease(redis, clock):
    return lambda source="blog", scope="recent": Lease(redis, KEYS, source=source, scope=scope, clock=clock)


async def test_of_many_workers_one_gets_it(a_lease, clock):
    taken = [await a_lease().take(due_ms=clock()) for _ in range(5)]
    assert taken == [True, False, False, False, False]


async def test_another_source_is_another_matter_and_another_scope_is_not(a_lease, clock):
    assert await a_lease().take(due_ms=clock())
    assert await a_lease("amt").take(due_ms=clock())
    assert not await a_lease(scope="all").take(due_ms=clock()), "two runs over one source would disturb each other"


async def test_what_is_done_is_not_done_again_before_it_is_due(a_lease, clock):
    lease = a_lease()
    await lease.take(due_ms=clock())
    await lease.done()
    assert not await a_lease().take(due_ms=clock() - EVERY_MS)
    clock.now_ms += EVERY_MS + 1
    assert await a_lease().take(due_ms=clock() - EVERY_MS)


async def test_after_a_failure_nobody_tries_before_the_cms_is_ready_for_it(a_lease, clock):
    lease = a_lease()
    await lease.take(due_ms=clock())
    await lease.failed(retry_ms=clock() + 60_000)
    assert not await a_lease().take(due_ms=clock())
    clock.now_ms += 60_000
    assert await a_lease().take(due_ms=clock())


async def test_a_person_need_not_wait_but_for_a_worker_that_is_at_it(a_lease, clock):
    lease = a_lease()
    await lease.take(due_ms=clock())
    assert not await a_lease().take_now()
    await lease.failed(retry_ms=clock() + 60_000)
    assert await a_lease().take_now()


async def test_a_worker_that_died_is_replaced(a_lease, clock, redis):
    dead = a_lease()
    await dead.take(due_ms=clock())
    assert 0 < await redis.pttl(KEYS.reconcile_lease("blog")) <= TTL_MS
    await redis.delete(KEYS.reconcile_lease("blog"))  # what expiry does
    assert await a_lease().take(due_ms=clock())
    with pytest.raises(LeaseLost):
        await dead.keep()
    await dead.done()
    assert await redis.exists(KEYS.reconcile_lease("blog")), "what is somebody else's is not given back"


async def test_a_look_by_hand_leaves_no_trace(a_lease, clock, redis):
    lease = a_lease()
    await lease.take_now()
    await lease.keep()
    await lease.leave()
    assert not await redis.exists(KEYS.reconcile_lease("blog"), KEYS.reconciled("blog"))
