"""How feed's operations are written: what nearly all of them ask and answer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.feed.openapi.schemas import SUBSCRIBER
from shared.contracts.base import SiteName
from shared.runtime.openapi import JSON_TYPE, Json, answer, parameter, problem_answer

TAG: Final = "feed"
WAIT: Final = {"Retry-After": "Seconds to wait."}
ASKS: Final = {"WWW-Authenticate": "Says that a token is wanted."}
IF_NONE_MATCH: Final = parameter(
    "If-None-Match", "The ETag of what is there already.", where="header", schema={"type": "string"}
)


def site_parameter(sites: Iterable[SiteName]) -> Json:
    """Return the parameter that nearly every operation has."""
    text = "Which site; default: the one of the host."
    return parameter("site", text, where="query", schema={"enum": list(sites)})


def operation(  # what OpenAPI calls its parts
    name: str,
    text: str,
    answers: Mapping[str, Json],
    *,
    parameters: Sequence[Json] = (),
    body: Json | None = None,
    security: Sequence[Json] = (),
    description: str = "",
) -> Json:
    """Return an operation; what can be away always is 503."""
    whole: Json = {"summary": text, "operationId": name, "tags": [TAG]}
    if description:
        whole["description"] = description
    if parameters:
        whole["parameters"] = list(parameters)
    if body:
        whole["requestBody"] = {"required": True, "content": body}
    if security:
        whole["security"] = list(security)
    away = {"503": problem_answer("Something is away that is needed.", headers=WAIT)}
    return whole | {"responses": {**answers, **away}}


def for_subscribers(answers: Mapping[str, Json]) -> Json:
    """Return the answers with those of the door."""
    return {
        **answers,
        "401": problem_answer("The token is missing, unknown or expired.", headers=ASKS),
        "403": problem_answer("The token is of another site, has not the scope, or its subscriber is paused."),
    }


OWN: Final[Sequence[Json]] = ({SUBSCRIBER: []},)


def json_body(schema: Json) -> Json:
    """Return a request's body."""
    return {JSON_TYPE: {"schema": schema}}


def kept(text: str, schema: Json, *, media_type: str = JSON_TYPE) -> Json:
    """Return what a client may keep: the answer with its validator, and the one that says that nothing changed."""
    headers = {"ETag": "A strong validator.", "Cache-Control": "How long it may be kept."}
    unchanged: Json = {"description": "You have it already."}
    return {"200": answer(text, schema, media_type=media_type, headers=headers), "304": unchanged}


def counted(whole: Json) -> Json:
    """Return the operation with what it answers when it is asked too often."""
    too_many = problem_answer("Too many requests of this token or address.", headers=WAIT)
    return whole | {"responses": {**whole["responses"], "429": too_many}}


def preflight(name: str, *places: Json) -> Json:
    """Return what a browser asks before a page of another origin may."""
    asked = {"summary": "May a page of any origin ask? It may.", "operationId": f"may_ask_{name}", "tags": [TAG]}
    return {**asked, "parameters": list(places), "responses": {"204": {"description": "It may (Fetch, CORS)."}}}
