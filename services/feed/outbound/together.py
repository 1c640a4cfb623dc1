"""What one place elsewhere is told together: a queue of words in Redis, each due at its time.

What is taken has a lease, so that a process that dies loses nothing; what fails waits, longer and longer, and is tried
again; what becomes due meanwhile is told again.
"""

from dataclasses import dataclass
from typing import Final

from services.feed.outbound.posting import Answer
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.scripts import Script

MOST_WAITING: Final = 100_000  # the oldest of more are dropped: who is away for weeks comes to look by itself
LEASE_MS: Final = 120_000  # longer by far than a request may take: a change meanwhile must come earlier
LONGEST_REST_S: Final = 86_400

_TAKE: Final = Script(
    """
    -- Take what is due, with a lease. KEYS 1 queue  2 state  ARGV 1 now_ms  2 lease until  3 most  4 most waiting
    -- Returns failures in a row, and the words.
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[4])
    local state = redis.call('HMGET', KEYS[2], 'failures', 'rests_until')
    if tonumber(state[2] or 0) > tonumber(ARGV[1]) then return {0, {}} end
    local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
    for _, word in ipairs(found) do redis.call('ZADD', KEYS[1], ARGV[2], word) end
    return {tonumber(state[1] or 0), found}
    """
)
_SETTLE: Final = Script(
    """
    -- Settle what was taken: gone, or due again; what changed meanwhile has another time and stays as it is.
    -- KEYS 1 queue  2 state  ARGV 1 lease until  2 due again, or ''  3 failures  4… words
    local again = ARGV[2] ~= ''
    for i = 4, #ARGV do
      if redis.call('ZSCORE', KEYS[1], ARGV[i]) ~= ARGV[1] then
      elseif again then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
      else redis.call('ZREM', KEYS[1], ARGV[i]) end
    end
    redis.call('HSET', KEYS[2], 'failures', ARGV[3], 'rests_until', again and ARGV[2] or 0)
    return 1
    """
)


@dataclass(frozen=True)
class Handful:
    """What is to be told now.

    Args:
        lease_ms: until when nobody else tells it, milliseconds since 1970.
        failures: in a row before this attempt.
    """

    words: tuple[str, ...]
    lease_ms: int
    failures: int


class Together:
    """One queue: a sorted set, and beside it a hash with `failures` and `rests_until`. Methods raise RedisAway."""

    def __init__(self, client: Client, queue: str, state: str, *, clock: Clock = system_clock) -> None:
        self._client, self._places, self._clock = client, [queue, state], clock

    async def take(self, most: int) -> Handful | None:
        """Return what is due, at most so much; None for nothing."""
        now_ms = self._clock()
        lease_ms = now_ms + LEASE_MS
        failures, words = await _TAKE.call(self._client, self._places, [now_ms, lease_ms, most, MOST_WAITING])
        return Handful(tuple(word.decode() for word in words), lease_ms, int(failures)) if words else None

    async def settle(self, handful: Handful, *, rest_s: int) -> None:
        """Let it be told, or given up (0), or due again after so many seconds in which nothing is told there."""
        again, failures = (self._clock() + rest_s * 1000, handful.failures + 1) if rest_s else ("", 0)
        await _SETTLE.call(self._client, self._places, [handful.lease_ms, again, failures, *handful.words])


def outcome_of(answer: Answer, rest_s: int) -> str:
    """Name what became of it, for logs and metrics: told, later, dropped."""
    return "told" if answer.is_good else "later" if rest_s else "dropped"


def asked_rest_s(answer: Answer) -> int:
    """Return the seconds that a Retry-After asks for, 1 to a day; 0 for none."""
    return min(max(int(answer.retry_after), 1), LONGEST_REST_S) if answer.retry_after.isdecimal() else 0
