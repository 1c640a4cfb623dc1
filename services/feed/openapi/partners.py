"""Events, streams, and what subscribers do about themselves, as OpenAPI operations."""

from typing import Final

from services.feed.openapi.operations import OWN, counted, for_subscribers, json_body, operation, preflight
from services.feed.openapi.schemas import DELIVERIES, EVENTS, MOMENT, SUBSCRIPTION, an_object
from services.feed.subscribers import pull, self_service
from shared.runtime.openapi import Json, answer, parameter, problem_answer, ref

EVENT_STREAM: Final = "text/event-stream"
_TEXT: Final[Json] = {"type": "string"}
_BAD_SITE: Final = problem_answer("There is no such site.")


def paths(site: Json) -> dict[str, Json]:
    """Return path → method → operation."""
    return {
        "/api/v1/events": {"get": counted(_events(site)), "options": preflight("events")},
        "/api/v1/stream": {"get": _stream(site), "options": preflight("stream")},
        "/api/v1/stream/links": {"post": _link(site), "options": preflight("links")},
        "/api/v1/subscription": {"get": counted(_subscription(site))},
        "/api/v1/subscription/token": {"post": _token(site)},
        "/api/v1/subscription/webhook": {"put": _put_webhook(site), "delete": _delete_webhook(site)},
        "/api/v1/subscription/webhook/secret": {"post": _secret(site)},
        "/api/v1/deliveries": {"get": counted(_deliveries(site))},
        "/api/v1/deliveries/replay": {"post": _replay(site)},
    }


def _number(name: str, text: str, least: int, most: int, default: int) -> Json:
    schema: Json = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return parameter(name, text, where="query", schema=schema)


def _events(site: Json) -> Json:
    answers = {
        "200": answer("Events, oldest first, and where to go on.", ref(EVENTS)),
        "400": problem_answer("The cursor is not this subscriber's, or a number is out of bounds."),
    }
    after = parameter(
        "after",
        "`next` of the answer before; `now`: only what comes. Default: the oldest that is kept.",
        where="query",
        schema=_TEXT,
    )
    limit = _number("limit", "Events at most.", 1, pull.MAX_LIMIT, pull.DEFAULT_LIMIT)
    wait = _number("wait", "Seconds to wait for the first.", 0, pull.MAX_WAIT_S, 0)
    return operation(
        "pull_events",
        "A subscriber's events.",
        for_subscribers(answers),
        parameters=[site, after, limit, wait],
        security=OWN,
        description="`next` is always there. `gap` says that events were trimmed unread; `next` then leads through the "
        "newest state of all that changed since.",
    )


def _stream(site: Json) -> Json:
    answers = {
        "200": answer(
            "Events as they come, until either side ends it.", _TEXT, media_type=EVENT_STREAM
        ),
        "400": problem_answer("The place to resume from is not this stream's."),
    }  # fmt: skip
    link = parameter("link", "Of POST /api/v1/stream/links, in place of a token.", where="query")
    resume = "The `id` of the last event that came; without it the stream begins now."
    places = [
        parameter("Last-Event-ID", resume, where="header", schema=_TEXT),
        parameter("lastEventId", f"For a first load: {resume[0].lower()}{resume[1:]}", where="query", schema=_TEXT),
    ]
    return operation(
        "stream_events",
        "Server-sent events: with a token or a link a subscriber's, else those of the site for its readers.",
        for_subscribers(answers),
        parameters=[site, link, *places],
        security=[{}, *OWN],
    )


def _link(site: Json) -> Json:
    made = answer("A link that opens the stream for a while.", an_object({"url": _TEXT, "expires_at": MOMENT}))
    answers = for_subscribers({"201": made, "400": _BAD_SITE})
    text = "Make a link to the stream, for clients that cannot send a header (EventSource)."
    return operation("make_link", text, answers, parameters=[site], security=OWN)


def _subscription(site: Json) -> Json:
    answers = for_subscribers({"200": answer("Without its secrets.", ref(SUBSCRIPTION)), "400": _BAD_SITE})
    return operation("show_subscription", "The subscriber itself.", answers, parameters=[site], security=OWN)


def _token(site: Json) -> Json:
    made = answer("The new one; those before it stay good for a day.", an_object({"token": _TEXT}))
    return _managing(site, "rotate_token", "Make another token.", {"201": made})


def _put_webhook(site: Json) -> Json:
    answers = {
        "200": answer("The subscription; the secret stays.", ref(SUBSCRIPTION)),
        "201": answer("The subscription, with the secret of its first webhook.", ref(SUBSCRIPTION)),
        **_BODY_FAULTS,
    }
    body = json_body(an_object({"url": {"type": "string", "format": "uri", "pattern": "^https://"}}))
    return _managing(site, "put_webhook", "Deliver there.", answers, body=body)


def _delete_webhook(site: Json) -> Json:
    return _managing(site, "delete_webhook", "Deliver no more.", {"204": {"description": "Done."}})


def _secret(site: Json) -> Json:
    made = answer("The new one; for a day both sign.", an_object({"secret": _TEXT}))
    return _managing(site, "rotate_secret", "Make another secret for deliveries.", {"201": made})


def _deliveries(site: Json) -> Json:
    answers = for_subscribers(
        {"200": answer("Attempts, newest first.", ref(DELIVERIES)), "400": problem_answer("`limit` is out of bounds.")}
    )
    event = parameter("event", "Only those of this event.", where="query", schema=_TEXT)
    limit = _number("limit", "Attempts at most.", 1, self_service.MAX_LIMIT, 20)
    return operation(
        "list_deliveries", "The log of deliveries.", answers, parameters=[site, limit, event], security=OWN
    )


def _replay(site: Json) -> Json:
    body = {
        "anyOf": [
            an_object({"event": {"type": "string", "minLength": 1}}),
            an_object({"since": MOMENT, "until": MOMENT}, "until"),
        ]
    }
    done = answer("How many are delivered again.", an_object({"replayed": {"type": "integer", "minimum": 0}}))
    return _managing(
        site,
        "replay",
        "Deliver again: one event, or those of a time.",
        {"202": done, **_BODY_FAULTS},
        body=json_body(body),
    )


_BODY_FAULTS: Final = {
    "413": problem_answer("The body is too long."),
    "422": problem_answer("The body says nothing that can be done."),
}


def _managing(site: Json, name: str, text: str, answers: Json, *, body: Json | None = None) -> Json:
    """Return an operation that wants a token with the scope `manage`."""
    more = {
        "400": problem_answer("The body cannot be read, or there is no such site."),
        "409": problem_answer("There is no webhook, or something else changed it meanwhile."),
    }
    answers = for_subscribers({**answers, **more})
    return counted(
        operation(name, f"{text} Wants the scope `manage`.", answers, parameters=[site], body=body, security=OWN)
    )
