"""Waiting for streams to grow: one Redis reader a process, for everybody who waits in it.

async with follower.following(name) as followed:
    seen = followed.count
    …                                   read what is there
    await followed.past(seen, 25.0)     until there is more, or 25 s
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from services.feed.subscribers.outbox import reference_in
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Reference
from shared.runtime.broker import Client, away

BLOCK_MS: Final = 200  # how long a newly followed stream waits to be read with the others, at most
IDLE_S: Final = 1.0
COUNT: Final = 200
KEPT: Final = 256  # entries of a stream that stay in memory; who is further behind reads them from Redis again


@dataclass(frozen=True)
class Grown:
    """An entry that came while a stream was followed."""

    keys: Keys
    id: str
    reference: Reference | None
    is_gap: bool = False


class Followed:
    """A subscriber's streams, on all shards, while anybody here waits for them."""

    def __init__(self, last_ids: dict[Keys, str]) -> None:
        self.last_ids = last_ids
        self.count = 0  # entries that came since it is followed
        self.recent: deque[Grown] = deque(maxlen=KEPT)
        self.readers = 0
        self._waiting: set[asyncio.Future[None]] = set()

    async def past(self, seen: int, timeout_s: float, *, unless: "asyncio.Future[None] | None" = None) -> bool:
        """Wait until more than `seen` entries came.

        False when the time is over, `unless` is done, or somebody woke everybody.
        """
        if self.count > seen:
            return True
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()

        def wake(_: object = None) -> None:
            if not waiting.done():
                waiting.set_result(None)

        # By hand: thousands wake at the same moment, and `asyncio.wait` would take most of their time.
        self._waiting.add(waiting)
        timer = loop.call_later(timeout_s, wake)
        if unless:
            unless.add_done_callback(wake)
        try:
            await waiting
        finally:
            timer.cancel()
            self._waiting.discard(waiting)
            if unless:
                unless.remove_done_callback(wake)
        return self.count > seen

    def since(self, seen: int) -> list[Grown] | None:
        """Return what came after the first `seen` entries; None when that is more than was kept."""
        missing = self.count - seen
        if missing > len(self.recent):
            return None
        return [self.recent[place] for place in range(-missing, 0)]

    def take(self, grown: Sequence[Grown]) -> None:
        """Keep new entries, and wake everybody."""
        self.recent.extend(grown)
        self.count += len(grown)
        self.wake()

    def wake(self) -> None:
        """Let everybody look again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)


class Follower:
    """All streams that somebody in this process waits for."""

    def __init__(self, client: Client, shards: Sequence[Keys]) -> None:
        self._client, self._shards = client, tuple(shards)
        self._followed: dict[str, Followed] = {}
        self._is_wanted = asyncio.Event()
        self._looking = asyncio.Lock()

    @asynccontextmanager
    async def following(self, name: str) -> AsyncIterator[Followed]:
        """Follow the streams of a subscriber, or of the public, meanwhile. Raises RedisAway."""
        followed = self._followed.get(name)
        if followed is None:
            async with self._looking:  # one look for all who come at the same moment
                followed = self._followed.get(name) or Followed(await self._last_ids(name))
                self._followed[name] = followed
        followed.readers += 1
        self._is_wanted.set()
        try:
            yield followed
        finally:
            followed.readers -= 1
            if followed.readers == 0 and self._followed.get(name) is followed:
                del self._followed[name]

    async def round(self) -> None:
        """Read all followed streams once; waits a moment for something to come. Raises RedisAway."""
        if not self._followed:
            self._is_wanted.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_S):
                    await self._is_wanted.wait()
            return
        wanted = {keys.out(name): (keys, one) for name, one in self._followed.items() for keys in self._shards}
        places = {key: one.last_ids[keys] for key, (keys, one) in wanted.items()}
        with away():
            answer: Any = await self._client.xread(places, count=COUNT, block=BLOCK_MS)
        for key, entries in answer or ():
            keys, one = wanted[key.decode()]
            one.last_ids[keys] = entries[-1][0].decode()
            one.take([Grown(keys, id_.decode(), reference_in(fields), b"gap" in fields) for id_, fields in entries])

    def wake(self) -> None:
        """Let everybody who waits look again: the service is about to stop."""
        self._is_wanted.set()
        for one in self._followed.values():
            one.wake()

    async def _last_ids(self, name: str) -> dict[Keys, str]:
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for keys in self._shards:
                    pipe.xrevrange(keys.out(name), count=1)
                last = await pipe.execute()
        return {keys: rows[0][0].decode() if rows else "0-0" for keys, rows in zip(self._shards, last, strict=True)}
