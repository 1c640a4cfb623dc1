"""JSON-LD on articles' pages: taken when it is the page's own article, whole and free, and never worth an exception."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.conformance import JSON
from services.ingest.reconcile.linked_data import page_of

URL = "https://amt.example/markt/"
ARTICLE = {"@type": "NewsArticle", "headline": "Vom Markt", "articleBody": "Text.", "url": URL}


def a_page(*said: object, head: str = "") -> bytes:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in said)
    return f"<html><head>{head}{scripts}</head></html>".encode()


@pytest.mark.parametrize(
    "said",
    [
        ARTICLE,
        [ARTICLE],
        {"@graph": [{"@type": "WebPage", "url": URL}, ARTICLE]},
        {**ARTICLE, "@type": ["Thing", "https://schema.org/ReportageNewsArticle"]},
        {**ARTICLE, "url": None, "mainEntityOfPage": {"@type": "WebPage", "@id": f"{URL}#x"}},
        {**ARTICLE, "url": "http://www.amt.example/markt?utm_source=x"},
        {"@type": "NewsArticle", "headline": "Vom Markt", "articleBody": "Text."},
    ],
)
def test_the_pages_own_article_is_found_however_it_is_written(said):
    item = page_of(a_page({"@type": "Organization"}, said), URL).item
    assert (item["title"], item["content_text"]) == ("Vom Markt", "Text.")


def test_an_article_in_a_box_is_not_the_pages_own():
    other = {**ARTICLE, "headline": "Anderes", "url": "https://amt.example/anderes/"}
    assert page_of(a_page(other, ARTICLE), URL).item["title"] == "Vom Markt"
    page = page_of(a_page(other), URL)
    assert page.item is None
    assert "of its own" in page.reason


def test_one_part_that_is_not_free_is_enough():
    page = page_of(a_page(ARTICLE, {**ARTICLE, "isAccessibleForFree": "False"}), URL)
    assert page.item is None
    assert "members" in page.reason
    assert page_of(a_page({**ARTICLE, "isAccessibleForFree": True}), URL).item is not None


def test_broken_linked_data_beside_a_good_one_says_nothing():
    broken = b'<script type="application/ld+json">{"@type": "NewsArticle", </script>'
    assert page_of(broken + a_page(ARTICLE), URL).item is not None


def test_what_a_page_says_of_people_and_pictures_is_understood_in_all_its_forms():
    said = {
        "author": [{"@type": "Person", "name": "Ana Ruiz"}, "Ben Oke"], "publisher": {"name": "Amt"},
        "image": [{"url": "https://amt.example/b.jpg"}], "keywords": "Markt, Dach", "articleSection": ["Stadt"],
    }  # fmt: skip
    item = page_of(a_page(ARTICLE | said), URL).item
    assert [each["name"] for each in item["authors"]] == ["Ana Ruiz", "Ben Oke"]
    assert (item["_credit"], item["image"]) == ("Amt", "https://amt.example/b.jpg")
    assert item["tags"] == ["Stadt", "Markt", "Dach"]


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"<html>" * 5_000, b'<script type="application/ld+json">' + b"[" * 100_000]
)
def test_a_page_that_says_nothing_says_why(body):
    assert page_of(body, URL).reason


@given(st.dictionaries(st.sampled_from([*ARTICLE, "author", "image", "keywords", "hasPart", "publisher"]), JSON))
def test_whatever_stands_there_is_an_item_or_a_reason(said):
    page = page_of(a_page(ARTICLE | said), URL)
    assert (page.item is None) == bool(page.reason)
