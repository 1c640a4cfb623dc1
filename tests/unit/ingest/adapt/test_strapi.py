"""Strapi's quirks: rows and documents, drafts that look unpublished, entries that are null."""

import pytest

from shared.contracts.blocks import Heading, Paragraph, Quote
from tests.support.vendors import content_of, drafted, faults_of, reason_of, told

PUBLISH = "strapi-publish"


def entry(name: str = PUBLISH, **changes):
    return told(name, "entry", changes=changes)


@pytest.mark.parametrize("value", [None, "null", ""])
def test_the_null_of_a_faulty_release_is_explained(value):
    assert "publish the entry again" in faults_of(told(PUBLISH, changes={"entry": value}))["entry"]


def test_a_row_that_is_deleted_deletes_the_document_whatever_row_it_is():
    draft_row, published_row = entry("strapi-delete", publishedAt=None), entry("strapi-delete", id=99)
    assert drafted(draft_row) == drafted(published_row)


def test_each_language_is_an_article_of_its_own():
    assert drafted(entry()).source_id == "z7v8zma44x7hpyr6markt0aa:de"
    assert drafted(entry(locale="en")).source_id == "z7v8zma44x7hpyr6markt0aa:en"
    assert drafted(entry(locale=None)).source_id == "z7v8zma44x7hpyr6markt0aa"


def test_a_source_with_a_locale_takes_no_other():
    assert "the source takes 'en' only" in reason_of(told(PUBLISH, model={"locale": "en"}))


def test_an_update_of_a_type_without_drafts_is_the_article():
    delivery = told("strapi-draft", "entry", changes={"publishedAt": "2026-11-20T08:00:00.000Z"})
    draft = drafted(delivery)
    assert draft.verb == "updated"
    assert draft.ordered_by.isoformat() == "2026-11-23T08:29:58.001000+00:00", "only updatedAt moves"
    assert draft.content is not None
    assert not draft.content.dated_by_cms


def test_a_field_of_ones_own_says_when_it_was_published():
    content = content_of(entry(publishDate="2026-11-20T08:00:00.000Z"))
    assert (content.published_at.isoformat(), content.dated_by_cms) == ("2026-11-20T08:00:00+00:00", False)


@pytest.mark.parametrize(
    ("event", "uid"),
    [
        ("media.create", None),
        ("trigger-test", None),
        ("releases.publish", None),
        ("review-workflows.updateEntryStage", None),
        ("entry.draft-discard", "api::article.article"),
        ("entry.publish", "plugin::users-permissions.user"),
    ],
)
def test_events_that_nobody_needs_are_answered_with_one_sentence(event, uid):
    assert event in reason_of(told(PUBLISH, changes={"event": event, "uid": uid}))


def test_a_misspelt_event_is_a_fault():
    assert "none of Strapi's events" in faults_of(told(PUBLISH, changes={"event": "entry.published"}))["event"]


def test_the_event_may_stand_in_the_header_or_the_url():
    without = told(PUBLISH, changes={"event": None})
    assert drafted(without).verb == "published"
    assert drafted(told(PUBLISH, changes={"event": None}, headers={}, event="entry.unpublish")).verb == "unpublished"
    assert "is missing" in faults_of(told(PUBLISH, changes={"event": None}, headers={}))["event"]


def test_a_dynamic_zone_becomes_blocks():
    zone = [
        {"__component": "teile.text", "id": 1, "title": "Hintergrund", "body": "Ein *Satz*."},
        {"__component": "teile.zitat", "id": 2, "quote": "Ja.", "author": "Ana Ruiz"},
    ]
    assert content_of(entry(body=zone)).body == (
        Heading(html="Hintergrund"),
        Paragraph(html="Ein <em>Satz</em>."),
        Quote(html="Ja.", cite="Ana Ruiz"),
    )


def test_a_relative_picture_without_the_cmss_address_is_left_out_with_advice():
    draft = drafted(told(PUBLISH, model={"base_url": ""}))
    assert draft.content is not None
    assert draft.content.image is None
    assert any("write its address as base_url" in warning for warning in draft.warnings)


def test_types_may_be_named_by_model_or_by_uid():
    for name in ("article", "api::article.article"):
        assert drafted(told(PUBLISH, model={"types": [name]})).verb == "published"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"publishedAt": "0000-00-00 00:00:00"}, "entry.publishedAt"),
        ({"publishedAt": "2026-11-26T08:30:00.000Z"}, "entry.publishedAt"),
        ({"updatedAt": 5}, "entry.updatedAt"),
        ({"slug": 5, "title": []}, "entry.title"),
        ({"locale": 5}, "entry.locale"),
    ],
)
def test_a_fault_is_named_by_its_field(changes, field):
    assert field in faults_of(entry(**changes))
