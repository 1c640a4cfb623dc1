"""HTTP in: one delivery. The only module that knows the order of the steps, and what each outcome is in HTTP.

    POST /webhooks/{source}            one delivery
    POST /webhooks/{source}/{event}    the same, for vendors that do not name the event in what they send

A delivery is answered when it is on disk, or not taken at all. Nothing else is done before the answer; what was refused
is kept for a look after it.
"""

import time

from starlette.requests import Request
from starlette.responses import Response

from services.ingest.answers import accepted_answer, ignored_answer
from services.ingest.draft import Ignored
from services.ingest.faults import TooMany, UnknownSource
from services.ingest.masking import masked_text
from services.ingest.metrics import IngestMetrics
from services.ingest.problems import fault_answer
from services.ingest.reading import payload_from
from services.ingest.reception import Reception
from services.ingest.rejected import Arrival, Rejections
from services.ingest.sources import Source, Sources
from services.ingest.space import Space
from services.ingest.verify import Verified
from shared.contracts.verbs import WITHDRAWALS
from shared.runtime.articles import Acceptance, Articles, Candidate
from shared.runtime.clock import Clock
from shared.runtime.errors import LitfassError
from shared.runtime.failpoints import failpoint
from shared.runtime.logging import get_logger
from shared.runtime.quiet import Quiet
from shared.runtime.trace import trace_id, traceparent_of

log = get_logger()


class Webhook:
    """Takes single deliveries."""

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
        """Answer one delivery."""
        started = time.perf_counter()
        arrival = Arrival(
            now_ms=self._clock(),
            traceparent=traceparent_of(request.headers.get("traceparent")),
            event=request.path_params.get("event", ""),
        )
        note: dict[str, object] = {"source": request.path_params["source"], "trace_id": trace_id(arrival.traceparent)}
        try:
            response = await self._answer(request, arrival, note)
        except LitfassError as fault:
            note |= {"outcome": fault.reason, "detail": masked_text(str(fault)[:500])}
            response = fault_answer(fault, busy_status=self._sources.busy_status(request.path_params["source"]))
            response.background = self._rejections.later(arrival, fault, status=response.status_code)
        if arrival.body is not None:
            note["body_bytes"] = len(arrival.body)
            self._metrics.body_bytes.observe(len(arrival.body))
        took_s = time.perf_counter() - started
        self._metrics.webhook_seconds.observe(took_s)
        source = str(note["source"]) if note["outcome"] != UnknownSource.reason else "unknown"  # a closed set of labels
        self._metrics.deliveries.labels(source, note["outcome"]).inc()
        log.info("webhook.answered", status=response.status_code, took_s=round(took_s, 4), **note)
        return response

    async def _answer(self, request: Request, arrival: Arrival, note: dict[str, object]) -> Response:
        source, body, proof = await self._reception.receive(request, arrival, limit=self._body_limit)
        with self._quiet.news():  # only now, as with the bucket: a stranger, or a slow sender, must not hold up batches
            return await self._of_proved(source, arrival, body, proof, note)

    async def _of_proved(
        self, source: Source, arrival: Arrival, body: bytes, proof: Verified, note: dict[str, object]
    ) -> Response:
        wait_s = source.bucket.wait_s(now_ms=arrival.now_ms)
        found = await source.candidate(
            payload_from(arrival.headers, body),
            source.circumstances(proof, now_ms=arrival.now_ms, event=arrival.event, headers=arrival.headers),
            articles=self._articles,
            delivery_id=proof.delivery_id,
            traceparent=arrival.traceparent,
        )
        if isinstance(found, Ignored):
            note["outcome"] = "ignored"
            return ignored_answer(found)
        candidate, warnings = found
        if wait_s and candidate.verb not in WITHDRAWALS:
            raise TooMany(wait_s)
        acceptance = await self._store(candidate)
        note |= {"outcome": acceptance.outcome, "article_id": acceptance.article_id, "event_id": acceptance.event_id}
        self._metrics.events.labels(acceptance.verb or candidate.verb, acceptance.outcome).inc()
        return accepted_answer(acceptance, warnings, source.intake.site)

    async def _store(self, candidate: Candidate) -> Acceptance:
        self._space.require()
        failpoint("ingest.before-accept")
        acceptance = await self._articles.accept(candidate)
        failpoint("ingest.after-accept")
        return acceptance
