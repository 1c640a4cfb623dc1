"""Every fault as problem+json: which status, and what the sender should do. Source: RFC 9457.

"Rejected" will not get better by sending it again; "unavailable" will (503 with Retry-After).
"""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from starlette.responses import Response

from services.ingest.faults import (
    AddressRefused,
    NotReadable,
    PayloadRejected,
    TooLarge,
    TooMany,
    UnknownSource,
    WrongType,
)
from services.ingest.manners import TOO_MANY_REQUESTS
from services.ingest.space import DiskFull
from services.ingest.verify import SignatureRejected
from shared.runtime.articles import NotReplicated
from shared.runtime.errors import LitfassError, RedisAway, Unavailable
from shared.runtime.problems import problem, problem_fields

RETRY_AFTER_S: Final = 2.0
_UNAVAILABLE: Final = "Not possible right now; send it again"
_WAITING: Final = (RedisAway, NotReplicated, DiskFull)

_FAULTS: Final[Mapping[type[LitfassError], tuple[int, str]]] = {
    NotReadable: (400, "The body cannot be read"),
    SignatureRejected: (401, "The signature is not right"),
    AddressRefused: (403, "Deliveries from this address are not taken"),
    UnknownSource: (404, "There is no such source"),
    TooLarge: (413, "The body is too large"),
    WrongType: (415, "The body is of a type that is not read here"),
    PayloadRejected: (422, "The article has faults"),
    TooMany: (TOO_MANY_REQUESTS, "Too many deliveries"),
}
# Decided before the body was read to its end: what is still on the way must not be taken for the next delivery.
_UNREAD: Final = (AddressRefused, UnknownSource, TooLarge, WrongType)


def fault_answer(fault: LitfassError, *, busy_status: int = TOO_MANY_REQUESTS) -> Response:
    """Return a fault as an answer.

    Args:
        busy_status: what makes this CMS send the same delivery again later (manners.py).
    """
    headers: dict[str, str] = {}
    if isinstance(fault, SignatureRejected):
        headers["WWW-Authenticate"] = "Signature"  # RFC 9110 15.5.2: a 401 must say how
    if isinstance(fault, _UNREAD):
        headers["Connection"] = "close"
    status, title = _kind(fault)
    if isinstance(fault, TooMany):
        status = busy_status
    if wait_s := _wait_s(fault):
        headers["Retry-After"] = str(math.ceil(wait_s))
    return problem(status, title, str(fault), headers=headers, **_members(fault))


def fault_fields(fault: LitfassError) -> dict[str, object]:
    """Return a fault as one line of a batch's answer."""
    status, title = _kind(fault)
    return problem_fields(status, title, str(fault), **_members(fault))


def status_of(fault: LitfassError) -> int:
    """Return the HTTP status of a fault."""
    return _kind(fault)[0]


def fault_kinds() -> dict[int, tuple[str, tuple[str, ...]]]:
    """Return every status that a fault may have, with its title and the values of `reason`."""
    kinds = {status: (title, (fault.reason,)) for fault, (status, title) in _FAULTS.items()}
    waiting = (*(fault.reason for fault in _WAITING), TooMany.reason)  # too many: for CMSs that give up on 429
    return kinds | {503: (_UNAVAILABLE, waiting)}


def _kind(fault: LitfassError) -> tuple[int, str]:
    if isinstance(fault, Unavailable):
        return 503, _UNAVAILABLE
    return next(kind for cls, kind in _FAULTS.items() if isinstance(fault, cls))


def _wait_s(fault: LitfassError) -> float:
    """Seconds after which the same delivery may be taken; 0 = never."""
    match fault:
        case TooMany():
            return fault.wait_s
        case Unavailable():
            return RETRY_AFTER_S
        case _:
            return 0.0


def _members(fault: LitfassError) -> dict[str, object]:
    members: dict[str, object] = {"reason": fault.reason}
    if isinstance(fault, PayloadRejected):
        members["errors"] = [asdict(each) for each in fault.faults]
    return members
