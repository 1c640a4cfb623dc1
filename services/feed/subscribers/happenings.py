"""What a signal stands for: a public event whose payload accept kept, a withdrawal, or nothing that partners see.

Nothing: a delivery with equal content, a rebuild, a public event of an article that was killed since (its payload is
gone, and the kill says more).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from services.feed.subscribers.events import Payload, no_revision
from services.feed.subscribers.lanes import Entry
from services.feed.subscribers.matching import Facts, facts_of
from shared.contracts.base import ArticleId
from shared.contracts.keys import Keys
from shared.contracts.revision import Revision, Scheme
from shared.contracts.signals import Signal
from shared.contracts.subscribers import Reference
from shared.contracts.verbs import WITHDRAWALS, DeclaredVerb
from shared.runtime.articles import event_id_of
from shared.runtime.broker import Client, away

_STATE: Final = ("state", "seq", "scheme", "number", "time_ms", "digest", "path", "note")
_DECLARED: Final[tuple[DeclaredVerb, ...]] = ("published", "updated", "corrected")


@dataclass(frozen=True)
class Happening:
    """One event, as the fan-out needs it.

    Args:
        received: bitmap of who has something of the article.
        payload: of a public event.
        is_secret: only those who are trusted with it, or have something of it, may hear.
        made: the payload that has to be kept yet: a correction that came with a stale delivery has none of its own.
    """

    reference: Reference
    received: bytes
    payload: Payload | None = None
    made: bytes = b""
    is_secret: bool = False

    @property
    def facts(self) -> Facts | None:
        """What filters look at; None for a withdrawal."""
        return facts_of(self.payload.article()) if self.payload else None


class Happenings:
    """Finds them. Raises RedisAway."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client, self._keys = client, keys

    async def of(self, entries: Sequence[Entry]) -> list[Happening | None]:
        """Return what each entry stands for, in their order."""
        signals = [entry.signal for entry in entries if entry.signal]
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for signal in signals:
                    pipe.hmget(self._keys.article(signal.article_id), *_STATE)
                    pipe.get(self._keys.received(signal.article_id))
                answers = await pipe.execute()
        states = [dict(zip(_STATE, row, strict=True)) for row in answers[::2]]
        payloads = await self._payloads(signals, states)
        found = {
            id(signal): await self._happening(signal, state, received or b"", kept)
            for signal, state, received, kept in zip(signals, states, answers[1::2], payloads, strict=True)
        }
        return [found[id(entry.signal)] if entry.signal else None for entry in entries]

    async def _happening(
        self, signal: Signal, state: Mapping[str, Any], received: bytes, kept: "tuple[str, Payload] | None"
    ) -> Happening | None:
        if signal.verb in WITHDRAWALS:
            return self._withdrawal(signal, state, received)
        if kept:
            event_id, payload = kept
            return Happening(_reference(signal, event_id), received, payload, is_secret=signal.is_secret)
        if signal.verb == "corrected" and state["state"] == b"public":
            return await self._correction(signal, state, received)
        return None

    def _withdrawal(self, signal: Signal, state: Mapping[str, Any], received: bytes) -> Happening | None:
        now = (state["state"] or b"").decode()
        if now == "killed" and signal.verb != "killed":
            return None  # the kill says more, and has overtaken it
        is_newest = now == signal.verb and state["scheme"] and int(state["seq"] or 0) == signal.seq
        revision = _revision(state) if is_newest else no_revision(signal.accepted_ms)
        details = {
            # Of what is embargoed again, the address may be a new one, and secret.
            "path": "" if now == "scheduled" else (state["path"] or b"").decode(),
            "note": (state["note"] or b"").decode() if is_newest else "",
            "revision": revision,
        }
        reference = _reference(signal, signal.event_id or _made_id(signal)).model_copy(update=details)
        return Happening(reference, received, is_secret=signal.is_secret)

    async def _correction(self, signal: Signal, state: Mapping[str, Any], received: bytes) -> Happening | None:
        """Make the payload of a correction that a stale delivery brought: the article as it is."""
        with away():
            blob = await self._client.hget(self._keys.article(signal.article_id), "doc")
        if not blob:
            return None
        payload = Payload(signal.verb, (state["path"] or b"").decode(), signal.accepted_ms, blob)
        return Happening(_reference(signal, _made_id(signal)), received, payload, payload.write())

    async def _payloads(
        self, signals: Sequence[Signal], states: Sequence[Mapping[str, Any]]
    ) -> list[tuple[str, Payload] | None]:
        """Return the id and payload of each public event, None where none is kept."""
        wanted = [
            [] if signal.verb in WITHDRAWALS else [signal.event_id] if signal.event_id else _candidates(signal, state)
            for signal, state in zip(signals, states, strict=True)
        ]
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for signal, ids in zip(signals, wanted, strict=True):
                    pipe.hmget(self._keys.payloads(signal.article_id), ids or ["-"])
                rows = await pipe.execute()
        found = [
            _matching(signal, dict(zip(ids, row, strict=False)))
            for signal, ids, row in zip(signals, wanted, rows, strict=True)
        ]
        return [
            one if one or signal.event_id or signal.verb in WITHDRAWALS else await self._search(signal)
            for signal, one in zip(signals, found, strict=True)
        ]

    async def _search(self, signal: Signal) -> tuple[str, Payload] | None:
        """Look through all that is kept of the article: something newer came since this signal."""
        with away():
            kept = await self._client.hgetall(self._keys.payloads(signal.article_id))
        return _matching(signal, {event_id.decode(): value for event_id, value in kept.items()})


def _matching(signal: Signal, kept: Mapping[str, bytes | None]) -> tuple[str, Payload] | None:
    """Return the payload that was kept with this signal: by the event's id, or by its verb and moment."""
    for event_id, value in kept.items():
        if value is None:
            continue
        payload = Payload.read(value)
        if event_id == signal.event_id or (payload.verb, payload.at_ms) == (signal.verb, signal.accepted_ms):
            return event_id, payload
    return None


def _candidates(signal: Signal, state: Mapping[str, Any]) -> list[str]:
    """Return the ids that the event has if the signal's delivery is still the newest one."""
    if not state["scheme"]:
        return []
    return [event_id_of(signal.article_id, _revision(state), verb) for verb in _DECLARED]


def _revision(state: Mapping[str, Any]) -> Revision:
    return Revision(
        scheme=cast("Scheme", state["scheme"].decode()),
        number=int(state["number"]),
        time_ms=int(state["time_ms"]),
        digest=state["digest"].decode(),
    )


def _made_id(signal: Signal) -> str:
    """The id of an event that no single delivery made: the same however often it is looked at."""
    return made_id(signal.article_id, signal.seq, signal.verb)


def made_id(article_id: ArticleId, seq: int, verb: str) -> str:
    """Return an event's id from what happened and when in the shard's order; 32 hex digits."""
    return hashlib.sha256(f"{article_id}|{seq}|{verb}".encode()).hexdigest()[:32]


def _reference(signal: Signal, event_id: str) -> Reference:
    return Reference(
        event_id=event_id,
        article_id=signal.article_id,
        site=signal.site,
        verb=signal.verb,
        seq=signal.seq,
        at_ms=signal.accepted_ms,
        traceparent=signal.traceparent,
        public_ms=signal.public_ms or None,
    )
