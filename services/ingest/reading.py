"""Read a request: its size before its bytes, its bytes before their meaning."""

import re
from binascii import a2b_qp
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import unquote_plus

from pydantic_core import from_json, to_json
from starlette.requests import ClientDisconnect, Request

from services.ingest.adapt import Payload
from services.ingest.faults import FieldFault, NotReadable, PayloadRejected, TooLarge, WrongType
from services.ingest.guards import Address, Network, sender_of

MIB: Final = 1024 * 1024
THROWN_AWAY: Final = 16 * MIB  # of a body over the limit; more is not read, and its sender sees the connection end
_FORM: Final = "application/x-www-form-urlencoded"
_EVENT_LIST: Final = "application/cloudevents-batch"
_HALF_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FORM_FIELDS: Final = 1_000  # of one form; an article has thirty
# Any JSON by its name (`application/vnd.contentful.management.v1+json`), and the two that old senders give instead.
_JSON: Final = ("application/json", "text/json", "text/plain", "")


def headers_of(request: Request) -> dict[str, str]:
    """Return the headers, lower-case names to values; of repeated ones the first counts."""
    headers: dict[str, str] = {}
    for name, value in request.headers.raw:
        headers.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    return headers


def sent_from(request: Request, *, trusted: Sequence[Network]) -> Address | None:
    """Return who sent the request, past the proxies that are trusted; None when that cannot be known."""
    peer = request.client.host if request.client else ""
    return sender_of(peer, request.headers.getlist("x-forwarded-for"), trusted=trusted)


def require_json(headers: Mapping[str, str], *, lines: bool = False, forms: bool = False) -> None:
    """Raise WrongType for a body that says it is no JSON, or is compressed.

    Args:
        lines: JSON lines are possible as well.
        forms: a form is, for CMSs that send nothing else.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise WrongType(f"The body is compressed ({encoding[:40]!r}); send it as it is.")
    kind = _kind(headers)
    if forms and kind == _FORM:
        return
    if kind in _JSON or kind.endswith("+json") or (lines and kind.endswith(("ndjson", "jsonl", "jsonlines"))):
        return
    wanted = "application/x-ndjson" if lines else "application/json"
    raise WrongType(f"The body says that it is {kind[:80]!r}; send Content-Type: {wanted}.")


async def body_of(request: Request, *, limit: int) -> bytes:
    """Return the whole body; raises TooLarge when more than `limit` bytes are announced or come.

    What is too large is never kept, but read to its end when that is near: who closes a connection with bytes still
    on the way takes the answer back, and the CMS would never learn why.
    """
    announced = request.headers.get("content-length", "")
    size_announced = int(announced[:20]) if announced.isdecimal() else 0
    if size_announced > limit + THROWN_AWAY:
        raise _too_large(limit)
    is_too_large = size_announced > limit
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                is_too_large = True
            if size > limit + THROWN_AWAY:
                break
            if is_too_large:
                parts.clear()
            else:
                parts.append(part)
    except ClientDisconnect as cause:
        raise NotReadable("The connection ended before the body did; send it again.") from cause
    if is_too_large:
        raise _too_large(limit)
    return b"".join(parts)


def is_event_list(headers: Mapping[str, str]) -> bool:
    """Say whether the body is a list of CloudEvents, by its own word."""
    return _kind(headers).startswith(_EVENT_LIST)


def items_of(body: bytes) -> list[bytes] | None:
    """Return the items of a list, each as JSON of its own; None when the body is no list."""
    try:
        items = from_json(body, allow_inf_nan=False)
    except ValueError:
        return None
    return [to_json(item) for item in items] if isinstance(items, list) else None


def payload_from(headers: Mapping[str, str], body: bytes) -> Payload:
    """Return the body as a JSON object, or the fields of a form as one; raises NotReadable and PayloadRejected."""
    return _form_of(body) if _kind(headers) == _FORM else payload_of(body)


def payload_of(body: bytes) -> Payload:
    """Return the body as a JSON object.

    Raises NotReadable when it is no JSON in UTF-8 (or nests deeper than any article), PayloadRejected when it is
    JSON and no object.
    """
    if not body.strip():
        raise NotReadable("The body is empty; send the article as a JSON object.")
    try:
        payload = from_json(body, allow_inf_nan=False)
    except ValueError as cause:
        raise NotReadable(f"The body is not JSON in UTF-8: {_where(cause, body)}") from cause
    if not isinstance(payload, dict):
        kind = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(type(payload), "a number")
        raise PayloadRejected((FieldFault("", f"the body must be a JSON object, not {kind}"),))
    return payload


def _form_of(body: bytes) -> Payload:
    """Return a form's fields as texts; of repeated ones the last counts."""
    if not body.strip():
        raise NotReadable("The body is empty; send the article's fields as a form.")
    try:
        if body.count(b"&") < _FORM_FIELDS:
            pairs = [pair.partition(b"=") for pair in body.split(b"&") if pair]
            return {_unquoted(name): _unquoted(value) for name, _, value in pairs}
        cause: ValueError | None = None
    except ValueError as fault:
        cause = fault
    raise NotReadable(f"The body is no form in UTF-8 with at most {_FORM_FIELDS} fields.") from cause


def _unquoted(part: bytes) -> str:
    """Return a name or value of a form as text, as `urllib.parse.unquote_plus` would; raises ValueError for no UTF-8.

    The standard library's takes 7 ms for a long article. In quoted-printable the same escapes begin with `=`, and what
    reads that is written in C.
    """
    if b"=" in part or _HALF_ESCAPE.search(part):
        return unquote_plus(part.decode(), errors="strict")
    return a2b_qp(part.replace(b"+", b" ").replace(b"%", b"=")).decode()


def _kind(headers: Mapping[str, str]) -> str:
    """Return the media type, without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _where(cause: ValueError, body: bytes) -> str:
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        return f"byte {fault.start} ({body[fault.start]:#04x}) is no UTF-8."
    return f"{cause}."


def _too_large(limit: int) -> TooLarge:
    most = f"{limit / MIB:.3g} MiB" if limit >= MIB else f"{limit:,} bytes"
    return TooLarge(f"The body is larger than {most}; leave pictures out and link to them.")
