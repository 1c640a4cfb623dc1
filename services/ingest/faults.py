"""What can be wrong with a delivery. Each is `Rejected`: it stays wrong, and the sender learns what to do.

    Rejected
    ├── SignatureRejected    verify/__init__.py      401
    ├── AddressRefused                               403
    ├── UnknownSource                                404
    ├── TooLarge                                     413
    ├── WrongType                                    415
    ├── NotReadable                                  400
    ├── PayloadRejected      every field at fault    422
    └── TooMany                                      429, or what the CMS understands (manners.py)

problems.py says the status codes.
"""

from dataclasses import dataclass

from shared.runtime.errors import Rejected


@dataclass(frozen=True)
class FieldFault:
    """One field that is wrong: where (`data.published_at`), and what to do."""

    field: str
    message: str


class UnknownSource(Rejected):
    """No source of this name is configured."""

    reason = "unknown_source"


class AddressRefused(Rejected):
    """The sender's address is none of those that the source takes deliveries from."""

    reason = "address_refused"


class TooLarge(Rejected):
    """The body is larger than we read."""

    reason = "too_large"


class WrongType(Rejected):
    """The body is of a type or in an encoding that we do not read."""

    reason = "wrong_type"


class NotReadable(Rejected):
    """The body cannot be read."""

    reason = "not_readable"


class PayloadRejected(Rejected):
    """The payload cannot be made into an article."""

    reason = "invalid_payload"

    def __init__(self, faults: tuple[FieldFault, ...]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


class TooMany(Rejected):
    """The source sends more deliveries a minute than it may."""

    reason = "too_many"

    def __init__(self, wait_s: float) -> None:
        """Refuse until `wait_s` seconds have gone by."""
        super().__init__(f"This source sends more deliveries a minute than it may; send it again in {wait_s:.0f} s.")
        self.wait_s = wait_s
