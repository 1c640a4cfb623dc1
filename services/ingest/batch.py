"""HTTP in: many deliveries at once, one JSON object a line (NDJSON) or one list, to the lane that never delays news.

    POST /webhooks/{source}/batch

The whole body is verified before any line acts. The answer is NDJSON too: one result a line, in order, each as the
single delivery would have been answered, with its `line` and `http_status`. A line that is wrong stops no other one.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice, repeat
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.ingest.answers import accepted_fields, ignored_fields
from services.ingest.answers import status_of as status_of_acceptance
from services.ingest.draft import Ignored
from services.ingest.faults import TooMany, UnknownSource
from services.ingest.metrics import IngestMetrics
from services.ingest.problems import fault_answer, fault_fields, status_of
from services.ingest.reading import items_of, payload_of
from services.ingest.reception import Received, Reception
from services.ingest.rejected import LINES, Arrival, RefusedLine, Rejections
from services.ingest.sources import Source, Sources
from services.ingest.space import Space
from services.ingest.verify import Verified
from shared.runtime.articles import Acceptance, Articles, Candidate
from shared.runtime.clock import Clock
from shared.runtime.errors import LitfassError, RedisAway
from shared.runtime.logging import get_logger
from shared.runtime.quiet import Quiet
from shared.runtime.trace import trace_id, traceparent_of

log = get_logger()

CHUNK: Final = 8  # lines that are stored together: Redis is at it for a millisecond or two
GIVE_WAY_S: Final = 0.05  # after each line: for so long single deliveries go first
DUTY: Final = 0.4  # share of the time that a batch takes; render and feed have as much to do with what it brings

Line = tuple[int, bytes]  # number from 1 on, and the line
Prepared = tuple[Candidate, tuple[str, ...]] | Ignored | LitfassError


class Batch:
    """Takes batches."""

    def __init__(
        self,
        sources: Sources,
        articles: Articles,
        space: Space,
        rejections: Rejections,
        metrics: IngestMetrics,
        *,
        reception: Reception,
        quiet: Quiet,
        body_limit: int,
        clock: Clock,
    ) -> None:
        self._sources, self._articles, self._space, self._metrics = sources, articles, space, metrics
        self._rejections, self._reception, self._quiet = rejections, reception, quiet
        self._body_limit, self._clock = body_limit, clock

    async def take(self, request: Request) -> Response:
        """Answer a batch; the answer streams while lines are being stored."""
        name = request.path_params["source"]
        arrival = Arrival(now_ms=self._clock(), traceparent=traceparent_of(request.headers.get("traceparent")))
        try:
            source, body, proof = await self._receive(request, arrival)
        except LitfassError as fault:
            label = name if fault.reason != UnknownSource.reason else "unknown"
            self._metrics.deliveries.labels(label, fault.reason).inc()
            log.info("batch.refused", source=name, reason=fault.reason, trace_id=trace_id(arrival.traceparent))
            answer = fault_answer(fault, busy_status=self._sources.busy_status(name))
            answer.background = self._rejections.later(arrival, fault, status=answer.status_code)
            return answer
        refused: list[RefusedLine] = []
        return StreamingResponse(
            self._results(source, body, proof, arrival.traceparent, refused),
            media_type="application/x-ndjson",
            headers={"Cache-Control": "no-store"},
            background=self._rejections.later_lines(arrival, refused),
        )

    async def _receive(self, request: Request, arrival: Arrival) -> Received:
        received = await self._reception.receive(request, arrival, limit=self._body_limit, is_batch=True)
        if wait_s := received.source.bucket.wait_s(now_ms=self._clock()):  # a batch counts as one delivery
            raise TooMany(wait_s)
        self._space.require()
        return received

    async def _results(
        self, source: Source, body: bytes, proof: Verified, traceparent: str, refused: list[RefusedLine]
    ) -> AsyncIterator[bytes]:
        """Store line after line, and note in `refused` the first ones that were not to be taken."""
        lines, started, count, rest_s = _lines(body), time.perf_counter(), 0, 0.0
        while chunk := list(islice(lines, CHUNK)):
            await asyncio.sleep(rest_s)
            began = time.perf_counter()
            prepared = [each async for each in self._prepare(source, chunk, proof, traceparent)]
            results = await self._store(source, prepared)
            count += len(results)
            refused += _refused(chunk, prepared, room=LINES - len(refused))
            rows = ({"line": number, **result} for (number, _), result in zip(chunk, results, strict=True))
            yield b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
            rest_s = (time.perf_counter() - began) * (1 / DUTY - 1)
        took_s = round(time.perf_counter() - started, 3)
        log.info(
            "batch.answered",
            source=source.intake.source_name,
            lines=count,
            body_bytes=len(body),
            took_s=took_s,
            trace_id=trace_id(traceparent),
        )

    async def _prepare(
        self, source: Source, chunk: Sequence[Line], proof: Verified, traceparent: str
    ) -> AsyncIterator[Prepared]:
        """Adapt line by line; single deliveries go first. Nobody waits longer than for one line."""
        for number, line in chunk:
            circumstances = source.circumstances(proof, now_ms=self._clock())
            try:
                yield await source.candidate(
                    payload_of(line),
                    circumstances,
                    articles=self._articles,
                    delivery_id=f"{proof.delivery_id}.{number}",
                    traceparent=traceparent,
                    bulk=True,
                )
            except LitfassError as fault:
                yield fault
            await asyncio.sleep(0)  # who has come meanwhile begins
            await self._quiet.wait(at_most_s=GIVE_WAY_S)

    async def _store(self, source: Source, prepared: Sequence[Prepared]) -> list[dict[str, object]]:
        """Store what can be stored, in one pipeline, and say of each line what became of it."""
        candidates = [each[0] for each in prepared if isinstance(each, tuple)]
        answers: Iterator[Acceptance | LitfassError]
        try:
            answers = iter(await self._articles.accept_many(candidates) if candidates else [])
        except RedisAway as fault:
            answers = repeat(fault)
        return [
            self._result(source, *each, next(answers)) if isinstance(each, tuple) else self._not_stored(source, each)
            for each in prepared
        ]

    def _result(
        self, source: Source, candidate: Candidate, warnings: Sequence[str], answer: Acceptance | LitfassError
    ) -> dict[str, object]:
        if isinstance(answer, LitfassError):
            return self._not_stored(source, answer)
        self._metrics.deliveries.labels(source.intake.source_name, answer.outcome).inc()
        self._metrics.events.labels(answer.verb or candidate.verb, answer.outcome).inc()
        return {"http_status": status_of_acceptance(answer), **accepted_fields(answer, warnings, source.intake.site)}

    def _not_stored(self, source: Source, cause: Ignored | LitfassError) -> dict[str, object]:
        name = source.intake.source_name
        if isinstance(cause, Ignored):
            self._metrics.deliveries.labels(name, "ignored").inc()
            return {"http_status": 200, **ignored_fields(cause)}
        self._metrics.deliveries.labels(name, cause.reason).inc()
        return {"http_status": status_of(cause), **fault_fields(cause)}


def _lines(body: bytes) -> Iterator[Line]:
    """Give the lines that are not blank, with their numbers; of a list in JSON each item counts as a line."""
    if body.lstrip()[:1] == b"[" and (items := items_of(body)) is not None:
        return enumerate(items, start=1)
    return ((number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip())


def _refused(chunk: Sequence[Line], prepared: Sequence[Prepared], *, room: int) -> list[RefusedLine]:
    """Return the first lines, `room` at most, that were refused for what is in them."""
    found: list[RefusedLine] = [
        (number, line, each, status_of(each))
        for (number, line), each in zip(chunk, prepared, strict=True)
        if isinstance(each, LitfassError)
    ]
    return found[:room]
