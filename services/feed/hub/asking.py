"""POST /hub: subscribe and unsubscribe. Source: W3C WebSub, 5.1 and 5.2.

202 as soon as the request is well-formed; whether the callback wants it is asked afterwards. Faults are text/plain.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.feed.answers import RETRY_AFTER_S
from services.feed.hub.store import HubStore
from services.feed.hub.topics import HUB_PATH, topic_of
from services.feed.outbound.guard import AddressRefused, target_of
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.hub import HubRequest
from shared.runtime.errors import Unavailable

DAY_S: Final = 86_400
DEFAULT_LEASE_S: Final = 10 * DAY_S  # the specification's suggestion
LEASE_S: Final = (300, 30 * DAY_S)  # the shortest and the longest
MAX_BODY: Final = 16_384
MAX_SECRET: Final = 199  # bytes; the specification: less than 200
MAX_WAITING: Final = 10_000  # things in the queue; more wait outside


class _Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Asking:
    """The route /hub."""

    def __init__(
        self, store: HubStore, sites: Mapping[SiteName, SiteConfig], *, is_private_allowed: bool = False
    ) -> None:
        self._store, self._sites, self._is_private_allowed = store, sites, is_private_allowed
        self.routes = [Route(HUB_PATH, self.ask, methods=["POST"])]

    async def ask(self, request: Request) -> Response:
        """Take a request."""
        try:
            form = await _form(request)
            if _one(form, "hub.mode") == "publish":
                return PlainTextResponse("Our feeds are watched; there is no need to say so.\n", status_code=202)
            asked = self._request(form)
            if await self._store.waiting(asked.site) >= MAX_WAITING:
                busy = {"Retry-After": "60"}
                return PlainTextResponse(
                    "The hub has too much to do. Try again later.\n", status_code=503, headers=busy
                )
            await self._store.ask(asked)
        except _Refused as fault:
            return PlainTextResponse(f"{fault.reason}\n", status_code=fault.status)
        except Unavailable as fault:
            return PlainTextResponse(f"{fault}\n", status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})
        return PlainTextResponse("Your callback will be asked whether it wants this.\n", status_code=202)

    def _request(self, form: Mapping[str, list[str]]) -> HubRequest:
        mode, callback, secret = _one(form, "hub.mode"), _one(form, "hub.callback"), _one(form, "hub.secret")
        if mode not in {"subscribe", "unsubscribe"}:
            raise _Refused(400, "hub.mode must be subscribe or unsubscribe.")
        topic = topic_of(_one(form, "hub.topic"), self._sites)
        if topic is None:
            raise _Refused(404, "hub.topic must be the address of one of our feeds, as its rel=self says.")
        try:
            target_of(callback, is_private_allowed=self._is_private_allowed)
        except AddressRefused as fault:
            raise _Refused(400, f"hub.callback cannot be called: {fault}.") from fault
        if len(secret.encode()) > MAX_SECRET:
            raise _Refused(400, f"hub.secret must have less than {MAX_SECRET + 1} bytes.")
        return HubRequest.model_validate(
            {
                "mode": mode,
                "site": topic.site,
                "path": topic.path,
                "callback": callback,
                "secret": secret,
                "lease_s": _lease_s(_one(form, "hub.lease_seconds")),
            }
        )


async def _form(request: Request) -> dict[str, list[str]]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise _Refused(413, "The request is too long.")
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError as cause:  # UnicodeDecodeError is one
        raise _Refused(400, "The request must be a form: application/x-www-form-urlencoded in UTF-8.") from cause


def _one(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _lease_s(text: str) -> int:
    if not text:
        return DEFAULT_LEASE_S
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise _Refused(400, "hub.lease_seconds must be a whole number.")
    shortest, longest = LEASE_S
    return min(max(int(text), shortest), longest)
