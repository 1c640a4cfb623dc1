"""Keep what was refused for a week, with its reason, so that somebody can look at it and replay it.

    proved     the signature was right, the content was not: kept with its body, which can be replayed
    unproved   anybody may have sent it: kept without a body, few of them, and a few a minute at most

Both are bounded in number and bytes for each source, so a flood of one pushes out nothing but its own kind, and are
masked before they are written (masking.py). Keeping happens after the answer, in moderation, and may fail: the
answer is the same. What was refused because something of ours is away is not kept; the CMS sends it again.
"""

import asyncio
import re
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import Field
from pydantic_core import to_json
from starlette.background import BackgroundTask

from services.ingest.accept import article_id_of
from services.ingest.faults import FieldFault, NotReadable, PayloadRejected
from services.ingest.guards import Address, Bucket, shown
from services.ingest.masking import masked_headers, masked_payload, masked_text, without_keys
from services.ingest.metrics import IngestMetrics
from services.ingest.reading import payload_from
from services.ingest.sources import Source
from services.ingest.verify import Verified
from shared.contracts import upcast
from shared.contracts.base import ArticleId, Contract, SiteName, SourceName
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock
from shared.runtime.errors import LitfassError, RedisAway, Unavailable
from shared.runtime.logging import get_logger
from shared.runtime.scripts import Script
from shared.runtime.trace import trace_id

log = get_logger()

Kind = Literal["proved", "unproved"]
KINDS: Final[tuple[Kind, ...]] = ("proved", "unproved")

BODY_BYTES: Final = 1024 * 1024  # a larger body is not kept; a large article has 200 KB
BEGINNING: Final = 1_000  # bytes of a body that cannot be read
DETAIL_LENGTH: Final = 2_000  # characters
UNPROVED_COUNT: Final = 50
UNPROVED_BYTES: Final = 512 * 1024
UNPROVED_PER_MINUTE: Final = 20  # every one is a write to Redis, which a stranger must not be able to ask for at will
IN_HAND: Final = 4  # kept at the same time; Redis has more to do, and each holds its body
LINES: Final = 20  # of one batch
_COMPRESSION: Final = 6
_KEEP: Final = Script.of("services.ingest", "keep.lua")
# What could be a CMS's id of an article: a text in quotation marks, or a whole number.
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.){1,300})"|(?<![\w.])(\d{1,20})(?![\w.])')


@dataclass
class Arrival:
    """What is known of one request by now; the steps fill it in, so that a refusal can say how far it came."""

    now_ms: int
    traceparent: str
    event: str = ""
    source: Source | None = None
    sender: Address | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    proof: Verified | None = None


class Rejection(Contract):
    """One delivery that was refused, masked, without its body.

    Args:
        id: milliseconds since 1970 and chance; sorts by time.
        status: the HTTP status that the CMS got.
        is_proved: its signature was right.
        can_replay: its body is kept, and is a JSON object.
        body_note: why there is no body.
        line: of a batch, from 1 on; 0 = it was no batch.
        network: where it came from.
        delivery_id, sent_ms: what the signature proved.
    """

    id: str
    site: SiteName
    source: SourceName
    at_ms: int
    reason: str
    status: int
    detail: str
    errors: tuple[FieldFault, ...] = ()
    is_proved: bool = False
    can_replay: bool = False
    body_bytes: int = 0
    body_note: str = ""
    line: int = 0
    event: str = ""
    network: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    delivery_id: str = ""
    sent_ms: int = 0
    trace_id: str = ""

    @property
    def kind(self) -> Kind:
        """The bounds it is kept in."""
        return "proved" if self.is_proved else "unproved"


@dataclass(frozen=True)
class Bounds:
    """How much is kept of what was proved, for each source."""

    keep_s: int
    count: int
    size_bytes: int


