"""Whether news is in hand in this process, so that bulk work gives way to it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

GiveWay = Callable[[], Awaitable[None]]  # returns once no news is in hand


async def nobody_waits() -> None:
    """Go on at once: for rebuilds, which have a process of their own."""


class Quiet:
    """Says when no news is being handled."""

    def __init__(self) -> None:
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def news(self) -> Iterator[None]:
        """While inside, bulk work waits."""
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def wait(self, *, at_most_s: float | None = None) -> None:
        """Return once no news is in hand, or after so many seconds: bulk work goes on also when news never ends."""
        if self._busy:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_most_s):
                    await self._idle.wait()
