"""Whatever a CMS sends, and in whatever field: what comes out for readers runs nothing.

Every payload of tests/fixtures/xss in every field of every vendor's delivery, through adapt, accept, render and feed.
Here its markup is looked at; tests/e2e/test_xss_browser.py has a browser obey it.
"""

import html
import json
from collections.abc import Iterator, Sequence

import pytest
from lxml import etree

from services.feed.formats import Feed, atom, compose, jsonfeed, rss
from services.ingest.vendors import FETCHED, VENDORS
from shared.contracts import Document, Teaser, lists
from tests.support.articles import PUBLISHED
from tests.support.xss import (
    HARMLESS,
    Payload,
    added,
    corpus,
    deliveries,
    executable,
    harmless,
    look,
    poisoned,
    publication,
    teasers_of,
)

TEASERS = 6  # on each list; what becomes of an article there does not depend on its vendor
CATEGORIES = sorted({payload.category for payload in corpus()})


def of(category: str) -> Sequence[Payload]:
    return [payload for payload in corpus() if payload.category == category]


def pages(documents: Sequence[Document], *, said: str) -> Iterator[tuple[str, bytes]]:
    """Give every kind of page that shows something of these articles; `said` stands where only editors write."""
    theme, chrome = look()
    for document in documents:
        yield f"article {document.id}", theme.article_page(chrome, document)
    shown = teasers_of(documents[:TEASERS])
    tag, author = lists.tag("a"), lists.author("b")
    yield "front", theme.front_page(chrome, recent=shown, sections={"stadt": shown[1:]})
    yield "section", theme.list_page(chrome, lists.section("stadt"), title=said, teasers=shown, months=["2026-11"])
    yield "tag", theme.list_page(chrome, tag, title=said, teasers=shown, months=[])
    yield "author", theme.list_page(chrome, author, title=said, teasers=shown, months=[])
    yield "corrections", theme.list_page(chrome, lists.CORRECTIONS, title="", teasers=shown, months=[])
    yield "events", theme.list_page(chrome, lists.EVENTS, title="", teasers=shown, months=[])
    month = theme.month_page(chrome, tag, title=said, month="2026-11", teasers=shown, months=["2026-11", "2026-10"])
    yield "month", month
    yield "not found", theme.not_found(chrome, recent=shown)
    yield "gone", theme.gone(chrome, note=said, withdrawn_at=PUBLISHED)
    for kind in ("recent", "events", "mixed", "related"):
        yield f"fragment {kind}", theme.fragment(chrome, kind, teasers=shown, name=tag, title=said)


def told_by_feeds(shown: Sequence[Teaser], *, title: str) -> Iterator[tuple[str, str]]:
    """Give every text that a feed reader may show as HTML; many take RSS titles for it, against the specification."""
    feed = Feed(publication(), lists.tag("a"), title)
    for node in etree.fromstring(compose(rss, feed, shown)).iter("title", "description"):
        yield f"rss {node.tag}", node.text or ""
    for node in etree.fromstring(compose(atom, feed, shown)).iter():
        if node.get("type") in {"html", "xhtml"}:
            yield f"atom {node.tag}", node.text or ""
    for item in json.loads(compose(jsonfeed, feed, shown))["items"]:
        assert "content_html" not in item
        yield "json url", f'<a href="{html.escape(item["url"])}">'


@pytest.mark.parametrize("adapter", [*VENDORS, *FETCHED])
def test_every_vendor_is_tried_in_its_texts(adapter):
    assert sum(len(each.open_fields) for each in deliveries() if each.adapter == adapter) >= 3


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_an_attacker_writes_is_executable_until_it_went_through_ingest(category):
    """The check below would see it: most payloads are dangerous as they stand, the others by where they are put."""
    found = [payload.name for payload in of(category) if list(executable(payload.markup))]
    assert len(found) >= (len(of(category)) * 0.7 if category != "texts" else 8), found


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_page_shows_more_than_words(category):
    usual = {what for name in deliveries() for _, page in pages([harmless(name)], said=HARMLESS)
             for what in executable(page)}  # fmt: skip
    for payload in of(category):
        documents = [document for delivery in deliveries() for document in poisoned(delivery, payload)]
        assert len(documents) >= len(deliveries()), payload.name
        for name, page in pages(documents, said=payload.markup):
            assert added(page, to=usual) == [], f"{payload.name}: {name}"


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_feed_tells_a_reader_that_takes_texts_for_html_more_than_words(category):
    for payload in of(category):
        documents = [document for delivery in deliveries() for document in poisoned(delivery, payload)]
        for name, text in told_by_feeds(teasers_of(documents), title=payload.markup):
            assert list(executable(text)) == [], f"{payload.name}: {name}"
