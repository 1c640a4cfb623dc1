"""Every fault as problem+json: which status, and what the sender should do. Source: RFC 9457.

"Rejected" will not get better by sending it again; "unavailable" will (503 with Retry-After).
"""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from starlette.responses import Response

from services.ingest.faults import NotReadable, PayloadRejected, TooLarge, UnknownSource, WrongType
from services.ingest.verify import SignatureRejected
from shared.runtime.errors import LitfassError, Unavailable
from shared.runtime.problems import problem, problem_fields

RETRY_AFTER_S: Final = 2.0

_FAULTS: Final[Mapping[type[LitfassError], tuple[int, str]]] = {
    NotReadable: (400, "The body cannot be read"),
    SignatureRejected: (401, "The signature is not right"),
    UnknownSource: (404, "There is no such source"),
    TooLarge: (413, "The body is too large"),
    WrongType: (415, "The body is of a type that is not read here"),
    PayloadRejected: (422, "The article has faults"),
}


def fault_answer(fault: LitfassError) -> Response:
    """Return a fault as an answer."""
    headers = {"Retry-After": str(math.ceil(RETRY_AFTER_S))} if isinstance(fault, Unavailable) else {}
    if isinstance(fault, SignatureRejected):
        headers["WWW-Authenticate"] = "Signature"  # RFC 9110 15.5.2: a 401 must say how
    status, title = _kind(fault)
    return problem(status, title, str(fault), headers=headers, **_members(fault))


def fault_fields(fault: LitfassError) -> dict[str, object]:
    """Return a fault as one line of a batch's answer."""
    status, title = _kind(fault)
    return problem_fields(status, title, str(fault), **_members(fault))


def status_of(fault: LitfassError) -> int:
    """Return the HTTP status of a fault."""
    return _kind(fault)[0]


def _kind(fault: LitfassError) -> tuple[int, str]:
    if isinstance(fault, Unavailable):
        return 503, "Not possible right now; send it again"
    return next(kind for cls, kind in _FAULTS.items() if isinstance(fault, cls))


def _members(fault: LitfassError) -> dict[str, object]:
    members: dict[str, object] = {"reason": fault.reason}
    if isinstance(fault, PayloadRejected):
        members["errors"] = [asdict(each) for each in fault.faults]
    return members
