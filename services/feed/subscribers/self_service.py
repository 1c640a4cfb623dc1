"""What a subscriber may see and do about itself, by HTTP; changing anything needs a token with the scope `manage`.

GET    /api/v1/subscription                    itself, without its secrets
POST   /api/v1/subscription/token              another token; the old ones stay good for a day
PUT    /api/v1/subscription/webhook            {"url": "https://…"}: deliver there; a new one's secret is in the answer
DELETE /api/v1/subscription/webhook            deliver no more
POST   /api/v1/subscription/webhook/secret     another secret; for a day both sign
GET    /api/v1/deliveries?limit=&event=        the log, newest first
POST   /api/v1/deliveries/replay               {"event": id} or {"since": moment, "until": moment}: deliver again
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.feed.answers import Answer, Fault, answering
from services.feed.bodies import bytes_of
from services.feed.outbound.guard import AddressRefused
from services.feed.subscribers.door import Door
from services.feed.subscribers.numbers import whole_number
from services.feed.subscribers.registry import ChangedMeanwhile, Registry
from services.feed.subscribers.showing import shown, shown_attempt
from services.feed.subscribers.webhooks import NoWebhook, Webhooks
from shared.runtime.clock import milliseconds

GRACE_MS: Final = 86_400_000
MAX_LIMIT: Final = 100


class SelfService:
    """The routes under /api/v1/subscription and /api/v1/deliveries."""

    def __init__(self, registry: Registry, webhooks: Webhooks, door: Door) -> None:
        self._registry, self._webhooks, self._door = registry, webhooks, door
        self.routes = [
            Route("/api/v1/subscription", _guarded(self.show), methods=["GET"]),
            Route("/api/v1/subscription/token", _guarded(self.rotate), methods=["POST"]),
            Route("/api/v1/subscription/webhook", _guarded(self.change_webhook), methods=["PUT", "DELETE"]),
            Route("/api/v1/subscription/webhook/secret", _guarded(self.rotate_secret), methods=["POST"]),
            Route("/api/v1/deliveries", _guarded(self.log), methods=["GET"]),
            Route("/api/v1/deliveries/replay", _guarded(self.replay), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Answer the subscriber itself."""
        subscriber = await self._door.subscriber(request)
        return _answer({**shown(subscriber), "queue": await self._webhooks.state(subscriber.name)})

    async def rotate(self, request: Request) -> Response:
        """Answer another token."""
        subscriber = await self._door.subscriber(request, "manage")
        _, token = await self._registry.rotate(subscriber.name, grace_ms=GRACE_MS)
        return _answer({"token": token}, status=201)

    async def change_webhook(self, request: Request) -> Response:
        """Deliver somewhere, or no more; one route, so that a 405 names both methods."""
        return await (self.put_webhook(request) if request.method == "PUT" else self.delete_webhook(request))

    async def put_webhook(self, request: Request) -> Response:
        """Set where events are delivered to."""
        subscriber = await self._door.subscriber(request, "manage")
        url = (await _body(request)).get("url")
        if not isinstance(url, str):
            raise Fault(422, "No url", 'Send {"url": "https://…"}.')
        try:
            after, secret = await self._webhooks.put(subscriber.name, url)
        except AddressRefused as fault:
            raise Fault(422, "Nothing can be delivered there", f"{fault}.") from fault
        return _answer(shown(after)) if subscriber.webhook else _answer({**shown(after), "secret": secret}, status=201)

    async def delete_webhook(self, request: Request) -> Response:
        """Deliver no more."""
        subscriber = await self._door.subscriber(request, "manage")
        await self._webhooks.take_away(subscriber.name)
        return Response(status_code=204)

    async def rotate_secret(self, request: Request) -> Response:
        """Answer another secret."""
        subscriber = await self._door.subscriber(request, "manage")
        _, secret = await self._webhooks.rotate_secret(subscriber.name, grace_ms=GRACE_MS)
        return _answer({"secret": secret}, status=201)

    async def log(self, request: Request) -> Response:
        """Answer the last attempts."""
        subscriber = await self._door.subscriber(request)
        limit = whole_number(request, "limit", default=20, least=1, most=MAX_LIMIT)
        event_id = request.query_params.get("event", "")
        rows = await self._webhooks.log(subscriber.name, limit=limit, event_id=event_id)
        return _answer({"items": [shown_attempt(row) for row in rows]})

    async def replay(self, request: Request) -> Response:
        """Deliver again."""
        subscriber = await self._door.subscriber(request, "manage")
        body = await _body(request)
        event, since, until = body.get("event", ""), _moment_ms(body, "since"), _moment_ms(body, "until")
        if not isinstance(event, str) or not (event or since is not None):
            raise Fault(422, "Nothing named", 'Send {"event": id}, or {"since": "2026-11-24T08:00:00Z", "until": …}.')
        count = await self._webhooks.replay(subscriber.name, since_ms=since or 0, until_ms=until, event_id=event)
        return _answer({"replayed": count}, status=202)


def _guarded(answer: Answer) -> Answer:
    """Turn what can go wrong for one subscriber into answers."""

    async def run(request: Request) -> Response:
        try:
            return await answer(request)
        except NoWebhook as fault:
            raise Fault(409, "No webhook", "There is none yet; PUT /api/v1/subscription/webhook first.") from fault
        except ChangedMeanwhile as fault:
            raise Fault(409, "Changed meanwhile", str(fault)) from fault

    return answering(run)


def _answer(body: Mapping[str, Any], *, status: int = 200) -> Response:
    return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


async def _body(request: Request) -> dict[str, Any]:  # Any: whatever JSON has
    try:
        body = json.loads(await bytes_of(request))
    except (ValueError, RecursionError) as cause:
        raise Fault(400, "Not readable", "The body must be a JSON object.") from cause
    if not isinstance(body, dict):
        raise Fault(400, "Not readable", "The body must be a JSON object.")
    return body


def _moment_ms(body: Mapping[str, Any], name: str) -> int | None:
    text = body.get(name)
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
        if when.tzinfo is None:
            raise Fault(422, f"Bad {name}", f"`{name}` needs a zone: 2026-11-24T08:00:00Z.")
        return max(0, milliseconds(when))
    except (TypeError, ValueError, OverflowError) as cause:
        raise Fault(422, f"Bad {name}", f"`{name}` must be a moment: 2026-11-24T08:00:00Z.") from cause