class Rejections:
    """Keeps what one ingest process refuses."""

    def __init__(self, client: Client, *, shards: int, bounds: Bounds, metrics: IngestMetrics, clock: Clock) -> None:
        self._client, self._shards, self._bounds, self._metrics, self._clock = client, shards, bounds, metrics, clock
        self._buckets: dict[tuple[SourceName, Kind], Bucket] = {}
        self._in_hand = 0

    def later(self, arrival: Arrival, fault: LitfassError, *, status: int) -> BackgroundTask | None:
        """Return what keeps one delivery when its answer is out; None when it is not to be kept."""
        if arrival.source is None or isinstance(fault, Unavailable):
            return None
        if not self._may_keep(arrival.source, "proved" if arrival.proof else "unproved"):
            return None
        return BackgroundTask(self._keep_all, arrival, [(0, arrival.body, fault, status)])

    def later_lines(self, arrival: Arrival, refused: Sequence["RefusedLine"]) -> BackgroundTask:
        """Return what keeps lines of a proved batch when its answer is out; `refused` may still grow until then."""
        return BackgroundTask(self._keep_all, arrival, refused)

    def _may_keep(self, source: Source, kind: Kind) -> bool:
        name = source.intake.source_name
        per_minute = self._bounds.count if kind == "proved" else UNPROVED_PER_MINUTE
        bucket = self._buckets.setdefault((name, kind), Bucket(per_minute=per_minute))
        if self._in_hand < IN_HAND and not bucket.wait_s(now_ms=self._clock()):
            return True
        self._metrics.rejections.labels(name, "dropped").inc()
        return False

    async def _keep_all(self, arrival: Arrival, refused: Sequence["RefusedLine"]) -> None:
        assert arrival.source is not None
        name = arrival.source.intake.source_name
        self._in_hand += 1
        try:
            for line, body, fault, status in refused:
                # A thread: masking a megabyte takes longer than a delivery may wait.
                rejection, kept = await asyncio.to_thread(rejection_of, arrival, body, fault, status=status, line=line)
                await self._keep(rejection, kept)
                self._metrics.rejections.labels(name, "kept").inc()
        except RedisAway as fault:
            self._metrics.rejections.labels(name, "dropped").inc()
            log.warning("rejection.keep_failed", source=name, detail=str(fault)[:500])
        finally:
            self._in_hand -= 1

    async def _keep(self, rejection: Rejection, body: bytes) -> None:
        keys = Keys(shard_of(rejection.site, self._shards))
        is_proved = rejection.is_proved
        await _KEEP.call(
            self._client,
            [
                keys.rejected(rejection.source, rejection.kind),
                keys.rejection(rejection.source, rejection.kind, rejection.id),
            ],
            [
                rejection.id,
                rejection.model_dump_json().encode(),
                body,
                self._bounds.keep_s,
                f"{rejection.at_ms - self._bounds.keep_s * 1000:013d}",
                self._bounds.count if is_proved else UNPROVED_COUNT,
                self._bounds.size_bytes if is_proved else UNPROVED_BYTES,
            ],
        )


RefusedLine = tuple[int, bytes | None, LitfassError, int]  # line of a batch or 0, its bytes, why, HTTP status


def rejection_of(
    arrival: Arrival, body: bytes | None, fault: LitfassError, *, status: int, line: int = 0
) -> tuple[Rejection, bytes]:
    """Return what is kept of a refused delivery, and its body, masked and compressed; empty when it is not kept."""
    assert arrival.source is not None
    intake, keys, proof = arrival.source.intake, arrival.source.keys, arrival.proof
    kept, can_replay, body_note = (
        _kept_body(arrival.source, body, {} if line else arrival.headers)
        if proof
        else (b"", False, "not kept: the sender was not proved")
    )
    faults = fault.faults if isinstance(fault, PayloadRejected) else ()
    rejection = Rejection(
        id=f"{arrival.now_ms:013d}-{secrets.token_hex(4)}",
        site=intake.site_name,
        source=intake.source_name,
        at_ms=arrival.now_ms,
        reason=fault.reason,
        status=status,
        detail=masked_text(str(fault), keys=keys)[:DETAIL_LENGTH],
        errors=tuple(FieldFault(each.field[:200], masked_text(each.message, keys=keys)[:500]) for each in faults),
        is_proved=proof is not None,
        can_replay=can_replay,
        body_bytes=len(body or b""),
        body_note=body_note,
        line=line,
        event=arrival.event[:200],
        network=shown(arrival.sender) if arrival.sender else "",
        headers={} if line else masked_headers(arrival.headers, keys=keys),
        delivery_id=(f"{proof.delivery_id}.{line}" if line else proof.delivery_id) if proof else "",
        sent_ms=proof.sent_ms if proof else 0,
        trace_id=trace_id(arrival.traceparent),
    )
    return rejection, kept


