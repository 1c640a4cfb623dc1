"""What the clock does to articles: publish what was scheduled, unpublish what expires. ADR-0012.

    open_due() → what was done, and when the next is due     one script (due.lua), one round trip a shard

Accept fills the schedule and clears it; here it is only opened, by as many workers as like to: the script decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, cast

from redis.exceptions import ResponseError

from shared.contracts.base import ArticleId
from shared.contracts.keys import EMBARGOED_STREAM, Keys
from shared.runtime.articles import DAY_S, PAYLOAD_DAYS
from shared.runtime.broker import Client, is_away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import RedisAway
from shared.runtime.scripts import Script

BATCH: Final = 200  # articles a call: some ten milliseconds of Redis's time; what is left is due at once again

_DUE: Final = Script.of("shared.runtime", "due.lua")

Happening = Literal["published", "expired"]


@dataclass(frozen=True)
class Opened:
    """One thing that the clock did; `due_ms` is when it should have been, milliseconds since 1970."""

    what: Happening
    article_id: ArticleId
    due_ms: int


class Schedule:
    """The schedules of all shards."""

    def __init__(self, client: Client, *, shards: Iterable[Keys], clock: Clock = system_clock) -> None:
        self._client, self._shards, self._clock = client, tuple(shards), clock

    async def open_due(self) -> tuple[list[Opened], int | None]:
        """Do what is due, the overdue first; return that, and when the next is (None = nothing is). Raises RedisAway.

        At most `BATCH` things a shard; when more are due, the second value says so: it lies in the past.
        """
        calls = [(_places(keys), [self._clock(), BATCH, PAYLOAD_DAYS * DAY_S]) for keys in self._shards]
        opened: list[Opened] = []
        next_ms: list[int] = []
        for answer in await _DUE.call_many(self._client, calls):
            if isinstance(answer, ResponseError) and not is_away(answer):
                raise answer  # a bug in the script
            if isinstance(answer, BaseException):
                raise RedisAway(f"Redis did not open what is due: {answer}") from answer
            following, *flat = (part.decode() for part in answer)
            next_ms += [int(float(following))] if following else []
            opened += [
                Opened(cast("Happening", what), ArticleId(id_), int(due_ms))
                for what, id_, due_ms in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
            ]
        return opened, min(next_ms, default=None)


def _places(keys: Keys) -> list[str]:
    return [
        keys.schedule(),
        keys.stream("articles"),
        keys.changed(),
        keys.seq(),
        *(keys.prefix(kind) for kind in ("article", "payloads", "timeline")),
        keys.stream(EMBARGOED_STREAM),
        keys.embargoed_changed(),
    ]
