"""Contentful, Strapi, Sanity, Drupal and Payload: every verb, and what nobody should send."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import PayloadRejected
from services.ingest.draft import Ignored
from tests.support.deliveries import NAMES, Told, a_told
from tests.support.payloads import DATES, JSON
from tests.support.vendors import content_of, drafted, faults_of

ARTICLES = ["contentful-publish", "strapi-publish", "sanity-create", "drupal-create", "payload-create"]
WITHDRAWALS = [name for name in NAMES if name.endswith(("-unpublish", "-delete"))]
Path = tuple[str | int, ...]

# What an article cannot do without: where it stands, and what the fault calls it.
ID, HEADLINE, BODY = "id", "headline", "body"
NEEDED: dict[str, dict[str, tuple[Path, str]]] = {
    "contentful-publish": {
        ID: (("sys", "id"), "sys.id"),
        HEADLINE: (("fields", "title"), "fields.title"),
        BODY: (("fields", "body"), "fields.body"),
    },
    "strapi-publish": {
        ID: (("entry", "documentId"), "entry.documentId"),
        HEADLINE: (("entry", "title"), "entry.title"),
        BODY: (("entry", "body"), "entry.body"),
    },
    "sanity-create": {ID: (("_id",), "_id"), HEADLINE: (("title",), "title"), BODY: (("body",), "body")},
    "drupal-create": {
        ID: (("entity", "uuid"), "entity.uuid"),
        HEADLINE: (("entity", "title"), "entity.title"),
        BODY: (("entity", "body"), "entity.body"),
    },
    "payload-create": {
        ID: (("data", "doc", "id"), "data.doc.id"),
        HEADLINE: (("data", "doc", "title"), "data.doc.title"),
        BODY: (("data", "doc", "content"), "data.doc.body"),
    },
}
PARTS = [(name, part) for name in ARTICLES for part in (ID, HEADLINE, BODY)]


def changed(name: str, path: Path, *value: Any) -> Told:
    """The delivery with another value at a path; without one nothing is there."""
    told = a_told(name)
    payload = copy.deepcopy(told.payload)
    inner: Any = payload
    for step in path[:-1]:
        inner = inner[step]
    if value:
        inner[path[-1]] = value[0]
    else:
        del inner[path[-1]]
    return told.with_payload(payload)


def test_no_address_of_the_staff_leaves_ingest():
    for name in NAMES:
        assert "@kurier.example" not in repr(a_told(name).adapted())


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_what_an_article_cannot_do_without_is_named_when_it_is_missing(name, part):
    path, field = NEEDED[name][part]
    told = changed(name, path)
    if (name, part) == ("strapi-publish", ID):
        told.payload["entry"].pop("id")
    if (name, part) == ("drupal-create", ID):
        told.payload["entity"].pop("nid")
    assert "is missing" in faults_of(told)[field]


@pytest.mark.parametrize("value", [None, 5, True, 1.5], ids=["null", "number", "true", "fraction"])
@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_value_of_another_type_is_named_or_understood(name, part, value):
    path, field = NEEDED[name][part]
    localised = {"de-DE": value} if name.startswith("contentful") and part != ID else value
    told = changed(name, path, [{"value": localised}] if name.startswith("drupal") and value is not None else localised)
    if value is None and part == BODY:
        draft = drafted(told)
        assert draft.content is not None
        assert draft.content.body == ()
        assert any("has nothing to read in it" in warning for warning in draft.warnings)
    elif (part == ID and value in (5, None)) and (value == 5 or name in {"strapi-publish", "drupal-create"}):
        assert drafted(told).source_id  # numbers are ids too; and these two have another one
    else:
        faults = faults_of(told)
        named = {field, field.replace("data.doc.body", "data.doc.content")}
        assert named & set(faults), faults


@pytest.mark.parametrize(("name", "part"), [each for each in PARTS if each[1] != BODY])
def test_an_empty_id_or_headline_is_named(name, part):
    path, field = NEEDED[name][part]
    empty: Any = {"de-DE": " "} if name.startswith("contentful") and part == HEADLINE else " "
    told = changed(name, path, [{"value": empty}] if name.startswith("drupal") else empty)
    assert faults_of(told)[field] == "is empty"


@pytest.mark.parametrize("name", ARTICLES)
def test_a_headline_of_a_million_characters_is_cut(name):
    path, _ = NEEDED[name][HEADLINE]
    long = "Wort " * 200_000
    told = changed(name, path, {"de-DE": long} if name.startswith("contentful") else long)
    draft = drafted(told)
    assert draft.content is not None
    assert 1_900 < len(draft.content.headline) <= 2_000
    assert any("was cut to 2000" in warning for warning in draft.warnings)


@pytest.mark.parametrize("name", ARTICLES)
def test_an_id_of_a_million_characters_is_named(name):
    path, field = NEEDED[name][ID]
    assert "at most 200" in faults_of(changed(name, path, "x" * 1_000_000))[field]


@pytest.mark.parametrize("name", ARTICLES)
def test_a_body_of_two_megabytes_is_published_whole(name):
    path, _ = NEEDED[name][BODY]
    html = "<p>" + "Wort " * 100 + "</p>"
    whole: Any = html * 4_000
    told = changed(name, path, {"de-DE": whole} if name.startswith("contentful") else whole)
    assert len(content_of(told).body) == 4_000


@pytest.mark.parametrize("name", WITHDRAWALS)
def test_a_withdrawal_is_refused_for_nothing_but_its_id(name):
    vendor = name.partition("-")[0]
    told = a_told(name)
    payload: Any = copy.deepcopy(told.payload)
    inner = {"contentful": ("sys",), "strapi": ("entry",), "drupal": ("entity",), "payload": ("data", "doc")}.get(
        vendor, ()
    )
    target = payload
    for step in inner:
        target = target[step]
    kept = {"id", "documentId", "_id", "uuid", "locale", "contentType", "status", "moderation_state", "_status", "type"}
    for key in set(target) - kept:
        target[key] = [5]
    for key in set(payload) - {"event", "data", "sys", "entry", "entity", "_id", "type", "model", "uid"}:
        payload[key] = [5]
    assert drafted(told.with_payload(payload)).verb == "unpublished"


@pytest.mark.parametrize("name", ARTICLES)
def test_a_second_edit_is_newer_and_what_takes_the_article_away_is_newer_still(name):
    vendor = name.partition("-")[0]
    first, second = drafted(a_told(name)), drafted(a_told(f"{vendor}-update"))
    assert (second.number or 0, second.ordered_by) > (first.number or 0, first.ordered_by)
    assert second.source_id == first.source_id
    for withdrawal in (drafted(a_told(each)) for each in WITHDRAWALS if each.startswith(vendor)):
        assert withdrawal.source_id == first.source_id
        if withdrawal.ordered_by:
            assert withdrawal.ordered_by > second.ordered_by
        else:
            ordered_ms = second.ordered_by.timestamp() * 1000 if second.ordered_by else 0
            assert withdrawal.sent_ms > max(second.sent_ms, ordered_ms), "numbers of two schemes: the time decides"


@pytest.mark.parametrize("name", ARTICLES)
def test_a_content_type_that_is_no_article_is_not_taken(name):
    told = a_told(name, model=a_told(name).model | {"types": ["seite"]})
    answer = told.adapted()
    assert isinstance(answer, Ignored)
    assert "none of the types that are articles here: seite" in answer.reason


TYPES: dict[str, Path] = {
    "contentful-publish": ("sys", "contentType", "sys", "id"),
    "strapi-publish": ("model",),
    "sanity-create": ("_type",),
    "payload-create": ("data", "collection"),
}


@pytest.mark.parametrize("name", TYPES)
def test_a_content_type_that_looks_like_an_article_is_taken_with_a_hint(name):
    draft = drafted(changed(name, TYPES[name], "beitrag"))
    assert any("types in [source.NAME.model]" in warning for warning in draft.warnings)
    named = a_told(
        name, model=a_told(name).model | {"types": ["beitrag"]}, payload=changed(name, TYPES[name], "beitrag").payload
    )
    assert drafted(named).warnings == drafted(a_told(name)).warnings


@pytest.mark.parametrize("name", TYPES)
def test_a_content_type_that_does_not_look_like_one_is_left_alone(name):
    path, _ = NEEDED[name][BODY]
    told = changed(name, TYPES[name], "person")
    inner: Any = told.payload
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    answer = told.adapted()
    assert isinstance(answer, Ignored)
    assert "does not look like an article" in answer.reason


@pytest.mark.parametrize("name", ARTICLES)
def test_a_newsrooms_own_names_are_followed(name):
    path, _ = NEEDED[name][HEADLINE]
    told = changed(name, path)
    inner: Any = told.payload
    for step in path[:-1]:
        inner = inner[step]
    own: Any = {"zeile": "Eigene Zeile"}
    inner["kopf"] = {"de-DE": own} if name.startswith("contentful") else own
    model = told.model | {"fields": {**told.model.get("fields", {}), "headline": "kopf.zeile"}}
    mapped = Told(**{**vars(told), "model": model})
    assert content_of(mapped).headline == "Eigene Zeile"
    inner["kopf"] = {"de-DE": {}} if name.startswith("contentful") else {}
    assert "is missing" in next(message for field, message in faults_of(mapped).items() if field.endswith("kopf.zeile"))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


PLACES = {name: sorted(places(a_told(name).payload), key=lambda path: (len(path), str(path))) for name in NAMES}


@given(
    st.sampled_from(NAMES).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.lists(st.tuples(st.sampled_from(PLACES[name]), st.none() | JSON | DATES), min_size=1, max_size=3),
        )
    )
)
def test_nothing_but_a_rejection_comes_of_a_broken_delivery(broken):
    name, mutations = broken
    told = a_told(name)
    payload: Any = copy.deepcopy(told.payload)
    for path, value in mutations:
        inner = payload
        with suppress(KeyError, IndexError, TypeError):
            for step in path[:-1]:
                inner = inner[step]
            if value is None:
                del inner[path[-1]]
            else:
                inner[path[-1]] = value
    with suppress(PayloadRejected):
        told.with_payload(payload).adapted()


@given(
    st.sampled_from(ARTICLES),
    st.dictionaries(st.text() | st.sampled_from(["event", "entry", "entity", "sys", "fields", "data", "_id"]), JSON),
)
def test_nothing_but_a_rejection_comes_of_any_object(name, payload):
    for told in (a_told(name), a_told(name, headers={}, event="")):
        with suppress(PayloadRejected):
            told.with_payload(payload).adapted()
