"""Ghost's post and page webhooks: what they say, and what must never be said again."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.ghost import adapt
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Heading, Paragraph
from shared.contracts.media import Image
from tests.support.payloads import DATES, JSON

CMS = Path(__file__).parents[3] / "fixtures/cms"
PUBLISHED = (CMS / "ghost-post-published.json").read_text(encoding="utf-8")
DELETED = json.loads((CMS / "ghost-post-deleted.json").read_text(encoding="utf-8"))
SENT_MS = 1_795_422_601_000  # 2026-11-23 08:30:01 UTC
PAID = "<p>Für alle.</p><!--members-only--><p>Nur für Mitglieder.</p>"


def a_post(*, previous: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(PUBLISHED)
    payload["post"]["current"] |= changes
    if previous is not None:
        payload["post"]["previous"] = previous
    return payload


def answered(payload: dict[str, Any], event: str = "post.published", *, language: str = "de") -> Draft | Ignored:
    return adapt(payload, Circumstances(now_ms=SENT_MS + 50, sent_ms=SENT_MS, event=event, language=language))


def drafted(payload: dict[str, Any], event: str = "post.published", *, language: str = "de") -> Draft:
    draft = answered(payload, event, language=language)
    assert isinstance(draft, Draft)
    return draft


def told(payload: dict[str, Any], *, language: str = "de") -> Content:
    content = drafted(payload, language=language).content
    assert content is not None
    return content


def faults_of(payload: dict[str, Any], event: str = "post.published") -> dict[str, str]:
    with pytest.raises(PayloadRejected) as raised:
        answered(payload, event)
    return {fault.field: fault.message for fault in raised.value.faults}


def test_a_whole_post_is_understood_without_a_warning():
    at = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert drafted(a_post()) == Draft(
        verb="published",
        source_id="6741a0b1c2d3e4f506172839",
        ordered_by=at,
        sent_ms=SENT_MS,
        content=Content(
            headline="Der Markt bekommt ein Dach",
            slug="markt-bekommt-ein-dach",
            published_at=at,
            updated_at=at,
            sections=("stadt", "Stadt", "markte", "Märkte"),
            standfirst="Der Rat hat entschieden.",
            body=(
                Paragraph(html="Am Abend hat der Rat über das Dach beraten."),
                Heading(html="Wie es weitergeht"),
                Paragraph(html="Gebaut wird im Mai."),
            ),
            authors=(Author(name="Ana Ruiz", slug="ana"),),
            tags=(Tag(name="Stadt", slug="stadt"), Tag(name="Märkte", slug="maerkte")),
            image=Image(
                url="https://kurier-ghost.example/content/images/2026/11/markt.jpg",
                alt="Der Markt von oben",
                credit="Jo Brandt",
            ),
        ),
    )


def test_no_address_of_the_staff_leaves_ingest():
    assert "@" not in repr(drafted(a_post()))


@pytest.mark.parametrize("visibility", ["members", "paid", "tiers", "something-new", 5])
def test_only_the_public_part_of_a_post_for_members_is_published_and_the_rest_is_announced(visibility):
    draft = drafted(a_post(html=PAID, visibility=visibility, excerpt="Nur für Mitglieder."))
    assert draft.content is not None
    assert draft.content.body == (Paragraph(html="Für alle."),)
    assert draft.content.members_only
    assert "Nur für" not in repr(draft)
    assert any("only its public part" in warning for warning in draft.warnings)


def test_a_post_for_members_without_a_paywalls_mark_has_no_public_text():
    draft = drafted(a_post(html="<p>Geheim.</p>", visibility="paid", custom_excerpt=None, excerpt="Geheim."))
    assert "Geheim" not in repr(draft)
    assert draft.content is not None
    assert (draft.content.body, draft.content.members_only) == ((), True)


def test_a_public_post_is_published_whole_whatever_marks_are_in_it():
    content = told(a_post(html=PAID))
    assert [block.html for block in content.body] == ["Für alle.", "Nur für Mitglieder."]
    assert not content.members_only


@pytest.mark.parametrize(
    "gate",
    [
        '<!--kg-gated-block:begin nonMember:false memberSegment:"status:free,status:-free" -->',
        "<!-- kg-gated-block:begin nonMember:false -->",
        "<!--kg-gated-block:begin-->",
        "<!--kg-gated-block:begin nonMember:false",
    ],
)
def test_a_card_that_is_only_for_members_is_left_out_of_a_public_post(gate):
    html = f"<p>Vorher</p>{gate}<p>Geheim</p><!--kg-gated-block:end--><p>Nachher</p>"
    assert [block.html for block in told(a_post(html=html)).body] == ["Vorher", "Nachher"]


def test_a_card_for_visitors_is_kept():
    html = '<!--kg-gated-block:begin nonMember:true memberSegment:"" --><p>Für alle</p><!--kg-gated-block:end-->'
    assert told(a_post(html=html)).body == (Paragraph(html="Für alle"),)


def test_a_deleted_post_is_unpublished_by_what_was_and_wins_over_the_last_edit():
    draft = drafted(DELETED, "post.deleted")
    assert (draft.verb, draft.source_id, draft.sent_ms) == ("unpublished", "6741a0b1c2d3e4f506172839", SENT_MS)
    assert draft.ordered_by == drafted(a_post()).ordered_by


def test_a_page_that_was_a_post_is_unpublished_although_its_current_is_full():
    assert drafted(a_post(), "post.deleted").verb == "unpublished"


@pytest.mark.parametrize(
    ("event", "verb"),
    [
        ("post.published", "published"),
        ("post.published.edited", "updated"),
        ("POST.EDITED", "updated"),
        ("post.added", "updated"),
        ("", "updated"),
        ("post.unpublished", "unpublished"),
    ],
)
def test_the_event_from_the_url_is_the_verb(event, verb):
    assert drafted(a_post(), event).verb == verb


def test_pages_are_articles_too():
    payload = {"page": a_post()["post"]}
    assert drafted(payload, "page.published").verb == "published"


@pytest.mark.parametrize("event", ["post.edited", "post.published", ""])
def test_a_post_that_is_public_no_longer_is_unpublished_whatever_event_tells_it(event):
    assert drafted(a_post(status="draft", previous={"status": "published"}), event).verb == "unpublished"


@pytest.mark.parametrize("status", ["draft", "scheduled", "sent"])
def test_what_is_not_public_and_was_not_is_nobodys_business(status):
    answer = answered(a_post(status=status, previous={"status": "draft"}), "post.edited")
    assert isinstance(answer, Ignored)
    assert status in answer.reason


def test_what_went_out_by_email_only_is_not_shown():
    assert isinstance(answered(a_post(email_only=True)), Ignored)


@pytest.mark.parametrize("event", ["member.edited", "tag.added", "site.changed", "post.scheduled", "page.rescheduled"])
def test_events_that_nobody_needs_are_answered_with_one_sentence(event):
    answer = answered({}, event)
    assert isinstance(answer, Ignored)
    assert event in answer.reason


@pytest.mark.parametrize("event", ["post.publish", "published", "x", "post.published.twice"])
def test_a_misspelt_event_in_the_url_is_a_fault_not_a_lost_article(event):
    assert "none of Ghost's events" in faults_of(a_post(), event)["event"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "post.current.id"),
        ({"title": ""}, "post.current.title"),
        ({"title": 5}, "post.current.title"),
        ({"html": []}, "post.current.html"),
        ({"status": None}, "post.current.status"),
        ({"updated_at": "2026-11-23T08:30:00"}, "post.current.updated_at"),
        ({"updated_at": "2026-11-26T08:30:00.000Z"}, "post.current.updated_at"),
        ({"published_at": None, "updated_at": None}, "post.current.published_at"),
        ({"published_at": "2062-11-26T08:30:00.000Z"}, "post.current.published_at"),
        ({"tags": "x"}, "post.current.tags"),
    ],
)
def test_a_fault_is_named_by_its_field(changes, field):
    assert field in faults_of(a_post(**changes))


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "post"),
        ({"post": []}, "post"),
        ({"post": {"current": 5}}, "post.current"),
        ({"post": {}}, "post.current.id"),
    ],
)
def test_a_wrong_envelope_is_told(payload, field):
    assert field in faults_of(payload)


def test_a_withdrawal_is_refused_for_nothing_but_its_id():
    payload = {"post": {"current": {}, "previous": {"id": "1", "updated_at": "gestern"}}}
    draft = drafted(payload, "post.deleted")
    assert (draft.source_id, draft.ordered_by) == ("1", None)
    assert faults_of({"post": {"current": {}, "previous": {}}}, "post.deleted") == {"post.current.id": "is missing"}


KEYS = [*a_post()["post"]["current"], "current", "previous", "name"]
EVENTS = st.sampled_from(
    ["", "post.published", "post.published.edited", "post.edited", "post.deleted", "page.added", "x"]
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON | DATES, max_size=5)


@given(
    EVENTS,
    st.dictionaries(st.sampled_from(KEYS), JSON | DATES | OBJECTS | st.lists(OBJECTS, max_size=2)),
    JSON | OBJECTS,
)
def test_nothing_but_a_rejection_comes_of_any_json(event, changes, previous):
    for payload in (
        changes,
        {"post": changes},
        {"page": {"current": changes, "previous": previous}},
        {"post": {"current": a_post()["post"]["current"] | changes, "previous": previous}},
    ):
        with suppress(PayloadRejected):
            answered(payload, event)
