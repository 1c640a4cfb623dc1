"""Pull: a subscriber's events, page by page, with long polling.

    GET /api/v1/events?after=<next of the answer before>&limit=100&wait=25

    {"items": [EVENT …], "next": "…", "gap": {…} when something was lost}

`next` is always there: it is where to go on, now or tomorrow. Without `after` it begins with the oldest event that is
kept; `after=now` with the next one. After a gap, `next` leads through the newest state of everything that changed
since, and then on: a client that does nothing but follow `next` ends up right.
"""

import json
import time
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.feed.answers import Fault, public
from services.feed.metrics import FeedMetrics
from services.feed.subscribers import places
from services.feed.subscribers.door import Door
from services.feed.subscribers.following import Follower
from services.feed.subscribers.numbers import whole_number
from services.feed.subscribers.places import Place, PlaceFault
from services.feed.subscribers.reading import Page, Reading
from shared.contracts.subscribers import Subscriber

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MAX_WAIT_S: Final = 50  # nginx gives an upstream 60 by default
NOW: Final = "now"


class Pull:
    """The route /api/v1/events."""

    def __init__(self, reading: Reading, follower: Follower, door: Door, *, metrics: FeedMetrics) -> None:
        self._reading, self._follower, self._door, self._metrics = reading, follower, door, metrics
        self._is_stopping = False
        self.routes = [Route("/api/v1/events", public(self.events), methods=["GET", "OPTIONS"])]

    async def events(self, request: Request) -> Response:
        """Answer a page of events. Raises Fault, RedisAway."""
        subscriber = await self._door.subscriber(request)
        limit = whole_number(request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
        wait_s = whole_number(request, "wait", default=0, least=0, most=MAX_WAIT_S)
        here = await self._places(request, subscriber)
        page = await self._page(subscriber, here, limit=limit, wait_s=wait_s)
        self._metrics.events_sent.labels("pull").inc(len(page.items))
        return _answer(page, places.write(subscriber.name, page.places, key=subscriber.signing_key))

    def stop(self) -> None:
        """Answer those who wait, with what there is."""
        self._is_stopping = True
        self._follower.wake()

    async def _places(self, request: Request, subscriber: Subscriber) -> dict[str, Place]:
        after = request.query_params.get("after", "")
        if not after:
            return await self._reading.start(subscriber.name, "oldest")
        if after == NOW:
            return await self._reading.start(subscriber.name, "newest")
        try:
            return places.read(after, subscriber.name, key=subscriber.signing_key)
        except PlaceFault as fault:
            raise Fault(400, "Bad cursor", str(fault)) from fault

    async def _page(self, subscriber: Subscriber, here: places.Places, *, limit: int, wait_s: int) -> Page:
        """Return a page with something in it, or what there is when the time is over."""
        page = await self._reading.page(subscriber, here, limit=limit)
        if not wait_s or page.items or page.lost:
            return page
        end = time.monotonic() + wait_s
        async with self._follower.following(subscriber.name) as followed:
            while True:
                seen = followed.count
                page = await self._reading.page(subscriber, page.places, limit=limit)
                left_s = end - time.monotonic()
                if page.items or page.lost or left_s <= 0 or self._is_stopping:
                    return page
                if page.is_last:
                    await followed.past(seen, left_s)


def _answer(page: Page, following: str) -> Response:
    body = [b'{"items":[', b",".join(item.event for item in page.items), b'],"next":', json.dumps(following).encode()]
    if page.lost:
        body += [b',"gap":', json.dumps(_gap(page.lost)).encode()]
    return Response(
        b"".join([*body, b"}"]),
        media_type="application/json",
        headers={"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"},
    )


def _gap(lost: int) -> dict[str, object]:
    return {
        "lost": lost,
        "detail": f"{lost} events were trimmed before they were read. Go on with `next`: it tells the newest state of "
        "every article that changed since your cursor, each once, and then goes on with the stream.",
    }
