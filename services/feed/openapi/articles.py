"""Lists and articles, as OpenAPI operations."""

from typing import Final

from services.feed.api import DEFAULT_LIMIT, MAX_LIMIT
from services.feed.openapi.operations import IF_NONE_MATCH, kept, operation
from services.feed.openapi.schemas import ARTICLE, PAGE
from shared.contracts.lists import NAME_PATTERN
from shared.runtime.openapi import Json, parameter, problem_answer, ref

_LIST: Final = parameter(
    "list", "Which list; default: `recent`.", where="query", schema={"type": "string", "pattern": NAME_PATTERN}
)
_CURSOR: Final = parameter("cursor", "`next` of the page before, unchanged.", where="query")
_LIMIT: Final = parameter(
    "limit",
    "Articles on a page.",
    where="query",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
)
_ID: Final = parameter("id", "The article's id.")


def paths(site: Json) -> dict[str, Json]:
    """Return path → method → operation."""
    return {
        "/api/v1/articles": {"get": _list(site)},
        "/api/v1/articles/{id}": {"get": _one(site)},
    }


def _list(site: Json) -> Json:
    answers = {
        **kept("A page of a list.", ref(PAGE)),
        "400": problem_answer("The list, the limit or the cursor is none."),
    }
    text = "A cursor survives whatever is inserted and removed meanwhile. The last page has no `next`."
    parameters = [site, _LIST, _CURSOR, _LIMIT, IF_NONE_MATCH]
    return operation("list_articles", "A page of a list of articles.", answers, parameters=parameters, description=text)


def _one(site: Json) -> Json:
    answers = {
        **kept("The article.", ref(ARTICLE)),
        "400": problem_answer("There is no such site."),
        "404": problem_answer("It is not there, or not published."),
        "410": problem_answer("It was withdrawn for good."),
    }
    return operation("show_article", "One article.", answers, parameters=[site, _ID, IF_NONE_MATCH])
