"""Pins by HTTP, for the CMS's own button. Wants the token of LITFASS_ADMIN_TOKEN, and is not reached from outside.

GET    /admin/pins/{site}              every pin that is shown or will be
PUT    /admin/pins/{site}/{article}    {"list": "recent", "position": 1, "from": moment, "until": moment}
DELETE /admin/pins/{site}/{article}    ?list=: off that list; without it off all

PUT    /admin/resurfaced/{site}/{article}    {"at": moment}: on top of its lists then; without: now
DELETE /admin/resurfaced/{site}/{article}    no more
"""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.feed.answers import Answer, Fault, answering
from services.feed.bodies import body_of
from services.feed.pins import LAST_POSITION, Pin, PinRefused, Pins
from services.feed.resurfacing import CannotResurface, Resurfacing
from shared.contracts import lists
from shared.contracts.base import ArticleId, Contract, SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import ListName
from shared.runtime import admin
from shared.runtime.clock import Clock, milliseconds, moment, system_clock


class Wish(Contract):
    """The body of a PUT."""

    list: str = lists.RECENT
    position: int = Field(default=1, ge=1, le=LAST_POSITION)
    from_: AwareDatetime | None = Field(default=None, alias="from")
    until: AwareDatetime | None = None


class Resurface(Contract):
    """The body of a PUT."""

    at: AwareDatetime | None = None


class PinDesk:
    """The routes under /admin/pins and /admin/resurfaced."""

    def __init__(
        self,
        pins: Pins,
        resurfacing: Resurfacing,
        sites: Mapping[SiteName, SiteConfig],
        *,
        admin_token: str,
        clock: Clock = system_clock,
    ) -> None:
        self._pins, self._resurfacing, self._sites = pins, resurfacing, sites
        self._token, self._clock = admin_token, clock
        self.routes = [
            Route("/admin/pins/{site}", self._guarded(self.show), methods=["GET"]),
            Route("/admin/pins/{site}/{article}", self._guarded(self.change), methods=["PUT", "DELETE"]),
            Route("/admin/resurfaced/{site}/{article}", self._guarded(self.lift), methods=["PUT", "DELETE"]),
        ]

    async def show(self, request: Request) -> Response:
        """Answer every pin of a site."""
        return _answer({"items": [shown(pin, now_ms=self._clock()) for pin in await self._pins.all(_site(request))]})

    async def change(self, request: Request) -> Response:
        """Pin an article, or no more; one route, so that a 405 names both methods."""
        return await (self.set(request) if request.method == "PUT" else self.remove(request))

    async def set(self, request: Request) -> Response:
        """Pin an article."""
        wish = await body_of(request, Wish)
        pin = Pin(
            ArticleId(request.path_params["article"]),
            ListName(wish.list),
            wish.position,
            from_ms=milliseconds(wish.from_) if wish.from_ else None,
            until_ms=milliseconds(wish.until) if wish.until else None,
        )
        try:
            await self._pins.set(_site(request), pin)
        except PinRefused as fault:
            raise Fault(422, "Cannot be pinned", str(fault)) from fault
        return _answer(shown(pin, now_ms=self._clock()))

    async def remove(self, request: Request) -> Response:
        """Take an article's pins away."""
        article_id, name = ArticleId(request.path_params["article"]), request.query_params.get("list")
        if not await self._pins.remove(_site(request), article_id, ListName(name) if name else None):
            raise Fault(404, "Not pinned", f"The article {article_id} is not pinned{f' to {name}' if name else ''}.")
        return Response(status_code=204)

    async def lift(self, request: Request) -> Response:
        """Put an article on top of its lists, or no more."""
        site, article_id = _site(request), ArticleId(request.path_params["article"])
        if request.method == "DELETE":
            if not await self._resurfacing.remove(site, article_id):
                raise Fault(404, "Not resurfaced", f"Nobody put the article {article_id} on top of its lists.")
            return Response(status_code=204)
        wish = await body_of(request, Resurface)
        try:
            at_ms = await self._resurfacing.set(site, article_id, milliseconds(wish.at) if wish.at else None)
        except CannotResurface as fault:
            raise Fault(422, "Cannot resurface", str(fault)) from fault
        return _answer({"article_id": article_id, "at": _iso(at_ms)})

    def _guarded(self, answer: Answer) -> Answer:
        async def run(request: Request) -> Response:
            if not admin.is_let_in(request, self._token):
                raise Fault(401, "No right to do this", admin.ASK)
            if _site(request) not in self._sites:
                raise Fault(404, "No such site", f"There is no site {_site(request)!r} in litfass.toml.")
            return await answer(request)

        return answering(run)


def shown(pin: Pin, *, now_ms: int) -> dict[str, Any]:
    """Return a pin as people and JSON see it; `shown` = its time is now."""
    return {
        "article_id": pin.article_id,
        "list": pin.list,
        "position": pin.position,
        "from": _iso(pin.from_ms),
        "until": _iso(pin.until_ms),
        "shown": pin.is_shown(now_ms),
    }


def _iso(ms: int | None) -> str | None:
    return None if ms is None else moment(ms).isoformat(timespec="seconds")


def _site(request: Request) -> SiteName:
    return SiteName(request.path_params["site"])


def _answer(body: Mapping[str, Any]) -> Response:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
