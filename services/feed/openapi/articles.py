"""Lists and articles, as OpenAPI operations."""

from typing import Final, get_args

from services.feed.formats import ninjs
from services.feed.openapi.operations import IF_NONE_MATCH, counted, kept, operation, preflight
from services.feed.openapi.schemas import ARTICLE, NINJS, PAGE, WORD
from services.feed.query import DEFAULT_LIMIT, FIELDS, MAX_LIMIT, MAX_VALUES
from shared.contracts.article import Kind
from shared.contracts.lists import NAME_PATTERN
from shared.runtime.openapi import JSON_TYPE, Json, parameter, problem_answer, ref

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
_LANGUAGE: Final[Json] = {"type": "string", "pattern": "^[A-Za-z0-9-]+$", "maxLength": 35}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}


def _several(name: str, text: str, items: Json, *, most: int = MAX_VALUES) -> Json:
    """Return a parameter that takes one value, or several with commas between them."""
    schema: Json = {"type": "array", "items": items, "minItems": 1, "maxItems": most}
    return parameter(name, text, where="query", schema=schema) | {"style": "form", "explode": False}


_FILTERS: Final = (
    _several("section", "Only of these sections.", WORD),
    _several("tag", "Only with one of these tags.", WORD),
    _several("author", "Only by one of these authors.", WORD),
    _several("kind", "Only of these kinds.", {"enum": list(get_args(Kind))}),
    _several("language", "Only in these languages, BCP 47; `de` wants `de-AT`, too.", _LANGUAGE),
    parameter("since", "Published at this moment or later.", where="query", schema=_MOMENT),
    parameter("until", "Published before this moment.", where="query", schema=_MOMENT),
)
_FIELDS: Final = _several(
    "fields", "Only these fields of each article, and its `id`.", {"enum": list(FIELDS)}, most=len(FIELDS)
)


def paths(site: Json) -> dict[str, Json]:
    """Return path → method → operation."""
    return {
        "/api/v1/articles": {"get": _list(site), "options": preflight("articles")},
        "/api/v1/articles/{id}": {"get": _one(site), "options": preflight("article", _ID)},
    }


def _list(site: Json) -> Json:
    answers = {
        **kept("A page of a list; of ninjs items for who accepts those.", {"anyOf": [ref(PAGE), _NINJS_PAGE]}),
        "400": problem_answer("The list, a filter, the limit or the cursor is none."),
    }
    text = (
        "A cursor survives whatever is inserted and removed meanwhile; it belongs to its list and filters. Filters are "
        "joined by *and*, the values of one by *or*; with them a page may be short, or empty: only without `next` is "
        "it the last."
    )
    parameters = [site, _LIST, *_FILTERS, _FIELDS, _CURSOR, _LIMIT, IF_NONE_MATCH]
    summary = "A page of a list of articles."
    return counted(operation("list_articles", summary, answers, parameters=parameters, description=text))


def _one(site: Json) -> Json:
    answers = {
        **kept("The article.", ref(ARTICLE)),
        "400": problem_answer("There is no such site, or no such field."),
        "404": problem_answer("It is not there, or not published."),
        "410": problem_answer("It was withdrawn for good."),
    }
    answers["200"]["content"] = {JSON_TYPE: {"schema": ref(ARTICLE)}, ninjs.MEDIA_TYPE: {"schema": ref(NINJS)}}
    return counted(operation("show_article", "One article.", answers, parameters=[site, _ID, _FIELDS, IF_NONE_MATCH]))


_NINJS_PAGE: Final[Json] = {
    "type": "object",
    "required": ["items", "next"],
    "properties": {
        "items": {"type": "array", "items": ref(NINJS)},
        "next": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
