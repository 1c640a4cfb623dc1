"""The subscribers, for whoever runs the house, as OpenAPI operations; they want its token."""

from typing import Final

from services.feed.openapi.operations import json_body, operation
from services.feed.openapi.schemas import NEWCOMER, SUBSCRIPTION, a_list, an_object
from shared.contracts.subscribers import SUBSCRIBER_PATTERN
from shared.runtime.openapi import ADMIN, Json, answer, parameter, problem_answer, ref

_NAME: Final = parameter("name", "The subscriber's name.", schema={"type": "string", "pattern": SUBSCRIBER_PATTERN})
_ONE: Final = answer("Without its secrets.", ref(SUBSCRIPTION))
_DOOR: Final = {"401": problem_answer("The token is missing or wrong."), "503": problem_answer("Redis is away.")}
_UNKNOWN: Final = {"404": problem_answer("There is no such subscriber.")}
_CHANGED: Final = {"409": problem_answer("Somebody else changed it just now, or Redis lets us make no users.")}
_TRUST: Final = "Trust it with articles before they are public, or no more."
_BODY: Final = {"413": problem_answer("The body is too long."), "422": problem_answer("The body names what is wrong.")}


def paths() -> dict[str, Json]:
    """Return path → method → operation."""
    one = "/admin/subscribers/{name}"
    return {
        "/admin/subscribers": {"get": _all(), "post": _add()},
        one: {
            "get": _managing("show_subscriber", "One subscriber.", {"200": _ONE}),
            "delete": _managing("remove_subscriber", "Take it and its streams away.", {"204": _done(), **_CHANGED}),
        },
        f"{one}/token": {"post": _rotate()},
        f"{one}/paused": {"put": _switch("pause_subscriber", "paused", "Send it nothing for now, or go on.")},
        f"{one}/embargoed": {"put": _switch("trust_subscriber", "embargoed", _TRUST)},
    }


def _all() -> Json:
    answers = {"200": answer("All of them.", an_object({"items": a_list(ref(SUBSCRIPTION))})), **_DOOR}
    return operation("list_subscribers", "The subscribers.", answers, security=[{ADMIN: []}])


def _add() -> Json:
    answers = {
        "201": answer("The subscriber, with its token.", ref(SUBSCRIPTION)),
        "409": problem_answer("The name is taken, or Redis lets us make no users."),
        **_BODY,
        **_DOOR,
    }
    body = json_body(ref(NEWCOMER))
    return operation("add_subscriber", "Add a subscriber.", answers, body=body, security=[{ADMIN: []}])


def _rotate() -> Json:
    made = answer("The new one; those before it stay good for a day.", an_object({"token": {"type": "string"}}))
    return _managing("rotate_subscriber_token", "Make another token.", {"201": made, **_CHANGED})


def _switch(name: str, field: str, text: str) -> Json:
    body = json_body(an_object({field: {"type": "boolean"}}) | {"additionalProperties": False})
    return _managing(name, text, {"200": _ONE, **_CHANGED, **_BODY}, body=body)


def _managing(name: str, text: str, answers: Json, *, body: Json | None = None) -> Json:
    answers = {**answers, **_UNKNOWN, **_DOOR}
    return operation(name, text, answers, parameters=[_NAME], body=body, security=[{ADMIN: []}])


def _done() -> Json:
    return {"description": "Done."}
