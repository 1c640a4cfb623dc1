"""Bulk work waits while news is in hand, but not for ever."""

import asyncio
import contextlib

from shared.runtime.quiet import Quiet


async def test_bulk_goes_on_at_once_when_nothing_is_in_hand():
    await Quiet().wait()


async def test_bulk_waits_for_the_last_of_several():
    quiet, done = Quiet(), list[str]()

    async def bulk() -> None:
        await quiet.wait()
        done.append("bulk")

    with quiet.news():
        waiting = asyncio.create_task(bulk())
        with quiet.news():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        done.append("news")
    await waiting
    assert done == ["news", "bulk"]


async def test_bulk_goes_on_also_when_news_never_ends():
    quiet = Quiet()
    with quiet.news():
        await quiet.wait(at_most_s=0.001)


async def test_news_that_failed_holds_nobody_up():
    quiet = Quiet()
    with contextlib.suppress(ZeroDivisionError), quiet.news():
        _ = 1 / 0
    await quiet.wait()
