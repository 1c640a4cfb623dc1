"""Whose request is it, and may it? `Authorization: Bearer lf_…`; the token says who, the subscriber says what."""

from typing import Final

from starlette.requests import Request

from services.feed.answers import Fault
from services.feed.hosts import Hosts
from services.feed.subscribers.links import LinkFault, check, named_in
from services.feed.subscribers.registry import NoSuchSubscriber, Registry
from services.feed.subscribers.tokens import opens
from shared.contracts.subscribers import Scope, Subscriber
from shared.runtime.clock import Clock, system_clock

ASK: Final = {"WWW-Authenticate": 'Bearer realm="litfass"'}


class Door:
    """Lets subscribers in."""

    def __init__(self, registry: Registry, hosts: Hosts, *, clock: Clock = system_clock) -> None:
        self._registry, self._hosts, self._clock = registry, hosts, clock

    async def subscriber(self, request: Request, scope: Scope = "read") -> Subscriber:
        """Return who asks. Raises Fault when nobody knows them or they may not, RedisAway."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Fault(401, "No token", "Send `Authorization: Bearer` and the subscriber's token.", headers=ASK)
        found = await self._registry.whose(token.strip())
        if found is None:
            detail = "Nobody has this token: it was mistyped, or replaced, or its subscriber is no more."
            raise Fault(401, "Unknown token", detail, headers=ASK)
        subscriber, known = found
        if known.expires_ms is not None and known.expires_ms <= self._clock():
            raise Fault(401, "Token expired", "Another token replaced this one; use that.", headers=ASK)
        if not opens(known, scope, now_ms=self._clock()):
            raise Fault(403, "Token not good for this", f"This token has no scope {scope!r}.")
        self.check(request, subscriber)
        return subscriber

    async def by_link(self, request: Request, link: str) -> Subscriber:
        """Return whose link it is. Raises Fault when it opens nothing, RedisAway."""
        try:
            subscriber = await self._registry.get(named_in(link))
            check(link, key=subscriber.signing_key, now_ms=self._clock())
        except NoSuchSubscriber:
            raise Fault(401, "Bad link", "The subscriber of this link is no more.", headers=ASK) from None
        except LinkFault as fault:
            raise Fault(401, "Bad link", str(fault), headers=ASK) from fault
        self.check(request, subscriber)
        return subscriber

    def check(self, request: Request, subscriber: Subscriber) -> None:
        """Raise Fault when the subscriber may have nothing now, or nothing of the site that is asked for."""
        site, sites = self._hosts.named_site(request), subscriber.wanted.sites
        if site and sites and site not in sites:
            detail = f"This token is for {', '.join(sites)}, not for the site {site!r}."
            raise Fault(403, "Token of another site", detail)
        if subscriber.is_paused:
            raise Fault(403, "Paused", "This subscription is paused; its events are kept meanwhile. Ask the newsroom.")
