"""WordPress's REST post object, with its traps."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.wordpress import adapt
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Heading, ImageBlock, Paragraph
from shared.contracts.media import Image
from tests.support.payloads import DATES, JSON

POST = (Path(__file__).parents[3] / "fixtures/cms/wordpress-post.json").read_text(encoding="utf-8")
NOW_MS = 1_795_507_200_000  # 2026-11-24 08:00 UTC
CIRCUMSTANCES = Circumstances(now_ms=NOW_MS)


def a_post(**changes: Any) -> dict[str, Any]:
    post: dict[str, Any] = json.loads(POST)
    return post | changes


def embedded(**changes: Any) -> dict[str, Any]:
    return a_post(_embedded=a_post()["_embedded"] | {key.replace("__", ":"): value for key, value in changes.items()})


def drafted(post: dict[str, Any]) -> Draft:
    draft = adapt(post, CIRCUMSTANCES)
    assert isinstance(draft, Draft)
    return draft


def told(post: dict[str, Any]) -> Content:
    content = drafted(post).content
    assert content is not None
    return content


def faults_of(post: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PayloadRejected) as raised:
        adapt(post, CIRCUMSTANCES)
    return {fault.field: fault.message for fault in raised.value.faults}


def test_a_whole_post_is_understood_without_a_warning():
    updated = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert drafted(a_post()) == Draft(
        verb="published",
        source_id="815",
        ordered_by=updated,
        content=Content(
            headline="Der Markt bekommt ein Dach – aus Holz & Glas",
            slug="markt-bekommt-ein-dach",
            published_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
            updated_at=updated,
            sections=("stadt", "Stadt", "allgemein", "Allgemein"),
            standfirst="Der Rat hat entschieden.",
            body=(
                Heading(html="Ein langer Abend"),
                Paragraph(html="Am Abend hat der Rat über das Dach beraten."),
                ImageBlock(
                    image=Image(
                        url="https://rathaus.example/wp-content/uploads/2026/11/dach.jpg",
                        alt="Ein Modell des Daches",
                        caption="Das Modell",
                        credit="Mara Lindt",
                        width=1200,
                        height=800,
                    )
                ),
                Paragraph(html="Gebaut wird im Mai."),
            ),
            authors=(Author(name="Ana Ruiz", slug="ana"),),
            tags=(Tag(name="Märkte & Hallen", slug="maerkte-hallen"),),
            image=Image(
                url="https://rathaus.example/wp-content/uploads/2026/11/markt.jpg",
                alt="Der Markt von oben",
                caption="Der Markt im Herbst.",
                credit="Jo Brandt",
                width=1600,
                height=900,
            ),
        ),
    )


@pytest.mark.parametrize("status", ["draft", "pending", "private", "trash", "auto-draft", "in-progress"])
def test_what_is_not_public_is_unpublished(status):
    draft = drafted(a_post(status=status))
    assert (draft.verb, draft.source_id, draft.content) == ("unpublished", "815", None)


def test_a_withdrawal_wins_over_the_edit_of_the_same_second():
    edit, withdrawal = drafted(a_post()), drafted(a_post(status="trash"))
    assert edit.ordered_by == withdrawal.ordered_by
    assert withdrawal.sent_ms == NOW_MS > round(edit.ordered_by.timestamp() * 1000) > edit.sent_ms


def test_a_forced_delete_is_unpublished_by_what_was():
    assert drafted({"deleted": True, "previous": a_post()}).source_id == "815"
    assert faults_of({"deleted": True, "previous": []}) == {"previous": "must be an object, not a list"}
    assert faults_of({"deleted": True}) == {"previous": "is missing"}


def test_a_withdrawal_is_refused_for_nothing_but_its_id():
    draft = drafted(a_post(status="draft", modified_gmt="gestern", title=5))
    assert draft.ordered_by is None
    assert len(draft.warnings) == 1
    assert faults_of({"status": "draft"}) == {"id": "is missing"}


def test_a_scheduled_post_keeps_its_time_for_accept_to_decide():
    content = told(a_post(status="future", date_gmt="2026-12-24T17:00:00"))
    assert content.published_at == datetime(2026, 12, 24, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes", [{"password": "geheim"}, {"content": {"rendered": "<p>Geheim</p>", "protected": True}}]
)
def test_of_what_a_password_protects_only_what_wordpress_shows_is_published(changes):
    draft = drafted(a_post(**changes))
    content = draft.content
    assert content is not None
    assert content.members_only
    assert (content.body, content.standfirst, content.image) == ((), "", None)
    assert "Geheim" not in repr(draft)
    assert "geheim" not in repr(draft)
    assert "password" in draft.warnings[0]


@pytest.mark.parametrize("changes", [{"type": "revision"}, {"type": "attachment"}, {"status": "inherit"}])
def test_what_is_no_article_is_nobodys_business(changes):
    assert isinstance(adapt(a_post(**changes), CIRCUMSTANCES), Ignored)


@pytest.mark.parametrize(
    "excerpt",
    [
        "<p>Am Abend hat der Rat über das Dach &hellip;</p>",
        "<p>Am Abend hat der Rat [&hellip;]</p>\n",
        "<p>Ein langer Abend Am Abend</p>",
    ],
)
def test_an_excerpt_that_wordpress_cut_from_the_body_is_no_standfirst(excerpt):
    assert told(a_post(excerpt={"rendered": excerpt, "protected": False})).standfirst == ""


def test_co_authors_are_the_authors_when_there_are_any():
    bylines = [("ana", "cap-ana"), ("Jo Brandt", "cap-jo")]
    terms = [[{"taxonomy": "author", "name": name, "slug": slug} for name, slug in bylines]]
    assert told(embedded(wp__term=terms)).authors == (
        Author(name="Ana Ruiz", slug="ana"),
        Author(name="Jo Brandt", slug="jo"),
    )


def test_errors_in_place_of_embedded_objects_are_passed_over():
    error = [{"code": "rest_user_invalid_id", "message": "Invalid user ID.", "name": "x", "source_url": "/x.jpg"}]
    content = told(embedded(author=error, wp__featuredmedia=error, wp__term=[error, "x"]))
    assert (content.authors, content.image, content.tags) == ((), None, ())


@pytest.mark.parametrize("nothing", [[], None, "x"])
def test_an_empty_php_map_is_an_empty_object(nothing):
    draft = drafted(a_post(_embedded=nothing, meta=[], excerpt=[] if nothing != "x" else {"rendered": None}))
    assert draft.content is not None
    assert any("_embed=1" in warning for warning in draft.warnings)


def test_dates_that_say_nothing_fall_back_on_the_last_change():
    content = told(a_post(date_gmt="0000-00-00T00:00:00"))
    assert content.published_at == content.updated_at
    assert "date_gmt" in faults_of(a_post(date_gmt=None, modified_gmt=""))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": {}}, "id"),
        ({"status": None}, "status"),
        ({"title": {"rendered": " "}}, "title"),
        ({"title": 5}, "title"),
        ({"content": {"rendered": 5}}, "content.rendered"),
        ({"date_gmt": "gestern"}, "date_gmt"),
        ({"modified_gmt": 17}, "modified_gmt"),
        ({"modified_gmt": "2026-11-26T09:00:00"}, "modified_gmt"),
        ({"date_gmt": "2062-11-26T09:00:00"}, "date_gmt"),
    ],
)
def test_a_fault_is_named_by_its_field(changes, field):
    assert field in faults_of(a_post(**changes))


def test_what_other_plugins_send_is_answered_with_what_to_send_instead():
    assert "_embed=1" in faults_of({"post_id": 5, "post": {"ID": 5}})["id"]
    assert "rest_post_invalid_id" in faults_of({"code": "rest_post_invalid_id", "message": "Invalid post ID."})["id"]


KEYS = [
    *a_post(),
    *a_post()["_embedded"],
    "deleted",
    "previous",
    "password",
    "lang",
    "rendered",
    "protected",
    "name",
    "taxonomy",
]
OBJECTS = st.dictionaries(st.sampled_from(KEYS), JSON | DATES, max_size=5)


@given(
    st.dictionaries(
        st.sampled_from(KEYS), JSON | DATES | OBJECTS | st.lists(OBJECTS | st.lists(OBJECTS, max_size=2), max_size=2)
    )
)
def test_nothing_but_a_rejection_comes_of_any_json(changes):
    for payload in (changes, a_post(**changes), embedded(**changes)):
        with suppress(PayloadRejected):
            adapt(payload, CIRCUMSTANCES)
