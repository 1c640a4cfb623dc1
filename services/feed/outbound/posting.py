"""One request to somewhere, safely: resolved now, every address checked, connected to the one that was.

Never redirected. Only the status and a few headers of the answer are read, at most `HEAD_BYTES`, and of its body as
many bytes as the caller asks for: none. A proxy from the environment is not used: it would resolve by itself.
"""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.feed.outbound.guard import AddressRefused, Target, is_public, target_of

HEAD_BYTES: Final = 16_384
CONNECT_S: Final = 5.0  # for each address
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r\n)")


@dataclass(frozen=True)
class Answer:
    """What came back.

    Args:
        status: 0 when no answer came.
        fault: why not; never what the other side wrote.
        retry_after: the header as it was sent.
    """

    status: int = 0
    fault: str = ""
    retry_after: str = ""
    body: bytes = b""

    @property
    def is_good(self) -> bool:
        """Say whether the other side took it."""
        return 200 <= self.status < 300


class Poster:
    """Sends."""

    def __init__(self, *, timeout_s: float, is_private_allowed: bool = False, agent: str = "litfass") -> None:
        self._timeout_s, self._is_private_allowed, self._agent = timeout_s, is_private_allowed, agent
        self._tls = ssl.create_default_context()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send `body`; whatever goes wrong is in the answer."""
        return await self._ask(url, "POST", body=body, headers={**headers, "Content-Length": str(len(body))})

    async def get(self, url: str, *, body_bytes: int) -> Answer:
        """Fetch the first `body_bytes` of what is there; whatever goes wrong is in the answer."""
        return await self._ask(url, "GET", body_bytes=body_bytes)

    async def _ask(
        self, url: str, method: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, body_bytes: int = 0
    ) -> Answer:
        try:
            target = target_of(url, is_private_allowed=self._is_private_allowed)
            request = _head(target, method, {"User-Agent": self._agent, **(headers or {})}) + body
            async with asyncio.timeout(self._timeout_s):
                return await self._send(target, request, body_bytes)
        except AddressRefused as fault:
            return Answer(fault=f"refused: {fault}")
        except TimeoutError:
            return Answer(fault=f"no answer within {self._timeout_s:.0f} s")
        except ssl.SSLError as fault:
            return Answer(fault=f"TLS: {fault.reason or 'failed'}")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            return Answer(fault="the answer is no HTTP, or its head is too long")
        except OSError as fault:
            return Answer(fault=f"no connection: {fault.strerror or type(fault).__name__}")

    async def _send(self, target: Target, request: bytes, body_bytes: int) -> Answer:
        reader, writer = await self._connect(target)
        try:
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            while _status(head) == 100:  # "go on": the answer itself comes after it
                head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head, body_bytes) if body_bytes else b""
            return Answer(_status(head), retry_after=_header(head, b"retry-after"), body=body)
        finally:
            writer.transport.abort()  # without waiting for a body that we do not want

    async def _connect(self, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first address that answers, of those that were checked."""
        fault: OSError | None = None
        for address in await self._addresses(target):
            try:
                async with asyncio.timeout(CONNECT_S):
                    return await asyncio.open_connection(
                        address,
                        target.port,
                        ssl=self._tls if target.is_tls else None,
                        server_hostname=target.host if target.is_tls else None,
                        limit=HEAD_BYTES,
                    )
            except ssl.SSLError:
                raise
            except TimeoutError:
                fault = OSError(0, "it takes too long")
            except OSError as cause:
                fault = cause
        raise fault or OSError(0, "the name has no address")

    async def _addresses(self, target: Target) -> list[str]:
        """Return every address of the host; raises AddressRefused when one of them must not be called."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except UnicodeError as cause:  # a name that IDNA does not know
            raise AddressRefused("the host is no name") from cause
        addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
        if not self._is_private_allowed:
            for address in addresses:
                if not is_public(address):
                    raise AddressRefused("the host leads to an address that is not public")
        return addresses


async def _body(reader: asyncio.StreamReader, head: bytes, limit: int) -> bytes:
    """Return at most `limit` bytes of the body."""
    if "chunked" not in _header(head, b"transfer-encoding").lower():
        length = _header(head, b"content-length")
        return await _at_most(reader, min(limit, int(length)) if length.isdecimal() else limit)
    body = b""
    while len(body) < limit:
        size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
        if size == 0:
            break
        body += await _at_most(reader, min(size, limit - len(body)))
        if len(body) < limit:
            await reader.readuntil(b"\r\n")
    return body


async def _at_most(reader: asyncio.StreamReader, count: int) -> bytes:
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError as end:
        return end.partial


def _head(target: Target, method: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {target.path} HTTP/1.1", f"Host: {target.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with contextlib.suppress(UnicodeEncodeError):
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii")
    raise AddressRefused("a header is not ASCII")


def _status(head: bytes) -> int:
    match = _STATUS.match(head)
    return int(match[1]) if match else 0


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("ascii", errors="replace")[:100]
    return ""
