"""How often: a bucket that is filled evenly and emptied as somebody likes. One process's own; no clock inside."""

from typing import Final

MINUTE_MS: Final = 60_000


class Bucket:
    """As many requests as somebody may send in a minute, all at once if they like; 0 = as many as they like."""

    __slots__ = ("_filled_ms", "_left", "_per_minute")

    def __init__(self, *, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._filled_ms = 0

    def wait_s(self, *, now_ms: int) -> float:
        """Take one and return 0.0; or take none and return the seconds until there is one."""
        if not self._per_minute:
            return 0.0
        gone_ms = max(0, now_ms - self._filled_ms)
        self._left = min(self._per_minute, self._left + gone_ms * self._per_minute / MINUTE_MS)
        self._filled_ms = now_ms
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) * MINUTE_MS / self._per_minute / 1000

    @property
    def left(self) -> int:
        """How many could be taken at once, when last one was."""
        return int(self._left)

    @property
    def full_in_s(self) -> float:
        """Seconds, from when last one was taken, until the bucket is full again."""
        return (self._per_minute - self._left) * MINUTE_MS / self._per_minute / 1000 if self._per_minute else 0.0
