"""Which process does what one is enough for. Only to save work: what is done is right also when two believe they do it.

A dead one is missed for LEASE_MS at most.
"""

import time
from typing import Final

from shared.runtime.broker import Client
from shared.runtime.scripts import Script

LEASE_MS: Final = 3_000
RENEW_S: Final = 1.0

_LEAD: Final = Script(
    """
    -- Whoever does it goes on; anybody may when nobody does. KEYS 1 lease  ARGV 1 name  2 lease_ms
    local reader = redis.call('GET', KEYS[1])
    if reader and reader ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
    """
)
_LEAVE: Final = Script(
    """
    -- KEYS 1 lease  ARGV 1 name
    if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
    return 0
    """
)


class Lease:
    """One lease, as one process has it or not. Every method raises RedisAway."""

    def __init__(self, client: Client, key: str, name: str) -> None:
        self._client, self._key, self._name = client, key, name
        self._ends = 0.0

    async def is_ours(self) -> bool:
        """Take it or keep it; False when another process has it."""
        now = time.monotonic()
        if now < self._ends:
            return True
        answer = await _LEAD.call(self._client, [self._key], [self._name, LEASE_MS])
        self._ends = now + RENEW_S if answer else 0.0
        return bool(answer)

    async def leave(self) -> None:
        """Let another process have it at once."""
        self._ends = 0.0
        await _LEAVE.call(self._client, [self._key], [self._name])
