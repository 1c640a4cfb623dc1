"""Entries of feeds: what is mended, what is left out, and what each of them is known by."""

import pytest

from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.feed import adapt, id_of, words_of
from services.ingest.draft import Draft, Ignored
from tests.support.ingest import NOW_S

NOW_MS = NOW_S * 1000
URL = "https://amt.example/a/b/"


def an_item(**changes):
    fields = {
        "id": "17", "url": URL, "title": "Vom Markt", "content_html": "<p>Text.</p>",
        "date_published": "2025-11-20T08:00:00+01:00",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


def drafted(*, summaries: str = "teaser", **changes) -> Draft:
    draft = adapt(an_item(**changes), Circumstances(now_ms=NOW_MS, options={"summaries": summaries}))
    assert isinstance(draft, Draft), draft
    return draft


@pytest.mark.parametrize(
    ("item", "known_as"),
    [
        ({"id": " 17 "}, "17"),
        ({"id": 17}, "17"),
        ({"id": "", "url": URL}, URL),
        ({"id": [], "url": URL}, URL),
        ({"id": True}, ""),
        ({}, ""),
    ],
)
def test_an_entry_is_known_by_its_id_else_by_its_address(item, known_as):
    assert id_of(item) == known_as


def test_an_id_longer_than_any_that_was_meant_is_known_by_its_hash():
    one, other = id_of({"id": "x" * 201}), id_of({"id": "x" * 202})
    assert len(one) < 200
    assert one != other


def test_an_entry_without_id_and_address_says_what_is_missing():
    with pytest.raises(PayloadRejected, match="id: is missing, and so is url"):
        drafted(id=None, url=None)


@pytest.mark.parametrize("title", [None, "", "   ", 7])
def test_an_entry_without_a_headline_is_no_article(title):
    with pytest.raises(PayloadRejected, match="title"):
        drafted(title=title)


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [
        ("/x", "https://amt.example/x"),
        ("x", "https://amt.example/a/b/x"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("https://b.example/x", "https://b.example/x"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_links_lead_where_they_did_on_the_original_page(written, leads_to, quote):
    (block,) = drafted(content_html=f"<p><a class='z' href={quote}{written}{quote}>hin</a></p>").content.body
    assert f'href="{leads_to}"' in block.html


@pytest.mark.parametrize("written", ["//[x", "http://[x", "http://a.example:port/"])
def test_an_address_that_is_none_breaks_nothing(written):
    assert "hin</a>" in drafted(content_html=f'<p><a href="{written}">hin</a></p>').content.body[0].html


@pytest.mark.parametrize("value", ["gestern", "0000-00-00 00:00:00", 17, [], {}])
@pytest.mark.parametrize("name", ["date_published", "date_modified"])
def test_a_date_that_is_none_is_left_out_with_a_warning(name, value):
    draft = drafted(**{name: value})
    assert any(warning.startswith(name) and warning.endswith("left out") for warning in draft.warnings)


def test_without_any_date_it_was_published_when_we_first_saw_it_and_nothing_orders_it():
    draft = drafted(date_published=None)
    assert (draft.ordered_by, draft.content.dated_by_cms) == (None, True)
    assert draft.content.published_at.timestamp() == NOW_S


@pytest.mark.parametrize("name", ["date_published", "date_modified"])
def test_a_date_to_come_is_now_and_blocks_no_later_edit(name):
    draft = drafted(**{name: "2031-01-01T00:00:00Z"})
    assert draft.ordered_by.timestamp() == NOW_S
    assert draft.content.published_at.timestamp() <= NOW_S


def test_a_summary_that_is_the_start_of_the_text_is_no_standfirst():
    assert drafted(summary="Text.").content.standfirst == ""
    assert drafted(summary="Te […]").content.standfirst == ""
    assert drafted(summary="Etwas anderes.").content.standfirst == "Etwas anderes."


def test_a_summary_alone_is_a_teaser_nothing_or_the_text_as_the_source_says():
    alone = {"content_html": None, "summary": "Kurz & gut.", "_description": "<p>Kurz &amp; <b>gut</b>.</p>"}
    teaser = drafted(**alone).content
    assert (teaser.standfirst, teaser.body[0].html) == ("Kurz & gut.", f'<a href="{URL}">amt.example</a>')
    assert drafted(summaries="whole", **alone).content.body[0].html == "Kurz &amp; <b>gut</b>."
    around = Circumstances(now_ms=NOW_MS, options={"summaries": "leave-out"})
    assert isinstance(adapt(an_item(**alone), around), Ignored)


def test_an_address_with_a_password_in_it_is_no_link():
    content = drafted(url="https://ana:geheim@amt.example/", content_html=None).content
    assert (content.canonical_url, content.body) == ("", ())


def test_a_form_for_a_password_is_not_the_text():
    html = '<form class="post-password-form" method="post"><input type="password"></form>'
    assert not words_of(an_item(content_html=html)).is_whole
    assert not words_of(an_item(content_html=html, content_text="Rest")).is_whole


def test_an_enormous_text_is_refused_or_whole_and_never_half():
    assert len(drafted(content_html="<p>Wort</p>" * 10_000).content.body) == 10_000
    with pytest.raises(PayloadRejected, match="content_html"):
        drafted(content_html="<p>Wort</p>" * 30_000)
