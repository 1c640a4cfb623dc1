"""A piece of work that is done again and again."""

import asyncio

from structlog.testing import capture_logs

from shared.runtime.errors import RedisAway
from shared.runtime.ticks import Ticks


class Work:
    """Something to do again and again; what each time becomes of it is given."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)
        self.done = asyncio.Event()
        self.times = 0

    async def __call__(self) -> int | None:
        self.times += 1
        if not self.outcomes:
            self.done.set()
            return None
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[return-value]


async def run(work: Work, **options: object) -> Ticks:
    ticks = Ticks("test", work, **({"at_most_s": 0.05} | options))  # type: ignore[arg-type]
    ticks.start()
    async with asyncio.timeout(5):
        await work.done.wait()
    await ticks.stop()
    return ticks


async def test_a_tick_goes_on_when_something_is_away_and_says_so_once():
    with capture_logs() as logs:
        ticks = await run(Work(RedisAway("weg"), RedisAway("weg")))
    assert [entry["event"] for entry in logs] == ["tick.paused"]
    assert ticks.faults() == []


async def test_a_bug_does_not_end_the_loop_but_is_told_until_it_works_again():
    seen = []
    work = Work(KeyError("bug"), 0)

    async def watched() -> int | None:
        seen.append(ticks.faults())
        return await work()

    ticks = Ticks("test", watched, at_most_s=0.05)
    with capture_logs() as logs:
        ticks.start()
        async with asyncio.timeout(5):
            await work.done.wait()
        await ticks.stop()
    assert seen[:3] == [[], ["test: KeyError('bug')"], []]
    assert [entry["event"] for entry in logs] == ["tick.failed"]


async def test_a_tick_comes_early_when_it_is_woken():
    work, wake = Work(None), asyncio.Event()
    wake.set()
    await run(work, at_most_s=60, wake=wake)
    assert work.times == 2


async def test_a_tick_that_was_never_started_can_be_stopped():
    await Ticks("test", Work(), at_most_s=1).stop()
