"""Whoever receives webhooks: a small HTTP server that answers what a test tells it to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers `answer(request)`: a status, or the raw bytes of an answer; None = it never answers."""

    answer: Callable[[Received], int | bytes | None] = lambda _: 204
    requests: list[Received] = field(default_factory=list)
    port: int = 0
    handling: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self.handling.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            request = Received(first.split()[1], headers, body)
            self.requests.append(request)
            answer = self.answer(request)
            if answer is None:
                await reader.read()  # until the other side gives up
            else:
                writer.write(answer if isinstance(answer, bytes) else f"HTTP/1.1 {answer} X\r\n\r\n".encode())
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def a_receiver(
    answer: Callable[[Received], int | bytes | None] = lambda _: 204, *, port: int = 0
) -> AsyncIterator[Receiver]:
    """A receiver that listens on this port, or on any that is free."""
    receiver = Receiver(answer)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", port)
    receiver.port = server.sockets[0].getsockname()[1]
    yield receiver
    server.close()
    await asyncio.gather(*receiver.handling)
