"""One worker at a time reconciles a source, however many there are; the script beside this file decides."""

import secrets
from typing import Final, Literal

from shared.contracts.keys import Keys
from shared.runtime.broker import Client
from shared.runtime.clock import Clock
from shared.runtime.errors import Unavailable
from shared.runtime.scripts import Script

Scope = Literal["recent", "all"]

TTL_MS: Final = 180_000  # longer than any single question to a CMS; a worker that died is replaced after it
_LEASE: Final = Script.of("services.ingest.reconcile", "lease.lua")


class LeaseLost(Unavailable):
    """Another worker reconciles this source by now: this one was too slow."""

    reason = "lease_lost"


class Lease:
    """The right to reconcile one source, held or not. Every method raises RedisAway."""

    def __init__(self, client: Client, keys: Keys, *, source: str, scope: Scope, clock: Clock) -> None:
        self._client, self._scope, self._clock = client, scope, clock
        self._keys = (keys.reconcile_lease(source), keys.reconciled(source))
        self._token = secrets.token_hex(8)

    async def take(self, *, due_ms: int) -> bool:
        """Take it, when nobody has it and this scope was last done before `due_ms`."""
        return await self._call("take", due_ms=due_ms, retry="0")

    async def take_now(self) -> bool:
        """Take it when nobody has it, whenever it was last done: a person asks."""
        return await self._call("take", due_ms=2**53, retry="now")

    async def keep(self) -> None:
        """Say that the work goes on; raises LeaseLost when it is somebody else's by now."""
        if not await self._call("keep"):
            raise LeaseLost

    async def done(self) -> None:
        """Give it back; the scope is done for this time."""
        await self._call("give", due_ms=1)

    async def failed(self, *, retry_ms: int) -> None:
        """Give it back; nobody should try before `retry_ms`, milliseconds since 1970."""
        await self._call("give", retry=str(retry_ms))

    async def leave(self) -> None:
        """Give it back as if nothing had been."""
        await self._call("give")

    async def _call(self, what: str, *, due_ms: int = 0, retry: str = "0") -> bool:
        arguments: list[str | bytes | int] = [what, self._token, self._clock(), TTL_MS, self._scope, due_ms, retry]
        return bool(await _LEASE.call(self._client, self._keys, arguments))
