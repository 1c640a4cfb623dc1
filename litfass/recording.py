"""A recorded delivery, read from files: one HTTP request as it came over the wire, or a body and its headers.

request.http                  POST /webhooks/cms HTTP/1.1, headers, an empty line, the body to the last byte
NAME.body, NAME.headers.json  the body alone; headers as a JSON object, or as the value of "headers" in one
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.runtime.errors import LitfassError

_REQUEST: Final = re.compile(rb"(?:POST|PUT) (\S+) HTTP/[\d.]+\r?\n")
_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_EVENT: Final = re.compile(r"/webhooks/[^/?]+/([^/?]+)")


class RecordingFault(LitfassError):
    """The recording cannot be read."""

    reason = "recording"


@dataclass(frozen=True)
class Recording:
    """One request.

    Args:
        headers: lower-case names to values.
        target: path and query; empty = the recording does not say.
    """

    headers: dict[str, str]
    body: bytes
    target: str = ""

    @property
    def event(self) -> str:
        """The event's name in the path; empty when it has none."""
        found = _EVENT.search(self.target)
        return found[1] if found else ""


def read_recording(file: Path, *, headers: Path | None = None) -> Recording:
    """Return what is recorded in `file`; raises RecordingFault.

    Args:
        headers: for a file that is only the body; default: NAME.headers.json beside NAME.body.
    """
    content = _bytes(file)
    beside = headers or file.with_suffix(".headers.json")
    if headers is None and (request := _REQUEST.match(content)):
        return _of_request(file, request[1].decode(errors="replace"), content[request.end() :])
    if headers is None and not beside.exists():
        raise RecordingFault(
            f"{file}: is no HTTP request (it does not begin with POST /webhooks/…), and there is no {beside.name} "
            "beside it. Say --headers FILE.json for a body alone."
        )
    return Recording(_headers(beside), content)


def _of_request(file: Path, target: str, rest: bytes) -> Recording:
    head, *body = _HEAD.split(rest, maxsplit=1)
    if not body:
        raise RecordingFault(f"{file}: has no empty line between its headers and its body.")
    headers: dict[str, str] = {}
    for number, line in enumerate(head.decode("latin-1").splitlines(), start=2):
        name, colon, value = line.partition(":")
        if not colon:
            raise RecordingFault(f"{file}:{number}: {line[:60]!r} is no header; write Name: value.")
        headers.setdefault(name.strip().lower(), value.strip())
    if "chunked" in headers.get("transfer-encoding", "").lower():
        raise RecordingFault(f"{file}: the body is still in chunks; record it as the program got it.")
    return Recording(headers, body[0], target)


def _headers(file: Path) -> dict[str, str]:
    try:
        value = json.loads(_bytes(file))
    except ValueError as cause:
        raise RecordingFault(f"{file}: is no JSON: {cause}") from cause
    found = value.get("headers", value) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise RecordingFault(f'{file}: must be a JSON object of headers, or one with "headers" in it.')
    return {str(name).lower(): str(text) for name, text in found.items()}


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as cause:
        raise RecordingFault(f"{file}: cannot be read ({cause.strerror}).") from cause
