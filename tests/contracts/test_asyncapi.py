"""The AsyncAPI document says what is sent, and no more."""

import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator

from litfass.run import compose
from services.feed.subscribers import events, pull
from services.feed.subscribers.places import Place
from services.feed.subscribers.pull import _answer
from services.feed.subscribers.reading import Item, Page
from shared.contracts import asyncapi
from shared.contracts.base import UrlPath
from shared.contracts.config import LitfassConfig
from shared.contracts.subscribers import Reference
from shared.contracts.verbs import VERBS, WITHDRAWALS
from tests.support.articles import SITE, a_site, an_article, an_id

DOCUMENT = asyncapi.document()


def is_valid(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return Draft7Validator(schema).is_valid(value)


def an_event_of(verb: str, content: str = "full", **changes: Any) -> bytes:
    reference = Reference(
        event_id="e1", article_id=an_id(1), site=SITE, verb=verb, seq=1, at_ms=1_795_507_200_000, **changes
    )
    if verb in WITHDRAWALS:
        return events.as_json(events.withdrawn_event(reference, site=a_site()))
    path = UrlPath("/stadt/neue-bruecke-1/")
    return events.as_json(events.public_event(reference, an_article(), site=a_site(), path=path, content=content))


def test_the_committed_document_is_what_the_contracts_say():
    assert asyncapi.FILE.read_text(encoding="utf-8") == asyncapi.text(), "Run: make schemas"


@pytest.mark.parametrize("verb", VERBS)
def test_every_event_is_one_of_its_message(verb):
    event = json.loads(an_event_of(verb, traceparent="00-1-2-01"))
    message = DOCUMENT["components"]["messages"][f"Article{verb.capitalize()}"]
    assert message["name"] == event["type"]
    assert is_valid(f"Article{verb.capitalize()}", event)
    assert is_valid("AnyEvent", event)
    assert not is_valid("AnyEvent", {**event, "data": {}})


@pytest.mark.parametrize(("content", "name"), [("full", "ArticleEmbargoed"), ("teaser", "ArticleTeased")])
def test_an_embargoed_article_says_until_when(content, name):
    event = json.loads(an_event_of("embargoed", content, public_ms=1_795_510_800_000))
    assert (event["type"], event["embargoeduntil"]) == ("article.embargoed", "2026-11-24T09:00:00Z")
    assert is_valid(name, event)
    assert is_valid("AnyEvent", event)


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in WITHDRAWALS])
def test_a_teaser_is_one_of_its_message(verb):
    assert is_valid("ArticleTeased", json.loads(an_event_of(verb, content="teaser")))


def test_a_page_of_events_is_what_a_pull_answers_with_a_gap_or_without():
    item = Item("article.killed", an_event_of("killed"), "s1", Place())
    for lost in (0, 3):
        answer = _answer(Page((item,), {}, lost=lost), "weiter")
        assert is_valid("EventsPage", json.loads(answer.body))
    assert not is_valid("EventsPage", {"items": []})


def test_the_bounds_of_a_pull_are_those_that_are_kept():
    asked = DOCUMENT["components"]["schemas"]["PullRequest"]["properties"]
    assert (asked["limit"]["maximum"], asked["limit"]["default"]) == (pull.MAX_LIMIT, pull.DEFAULT_LIMIT)
    assert asked["wait"]["maximum"] == pull.MAX_WAIT_S


def test_nothing_that_is_only_for_ourselves_is_told():
    text = json.dumps(DOCUMENT)
    for ours in ("articles-urgent", "articles-bulk", "received_ms", "signing_key"):
        assert ours not in text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", asyncapi.MEDIA_TYPE), ("application/yaml", "application/yaml"), ("", asyncapi.MEDIA_TYPE)],
)
@pytest.mark.parametrize("name", ["ingest", "render", "feed"])
async def test_every_service_shows_it(tmp_path, name, accept, media_type):
    config = LitfassConfig.model_validate(
        {"pages": {"store": tmp_path.as_uri()}, "site": {SITE: a_site().model_dump(mode="json")}}
    )
    app = compose([name], config, environ={}, consumer="test")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kurier.example") as client:
        answer = await client.get("/asyncapi", headers={"accept": accept})
    assert answer.headers["content-type"] == media_type
    assert json.loads(answer.text) == DOCUMENT
