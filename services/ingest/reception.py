"""The first steps of whatever comes in: of which source is it, may it come from there, is it JSON, is it proved.

One delivery, a batch of them, a draft: all begin so, and nothing acts before the last of these steps.
"""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request

from services.ingest.guards import Network
from services.ingest.reading import body_of, headers_of, require_json, sent_from
from services.ingest.rejected import Arrival
from services.ingest.sources import Source, Sources
from services.ingest.verify import Delivery, Verified
from shared.runtime.clock import Clock


class Received(NamedTuple):
    """What came in and is from whom it says that it is."""

    source: Source
    body: bytes
    proof: Verified


class Reception:
    """Receives requests."""

    def __init__(self, sources: Sources, *, trusted_proxies: Sequence[Network] = (), clock: Clock) -> None:
        self._sources, self._trusted_proxies, self._clock = sources, trusted_proxies, clock

    async def receive(self, request: Request, arrival: Arrival, *, limit: int, is_batch: bool = False) -> Received:
        """Read a request and prove it as a whole, noting in `arrival` what is known of it by now.

        Args:
            request: to a route with `{source}`.
            arrival: filled in, also when a step refuses.
            limit: bytes of the body; a source may have a limit of its own for what is no batch.
            is_batch: lines of JSON are possible, and forms are not.

        Raises LitfassError, one for each step.
        """
        source = arrival.source = self._sources.named(request.path_params["source"])
        arrival.headers = headers_of(request)
        arrival.sender = sent_from(request, trusted=self._trusted_proxies)
        source.gate.require(arrival.sender)
        require_json(arrival.headers, lines=is_batch, forms=source.takes_forms and not is_batch)
        size = limit if is_batch else source.body_limit(default=limit)
        body = arrival.body = await body_of(request, limit=size)
        delivery = Delivery(arrival.headers, body, _target(request))
        # Not the arrival's time: a large body is a while on its way.
        arrival.proof = source.prove(delivery, now_ms=self._clock())
        return Received(source, body, arrival.proof)


def _target(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
