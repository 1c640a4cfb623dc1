"""The subscribers by HTTP, for whoever runs the house: with the token of LITFASS_ADMIN_TOKEN, not from outside.

GET    /admin/subscribers                  all of them
POST   /admin/subscribers                  {"name": …, "wanted": {"sections": ["sport"]}, …}: add; told its token
GET    /admin/subscribers/{name}           one, without its secrets
DELETE /admin/subscribers/{name}           it, its tokens and its streams
POST   /admin/subscribers/{name}/token     another token; the old ones stay good for a day
PUT    /admin/subscribers/{name}/paused    {"paused": true}: nothing for now; false: go on
PUT    /admin/subscribers/{name}/embargoed {"embargoed": true}: trust it with articles before they are public
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import StrictBool
from redis.exceptions import ResponseError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.feed.answers import Answer, Fault, answering
from services.feed.bodies import body_of
from services.feed.subscribers.access import MAIN_GROUP, Access
from services.feed.subscribers.registry import ChangedMeanwhile, NameTaken, NoSuchSubscriber, Registry
from services.feed.subscribers.showing import shown
from shared.contracts.base import Contract, SiteName
from shared.contracts.subscribers import Content, Name, Scope, Subscriber, Wanted
from shared.runtime import admin

GRACE_MS: Final = 86_400_000


class Newcomer(Contract):
    """The body of a POST: who it is, what it wants, and what its token may."""

    name: Name
    wanted: Wanted = Wanted()
    content: Content = "full"
    manage: StrictBool = False
    direct: StrictBool = False
    embargoed: StrictBool = False


class Pause(Contract):
    """The body of a PUT."""

    paused: StrictBool


class Trust(Contract):
    """The body of a PUT."""

    embargoed: StrictBool


class FrontDesk:
    """The routes under /admin/subscribers."""

    def __init__(
        self, registry: Registry, access: Access, sites: Mapping[SiteName, object], *, admin_token: str
    ) -> None:
        self._registry, self._access, self._sites, self._token = registry, access, sites, admin_token
        one = "/admin/subscribers/{name}"
        self.routes = [
            Route("/admin/subscribers", self._guarded(self.all), methods=["GET", "POST"]),
            Route(one, self._guarded(self.one), methods=["GET", "DELETE"]),
            Route(f"{one}/token", self._guarded(self.rotate), methods=["POST"]),
            Route(f"{one}/paused", self._guarded(self.pause), methods=["PUT"]),
            Route(f"{one}/embargoed", self._guarded(self.trust), methods=["PUT"]),
        ]

    async def all(self, request: Request) -> Response:
        """Answer all subscribers, or add one; one route, so that a 405 names both methods."""
        if request.method == "POST":
            return await self.add(request)
        return _answer({"items": [shown(one) for one in await self._registry.all()]})

    async def add(self, request: Request) -> Response:
        """Add a subscriber."""
        newcomer = await body_of(request, Newcomer)
        if unknown := sorted(set(newcomer.wanted.sites) - set(self._sites)):
            raise Fault(422, "No such site", f"wanted.sites: there is no {unknown[0]!r}; {', '.join(self._sites)} are.")
        scopes: tuple[Scope, ...] = ("read", "manage") if newcomer.manage else ("read",)
        subscriber, token = await self._registry.add(
            newcomer.name,
            wanted=newcomer.wanted,
            content=newcomer.content,
            scopes=scopes,
            is_direct=newcomer.direct,
            embargoed=newcomer.embargoed,
        )
        if not newcomer.direct:
            return _answer({**shown(subscriber), "token": token}, status=201)
        await self._access.admit(subscriber)
        login = {"redis_user": subscriber.redis_user, "group": MAIN_GROUP}
        return _answer({**shown(subscriber), "token": token, **login}, status=201)

    async def one(self, request: Request) -> Response:
        """Answer one subscriber, or remove it."""
        subscriber = await self._registry.get(request.path_params["name"])
        if request.method == "GET":
            return _answer(shown(subscriber))
        if subscriber.is_direct:
            await self._access.take_away(subscriber)
        await self._registry.remove(subscriber.name)
        if subscriber.is_direct:
            await self._access.forget(subscriber)
        return Response(status_code=204)

    async def rotate(self, request: Request) -> Response:
        """Answer another token."""
        subscriber, token = await self._registry.rotate(request.path_params["name"], grace_ms=GRACE_MS)
        await self._let_in(subscriber)
        return _answer({"token": token}, status=201)

    async def pause(self, request: Request) -> Response:
        """Let a subscriber have nothing for now, or go on."""
        wish = await body_of(request, Pause)
        subscriber = await self._registry.pause(request.path_params["name"], paused=wish.paused)
        await self._let_in(subscriber)
        return _answer(shown(subscriber))

    async def trust(self, request: Request) -> Response:
        """Trust a subscriber with what is embargoed, or no more."""
        wish = await body_of(request, Trust)
        subscriber = await self._registry.trust(request.path_params["name"], trusted=wish.embargoed)
        if subscriber.is_direct and not wish.embargoed:
            await self._access.take_back_embargoed(subscriber)
        return _answer(shown(subscriber))

    async def _let_in(self, subscriber: Subscriber) -> None:
        if subscriber.is_direct:
            await self._access.apply([subscriber])

    def _guarded(self, answer: Answer) -> Answer:
        async def run(request: Request) -> Response:
            if not admin.is_let_in(request, self._token):
                raise Fault(401, "No right to do this", admin.ASK)
            try:
                return await answer(request)
            except NoSuchSubscriber as fault:
                raise Fault(404, "No such subscriber", str(fault)) from fault
            except (NameTaken, ChangedMeanwhile) as fault:
                raise Fault(409, "Not so", str(fault)) from fault
            except ResponseError as fault:
                detail = "Redis makes no users for us. Let the subscriber pull, or stream, instead."
                raise Fault(409, "No users in Redis", detail) from fault

        return answering(run)


def _answer(body: Mapping[str, Any], *, status: int = 200) -> Response:
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store"})
