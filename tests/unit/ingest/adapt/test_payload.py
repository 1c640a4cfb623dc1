"""Payload's quirks: what the hook says, languages, relations without names."""

import pytest

from shared.contracts.blocks import Heading, ListBlock, Paragraph, Quote
from tests.support.vendors import content_of, drafted, faults_of, reason_of, told

CREATE = "payload-create"


def doc(name: str = CREATE, **changes):
    return told(name, "data", "doc", changes=changes)


def data(**changes):
    return told(CREATE, "data", changes=changes)


def test_a_collection_without_drafts_is_always_published():
    delivery = doc()
    del delivery.payload["data"]["doc"]["_status"]
    assert drafted(delivery).verb == "published"


def test_the_operation_may_stand_in_the_type():
    delivery = told("payload-unpublish", "data", changes={"operation": None})
    assert drafted(delivery).verb == "unpublished"
    assert drafted(told(CREATE, "data", changes={"collection": None}, model={"types": ["posts"]})).verb == "published"


@pytest.mark.parametrize("operation", ["upsert", 5, []])
def test_an_operation_that_does_not_exist_is_a_fault(operation):
    delivery = told(CREATE, "data", changes={"operation": operation})
    delivery.payload["type"] = None
    assert "unpublish" in faults_of(delivery)["data.operation"]


def test_of_all_languages_the_sources_is_taken():
    title = {"de": "Deutsch", "en": "English"}
    changes = {"title": title, "slug": {"de": "deutsch", "en": "english"}}
    assert content_of(doc(**changes)).headline == "Deutsch"
    english = told(CREATE, "data", "doc", changes=changes, model={"locale": "en"})
    assert (content_of(english).headline, content_of(english).slug) == ("English", "english")


def test_a_document_in_one_language_has_it_and_another_source_leaves_it_alone():
    assert content_of(data(locale="en")).language == "en"
    other = told(CREATE, "data", changes={"locale": "en"}, model={"locale": "de"})
    assert "the source takes 'de' only" in reason_of(other)


def test_a_relation_that_is_only_an_id_is_nobodys_name():
    draft = drafted(doc(populatedAuthors=None, categories=["6776a1b2c3d4e5f607182940", 5]))
    assert draft.content is not None
    assert (draft.content.authors, draft.content.sections) == ((), ())
    assert any("data.doc.authors: is only a reference" in warning for warning in draft.warnings)


def test_an_upload_that_is_no_picture_is_no_picture():
    film = {"id": "1", "url": "/api/media/file/x.mp4", "mimeType": "video/mp4"}
    assert content_of(doc(heroImage=film)).image is None


def test_slate_of_older_projects_is_understood():
    link = {"type": "link", "url": "https://a.example/", "children": [{"text": "dort"}]}
    slate = [
        {"type": "h3", "children": [{"text": "Alter Titel"}]},
        {"children": [{"text": "Alter "}, {"text": "Text", "bold": True, "italic": True}, {"text": " "}, link]},
        {"type": "ol", "children": [{"type": "li", "children": [{"text": "eins"}]}]},
        {"type": "blockquote", "children": [{"text": "Ja."}]},
    ]
    draft = drafted(doc(content=slate))
    assert draft.warnings == ()
    assert draft.content is not None
    assert draft.content.body == (
        Heading(level=3, html="Alter Titel"),
        Paragraph(html='Alter <strong><em>Text</em></strong> <a href="https://a.example/">dort</a>'),
        ListBlock(ordered=True, items=("eins",)),
        Quote(html="Ja."),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"_status": 5}, "data.doc._status"),
        ({"updatedAt": "2026-11-26T08:30:00Z"}, "data.doc.updatedAt"),
        ({"publishedAt": "bald"}, "data.doc.publishedAt"),
        ({"slug": 5, "id": None}, "data.doc.id"),
    ],
)
def test_a_fault_is_named_by_its_field(changes, field):
    assert field in faults_of(doc(**changes))


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "data"),
        ({"data": 5}, "data"),
        ({"data": {"operation": "update"}}, "data.doc"),
        ({"data": {"operation": "delete", "doc": {}}}, "data.doc.id"),
    ],
)
def test_a_wrong_envelope_is_told(payload, field):
    assert field in faults_of(told(CREATE).with_payload(payload))
