"""Our own format: ARTICLE → draft. Everything wrong at once, everything mendable mended."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.standard import adapt
from services.ingest.draft import Content, Draft
from shared.contracts.article import Author, Correction, EventDetails, Tag
from shared.contracts.blocks import Paragraph
from shared.contracts.media import Image
from tests.support.cms import an_article_payload
from tests.support.payloads import DATES, JSON

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CIRCUMSTANCES = Circumstances(now_ms=round(NOW.timestamp() * 1000), language="de")
TIMESTAMP = "2026-11-24T08:59:00+01:00"


def a_payload(type_: str = "article.published", *, timestamp: Any = TIMESTAMP, **changes: Any) -> dict[str, Any]:
    return {"type": type_, "timestamp": timestamp, "data": an_article_payload(**changes)}


def drafted(payload: dict[str, Any]) -> Draft:
    draft = adapt(payload, CIRCUMSTANCES)
    assert isinstance(draft, Draft)
    return draft


def told(**changes: Any) -> Content:
    content = drafted(a_payload(**changes)).content
    assert content is not None
    return content


def faults_of(payload: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PayloadRejected) as raised:
        adapt(payload, CIRCUMSTANCES)
    return {fault.field: fault.message for fault in raised.value.faults}


def test_a_whole_article_is_understood_without_a_warning():
    draft = drafted(
        a_payload(
            slug="markt-dach",
            kicker="Verkehr",
            authors=[{"name": "Ana Ruiz", "slug": "ana", "url": "https://kurier.example/ana"}],
            credit="Rathaus",
            language="de-AT",
            location="Altstadt",
            image={"url": "/m/a.jpg", "alt": "Dach", "caption": "Das Dach", "credit": "Jo", "width": 8, "height": 6},
            kind="event",
            event={"starts_at": "2026-12-01T19:00:00+01:00", "ends_at": "2026-12-01T21:00:00+01:00", "place": "Halle"},
            correction={"text": "Das Dach ist aus Holz.", "at": "2026-11-21T09:00:00+01:00"},
            ads="reduced",
            sensitive=True,
            members_only=True,
            canonical_url="https://agentur.example/1",
            noindex=True,
            embargoed_until="2026-11-20T08:00:00+01:00",
            expires_at="2027-01-01T00:00:00+01:00",
            resurface_at="2026-11-20T08:00:00+01:00",
            breaking_until="2026-11-20T10:00:00+01:00",
        )
    )
    assert draft.warnings == ()
    assert (draft.verb, draft.source_id, draft.number) == ("published", "4711", 1)
    content = draft.content
    assert content is not None
    assert content.slug == "markt-dach"
    assert content.sections == ("stadt",)
    assert content.authors == (Author(name="Ana Ruiz", slug="ana", url="https://kurier.example/ana"),)
    assert content.tags == (Tag(name="Markt", slug="markt"), Tag(name="Rat", slug="rat"))
    assert content.image == Image(url="/m/a.jpg", alt="Dach", caption="Das Dach", credit="Jo", width=8, height=6)
    assert content.event == EventDetails(
        starts_at=datetime(2026, 12, 1, 18, tzinfo=UTC), ends_at=datetime(2026, 12, 1, 20, tzinfo=UTC), place="Halle"
    )
    assert content.corrections == (Correction(text="Das Dach ist aus Holz.", at=datetime(2026, 11, 21, 8, tzinfo=UTC)),)
    assert (content.kind, content.ads, content.sensitive, content.noindex) == ("event", "reduced", True, True)
    assert content.members_only
    assert content.canonical_url == "https://agentur.example/1"
    assert content.embargoed_until == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert content.expires_at == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert content.resurface_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert content.breaking_until == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert [block.type for block in content.body] == ["paragraph", "paragraph"]


def test_the_bodys_timestamp_orders_and_not_the_attempts():
    draft = adapt(a_payload(), Circumstances(now_ms=CIRCUMSTANCES.now_ms, sent_ms=1))
    assert isinstance(draft, Draft)
    assert draft.sent_ms == round(datetime.fromisoformat(TIMESTAMP).timestamp() * 1000)


@pytest.mark.parametrize("verb", ["published", "updated", "corrected"])
def test_each_type_is_its_verb(verb):
    assert drafted(a_payload(f"article.{verb}")).verb == verb


@pytest.mark.parametrize("verb", ["unpublished", "killed"])
def test_a_withdrawal_needs_only_an_id(verb):
    draft = drafted({"type": f"article.{verb}", "timestamp": TIMESTAMP, "data": {"id": 4711}})
    assert (draft.verb, draft.source_id, draft.content, draft.warnings) == (verb, "4711", None, ())


def test_a_withdrawal_may_say_which_revision_it_is_and_why():
    data = {"id": "1", "revision": 7, "updated_at": TIMESTAMP, "note": "Auf Wunsch\nder Familie."}
    draft = drafted({"type": "article.killed", "timestamp": TIMESTAMP, "data": data})
    assert (draft.number, draft.note) == (7, "Auf Wunsch\nder Familie.")
    assert draft.ordered_by == datetime.fromisoformat(TIMESTAMP)


def test_a_whole_number_is_the_same_id_however_json_writes_it():
    assert [drafted(a_payload(id=each)).source_id for each in (782, 782.0, "782", -3.0)] == ["782", "782", "782", "-3"]
    for inexact in (1e25, 782.5):
        assert "whole number" in faults_of(a_payload(id=inexact))["data.id"]


def test_a_kill_is_refused_for_nothing_but_its_id():
    data = {"id": "1", "revision": "x", "updated_at": "gestern", "note": 5, "headline": 7}
    draft = drafted({"type": "article.killed", "timestamp": "2026-11-24T08:00", "data": data})
    assert (draft.verb, draft.source_id, draft.number, draft.ordered_by) == ("killed", "1", None, None)
    assert len(draft.warnings) == 4
    assert faults_of({"type": "article.killed", "timestamp": "gestern", "data": {}}) == {"data.id": "is missing"}


def test_all_faults_are_told_at_once_each_with_its_place():
    data = {"headline": " ", "body": 5, "published_at": "2026-11-24 08:00", "authors": [{"name": 1}, 2], "kind": "nix"}
    faults = faults_of({"type": "article.published", "timestamp": TIMESTAMP, "data": data | {"event": {}, "ads": 1}})
    assert set(faults) == {
        "data.id", "data.headline", "data.body", "data.published_at", "data.authors.0.name", "data.authors.1",
        "data.kind", "data.event.starts_at", "data.ads",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["id", "headline", "body", "published_at"])
def test_what_an_article_cannot_be_without_is_named_when_it_is_missing_or_null(name):
    payload = a_payload()
    del payload["data"][name]
    assert faults_of(payload) == {f"data.{name}": "is missing"}
    payload["data"][name] = None
    assert faults_of(payload) == {f"data.{name}": "is null"}


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "type"),
        ({"type": "article.shredded", "timestamp": TIMESTAMP, "data": {"id": 1}}, "type"),
        ({"type": ["article.published"], "timestamp": TIMESTAMP, "data": {"id": 1}}, "type"),
        ({"type": "article.published", "timestamp": TIMESTAMP}, "data"),
        ({"type": "article.published", "timestamp": TIMESTAMP, "data": []}, "data"),
        ({"type": "article.published", "timestamp": [], "data": {"id": 1}}, "timestamp"),
        ({"type": "article.published", "timestamp": 1795421400, "data": {"id": 1}}, "timestamp"),
    ],
)
def test_a_wrong_envelope_is_told(payload, field):
    assert field in faults_of(payload)


def test_a_naive_date_is_a_fault_with_advice():
    faults = faults_of(a_payload(published_at="2026-11-20T09:00:00"))
    assert "has no zone" in faults["data.published_at"]
    assert "+01:00" in faults["data.published_at"]


@pytest.mark.parametrize("name", ["published_at", "updated_at"])
def test_a_date_more_than_ten_years_ahead_is_nonsense(name):
    assert "check the year" in faults_of(a_payload(**{name: "2062-11-20T09:00:00+01:00"}))[f"data.{name}"]
    assert "timestamp" in faults_of(a_payload(timestamp="2062-11-20T09:00:00+01:00"))


def test_an_updated_at_that_would_block_every_later_edit_is_a_fault_where_it_orders():
    later = (NOW + timedelta(days=2)).isoformat()
    assert "would block every later edit" in faults_of(a_payload(updated_at=later, revision=None))["data.updated_at"]
    assert drafted(a_payload(updated_at=later, revision=2)).number == 2


def test_a_timestamp_from_tomorrows_clock_does_not_make_later_withdrawals_look_old():
    draft = drafted(a_payload(timestamp=(NOW + timedelta(days=3)).isoformat()))
    assert draft.sent_ms == CIRCUMSTANCES.now_ms
    assert "ours was taken" in draft.warnings[0]


def test_a_publication_some_days_ahead_is_not_the_adapters_business():
    assert told(published_at=(NOW + timedelta(days=30)).isoformat()).published_at == NOW + timedelta(days=30)


def test_without_an_updated_at_the_time_of_telling_orders():
    draft = drafted(a_payload(updated_at=None, revision=None))
    assert (draft.ordered_by, draft.number) == (None, None)
    assert draft.sent_ms > 0


def test_without_a_timestamp_the_article_is_published_all_the_same():
    payload = a_payload()
    del payload["timestamp"]
    draft = drafted(payload)
    assert draft.sent_ms == 0
    assert draft.warnings == ("timestamp: is missing; the article's own dates order its deliveries",)


@pytest.mark.parametrize("headline", ["x" * 500, "</script><script>alert(1)</script>", "]]>", "a & b < c", "😀"])
def test_any_headline_is_published_as_it_is(headline):
    assert told(headline=headline).headline == headline


def test_a_headline_without_end_is_cut_with_a_warning():
    draft = drafted(a_payload(headline="Wort " * 100_000))
    assert draft.content is not None
    assert len(draft.content.headline) <= 2_000
    assert any("was cut" in warning for warning in draft.warnings)


@pytest.mark.parametrize(
    ("slug", "made"),
    [
        (None, "der-markt-bekommt-ein-dach"),
        ("Straße & Bäume", "strasse-baeume"),
        ("%C3%BCber-uns", "ueber-uns"),
        ("../../etc/passwd", "etc-passwd"),
        ("gut-so", "gut-so"),
    ],
)
def test_a_slug_is_mended_not_refused(slug, made):
    assert told(slug=slug).slug == made


def test_a_slug_is_made_in_the_articles_own_language():
    assert told(headline="Åse på øya", language="nb").slug == "aase-paa-oeya"
    assert told(headline="Åse på öar", language="sv").slug == "ase-pa-oar"


def test_unknown_keys_are_kept_out_and_named():
    payload = a_payload(mood="heiter", image={"url": "/a.jpg", "alt": "a", "focus": 1}) | {"spam": 1}
    warnings = drafted(payload).warnings
    assert set(warnings) == {
        "spam: unknown, left out", "data.mood: unknown, left out", "data.image.focus: unknown, left out",
    }  # fmt: skip


def test_thousands_of_unknown_keys_make_a_short_answer():
    blocks = [{"type": "divider", f"x{i}": 1} for i in range(5_000)]
    assert len(drafted(a_payload(body=blocks)).warnings) < 100


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"image": {"url": "javascript:x", "alt": "a"}}, "the picture was left out"),
        ({"image": {"url": "/a.jpg"}}, "readers who cannot see"),
        ({"canonical_url": "javascript:x"}, "left out"),
        ({"language": "Deutsch!"}, "BCP 47"),
        ({"kind": "event"}, "not listed among the events"),
        ({"event": {"starts_at": TIMESTAMP, "ends_at": "2026-11-20T09:00:00+01:00"}}, "is before starts_at"),
        ({"body": ""}, "nothing to read"),
    ],
)
def test_what_can_be_mended_is_mended_with_a_warning(changes, said):
    assert any(said in warning for warning in drafted(a_payload(**changes)).warnings)


def test_a_corrected_article_should_say_what_was_wrong():
    assert any("correction: is missing" in warning for warning in drafted(a_payload("article.corrected")).warnings)
    content = told(correction="Das Dach ist aus Holz.")
    assert content.corrections[0].at == datetime.fromisoformat(TIMESTAMP)


def test_a_minor_edit_says_so_and_a_correction_is_never_minor():
    assert told(minor=True).minor
    assert not told().minor
    draft = drafted(a_payload(minor=True, correction="Das Dach ist aus Holz."))
    assert draft.content is not None
    assert not draft.content.minor
    assert any(warning.startswith("data.minor:") for warning in draft.warnings)


def test_a_body_of_blocks_is_taken():
    assert told(body=[{"type": "paragraph", "html": "<b>a</b><script>x</script>"}]).body == (
        Paragraph(html="<b>a</b>"),
    )


OPTIONAL = (
    "slug kicker credit language image kind event correction ads note sensitive canonical_url noindex minor "
    "embargoed_until "
    "expires_at resurface_at breaking_until url text at type html name starts_at ends_at"
)
KEYS = [*an_article_payload(), *OPTIONAL.split()]
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON | DATES, max_size=6)
TYPES = st.sampled_from([f"article.{verb}" for verb in ("published", "updated", "corrected", "unpublished", "killed")])


@given(
    TYPES | JSON,
    JSON | DATES,
    st.dictionaries(st.sampled_from(KEYS), JSON | DATES | OBJECTS | st.lists(OBJECTS, max_size=3)),
)
def test_nothing_but_a_rejection_comes_of_any_json(type_, timestamp, changes):
    for data in (changes, an_article_payload() | changes):
        with suppress(PayloadRejected):
            adapt({"type": type_, "timestamp": timestamp, "data": data}, CIRCUMSTANCES)