def _kept_body(source: Source, body: bytes | None, headers: Mapping[str, str]) -> tuple[bytes, bool, str]:
    """Return a proved body as it is kept, whether it can be replayed, and why not. A form is kept as JSON.

    Of what cannot be read only the beginning is kept: nobody knows what in it is for members.
    """
    if not body:
        return b"", False, "there was none"
    if len(body) > BODY_BYTES:
        return b"", False, f"not kept: larger than {BODY_BYTES // 1024} KiB"
    try:
        payload = masked_payload(source.public(payload_from(headers, body)))
    except (NotReadable, PayloadRejected):
        text = masked_text(body[:BEGINNING].decode(errors="replace"), keys=source.keys)
        return zlib.compress(text.encode(), _COMPRESSION), False, "it is no JSON object; this is its beginning"
    text = without_keys(to_json(payload).decode(), keys=source.keys)
    return zlib.compress(text.encode(), _COMPRESSION), True, ""


# --- looking at what is kept -----------------------------------------------------------------------------------------


async def rejections(client: Client, keys: Keys, source: SourceName) -> list[Rejection]:
    """Return what is kept of a source, oldest first, without bodies. Raises RedisAway."""
    found = []
    for kind in KINDS:
        index = keys.rejected(source, kind)
        with away():
            ids = sorted(id_.decode() for id_ in await client.hkeys(index))
            async with client.pipeline(transaction=False) as pipe:
                for id_ in ids:
                    pipe.hget(keys.rejection(source, kind, id_), "m")
                rows = await pipe.execute()
        found += [upcast.read(Rejection, row) for row in rows if row]  # the index may outlive what it names
    return sorted(found, key=lambda rejection: rejection.id)


async def body_of_rejection(client: Client, keys: Keys, rejection: Rejection) -> bytes:
    """Return its body, masked; empty when none was kept. Raises RedisAway."""
    with away():
        blob = await client.hget(keys.rejection(rejection.source, rejection.kind, rejection.id), "b")
    return zlib.decompress(blob) if blob else b""


async def drop(client: Client, keys: Keys, rejection: Rejection) -> bool:
    """Forget one; False when somebody was faster. Raises RedisAway."""
    return await _drop(client, keys, rejection.source, rejection.kind, rejection.id)


async def forget(
    client: Client,
    keys: Keys,
    *,
    site: SiteName,
    source: SourceName,
    article_id: ArticleId,
    only: Callable[[str], bool] = lambda _: True,
) -> int:
    """Forget every kept delivery of a source that names an article, for its kill; return how many.

    With `only`, just those whose body it says yes to.

    A refused delivery was never understood, so each text and number in it is tried as the CMS's id of the article.
    That may forget one too many, never one too few. Raises RedisAway.
    """
    count = 0
    for kind in KINDS:
        with away():
            ids = [id_.decode() for id_ in await client.hkeys(keys.rejected(source, kind))]
        for id_ in ids:
            with away():
                blob = await client.hget(keys.rejection(source, kind, id_), "b")
            if blob and await asyncio.to_thread(_names, blob, site, source, article_id=article_id, only=only):
                count += await _drop(client, keys, source, kind, id_)
    return count


async def _drop(client: Client, keys: Keys, source: SourceName, kind: Kind, id_: str) -> bool:
    with away():
        async with client.pipeline(transaction=True) as pipe:
            pipe.delete(keys.rejection(source, kind, id_))
            pipe.hdel(keys.rejected(source, kind), id_)
            deleted, _ = await pipe.execute()
    return bool(deleted)


def _names(
    blob: bytes, site: SiteName, source: SourceName, *, article_id: ArticleId, only: Callable[[str], bool]
) -> bool:
    text = zlib.decompress(blob).decode()
    return any(article_id_of(site, source, token) == article_id for token in _tokens(text)) and only(text)


def _tokens(text: str) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        yield found[1] or found[2]
