"""Contentful's quirks: topics, locales, links that lead nowhere."""

from typing import Any

import pytest

from tests.support.vendors import content_of, drafted, faults_of, reason_of, told

EN = {"locale": "en-US"}
PUBLISH = "contentful-publish"


def topic(name: str) -> dict[str, str]:
    return {"x-contentful-topic": f"ContentManagement.{name}"}


def with_fields(**fields: Any):
    return told(PUBLISH, "fields", changes=fields)


def test_the_sources_locale_is_taken_and_a_field_without_it_counts_for_all():
    content = content_of(told(PUBLISH, model=EN))
    assert (content.headline, content.slug, content.language) == ("A roof for the market", "market-roof", "en-US")
    assert content.sections == ("Stadt",), "not localised"


def test_without_a_locale_the_sites_language_decides():
    assert content_of(told(PUBLISH), language="en").headline == "A roof for the market"
    assert content_of(told(PUBLISH), language="de-AT").headline == "Der Markt bekommt ein Dach"


def test_a_language_that_the_entry_does_not_have_is_told():
    draft = drafted(told(PUBLISH), language="fr")
    assert any("say which one is meant with locale" in warning for warning in draft.warnings)
    assert draft.content is not None
    assert draft.content.language == "de-DE"


def test_an_entry_that_is_not_translated_is_no_article_of_the_other_language():
    delivery = told(PUBLISH, "fields", changes={"title": {"de-DE": "Nur deutsch"}}, model=EN)
    assert 'no headline in "en-US"' in reason_of(delivery)


@pytest.mark.parametrize("name", ["Entry.unpublish", "Entry.delete", "Entry.archive"])
def test_every_way_to_take_an_entry_away_unpublishes_it(name):
    assert drafted(told("contentful-unpublish", headers=topic(name))).verb == "unpublished"


@pytest.mark.parametrize(
    "name", ["Entry.save", "Entry.create", "Entry.unarchive", "Asset.publish", "ContentType.publish", "Task.create"]
)
def test_what_is_no_publication_is_answered_with_what_is_needed(name):
    assert "Entry.publish" in reason_of(told(PUBLISH, headers=topic(name)))


def test_a_topic_that_does_not_exist_is_a_fault():
    assert "Entry.publish" in faults_of(told(PUBLISH, headers=topic("Entry.publishing")))["X-Contentful-Topic"]


@pytest.mark.parametrize(
    ("name", "verb"),
    [(PUBLISH, "published"), ("contentful-unpublish", "unpublished"), ("contentful-delete", "unpublished")],
)
def test_without_a_topic_the_body_tells(name, verb):
    assert drafted(told(name, headers={})).verb == verb


def test_a_topic_may_stand_in_the_url():
    assert drafted(told("contentful-unpublish", headers={}, event="Entry.delete")).verb == "unpublished"


def test_a_withdrawal_has_no_number_so_that_its_time_decides():
    draft = drafted(told("contentful-delete"))
    assert (draft.number, draft.sent_ms) == (None, 1_795_424_401_500)


def test_a_file_that_is_no_picture_is_no_picture():
    delivery = told("contentful-update")
    for asset in delivery.payload["includes"]["Asset"]:
        asset["fields"]["file"]["de-DE"]["contentType"] = "application/pdf"
    draft = drafted(delivery)
    assert draft.content is not None
    assert draft.content.image is None
    assert any("heroImage" in warning for warning in draft.warnings)


def test_a_section_that_is_resolved_has_a_name():
    link = {"sys": {"type": "Link", "linkType": "Entry", "id": "ana"}}
    assert content_of(told("contentful-update", "fields", changes={"section": {"de-DE": link}})).sections == (
        "ana",
        "Ana Ruiz",
    )


def test_fields_that_were_flattened_to_one_locale_are_read_as_they_are():
    flat = {name: next(iter(value.values())) for name, value in told(PUBLISH).payload["fields"].items()}
    delivery = told(PUBLISH)
    delivery.payload["fields"] = flat
    content = content_of(delivery)
    assert (content.headline, content.sections, content.language) == ("Der Markt bekommt ein Dach", ("Stadt",), "")
    assert content.body == content_of(told(PUBLISH)).body


def test_long_text_is_markdown():
    assert content_of(with_fields(body={"de-DE": "**fett**"})).body[0].html == "<strong>fett</strong>"


def test_the_first_publication_is_known_when_contentful_says_it():
    delivery = told(PUBLISH, "sys", changes={"firstPublishedAt": "2026-11-22T08:00:00Z"})
    del delivery.payload["fields"]["publishDate"]
    content = content_of(delivery)
    assert (content.published_at.isoformat(), content.dated_by_cms) == ("2026-11-22T08:00:00+00:00", False)


@pytest.mark.parametrize(
    ("part", "changes", "field"),
    [
        ("sys", {"revision": -1}, "sys.revision"),
        ("sys", {"updatedAt": "gestern"}, "sys.updatedAt"),
        ("sys", {"revision": None, "updatedAt": "2026-11-26T00:00:00Z"}, "sys.updatedAt"),
        ("fields", {"publishDate": {"de-DE": "0000-00-00"}}, "fields.publishDate"),
        ("fields", {"publishDate": {"de-DE": "2062-01-01"}}, "fields.publishDate"),
        ("fields", {"title": "nicht übersetzt", "body": {"de-DE": 5}}, "fields.body"),
    ],
)
def test_a_fault_is_named_by_its_field(part, changes, field):
    assert field in faults_of(told(PUBLISH, part, changes=changes))


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "sys"),
        ({"sys": []}, "sys"),
        ({"sys": {"id": "1"}}, "fields"),
        ({"sys": {"id": "1"}, "fields": 5}, "fields"),
    ],
)
def test_a_wrong_envelope_is_told(payload, field):
    assert field in faults_of(told(PUBLISH).with_payload(payload))
