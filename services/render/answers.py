"""Answers whose bytes and headers are ready: no request object, no header is put together on the way. ADR-0022."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.background import BackgroundTask

Header = tuple[bytes, bytes]

# Of the body, which a 304 has not (RFC 9110, 15.4.5).
_OF_THE_BODY = frozenset({b"content-type", b"content-length"})


@dataclass(slots=True)  # not frozen: that alone is a microsecond
class Ready:
    """An ASGI answer.

    Args:
        headers: names in lower case.
        etag: a strong validator, as it stands in the headers; empty when there is none.
        background: what is done once the reader has the answer.
    """

    headers: Sequence[Header]
    body: bytes
    status_code: int = 200
    etag: bytes = b""
    background: BackgroundTask | None = None

    def for_whoever_has(self, known: bytes | None) -> "Ready":
        """Return the answer to somebody who says which validators they have: 304 when one of them is this."""
        if known is None or not self.etag or not _is_among(self.etag, known):
            return self
        headers = [header for header in self.headers if header[0] not in _OF_THE_BODY]
        return Ready(headers, b"", 304, self.etag, self.background)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- ASGI's signature
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})
        if self.background is not None:
            await self.background()


def etag_of(body: bytes) -> bytes:
    """Return a strong validator: equal for equal bytes, whichever machine answers."""
    return b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()


def _is_among(etag: bytes, known: bytes) -> bool:
    """Compare weakly, as If-None-Match wants it (RFC 9110, 13.1.2)."""
    return known.strip() == b"*" or etag in (one.strip().removeprefix(b"W/") for one in known.split(b","))
