"""The time, as an argument: whoever needs it gets a `Clock`, so that tests and `rebuild --as-of` can set it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]  # milliseconds since 1970, UTC


def system_clock() -> int:
    """The machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def moment(ms: int) -> datetime:
    """Milliseconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def milliseconds(when: datetime) -> int:
    """An aware datetime as milliseconds since 1970."""
    return round(when.timestamp() * 1000)
