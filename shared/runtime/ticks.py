"""A piece of work that is done again and again: soon after something is due, and at least every `at_most_s`.

What is away now (`Unavailable`) is tried again and never ends it; neither does a bug, which is logged and makes the
service say that it is not alive until the work succeeds once more.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import Unavailable
from shared.runtime.logging import get_logger

log = get_logger()

AT_LEAST_S: Final = 0.05  # so that something that stays due does not keep the machine busy

Work = Callable[[], Awaitable[int | None]]  # returns when it wants to be done next, milliseconds since 1970


class Ticks:
    """One loop of one process."""

    def __init__(
        self, name: str, work: Work, *, at_most_s: float, wake: asyncio.Event | None = None, clock: Clock = system_clock
    ) -> None:
        """Prepare; setting `wake` brings the next tick forward."""
        self._name, self._work, self._at_most_s, self._clock = name, work, at_most_s, clock
        self._wake = wake or asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._fault = ""

    def start(self) -> None:
        """Begin; the first tick comes at once."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """End between two steps of the work, which is made to be repeated."""
        self._is_stopping = True  # a cancellation is lost when what it meets ends at that moment (`wait_for` in 3.11)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def faults(self) -> list[str]:
        """Say what the last tick died of; empty = fine, or only waiting for something that is away."""
        return [self._fault] if self._fault else []

    async def _run(self) -> None:
        is_away = False
        while not self._is_stopping:
            next_ms: int | None = None
            try:
                next_ms = await self._work()
            except Unavailable as fault:
                if not is_away:
                    log.warning("tick.paused", tick=self._name, reason=fault.reason, detail=str(fault))
                is_away = True
            except Exception as bug:
                self._fault = f"{self._name}: {bug!r}"
                log.exception("tick.failed", tick=self._name)
            else:
                self._fault, is_away = "", False
            await self._wait(self._pause_s(next_ms))

    async def _wait(self, pause_s: float) -> None:
        await asyncio.sleep(min(pause_s, AT_LEAST_S))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), max(0, pause_s - AT_LEAST_S))
        self._wake.clear()

    def _pause_s(self, next_ms: int | None) -> float:
        wanted_s = self._at_most_s if next_ms is None else (next_ms - self._clock()) / 1000
        return min(max(wanted_s, AT_LEAST_S), self._at_most_s)
