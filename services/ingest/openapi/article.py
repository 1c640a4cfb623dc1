"""The article as the `standard` adapter takes it, as JSON Schema: from the contracts, and where it asks for less.

What the contract's article and the delivered one share is the contract's; the rest is said here once. Unknown keys are
possible: they are kept out, and named in the answer's warnings. docs/howto/connect-standard.md is the page for people.
"""

from typing import Any, Final

from services.ingest.adapt.standard import TYPES
from shared.contracts.article import Article
from shared.contracts.revision import MAX_NUMBER
from shared.contracts.verbs import WITHDRAWALS
from shared.runtime.openapi import Json, ref

ARTICLE: Final = "ArticleAsDelivered"
WITHDRAWAL: Final = "Withdrawal"
DELIVERY: Final = "StandardDelivery"

_VISIBLE: Final = "[^\\s\\u0000-\\u001f\\u007f-\\u00a0\\ufeff\\ufffe\\uffff]"  # at least one character to be seen
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_NUMBER: Final[Json] = {"type": "integer", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}
_ID: Final[Json] = {
    "description": "The CMS's own.",
    "anyOf": [{"type": "string", "pattern": _VISIBLE, "maxLength": 200}, _NUMBER],
}
_REVISION: Final[Json] = {
    "description": "A whole number that grows with every edit; without it `updated_at` orders them.",
    "anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_NUMBER}, {"type": "null"}],
}
# Shared with the contract's article under the same names, there required or not.
_SHARED: Final = (
    "kind", "kicker", "headline", "standfirst", "credit", "location", "event", "published_at", "updated_at", "ads",
    "sensitive", "noindex", "members_only", "minor", "embargoed_until", "expires_at",
    "resurface_at", "breaking_until", "image",
)  # fmt: skip


def article_schemas() -> dict[str, Json]:
    """Return the schemas of a delivery and of all that it is made of, by their names."""
    contract = Article.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Json] = {name: _open(schema) for name, schema in contract["$defs"].items() if name not in _INSIDE}
    properties = {name: _optional(contract["properties"][name]) for name in _SHARED}
    properties |= {
        "id": _ID,
        "revision": _REVISION,
        "headline": {"type": "string", "pattern": _VISIBLE},
        "published_at": _MOMENT,
        "updated_at": _or_null(_MOMENT),
        "body": {
            "description": "HTML, or blocks.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": contract["properties"]["body"]["items"]}],
        },
        "slug": _or_null({"type": "string", "description": "A path word; made from the headline when missing."}),
        "section": _or_null(
            {"type": "string", "description": "A section's slug or title; unknown ones fall into the first."}
        ),
        "language": _or_null({"type": "string", "description": "BCP 47; default: the site's."}),
        "canonical_url": _or_null({"type": "string", "description": "Where the original is."}),
        "authors": _or_null({"type": "array", "items": _named("url")}),
        "tags": _or_null({"type": "array", "items": {"anyOf": [{"type": "string"}, _named()]}}),
        "correction": _or_null(
            _object({"text": {"type": "string", "pattern": _VISIBLE}, "at": _or_null(_MOMENT)}, "text")
        ),
    }
    article = _object(properties, "id", "headline", "body", "published_at")
    withdrawal = _object(
        {"id": _ID, "revision": _REVISION, "updated_at": _or_null(_MOMENT), "note": _or_null({"type": "string"})}, "id"
    )
    return parts | {ARTICLE: article, WITHDRAWAL: withdrawal, DELIVERY: _delivery()}


# What the contract needs inside and nobody delivers so.
_INSIDE: Final = frozenset({"Author", "Tag", "Correction", "Revision"})


def _delivery() -> Json:
    withdrawing = [name for name, verb in TYPES.items() if verb in WITHDRAWALS]
    telling = [name for name in TYPES if name not in withdrawing]
    return {
        "title": "standard",
        "oneOf": [_envelope(telling, ref(ARTICLE)), _envelope(withdrawing, ref(WITHDRAWAL))],
    }


def _envelope(types: list[str], data: Json) -> Json:
    when = _or_null(_MOMENT | {"description": "When it happened, equal for every attempt."})
    return _object({"type": {"enum": types}, "timestamp": when, "data": data}, "type", "data")


def _named(*more: str) -> Json:
    fields = {"name": {"type": "string", "pattern": _VISIBLE}}
    return _object(fields | {name: _or_null({"type": "string"}) for name in ("slug", *more)}, "name")


def _object(properties: dict[str, Any], *required: str) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _optional(schema: Json) -> Json:
    """Return a property's schema, which may also be null: that is the same as leaving it out."""
    bare = {name: value for name, value in schema.items() if name != "default"}
    return bare if {"type": "null"} in bare.get("anyOf", ()) else _or_null(bare)


def _open(schema: Json) -> Json:
    """Return a contract's schema without its door shut: unknown keys are kept out, and no reason to refuse."""
    return {name: value for name, value in schema.items() if name != "additionalProperties"}
