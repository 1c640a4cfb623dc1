"""Read a newsroom's events from Redis, in Python.

    async for event in subscribe("redis://litfass-dpa:TOKEN@redis.kurier.example:6379", group="main"):
        store(event)

Each event comes at least once: it is acknowledged when the loop asks for the next one. So a program that dies in the
middle gets the same event again, and another one of the same group takes over what a dead one had.
"""

import asyncio
import contextlib
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from shared.contracts.events import ArticleEvent, ArticleTeased
from shared.contracts.keys import Keys
from shared.contracts.subscribers import EVENT_FIELD, REDIS_USER_PREFIX
from shared.runtime.errors import LitfassError

BATCH: Final = 20
BLOCK_MS: Final = 5_000
ANSWER_S: Final = 10.0  # longer than the longest wait for entries
CLAIM_IDLE_S: Final = 60.0  # a consumer that is silent for so long has lost what it had
TRUST_S: Final = 60.0  # a restart forgets users, until the newsroom makes them again: who was let in tries on so long
PAUSE_S: Final = 1.0  # between two tries while Redis is away

Event = ArticleEvent | ArticleTeased
_EVENT: Final[TypeAdapter[ArticleEvent]] = TypeAdapter(ArticleEvent)
_TEASED: Final = TypeAdapter(ArticleTeased)


class CannotSubscribe(LitfassError):
    """The newsroom does not let us read."""

    reason = "cannot_subscribe"


async def subscribe(
    url: str, *, group: str = "main", consumer: str = "", shard: str = "s1", claim_idle_s: float = CLAIM_IDLE_S
) -> AsyncIterator[Event]:
    """Give every event, typed, for ever: what was left over first, then new ones as they come.

    While Redis is away it waits and goes on. Unknown fields of a newer newsroom are ignored.

    Args:
        url: as `litfass subscribers add --direct` shows it: redis://litfass-NAME:TOKEN@HOST:PORT, or rediss://.
        group: made by the newsroom (`litfass subscribers group`); its consumers share the events.
        consumer: this program among those of its group; the same after a restart. Default: host and process.
        claim_idle_s: seconds after which a silent consumer's events are taken over.

    Raises:
        CannotSubscribe: wrong token, paused, or no such group.
    """
    reader = _Reader(url, group=group, consumer=consumer or f"{socket.gethostname()}-{os.getpid()}", shard=shard)
    try:
        async for event in reader.events(claim_idle_s):
            yield event
    finally:
        await reader.close()


class _Reader:
    """One consumer on one stream."""

    def __init__(self, url: str, *, group: str, consumer: str, shard: str) -> None:
        name = unquote(urlsplit(url).username or "").removeprefix(REDIS_USER_PREFIX)
        if not name:
            raise CannotSubscribe(f"{_shown(url)} names no user; it is redis://{REDIS_USER_PREFIX}NAME:TOKEN@HOST:PORT")
        self._redis = Redis.from_url(url, protocol=2, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S)
        self._stream, self._group, self._consumer = Keys(shard).out(name), group, consumer

    async def events(self, claim_idle_s: float) -> AsyncIterator[Event]:
        left_over, claim_at, trusted_until = True, 0.0, 0.0
        while True:
            try:
                if left_over:
                    entries = await self._read("0")
                    left_over = bool(entries)
                elif time.monotonic() >= claim_at:
                    entries = await self._claim(claim_idle_s)
                    claim_at = time.monotonic() + (0 if entries else claim_idle_s / 2)
                else:
                    entries = await self._read(">")
                trusted_until = time.monotonic() + TRUST_S
                for id_, event in _events_in(entries):
                    if event is not None:
                        yield event
                    await self._redis.xack(self._stream, self._group, id_)
            except NoPermissionError as cause:
                raise _refused(cause) from cause
            except (RedisConnectionError, RedisTimeoutError, BusyLoadingError, OSError) as cause:
                is_refused = isinstance(cause, AuthenticationError) or isinstance(cause.__cause__, AuthenticationError)
                if is_refused and time.monotonic() > trusted_until:
                    raise _refused(cause) from cause
                left_over = True  # what was not acknowledged comes again
                await asyncio.sleep(PAUSE_S * (1 + random.random()))  # noqa: S311 -- to spread a crowd
            except ResponseError as cause:
                if not str(cause).startswith("NOGROUP"):
                    raise
                raise CannotSubscribe(
                    f"There is no group {self._group!r}; the newsroom makes it: litfass subscribers group"
                ) from cause

    async def close(self) -> None:
        with contextlib.suppress(RedisConnectionError, OSError):
            await self._redis.aclose()

    async def _read(self, after: str) -> list[Any]:
        answer: Any = await self._redis.xreadgroup(
            self._group, self._consumer, {self._stream: after}, count=BATCH, block=BLOCK_MS
        )
        return answer[0][1] if answer else []

    async def _claim(self, idle_s: float) -> list[Any]:
        answer: Any = await self._redis.xautoclaim(
            self._stream, self._group, self._consumer, min_idle_time=round(idle_s * 1000), count=BATCH
        )
        return list(answer[1])


def _events_in(entries: Iterable[Any]) -> list[tuple[bytes, Event | None]]:
    """Return each entry's id and event; None for what was killed after it was delivered, and for other things."""
    return [(id_, _event((fields or {}).get(EVENT_FIELD.encode()))) for id_, fields in entries]


def _event(text: bytes | None) -> Event | None:
    if text is None:
        return None
    adapter: TypeAdapter[Any] = _TEASED if b'"teaser":' in text and b'/teaser-event.json"' in text else _EVENT
    event: Event = adapter.validate_json(text, extra="ignore")
    return event


def _refused(cause: Exception) -> CannotSubscribe:
    return CannotSubscribe(f"Redis refuses: {cause} Is the token right, and the subscriber active?")


def _shown(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
