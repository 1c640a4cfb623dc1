"""One client of a stream: events as they come, as server-sent events. Source: WHATWG HTML, 9.2.

A client has no queue of its own: what came lately stands once a process (following.py), and who is further behind than
that reads it from Redis again, at its own pace. So a slow client costs what an idle one costs, and slows nobody.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Send

from services.feed.subscribers import places
from services.feed.subscribers.composed import Composed
from services.feed.subscribers.following import Followed, Grown
from services.feed.subscribers.outbox import order
from services.feed.subscribers.places import Place
from services.feed.subscribers.reading import Item, Reading
from shared.contracts.subscribers import Subscriber
from shared.runtime.errors import Unavailable

HEARTBEAT_S: Final = 15.0  # the specification's own figure; proxies cut what is silent for 60
SEND_S: Final = 60.0  # a client that takes nothing for so long is let go
PAGE: Final = 50
RETRY_MS: Final = 3_000
HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"access-control-allow-origin", b"*"),
)


@dataclass
class Client:
    """What one client gets.

    Args:
        may_go_on: asked at every heartbeat.
        catches_up: after a gap it is told what changed since; else only that it has to load everything again.
        is_stopping: the service is.
    """

    subscriber: Subscriber
    where: dict[str, Place]
    lifetime_s: float
    catches_up: bool
    may_go_on: Callable[[], Awaitable[bool]]
    is_stopping: Callable[[], bool]


class Streaming:
    """Sends one client its events, until either side ends it."""

    def __init__(
        self,
        client: Client,
        followed: Followed,
        reading: Reading,
        composed: Composed,
        *,
        count: Callable[[int], None],
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._client, self._followed = client, followed
        self._reading, self._composed, self._count = reading, composed, count
        self._heartbeat_s = heartbeat_s
        self._where = dict(client.where)

    async def run(self, receive: Receive, send: Send) -> bool:
        """Send until the client goes, its time is over, or the service stops; False when it took nothing any more."""
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            async with asyncio.timeout(None) as patience:
                await self._run(_patient(send, patience), gone)
        except TimeoutError:
            return False
        finally:
            gone.cancel()
        return True

    async def _run(self, send: Callable[[bytes], Awaitable[None]], gone: "asyncio.Future[None]") -> None:
        await send(f"retry: {_retry_ms()}\n{self._id()}\n\n".encode())  # the id alone: so that it resumes from here
        end = time.monotonic() + self._client.lifetime_s
        try:
            seen = await self._catch_up(send)
            while not (gone.done() or self._client.is_stopping()):
                left_s = end - time.monotonic()
                if left_s <= 0:
                    break
                if await self._followed.past(seen, min(self._heartbeat_s, left_s), unless=gone):
                    seen = await self._tell(send, seen)
                elif not await self._client.may_go_on():
                    break
                else:
                    await send(b":\n\n")
        except Unavailable:
            pass  # it comes again, and finds everything then
        await send(f"retry: {_retry_ms()}\n\n".encode())

    async def _tell(self, send: Callable[[bytes], Awaitable[None]], seen: int) -> int:
        """Send what came since `seen`; return how much was seen then."""
        grown = self._followed.since(seen)
        if grown is None or any(one.is_gap for one in grown):
            return await self._catch_up(send)
        now = seen + len(grown)
        if frames := [frame for one in grown if (frame := await self._frame(one))]:
            self._count(len(frames))
            await send(b"".join(frames))
        return now

    async def _frame(self, grown: Grown) -> bytes | None:
        shard, reference = grown.keys.shard, grown.reference
        place = self._where.get(shard, Place())
        if order(grown.id) <= order(place.id):  # catching up had it
            return None
        self._where[shard] = Place(grown.id, place.read + 1, reference.seq if reference else place.seq)
        if reference is None:
            return None
        if reference.verb == "killed":
            self._composed.forget(reference.article_id)
        if not await self._reading.registry.may_hear(self._client.subscriber, reference):
            return None
        event = await self._composed.event(grown.keys, reference, self._client.subscriber.content)
        return _frame(self._id(), f"article.{reference.verb}", event) if event else None

    async def _catch_up(self, send: Callable[[bytes], Awaitable[None]]) -> int:
        """Send what is in the streams; return how much of what is followed was seen by then."""
        while True:
            seen = self._followed.count
            page = await self._reading.page(self._client.subscriber, self._where, limit=PAGE)
            frames = [self._item_frame(item) for item in page.items]
            self._where = dict(page.places)
            if page.lost and not self._client.catches_up:
                self._where = await self._reading.start(self._client.subscriber.name, "newest")
                frames = [_frame(self._id(), "reset", b"{}")]
            elif page.lost:
                frames.append(_frame(self._id(), "gap", json.dumps({"lost": page.lost}).encode()))
            if frames:
                self._count(len(page.items))
                await send(b"".join(frames))
            if page.is_last or self._client.is_stopping():
                return seen

    def _item_frame(self, item: Item) -> bytes:
        self._where[item.shard] = item.place
        return _frame(self._id(), item.type, item.event)

    def _id(self) -> str:
        subscriber = self._client.subscriber
        return f"id: {places.write(subscriber.name, self._where, key=subscriber.signing_key)}"


def _frame(id_line: str, event: str, data: bytes) -> bytes:
    return f"{id_line}\nevent: {event}\ndata: ".encode() + data + b"\n\n"  # JSON as we write it has no line breaks


def _retry_ms() -> int:
    """Milliseconds after which the client comes again; not all at once."""
    return RETRY_MS + random.randrange(RETRY_MS)  # noqa: S311 -- to spread a crowd, no secret


def _patient(send: Send, patience: "asyncio.Timeout") -> Callable[[bytes], Awaitable[None]]:
    """Return what sends a piece, and gives the client SEND_S to take it."""
    loop = asyncio.get_running_loop()

    async def piece(body: bytes) -> None:
        patience.reschedule(loop.time() + SEND_S)
        await send({"type": "http.response.body", "body": body, "more_body": True})
        patience.reschedule(None)

    return piece


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
