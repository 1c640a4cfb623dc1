"""Streams forget what is older than the payloads that they refer to; asked once an hour.

So does `embargoed` what the fan-out has told: no group reads it, and so nothing else cuts it.

Exactly, not about: an entry that carries its text must go before the list of where such entries stand (`copies`) does.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from services.feed.subscribers.fanout import PAYLOAD_S
from services.feed.subscribers.lanes import STREAMS, Cursor
from services.feed.subscribers.registry import Registry
from shared.contracts.base import SiteName
from shared.contracts.keys import EMBARGOED_STREAM
from shared.contracts.subscribers import public_name
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock

EVERY_S: Final = 3_600.0


class Ageing:
    """Cuts the streams of all shards, in the newsroom's Redis and the partners' own. Raises RedisAway."""

    def __init__(
        self, clients: Sequence[Client], registry: Registry, sites: Iterable[SiteName], *, clock: Clock = system_clock
    ) -> None:
        self._clients, self._registry, self._sites, self._clock = clients, registry, tuple(sites), clock
        self._due = 0.0

    async def keep(self) -> None:
        """Cut when an hour is over."""
        if time.monotonic() >= self._due:
            await self.cut()
            self._due = time.monotonic() + EVERY_S

    async def cut(self) -> int:
        """Cut everywhere; return how many entries."""
        names = [*map(public_name, self._sites), *(one.name for one in await self._registry.all())]
        oldest = f"{self._clock() - PAYLOAD_S * 1000}-0"
        count = 0
        for client in self._clients:
            with away():
                async with client.pipeline(transaction=False) as pipe:
                    for keys in self._registry.shards:
                        for name in names:
                            pipe.xtrim(keys.out(name), minid=oldest, approximate=False)
                    count += sum(await pipe.execute())
        with away():
            for keys in self._registry.shards:
                cursor = Cursor.read((await self._clients[0].get(keys.fanout()) or b"").decode())
                told = cursor.ids[STREAMS.index(EMBARGOED_STREAM)]
                count += await self._clients[0].xtrim(keys.stream(EMBARGOED_STREAM), minid=told, approximate=False)
        return count
