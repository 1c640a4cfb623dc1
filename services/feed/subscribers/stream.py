"""Server-sent events: a subscriber's events as they come, and those of a site for its readers' pages.

    GET  /api/v1/stream            with a token, or ?link=…: a subscriber's; without: the site's, as teasers
    POST /api/v1/stream/links      with a token: a link for clients that cannot send one (EventSource)

`Last-Event-ID` (a header, or `?lastEventId=` for a first load) resumes; without it the stream begins now.
"""

import random
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.feed.answers import Fault, public
from services.feed.hosts import Hosts
from services.feed.metrics import FeedMetrics
from services.feed.settings import FeedSettings
from services.feed.subscribers import places
from services.feed.subscribers.composed import Composed
from services.feed.subscribers.door import Door
from services.feed.subscribers.following import Follower
from services.feed.subscribers.links import make_link
from services.feed.subscribers.places import Place, PlaceFault
from services.feed.subscribers.reading import Reading
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.streaming import HEADERS, Client, Streaming
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.subscribers import PUBLIC_NUMBER, Subscriber, SubscriberName, Wanted, public_name
from shared.runtime.clock import Clock, moment, system_clock
from shared.runtime.errors import Unavailable
from shared.runtime.problems import problem

JITTER: Final = 0.2  # of a stream's lifetime
AWAY_RETRY_MS: Final = 5_000
PUBLIC_KEY: Final = "public"  # readers' cursors protect nothing; they only have to be ours in form


class Streams:
    """The routes under /api/v1/stream."""

    def __init__(
        self,
        reading: Reading,
        follower: Follower,
        composed: Composed,
        door: Door,
        registry: Registry,
        sites: Mapping[SiteName, SiteConfig],
        *,
        settings: FeedSettings,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        self._reading, self._follower, self._composed, self._door = reading, follower, composed, door
        self._registry, self._sites, self._hosts = registry, sites, Hosts(sites)
        self._settings, self._metrics, self._clock = settings, metrics, clock
        self._clients = 0
        self._is_stopping = False
        self.routes = [
            Route("/api/v1/stream", public(self.stream), methods=["GET", "OPTIONS"]),
            Route("/api/v1/stream/links", public(self.make_link), methods=["POST", "OPTIONS"]),
        ]

    async def stream(self, request: Request) -> Response:
        """Answer a stream. Raises Fault."""
        if self._is_stopping or self._clients >= self._settings.stream_clients:
            detail = "This server streams to as many clients as it can, or is about to stop. Try again in a moment."
            return problem(503, "No stream free", detail, headers={"Retry-After": "5"})
        try:
            subscriber = await self._subscriber(request)
            where = await self._where(request, subscriber)
        except Unavailable as fault:
            # An EventSource that gets anything but 200 never comes again.
            text = f"retry: {AWAY_RETRY_MS}\n: not available now ({fault.reason})\n\n"
            return Response(text, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        is_public = subscriber.number == PUBLIC_NUMBER

        async def may_go_on() -> bool:
            return is_public or await self._registry.still_may(subscriber.name)

        lifetime_s = self._settings.stream_lifetime_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- spreads
        client = Client(subscriber, where, lifetime_s, not is_public, may_go_on, lambda: self._is_stopping)
        return EventStream(self, client)

    async def make_link(self, request: Request) -> Response:
        """Answer a link to the subscriber's stream. Raises Fault, RedisAway."""
        subscriber = await self._door.subscriber(request)
        expires_ms = self._clock() + self._settings.link_s * 1_000
        link = make_link(subscriber.name, expires_ms=expires_ms, key=subscriber.signing_key)
        site = self._hosts.named_site(request) or next(iter(subscriber.wanted.sites or self._sites))
        base_url = self._sites[site].base_url if site in self._sites else ""
        body = {
            "url": f"{base_url}/api/v1/stream?link={link}",
            "expires_at": moment(expires_ms).isoformat(timespec="seconds"),
        }
        headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
        return JSONResponse(body, status_code=201, headers=headers)

    def stop(self) -> None:
        """End all streams."""
        self._is_stopping = True
        self._follower.wake()

    async def run(self, client: Client, receive: Receive, send: Send) -> bool:
        """Stream to one client; False when it took nothing any more."""
        self._clients += 1
        self._metrics.stream_clients.set(self._clients)
        way = "public_stream" if client.subscriber.number == PUBLIC_NUMBER else "stream"
        try:
            async with self._follower.following(client.subscriber.name) as followed:
                count = self._metrics.events_sent.labels(way).inc
                streaming = Streaming(client, followed, self._reading, self._composed, count=count)
                return await streaming.run(receive, send)
        except Unavailable:
            return True  # it ends, and the client comes again
        finally:
            self._clients -= 1
            self._metrics.stream_clients.set(self._clients)

    async def _subscriber(self, request: Request) -> Subscriber:
        link = request.query_params.get("link")
        if link is not None:
            return await self._door.by_link(request, link)
        if "authorization" in request.headers:
            return await self._door.subscriber(request)
        return public_subscriber(self._hosts.site_of(request))

    async def _where(self, request: Request, subscriber: Subscriber) -> dict[str, Place]:
        word = request.headers.get("last-event-id") or request.query_params.get("lastEventId", "")
        if not word:
            return await self._reading.start(subscriber.name, "newest")
        try:
            return places.read(word, subscriber.name, key=subscriber.signing_key)
        except PlaceFault as fault:
            raise Fault(400, "Bad Last-Event-ID", str(fault)) from fault


class EventStream(Response):
    """An answer that goes on: raw ASGI, because a task group a client costs more than all the rest of it."""

    def __init__(self, streams: Streams, client: Client) -> None:
        super().__init__()
        self._streams, self._client = streams, client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, the events, and the end."""
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        if scope["method"] == "HEAD" or await self._streams.run(self._client, receive, send):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def public_subscriber(site: SiteName) -> Subscriber:
    """Return all readers of a site, as one subscriber; its name is one that no partner can have."""
    return Subscriber.model_construct(
        name=SubscriberName(public_name(site)),
        number=PUBLIC_NUMBER,
        wanted=Wanted(sites=(site,)),
        content="teaser",
        tokens=(),
        signing_key=PUBLIC_KEY,
        is_paused=False,
        created_ms=0,
    )
