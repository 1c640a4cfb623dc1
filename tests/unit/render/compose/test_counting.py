"""Counting pixels: which page has which, and which of them wait for consent."""

import json

import pytest
from pydantic import ValidationError

from services.render.compose.counting import NOT_COUNTED, length_of
from shared.contracts import lists
from shared.contracts.blocks import Heading, ListBlock
from tests.support.articles import a_document, a_paragraph, a_site, an_article, an_id, teasers

VG_WORT = {"url": "https://vg.example/na/vgzm.1-{id}", "characters": 1800, "consent": False}
IVW = {"url": "https://ivw.example/CP/{section}?p={page}&x=1", "pages": ["front", "list", "article"], "vendors": [730]}
CMP = {"consent": {"cmp": "/media/cmp.js"}}


@pytest.fixture
def chrome(chrome_of):
    return chrome_of(ads=CMP, counting={"vgwort": VG_WORT, "ivw": IVW})


def long_text(characters: int) -> tuple:
    return (a_paragraph("x" * characters),)


def test_a_site_without_pixels_counts_nobody_and_has_no_script(chrome_of, theme):
    chrome = chrome_of()
    assert chrome.counting.of_article(an_article()) is NOT_COUNTED
    page = theme.article_page(chrome, a_document()).decode()
    assert ("count" in page, "<img" in page) == (False, False)


@pytest.mark.parametrize(("characters", "is_counted"), [(1799, False), (1800, True)])
def test_a_text_counts_from_the_length_on_that_is_asked_for(chrome, characters, is_counted):
    counted = chrome.counting.of_article(an_article(body=long_text(characters)))
    assert list(counted.pixels) == ([f"https://vg.example/na/vgzm.1-{an_id(1)}"] if is_counted else [])


def test_the_length_is_that_of_what_readers_read():
    body = (a_paragraph("<b>ab</b> &amp; c"), Heading(html="de"), ListBlock(items=("f", "<i>g</i>")))
    assert length_of(body) == len("ab & c") + len("de") + len("fg")


def test_one_that_needs_consent_is_nowhere_in_the_page_but_in_what_the_script_is_told(chrome):
    counted = chrome.counting.of_article(an_article())
    assert counted.pixels == ()
    assert json.loads(counted.data_json) == {
        "cmp": "/media/cmp.js",
        "pixels": [{"url": "https://ivw.example/CP/stadt?p=article&x=1", "purposes": [1], "vendors": [730]}],
    }


@pytest.mark.parametrize(
    ("page", "section", "url"),
    [
        ("front", "", "https://ivw.example/CP/front?p=front&x=1"),
        ("list", "sport", "https://ivw.example/CP/sport?p=list&x=1"),
    ],
)
def test_pages_of_lists_have_what_is_meant_for_them(chrome, page, section, url):
    assert [pixel["url"] for pixel in json.loads(chrome.counting.of_list(page, section).data_json)["pixels"]] == [url]


def test_sponsored_articles_are_not_counted_unless_they_are_named(chrome, chrome_of):
    assert chrome.counting.of_article(an_article(kind="sponsored", body=long_text(2000))) == NOT_COUNTED
    named = chrome_of(counting={"a": {"url": "https://a.example/{id}", "kinds": ["sponsored"], "consent": False}})
    assert len(named.counting.of_article(an_article(kind="sponsored")).pixels) == 1


def test_the_page_has_the_picture_and_the_script_and_who_asks_why_is_not_counted(chrome, theme):
    document = a_document(an_article(body=long_text(2000)))
    page = theme.article_page(chrome, document).decode()
    assert page.count(f'src="https://vg.example/na/vgzm.1-{an_id(1)}" alt="" width="1" height="1"') == 1
    assert 'id="count-data"' in page
    assert "ivw.example" not in page.partition("</head>")[2]
    asked = theme.article_page(chrome, document, why=True).decode()
    assert [host for host in ("vg.example", "ivw.example") if host in asked] == []


def test_lists_and_front_page_have_theirs(chrome, theme):
    pages = [
        theme.front_page(chrome, recent=teasers(2), sections={}),
        theme.list_page(chrome, lists.section("sport"), title="Sport", teasers=teasers(2), months=()),
    ]
    assert ["CP/front?p=front" in page.decode() or "CP/sport?p=list" in page.decode() for page in pages] == [True, True]


@pytest.mark.parametrize(
    ("pixel", "why"),
    [
        ({"url": "http://a.example/x"}, "String should match pattern"),
        ({"url": "https://a.example/{slug}"}, "unknown field"),
        ({"url": "https://a.example/{id"}, "unknown field"),
        ({"url": "https://{id}.a.example/"}, "must not depend on the page"),
        ({"url": "https://a.example/{id}"}, "does not say where the consent tool is"),
    ],
)
def test_a_pixel_that_cannot_be_is_refused(pixel, why):
    with pytest.raises(ValidationError, match=why):
        a_site(counting={"a": pixel})
