"""What feed's answers are made of, as JSON Schema: from the contracts, under names that no other service has."""

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from services.feed.formats import ninjs
from services.feed.subscribers.front_desk import Newcomer
from shared.contracts.article import Article
from shared.contracts.events import ArticleEvent, TeaserEvent
from shared.contracts.subscribers import Wanted
from shared.contracts.verbs import VERBS
from shared.runtime.openapi import Json

SUBSCRIBER: Final = "subscriber"  # the security scheme
ARTICLE: Final = "feed.PublicArticle"
NINJS: Final = "feed.Ninjs"
PAGE: Final = "feed.Page"
EVENTS: Final = "feed.Events"
SUBSCRIPTION: Final = "feed.Subscription"
NEWCOMER: Final = "feed.Newcomer"
DELIVERIES: Final = "feed.Deliveries"
WORD: Final[Json] = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 100}
MOMENT: Final[Json] = {"type": "string", "format": "date-time"}

_TEXT: Final[Json] = {"type": "string"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_PREFIX: Final = "#/components/schemas/feed."


def every_schema() -> dict[str, Json]:
    """Return the schemas of all answers, and of all that they are made of, by their names."""
    parts: dict[str, Json] = {}
    article = _taken(Article, parts)
    event, teaser_event = _taken(ArticleEvent, parts), _taken(TeaserEvent, parts)
    wanted, newcomer = _taken(Wanted, parts), _taken(Newcomer, parts, mode="validation")
    parts["feed.Event"] = {"anyOf": [event, teaser_event]}
    return {
        **parts,
        ARTICLE: _public(article),
        NINJS: _NINJS,
        PAGE: an_object({"items": a_list(_named(ARTICLE)), "next": or_null(_TEXT)}),
        EVENTS: {
            **an_object({"items": a_list(_named("feed.Event")), "next": _TEXT}),
            "properties": {"items": a_list(_named("feed.Event")), "next": _TEXT, "gap": _GAP},
        },
        SUBSCRIPTION: _subscription(wanted),
        NEWCOMER: newcomer,
        DELIVERIES: an_object({"items": a_list(_ATTEMPT)}),
    }


def an_object(properties: Json, *optional: str) -> Json:
    """Return the schema of an object that has these properties, all but the optional ones always."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def a_list(items: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def or_null(schema: Json) -> Json:
    """Return the schema of something that may be missing."""
    return {"anyOf": [schema, {"type": "null"}]}


def _named(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _taken(contract: Any, parts: dict[str, Json], *, mode: JsonSchemaMode = "serialization") -> Json:
    """Return a contract's schema; put what it refers to among the parts."""
    schema = TypeAdapter(contract).json_schema(mode=mode, ref_template=_PREFIX + "{model}")
    parts |= {f"feed.{name}": part for name, part in schema.pop("$defs", {}).items()}
    return schema


def _public(article: Json) -> Json:
    """The contract's article as it is shown: with its address, its revision as one number, or only some fields."""
    properties = article["properties"] | {"revision": {"type": "integer"}, "url": {"type": "string", "format": "uri"}}
    return article | {"title": "PublicArticle", "properties": properties, "required": ["id"]}


_NINJS: Final[Json] = {
    "type": "object",
    "description": "An item after IPTC ninjs 3.1; its own schema says the rest.",
    "required": ["uri", "standard"],
    "properties": {"uri": {"type": "string", "format": "uri"}, "standard": {"const": ninjs.STANDARD}},
}
_GAP: Final[Json] = an_object({"lost": _COUNT, "detail": _TEXT})
_ATTEMPT: Final[Json] = an_object(
    {
        "at": MOMENT, "event_id": _TEXT, "article_id": _TEXT, "verb": {"enum": [*VERBS, "embargoed"]},
        "attempt": _COUNT, "outcome": _TEXT, "status": _COUNT, "fault": _TEXT, "took_ms": _COUNT, "again_at": _TEXT,
    }
)  # fmt: skip


def _subscription(wanted: Json) -> Json:
    token = an_object(
        {"scopes": a_list({"enum": ["read", "manage"]}), "created_at": MOMENT, "expires_at": or_null(MOMENT)}
    )
    webhook = an_object({"url": _TEXT, "disabled": _TEXT, "secrets": _COUNT})
    queue = an_object({"waiting": _COUNT, "failures": _COUNT, "rests_until_ms": _COUNT})
    return an_object(
        {
            "name": _TEXT, "number": _COUNT, "wanted": wanted, "content": {"enum": ["full", "summary", "teaser"]},
            "is_paused": {"type": "boolean"}, "embargoed": {"type": "boolean"}, "is_direct": {"type": "boolean"},
            "created_ms": _COUNT, "tokens": a_list(token), "webhook": or_null(webhook), "queue": queue, "secret": _TEXT,
        },
        "queue", "secret",
    )  # fmt: skip
