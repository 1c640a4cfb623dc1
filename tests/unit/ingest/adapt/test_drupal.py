"""Drupal's quirks: everything is a list, drafts beside the published revision, references without names."""

import pytest

from shared.contracts.blocks import Paragraph
from tests.support.vendors import content_of, drafted, faults_of, reason_of, told

CREATE, UPDATE = "drupal-create", "drupal-update"


def v(value: object) -> list[dict[str, object]]:
    return [{"value": value}]


def node(name: str = CREATE, **changes):
    return told(name, "entity", changes=changes)


@pytest.mark.parametrize(
    ("status", "state", "default"),
    [
        (False, None, True),
        (False, "archived", None),
        (False, "unpublished", None),
        (False, "draft", True),
        ("0", None, None),
    ],
)
def test_a_node_that_is_not_published_is_taken_away(status, state, default):
    delivery = node(status=v(status), moderation_state=v(state), revision_default=v(default))
    assert drafted(delivery).verb == "unpublished"


@pytest.mark.parametrize(
    ("status", "state", "default"),
    [(False, "draft", False), (True, "published", False), (False, "draft", None), (False, "needs_review", None)],
)
def test_a_draft_beside_the_published_revision_leaves_it_as_it_is(status, state, default):
    delivery = node(status=v(status), moderation_state=v(state), revision_default=v(default))
    assert "draft beside" in reason_of(delivery)


def test_a_translation_is_an_article_of_its_own():
    assert (
        drafted(node(langcode=v("en"), default_langcode=v(False))).source_id
        == "2c0f5f5e-6f1b-4f0f-9d2d-0d2a4a0c1b11:en"
    )
    assert drafted(node(default_langcode=None)).source_id == "2c0f5f5e-6f1b-4f0f-9d2d-0d2a4a0c1b11"


def test_a_source_with_a_locale_takes_no_other():
    assert "the source takes 'en' only" in reason_of(told(CREATE, model={"locale": "en"}))


def test_of_two_edits_in_one_second_the_later_revision_wins():
    one, two = drafted(node(vid=v(9001))), drafted(node(vid=v(9002)))
    assert one.ordered_by < two.ordered_by < drafted(told(UPDATE)).ordered_by


def test_only_filtered_text_is_shown():
    assert "[[raw]]" not in repr(drafted(node()))
    processed = [{"value": "roh", "processed": "Nur *Text*", "format": "plain_text"}]
    assert content_of(node(body=processed)).body == (Paragraph(html="Nur *Text*"),), "HTML, never Markdown"


def test_several_texts_stand_one_after_the_other():
    texts = [{"value": "", "processed": f"<p>{word}</p>"} for word in ("eins", "zwei")]
    assert content_of(node(body=texts)).body == (Paragraph(html="eins"), Paragraph(html="zwei"))


def test_the_address_gives_slug_and_section():
    content = content_of(node())
    assert (content.slug, content.sections) == ("markt-dach", ("stadt",))
    assert content_of(node(path=[{"alias": "/markt"}])).sections == ()
    assert content_of(node(path=[])).slug == "der-markt-bekommt-ein-dach"


def test_terms_that_a_normaliser_gave_a_name_are_tags_and_sections():
    named = [{"target_id": 9, "name": "Markt"}, {"target_id": 10, "label": "Rat"}]
    content = content_of(node(field_tags=named, field_section=[{"target_id": 3, "name": "Kultur"}]))
    assert [tag.name for tag in content.tags] == ["Markt", "Rat"]
    assert content.sections == ("Kultur", "stadt")


def test_who_saved_the_node_is_nobodys_business():
    assert "user" not in repr(drafted(node(field_byline=None)))


@pytest.mark.parametrize("event", ["entity:comment:update", "entity:user:create", "entity:file:delete"])
def test_what_is_no_node_is_answered_with_what_is_needed(event):
    assert "entity:node:update" in reason_of(told(CREATE, changes={"event": event}))


@pytest.mark.parametrize("event", ["entity:node:save", "node:update", "entity", 5])
def test_an_event_that_does_not_exist_is_a_fault(event):
    assert "event" in faults_of(told(CREATE, changes={"event": event}))


def test_the_event_may_stand_in_the_header():
    assert drafted(told("drupal-delete", changes={"event": None})).verb == "unpublished"


def test_a_deletion_is_newer_than_the_last_edit_although_its_dates_are_the_same():
    assert drafted(told("drupal-delete")).sent_ms > drafted(told(UPDATE)).ordered_by.timestamp() * 1000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": None}, "entity.status"),
        ({"status": [{"value": "vielleicht"}]}, "entity.status"),
        ({"changed": [{"value": 1764000000}]}, "entity.changed"),
        ({"changed": [{"value": "2026-11-26T08:30:00+00:00"}]}, "entity.changed"),
        ({"title": [{"value": ""}]}, "entity.title"),
        ({"body": [{"value": 5}]}, "entity.body"),
        ({"uuid": [{"value": [1]}]}, "entity.uuid"),
    ],
)
def test_a_fault_is_named_by_its_field(changes, field):
    assert field in faults_of(node(**changes))


@pytest.mark.parametrize("entity", [None, [], "x", 5])
def test_a_wrong_envelope_is_told(entity):
    assert "entity" in faults_of(told(CREATE, changes={"entity": entity}))
