"""An HTTP/1.1 client that leaves most of a core to what it measures: ready-made requests, answers barely read.

Connection      one keep-alive connection, blocking: for the time of one request
send_all        many requests over some connections: for requests a second
"""

import asyncio
import re
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final, cast

TIMEOUT_S: Final = 60.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


def end_of_answer(data: bytes | bytearray) -> int:
    """Return where the first answer in `data` ends; 0 = it is not all there yet."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    if _CHUNKED.search(data, 0, head):
        return len(data) if data.endswith(b"\r\n0\r\n\r\n") else 0  # one answer at a time, so this is its end
    length = _LENGTH.search(data, 0, head + 2)
    end = head + 4 + (int(length[1]) if length else 0)
    return end if len(data) >= end else 0


def status_in(data: bytes | bytearray) -> int:
    """Return the status code of an answer."""
    return int(data[9:12])


class Connection:
    """One keep-alive connection to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and whole answer (with its headers) to one request."""
        self._socket.sendall(request)
        data = bytearray()
        while not end_of_answer(data):
            part = self._socket.recv(262_144)
            if not part:
                raise ConnectionError(f"the server hung up after {bytes(data[:200])!r}")
            data += part
        return status_in(data), bytes(data)

    def close(self) -> None:
        self._socket.close()


class _Sender(asyncio.Protocol):
    """Takes requests from a shared store until there are none."""

    def __init__(self, requests: Iterator[bytes], statuses: Counter[int], done: "asyncio.Future[None]") -> None:
        self._requests, self._statuses, self._done = requests, statuses, done
        self._data = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._data += data
        if end_of_answer(self._data):
            self._statuses[status_in(self._data)] += 1
            self._data.clear()
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
            return
        if not self._done.done():
            self._done.set_result(None)
        self._transport.close()


def send_all(port: int, requests: Iterable[bytes], *, connections: int) -> tuple[Counter[int], float]:
    """Send all, each connection its next when its last was answered; return the statuses and the seconds it took."""
    return asyncio.run(_send_all(port, iter(requests), connections))


async def _send_all(port: int, requests: Iterator[bytes], connections: int) -> tuple[Counter[int], float]:
    loop = asyncio.get_running_loop()
    statuses: Counter[int] = Counter()
    ends: Sequence[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    started = time.perf_counter()
    for end in ends:
        await loop.create_connection(partial(_Sender, requests, statuses, end), "127.0.0.1", port)
    async with asyncio.timeout(TIMEOUT_S):
        await asyncio.gather(*ends)
    return statuses, time.perf_counter() - started
