"""Reading a subscriber's stream on one shard: what comes behind a place, and whether anything was trimmed before.

A stream knows how many entries it ever had; a place knows how many its reader has seen. What is gone beyond those was
lost, and only then is there a gap: a reader that is at the trimmed edge has missed nothing.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from redis.exceptions import ResponseError

from services.feed.subscribers.places import BEGIN_ID, Place
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Reference
from shared.runtime.broker import Client, away

NO_ENTRIES: Final[dict[str, Any]] = {"length": 0, "entries-added": 0, "last-generated-id": b"0-0", "first-entry": None}


@dataclass(frozen=True)
class Row:
    """One entry, and the place behind it; no reference when another version wrote it in a way that we cannot read."""

    reference: Reference | None
    place: Place


@dataclass(frozen=True)
class Stretch:
    """What comes behind a place.

    Args:
        place: behind the last of `rows`; after a loss, where to catch up.
        lost: how many entries were trimmed unread.
    """

    rows: tuple[Row, ...]
    place: Place
    lost: int = 0


class Outbox:
    """The streams of one shard, for reading. Every method raises RedisAway."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client, self.keys = client, keys

    async def oldest(self, name: str) -> Place:
        """Return the place before the oldest entry that there is."""
        info, _, _ = await self._look(name, BEGIN_ID, 1)
        return Place(read=_trimmed(info))

    async def newest(self, name: str) -> Place:
        """Return the place behind the newest entry."""
        key = self.keys.out(name)
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.xinfo_stream(key)
                pipe.xrevrange(key, count=1)
                info, last = await pipe.execute(raise_on_error=False)
        if isinstance(info, ResponseError):
            return Place()
        reference = reference_in(last[0][1]) if last else None
        last_id = info["last-generated-id"].decode()
        return Place(last_id, int(info["entries-added"]), reference.seq if reference else 0)

    async def behind(self, name: str, place: Place, limit: int) -> Stretch:
        """Return at most `limit` entries behind a place."""
        info, entries, seq = await self._look(name, place.id, limit)
        lost = _trimmed(info) - place.read
        first = info["first-entry"]
        if lost > 0 and (first is None or order(place.id) < order(first[0].decode())):
            there = replace(place, id=info["last-generated-id"].decode(), read=int(info["entries-added"]), until=seq)
            return Stretch((), there, lost)
        rows: list[Row] = []
        for id_, fields in entries:
            if (gap := gap_in(fields)) is not None:
                if rows:
                    break  # what came before it first
                there = Place(id_.decode(), place.read + 1, gap.seq, until=max(seq, gap.seq))
                return Stretch((), there, gap.lost)
            reference = reference_in(fields)
            place = Place(id_.decode(), place.read + 1, reference.seq if reference else place.seq)
            rows.append(Row(reference, place))
        return Stretch(tuple(rows), place)

    async def _look(self, name: str, after_id: str, limit: int) -> tuple[dict[str, Any], list[Any], int]:
        key = self.keys.out(name)
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.xinfo_stream(key)
                pipe.xrange(key, min=f"({after_id}", count=limit)
                pipe.get(self.keys.seq())
                info, entries, seq = await pipe.execute(raise_on_error=False)
        return NO_ENTRIES if isinstance(info, ResponseError) else info, entries, int(seq or 0)


class Gap(NamedTuple):
    """What an entry says that tells of a loss: the sequence before it, and how many signals it was at most."""

    seq: int
    lost: int


def gap_in(fields: dict[bytes, bytes]) -> Gap | None:
    """Return what an entry says of a loss; None for all others."""
    if b"gap" not in fields:
        return None
    return Gap(int(fields[b"gap"]), max(1, int(fields.get(b"lost", b"1"))))


def reference_in(fields: dict[bytes, bytes]) -> Reference | None:
    """Return what an entry refers to."""
    try:
        return Reference.from_wire({name.decode(): value.decode() for name, value in fields.items()})
    except (ValidationError, UnicodeDecodeError):
        return None


def order(id_: str) -> tuple[int, int]:
    """Return what stream ids are compared by."""
    ms, _, n = id_.partition("-")
    return int(ms), int(n or 0)


def _trimmed(info: dict[str, Any]) -> int:
    return int(info["entries-added"]) - int(info["length"])
