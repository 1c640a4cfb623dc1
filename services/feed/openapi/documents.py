"""Feeds, sitemaps and the hub, as OpenAPI operations."""

from collections.abc import Iterator
from typing import Final

from services.feed.composing import FORMATS
from services.feed.formats import HUB_PATH, ical, news_sitemap, opml, sitemap
from services.feed.hub.asking import DEFAULT_LEASE_S, MAX_SECRET
from services.feed.openapi.operations import IF_NONE_MATCH, TAG, WAIT, kept, operation
from services.feed.openapi.schemas import WORD, an_object
from shared.contracts.paths import CALENDAR, OUTLINE
from shared.runtime.openapi import Json, answer, parameter, problem_answer

_TEXT: Final[Json] = {"type": "string"}
_WORD: Final = parameter("word", "A section, `events`, `corrections`; below a kind: a tag, an author.", schema=WORD)
_KIND: Final = parameter("kind", "What the word is.", schema={"enum": ["tag", "author"]})
_PART: Final = parameter("part", "Its number.")
_SHARD: Final = parameter("shard", "A month: 2026-11.")
_MONTH: Final = [
    parameter("year", "Of publication.", schema={"type": "string", "pattern": "^[0-9]{4}$"}),
    parameter("month", "Of publication.", schema={"type": "string", "pattern": "^(0[1-9]|1[0-2])$"}),
]
_FOLDERS: Final = {
    "": [],
    "/{word}": [_WORD],
    "/{kind}/{word}": [_KIND, _WORD],
    "/{word}/{year}/{month}": [_WORD, *_MONTH],
    "/{kind}/{word}/{year}/{month}": [_KIND, _WORD, *_MONTH],
}
_FAULTS: Final = {"400": problem_answer("There is no such site."), "404": problem_answer("There is no such document.")}


def paths(site: Json) -> dict[str, Json]:
    """Return path → method → operation."""
    return {
        **dict(_feeds(site)),
        CALENDAR: {"get": _document(site, "show_calendar", "The events as a calendar.", ical.MEDIA_TYPE)},
        OUTLINE: {"get": _document(site, "show_opml", "The list of the feeds.", opml.MEDIA_TYPE)},
        news_sitemap.PATH: {"get": _sitemap(site, "show_news", "What was published in the last days.", [])},
        "/news-sitemap-{part}.xml": {"get": _sitemap(site, "show_news_part", "A part of that.", [_PART])},
        sitemap.INDEX_PATH: {"get": _sitemap(site, "show_sitemap", "The index of the sitemaps.", [])},
        "/sitemap-{shard}.xml": {"get": _sitemap(site, "show_month", "The articles of a month.", [_SHARD])},
        HUB_PATH: {"post": _hub()},
    }


def _feeds(site: Json) -> Iterator[tuple[str, Json]]:
    for folder, places in _FOLDERS.items():
        for form, module in FORMATS.items():
            name = "_".join(["show_feed", form, *(place["name"] for place in places)])
            schema: Json = {"type": "object"} if form == "json" else _TEXT
            answers = {**kept("The newest articles.", schema, media_type=module.MEDIA_TYPE), **_FAULTS}
            parameters = [site, *places, IF_NONE_MATCH]
            yield (
                f"{folder}/feed.{form}",
                {"get": operation(name, "The feed of a list.", answers, parameters=parameters)},
            )


def _document(site: Json, name: str, text: str, media_type: str) -> Json:
    answers = {**kept(text, _TEXT, media_type=media_type), **_FAULTS}
    return operation(name, text, answers, parameters=[site, IF_NONE_MATCH])


def _sitemap(site: Json, name: str, text: str, places: list[Json]) -> Json:
    answers = {**kept(text, _TEXT, media_type=sitemap.MEDIA_TYPE), **_FAULTS}
    return operation(name, text, answers, parameters=[site, *places, IF_NONE_MATCH])


def _hub() -> Json:
    asked = an_object(
        {
            "hub.mode": {"enum": ["subscribe", "unsubscribe"]},
            "hub.topic": _TEXT | {"description": "A feed's address, as its `rel=self` says."},
            "hub.callback": _TEXT | {"description": "Where to deliver."},
            "hub.secret": _TEXT | {"description": f"Signs what is delivered; at most {MAX_SECRET} bytes."},
            "hub.lease_seconds": {"type": "integer", "minimum": 0, "default": DEFAULT_LEASE_S},
        },
        "hub.secret", "hub.lease_seconds",
    )  # fmt: skip
    form = {"anyOf": [asked, an_object({"hub.mode": {"const": "publish"}})]}
    said = {
        "202": "Well-formed; the callback is asked afterwards.",
        "400": "Something of the form is wrong.",
        "404": "The topic is no feed of ours.",
        "413": "The form is too long.",
    }
    whole = operation("ask_hub", "WebSub: subscribe to a feed, or no longer.", {}, description="Source: W3C WebSub, 5.")
    answers = {status: answer(text, _TEXT, media_type="text/plain") for status, text in said.items()}
    answers["503"] = answer(
        "Redis is away, or the hub has too much to do.", _TEXT, media_type="text/plain", headers=WAIT
    )
    body = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}}
    return whole | {"tags": [TAG], "requestBody": body, "responses": answers}
