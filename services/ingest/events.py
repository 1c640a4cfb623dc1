"""HTTP in, for CloudEvents: which mode a delivery has, and the handshake that some senders want before the first one.

    POST /webhooks/{source}       one event, or a list of them in batch mode
    OPTIONS /webhooks/{source}    may this origin send here, and how much?

A list goes the way of a batch, and is answered when all of it is on disk: 200 with one result an event, in order. An
event that is wrong stops no other one. When one could not be stored, the whole answer is 503: the sender sends the list
again, and those that were taken are duplicates. When all are wrong it is 422.
Source: https://github.com/cloudevents/spec, bindings/http-protocol-binding.md 3.3, http-webhook.md 4.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from services.ingest.batch import Batch
from services.ingest.problems import RETRY_AFTER_S
from services.ingest.reading import headers_of, is_event_list
from services.ingest.sources import Sources
from services.ingest.webhook import Webhook
from shared.runtime.errors import LitfassError

ADAPTER: Final = "cloudevents"
_ORIGIN: Final = re.compile(r"[A-Za-z0-9.:/_\[\]-]{1,253}")

Row = dict[str, Any]  # Any: the members of one answer


class Events:
    """Hands each delivery to who takes its kind, and answers the handshake."""

    def __init__(self, sources: Sources, single: Webhook, batch: Batch) -> None:
        self._sources, self._single, self._batch = sources, single, batch

    @property
    def are_wanted(self) -> bool:
        """Whether any source takes CloudEvents."""
        return ADAPTER in self._sources.adapters

    async def take(self, request: Request) -> Response:
        """Answer one delivery, of one event or of several."""
        if not (is_event_list(headers_of(request)) and self._takes_events(request)):
            return await self._single.take(request)
        answer = await self._batch.take(request)
        if not isinstance(answer, StreamingResponse):
            return answer
        parts = [part async for part in answer.body_iterator if isinstance(part, bytes)]
        return _answer_of([json.loads(line) for line in b"".join(parts).splitlines()], answer)

    async def handshake(self, request: Request) -> Response:
        """Answer who may send here: the origin that asks, as often as it likes; the token decides in the end."""
        origin = request.headers.get("webhook-request-origin", "").strip()
        if not self._takes_events(request) or not _ORIGIN.fullmatch(origin):
            return Response(status_code=405, headers={"Allow": "POST"})
        allowed = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"}
        return Response(status_code=200, headers=allowed)

    def _takes_events(self, request: Request) -> bool:
        try:
            return self._sources.named(request.path_params["source"]).intake.source.adapter == ADAPTER
        except LitfassError:
            return False


def _answer_of(rows: Sequence[Row], answer: StreamingResponse) -> Response:
    """Return all results at once, and the status that makes the sender do the right thing."""
    statuses = [row["http_status"] for row in rows]
    status = 200
    headers = {"Cache-Control": "no-store"}
    if any(each >= 500 for each in statuses):
        status = 503
        headers["Retry-After"] = str(math.ceil(RETRY_AFTER_S))
    elif statuses and all(each >= 400 for each in statuses):
        status = 422
    return JSONResponse({"results": rows}, status_code=status, headers=headers, background=answer.background)
