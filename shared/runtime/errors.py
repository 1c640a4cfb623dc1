"""What can go wrong, and what becomes of the message.

    LitfassError
    ├── Rejected             wrong, stays wrong      → acknowledge and park
    ├── Unavailable          wrong now               → leave pending, pause, probe, go on
    └── ConfigurationFault   wrong before the start  → the process does not start

Anything else is a bug: tried again, and parked after `MAX_ATTEMPTS` deliveries.
"""

import inspect
from typing import ClassVar


class LitfassError(Exception):
    """Something that we expected could go wrong did."""

    reason: ClassVar[str] = "unspecified"  # metric label and log value; never renamed

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.getdoc(type(self)))


class Rejected(LitfassError):
    """The message is wrong and will stay wrong."""

    reason = "rejected"


class Unreadable(Rejected):
    """A stream entry is not what its stream carries."""

    reason = "unreadable"


class Unavailable(LitfassError):
    """Something that we need is away for now."""

    reason = "unavailable"


class RedisAway(Unavailable):
    """Redis does not answer."""

    reason = "redis_away"


class StoreAway(Unavailable):
    """The page store cannot be read or written: away, full or forbidden."""

    reason = "store_away"


class ConfigurationFault(LitfassError):
    """The configuration cannot be used."""

    reason = "configuration"
