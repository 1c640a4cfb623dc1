"""Pins, for editors and their CMS, as OpenAPI operations; they want the token of whoever runs the house."""

from typing import Final

from services.feed.openapi.operations import operation
from services.feed.openapi.schemas import MOMENT, a_list, an_object, or_null
from services.feed.pins import LAST_POSITION
from shared.contracts.lists import NAME_PATTERN
from shared.runtime.openapi import ADMIN, JSON_TYPE, Json, answer, parameter, problem_answer

_LIST: Final[Json] = {"type": "string", "pattern": NAME_PATTERN}
_POSITION: Final[Json] = {"type": "integer", "minimum": 1, "maximum": LAST_POSITION, "default": 1}
_SITE: Final = parameter("site", "A site of litfass.toml.")
_ARTICLE: Final = parameter("article", "The article's id.")
_PIN: Final = an_object(
    {
        "article_id": {"type": "string"}, "list": _LIST, "position": _POSITION, "from": or_null(MOMENT),
        "until": or_null(MOMENT), "shown": {"type": "boolean", "description": "Its time is now."},
    }
)  # fmt: skip
_WISH: Final = an_object(
    {
        "list": _LIST | {"default": "recent"},
        "position": _POSITION,
        "from": or_null(MOMENT),
        "until": or_null(MOMENT),
    },
    "list", "position", "from", "until",
) | {"additionalProperties": False}  # fmt: skip
_DOOR: Final = {"401": problem_answer("The token is missing or wrong."), "404": problem_answer("It is not there.")}


def paths() -> dict[str, Json]:
    """Return path → method → operation."""
    return {
        "/admin/pins/{site}": {"get": _show()},
        "/admin/pins/{site}/{article}": {"put": _set(), "delete": _remove()},
        "/admin/resurfaced/{site}/{article}": {"put": _lift(), "delete": _sink()},
    }


def _show() -> Json:
    answers = {"200": answer("All of a site.", an_object({"items": a_list(_PIN)})), **_DOOR}
    text = "Every pin that is shown or will be."
    return operation("show_pins", text, answers, parameters=[_SITE], security=[{ADMIN: []}])


def _set() -> Json:
    answers = {
        "200": answer("The pin.", _PIN),
        **_DOOR,
        "413": problem_answer("The body is too long."),
        "422": problem_answer("That is no pin, or the article cannot be pinned there."),
    }
    body = {JSON_TYPE: {"schema": _WISH}}
    places = [_SITE, _ARTICLE]
    return operation("set_pin", "Pin an article.", answers, parameters=places, body=body, security=[{ADMIN: []}])


def _lift() -> Json:
    wish = an_object({"at": or_null(MOMENT)}, "at") | {"additionalProperties": False}
    lifted = an_object({"article_id": {"type": "string"}, "at": MOMENT})
    answers = {
        "200": answer("When it is, or was, put on top.", lifted),
        **_DOOR,
        "413": problem_answer("The body is too long."),
        "422": problem_answer("That is no moment, or the article stands in no list."),
    }
    text = "Put an article on top of its lists, with the dates that it has."
    body, places = {JSON_TYPE: {"schema": wish}}, [_SITE, _ARTICLE]
    return operation("resurface", text, answers, parameters=places, body=body, security=[{ADMIN: []}])


def _sink() -> Json:
    answers = {"204": {"description": "It stands where its CMS says."}, **_DOOR}
    text = "Let an article stand where its CMS says."
    return operation("resurface_no_more", text, answers, parameters=[_SITE, _ARTICLE], security=[{ADMIN: []}])


def _remove() -> Json:
    where = parameter("list", "Off this list; without it off all.", where="query", schema={"type": "string"})
    answers = {"204": {"description": "It is pinned no more."}, **_DOOR}
    places = [_SITE, _ARTICLE, where]
    return operation("remove_pin", "Pin an article no more.", answers, parameters=places, security=[{ADMIN: []}])
