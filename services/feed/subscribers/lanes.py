"""The three lanes of a shard, and what is embargoed, as one row of signals.

News, imports and what is embargoed come in the order in which they were accepted, which their sequence numbers give.
Kills come first, whatever else waits: they are the one thing that overtakes. Where a lane may have more than was read,
the row ends.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from pydantic import ValidationError

from shared.contracts import upcast
from shared.contracts.keys import EMBARGOED_STREAM, LANES, Keys
from shared.contracts.signals import Signal
from shared.runtime.broker import Client, away

URGENT: Final = "articles-urgent"
STREAMS: Final[tuple[str, ...]] = (*LANES, EMBARGOED_STREAM)
COUNT: Final = 200  # entries of each lane at once
BLOCK_MS: Final = 500  # below the client's timeout


@dataclass(frozen=True)
class Cursor:
    """How far each lane is read: stream ids in the order of `STREAMS`."""

    ids: tuple[str, ...] = ("0-0",) * len(STREAMS)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `write` wrote; the beginning for an empty text."""
        ids = tuple(text.split())
        return cls((*ids, *cls().ids[len(ids) :]))  # three ids are of a version that knew nothing of embargoes

    def write(self) -> str:
        """Return it as one word for the script."""
        return " ".join(self.ids)

    def past(self, lane: str, id_: str) -> Self:
        """Return the cursor behind an entry."""
        at = STREAMS.index(lane)
        return replace(self, ids=(*self.ids[:at], id_, *self.ids[at + 1 :]))


@dataclass(frozen=True)
class Entry:
    """One entry of a lane, and the cursor behind it; no signal when it cannot be read (the lanes' readers park it)."""

    lane: str
    id: str
    signal: Signal | None
    cursor: Cursor

    @property
    def seq(self) -> int:
        """The accept sequence."""
        return self.signal.seq if self.signal else 0


async def next_entries(client: Client, keys: Keys, cursor: Cursor) -> list[Entry]:
    """Return what comes behind the cursor, in order; waits up to BLOCK_MS. Raises RedisAway.

    One command reads all of them, and accept counts and appends in one script: what it shows has no holes.
    """
    places = {keys.stream(lane): id_ for lane, id_ in zip(STREAMS, cursor.ids, strict=True)}
    with away():
        answer: Any = await client.xread(places, count=COUNT, block=BLOCK_MS)
    rows = {key.decode().rpartition(":")[2]: entries for key, entries in answer or ()}
    batches = {lane: [(id_.decode(), signal_of(fields)) for id_, fields in rows.get(lane, ())] for lane in STREAMS}
    return list(_in_order(batches, cursor))


def _in_order(batches: Mapping[str, Sequence[tuple[str, Signal | None]]], cursor: Cursor) -> Iterator[Entry]:
    """Give the entries in order, up to where a lane may have more."""
    for id_, signal in batches[URGENT]:
        cursor = cursor.past(URGENT, id_)
        yield Entry(URGENT, id_, signal, cursor)
    waiting = {lane: list(reversed(batches[lane])) for lane in STREAMS if lane != URGENT and batches[lane]}
    while waiting:
        lane = min(waiting, key=lambda one: _seq(waiting[one][-1][1]))
        id_, signal = waiting[lane].pop()
        cursor = cursor.past(lane, id_)
        yield Entry(lane, id_, signal, cursor)
        if not waiting[lane]:
            if len(batches[lane]) >= COUNT:
                return
            del waiting[lane]


def _seq(signal: Signal | None) -> int:
    return signal.seq if signal else 0


def signal_of(fields: Mapping[bytes, bytes]) -> Signal | None:
    """Return what an entry of a lane says; None when it cannot be read."""
    try:
        return upcast.read(Signal, {name.decode(): value.decode() for name, value in fields.items()})
    except (ValidationError, UnicodeDecodeError):
        return None
