"""What was ever written parses for ever; what a newer version added is ignored."""

import json

import pytest
from pydantic import ValidationError

from shared.contracts import Article, ListsChanged, Signal, upcast

ARTICLE_V1 = {
    "schema_version": 1, "id": "a" + "0" * 24, "site": "kurier", "source": "rathaus", "source_id": "4711",
    "revision": {"scheme": "revision", "number": 3, "time_ms": 1, "digest": "0" * 16},
    "kind": "article", "section": "stadt", "slug": "markt", "headline": "Der Markt",
    "body": [{"type": "paragraph", "html": "Text"}, {"type": "divider"}],
    "published_at": "2026-11-23T08:00:00Z", "updated_at": "2026-11-23T08:00:00+01:00",
}  # fmt: skip
SIGNAL_V1 = {
    "v": "1", "article_id": "a" + "0" * 24, "site": "kurier", "verb": "published", "seq": "7",
    "received_ms": "1", "accepted_ms": "2", "traceparent": "",
}  # fmt: skip


def test_an_article_of_version_1_parses():
    assert upcast.read(Article, json.dumps(ARTICLE_V1)).headline == "Der Markt"


def test_a_signal_of_version_1_parses_from_a_stream_entry():
    assert upcast.read(Signal, SIGNAL_V1).seq == 7


def test_what_a_newer_producer_added_is_ignored():
    assert upcast.read(Article, ARTICLE_V1 | {"mood": "glad"}).headline == "Der Markt"
    assert upcast.read(Signal, SIGNAL_V1 | {"mood": "glad"}).seq == 7
    assert ListsChanged.from_wire({"v": "1", "site": "kurier", "lists": "recent tag:markt", "mood": "glad"}).lists == (
        "recent",
        "tag:markt",
    )


def test_producers_are_strict():
    with pytest.raises(ValidationError):
        Article.model_validate(ARTICLE_V1 | {"mood": "glad"})


def test_an_old_version_is_lifted_step_by_step(monkeypatch):
    monkeypatch.setattr(
        upcast, "STEPS", {("Article", 0): lambda fields: {**fields, "schema_version": 1, "headline": fields["title"]}}
    )
    old = {**ARTICLE_V1, "schema_version": 0, "title": "Von früher"}
    del old["headline"]
    assert upcast.read(Article, json.dumps(old)).headline == "Von früher"
