"""Whole feeds of each kind: their entries are the items in tests/fixtures/deliveries/feed, with golden results."""

import json
from pathlib import Path

import pytest

from services.ingest.reconcile.feeds import mentions_in
from services.ingest.reconcile.web import Answer

FIXTURES = Path(__file__).parents[3] / "fixtures"


def items_of(name: str, base: str) -> list:
    return [mention.item for mention in mentions_in(Answer(200, {}, (FIXTURES / "feeds" / name).read_bytes()), base)]


@pytest.mark.parametrize(
    ("name", "base", "count"),
    [
        ("town.rss.xml", "https://gemeinde.example/feed/", 2),
        ("club.atom.xml", "https://verein.example/feed.atom", 2),
        ("agency.feed.json", "https://agentur.example/feed.json", 3),
    ],
)
def test_rss_atom_and_json_feed_are_read_into_the_same_words(name, base, count):
    items = items_of(name, base)
    assert len(items) == count
    folder = FIXTURES / "deliveries/feed"
    golden = sorted(folder.glob(f"{name.partition('.')[0]}-*.body.json"))
    assert items[: len(golden)] == [json.loads(file.read_text()) for file in golden]


def test_a_second_description_is_not_the_text():
    """Pictures have one in Media RSS, and feedparser calls it content."""
    rss = b"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>x</title><item>
    <link>https://a.example/1</link><description>Kurz.</description>
    <media:content url="b.jpg"><media:description>Ein Bild von etwas</media:description></media:content>
    </item></channel></rss>"""
    (mention,) = mentions_in(Answer(200, {}, rss), "https://a.example/")
    assert "content_html" not in mention.item
    assert "content_text" not in mention.item
