"""How many requests a minute: a bucket for each token, and one for each address that shows none we know.

One process's own (ADR-0025). Not for streams: an EventSource that gets anything but 200 never comes again, and their
number is bounded anyhow. Source: draft-ietf-httpapi-ratelimit-headers-10, RFC 6585.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_network
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.feed.answers import Answer, problem
from services.feed.subscribers.registry import Registry
from shared.runtime.bucket import Bucket
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import Unavailable
from shared.runtime.senders import Network, is_in, sender_of

MINUTE_S: Final = 60
KEPT: Final = 50_000  # buckets; the one that was asked for longest ago is forgotten first, and is full when it is back
HOME_BITS: Final = 64  # of an IPv6 address: one customer has so many


class Limits:
    """The buckets of one process."""

    def __init__(
        self,
        registry: Registry,
        *,
        per_token: int,
        per_address: int,
        trusted: Sequence[Network],
        clock: Clock = system_clock,
    ) -> None:
        self._registry, self._trusted, self._clock = registry, trusted, clock
        self._per_minute = {"token": per_token, "address": per_address}
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def limited(self, route: Route) -> Route:
        """Return the route with its limit."""
        return Route(route.path, self._guarded(route.endpoint), methods=sorted(route.methods or {"GET"}))

    def _guarded(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            who = await self._who(request) if request.method != "OPTIONS" else None
            if who is None:
                return await answer(request)
            policy, quota = who[0], self._per_minute[who[0]]
            bucket = self._bucket(who, quota)
            wait_s = bucket.wait_s(now_ms=self._clock())
            response = _too_many(policy, quota, wait_s) if wait_s else await answer(request)
            response.headers["RateLimit-Policy"] = f'"{policy}";q={quota};w={MINUTE_S}'
            response.headers["RateLimit"] = f'"{policy}";r={bucket.left};t={math.ceil(bucket.full_in_s)}'
            return response

        return guarded

    async def _who(self, request: Request) -> tuple[str, str] | None:
        """Return whose bucket it is; None when nothing is counted.

        A token that nobody has counts as its address, or guessing tokens would be free. An address of our own network
        is a proxy that does not say for whom it asks, or ourselves: limiting it would limit everybody.
        """
        if self._per_minute["token"] and (name := await self._subscriber(request)):
            return "token", name
        peer = request.client.host if request.client else ""
        sender = sender_of(peer, request.headers.getlist("x-forwarded-for"), trusted=self._trusted)
        if sender is None or is_in(sender, self._trusted) or not self._per_minute["address"]:
            return None
        home = ip_network(f"{sender}/{HOME_BITS}", strict=False) if isinstance(sender, IPv6Address) else sender
        return "address", str(home)

    async def _subscriber(self, request: Request) -> str:
        """Return whose token it is, all of a subscriber's tokens being one; empty when nobody's."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            return ""
        try:
            found = await self._registry.whose(token.strip())
        except Unavailable:  # what is behind says so better
            return ""
        return found[0].name if found else ""

    def _bucket(self, who: tuple[str, str], quota: int) -> Bucket:
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = Bucket(per_minute=quota)
            if len(self._buckets) > KEPT:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(who)
        return bucket


def _too_many(policy: str, quota: int, wait_s: float) -> Response:
    seconds = math.ceil(wait_s)
    detail = f"One {policy} may ask {quota} times a minute. Ask again in {seconds} seconds, and follow with long polls."
    return problem(429, "Too many requests", detail, headers={"Retry-After": str(seconds)})
