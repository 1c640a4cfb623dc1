"""Live articles: newest first, each update with an address that stays."""

from zoneinfo import ZoneInfo

import pytest

from services.render.compose.live import anchors_of, newest_first, text_of, updates_of
from shared.contracts.blocks import Heading, ListBlock
from tests.support.articles import a_document, a_paragraph, an_article

BERLIN = ZoneInfo("Europe/Berlin")


def a_live(*headings: str, **changes):
    """A live article with a summary and, below each heading, a paragraph that names it."""
    body = [a_paragraph("Worum es geht.")]
    for heading in headings:
        body += [Heading(html=heading, level=3), a_paragraph(f"Zu: {heading}")]
    return an_article(**{"kind": "live", "body": tuple(body)} | changes)


def titles(article) -> list[str]:
    return [update.title for update in updates_of(article, BERLIN)]


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (("14:05 Uhr: A", "14:20 Uhr: B", "15.00 Uhr C"), ["C", "B", "A"]),
        (("15:00 – C", "14:20 – B", "14:05 – A"), ["C", "B", "A"]),
        (("23:50 A", "0:10 B", "0:20 C", "0:30 D"), ["D", "C", "B", "A"]),
        (("Anpfiff", "45. Minute", "Abpfiff"), ["Anpfiff", "45. Minute", "Abpfiff"]),
        (("14:05 A", "Ohne Zeit", "14:20 B"), ["B", "Ohne Zeit", "A"]),
    ],
    ids=["written-downwards", "written-upwards", "over-midnight", "no-times", "one-without"],
)
def test_updates_stand_newest_first_as_far_as_their_times_say(headings, expected):
    assert titles(a_live(*headings)) == expected


def test_the_summary_stays_on_top_and_nothing_is_lost():
    article = a_live("14:05 A", "14:20 B")
    shown = newest_first(article).body
    assert shown[0] == article.body[0]
    assert sorted(map(repr, shown)) == sorted(map(repr, article.body))


def test_other_articles_and_live_ones_in_order_stay_the_very_same():
    for article in (a_live("14:05 A", "14:20 B", kind="article"), a_live("14:20 B", "14:05 A")):
        assert newest_first(article) is article
    assert updates_of(a_live("14:05 A", kind="article"), BERLIN) == []


def test_times_are_of_the_day_of_publication_and_go_on_after_midnight():
    updates = updates_of(a_live("23:50 A", "0:10 B", "0:20 C"), BERLIN)
    assert [update.at.isoformat() for update in updates] == [
        "2026-11-22T00:20:00+01:00",
        "2026-11-22T00:10:00+01:00",
        "2026-11-21T23:50:00+01:00",
    ]


@pytest.mark.parametrize("heading", ["3:1 für den SC", "24:00 Stunden", "14.05.2026 war gestern", "1.000 Leute", "A"])
def test_what_is_no_time_of_day_stays_in_the_heading(heading):
    (update,) = updates_of(a_live(heading), BERLIN)
    assert (update.title, update.at) == (heading, None)


def test_an_address_stays_when_others_come_and_two_of_the_same_words_have_two():
    before = anchors_of(a_live("14:05 A", "Tor!"))
    after = anchors_of(a_live("14:05 A", "Tor!", "14:20 B", "Tor!"))
    assert set(before) < set(after)
    assert len(set(after)) == 4


def test_the_text_of_an_update_is_what_stands_below_its_heading():
    article = a_live("14:05 A")
    body = (*article.body, ListBlock(items=("eins", "<b>zwei</b>")), Heading(html="Darunter", level=4))
    (update,) = updates_of(article.model_copy(update={"body": body}), BERLIN)
    assert text_of(update) == "Zu: 14:05 A eins zwei Darunter"


def test_the_page_links_each_update_to_itself_and_no_link_stands_in_a_link(theme, chrome):
    article = a_live("14:05 A", '14:20 <a href="https://a.example/">B</a>')
    page = theme.article_page(chrome, a_document(article)).decode()
    newest, oldest = anchors_of(article)
    assert f'<h2 id="{oldest}"><a href="#{oldest}">14:05 A</a></h2>' in page
    assert f'<h2 id="{newest}">14:20 <a href="https://a.example/">B</a></h2>' in page
    assert page.index(newest) < page.index(oldest)
