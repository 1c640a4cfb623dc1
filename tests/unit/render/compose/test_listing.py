"""Teasers → the views of front page, lists and their months."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.compose.listing import (
    arranged,
    front_view,
    list_view,
    month_view,
    neighbours_of,
    teaser_view,
    years_view,
)
from services.render.themes import ThemeSettings
from shared.contracts import lists
from shared.contracts.teaser import Teaser
from tests.support.articles import PUBLISHED, a_teaser, an_event, an_id, an_image, teasers

SETTINGS = ThemeSettings(title="Test", front_top=3, front_section=2)


def front(chrome, recent, **sections):
    return front_view(chrome, recent=recent, sections=sections, settings=SETTINGS)


def test_no_story_stands_twice_on_the_front_page(chrome):
    recent = teasers(6)
    view = front(chrome, recent, stadt=recent, kultur=teasers(6, section="kultur"))
    shown = [view["lead"]["id"], *(teaser["id"] for teaser in view["top"])]
    shown += [teaser["id"] for section in view["sections"] for teaser in section["teasers"]]
    assert shown == [an_id(number) for number in (6, 5, 4, 3, 2, 1)]


def test_sections_stand_in_the_order_of_the_navigation_and_empty_ones_not_at_all(chrome):
    sections = {slug: [a_teaser(number=number, section=slug)] for number, slug in enumerate(("sport", "stadt"), 50)}
    view = front(chrome, teasers(3), **sections, kultur=())
    assert [section["title"] for section in view["sections"]] == ["Stadt", "Sport"]


def test_a_sections_part_is_limited(chrome):
    view = front(chrome, [], sport=teasers(9, section="sport"))
    assert [len(section["teasers"]) for section in view["sections"]] == [2]


def test_a_site_without_an_article_has_an_empty_front_page(chrome):
    assert front(chrome, []) == {"lead": None, "top": [], "sections": [], "archive": None, "shown": []}


def test_the_front_page_leads_into_the_month_of_its_newest_article(chrome):
    assert front(chrome, teasers(1))["archive"] == {"title": "November 2026", "url": "/2026/11/"}


def test_only_the_first_picture_of_a_page_does_not_wait(chrome):
    view = front(chrome, teasers(3, image=an_image()))
    assert view["lead"]["picture"]["eager"]
    assert not any(teaser["picture"]["eager"] for teaser in view["top"])


def test_a_teaser_of_an_event_says_when_it_is(chrome):
    view = teaser_view(chrome, a_teaser(kind="event", event=an_event()))
    assert view["event"]["place"] == "Stadthalle"
    assert view["published"]["text"] == "21. November 2026"
    assert teaser_view(chrome, a_teaser(), to_the_minute=True)["published"]["text"].endswith("14:04\u00a0Uhr")


def test_a_sponsored_teaser_says_so_in_every_list(chrome):
    assert teaser_view(chrome, a_teaser(kind="sponsored"))["label"] == "Anzeige"


def test_the_archive_of_a_list_is_by_year_and_the_month_on_show_is_no_link(chrome):
    years = years_view(chrome, lists.tag("rat"), ["2026-02", "2026-01", "2025-12"], current="2026-01")
    assert [(year["year"], [(month["title"], month["url"]) for month in year["months"]]) for year in years] == [
        ("2026", [("Februar", "/tag/rat/2026/02/"), ("Januar", "")]),
        ("2025", [("Dezember", "/tag/rat/2025/12/")]),
    ]


def test_the_months_beside_a_month_are_those_with_articles(chrome):
    months = ["2026-11", "2026-04", "2025-12"]
    older, newer = neighbours_of(chrome, lists.RECENT, months, "2026-04")
    assert (older["title"], newer["title"]) == ("Dezember 2025", "November 2026")
    assert neighbours_of(chrome, lists.RECENT, months, "2025-12")[0] is None
    assert neighbours_of(chrome, lists.RECENT, months, "2026-11")[1] is None


def test_lists_are_called_by_the_themes_words_or_their_own(chrome):
    assert list_view(chrome, lists.EVENTS, title="")["title"] == "Events"
    assert list_view(chrome, lists.CORRECTIONS, title="")["title"] == "Korrekturen"
    tag = list_view(chrome, lists.tag("bruecke"), title="Brücke")
    assert (tag["over"], tag["title"]) == ("Thema", "Brücke")
    month = month_view(chrome, lists.section("stadt"), title="Stadt", month="2026-11")
    assert (month["over"], month["over_url"], month["title"]) == ("Stadt", "/stadt/", "November 2026")


@pytest.mark.parametrize(
    ("pinned", "automatic", "expected"),
    [
        ([], [1, 2, 3], [1, 2, 3]),
        ([(1, 9)], [1, 2, 3, 4], [9, 1, 2, 3]),
        ([(3, 1)], [1, 2, 3, 4], [2, 3, 1, 4]),
        ([(1, 9), (1, 8)], [1, 2, 3, 4], [9, 8, 1, 2]),
        ([(40, 9)], [1, 2, 3, 4], [1, 2, 3, 9]),
        ([(1, 5), (40, 9), (41, 8)], [1, 2, 3, 4], [5, 1, 9, 8]),
        ([(2, 9)], [], [9]),
        ([(1, 9), (2, 8), (3, 7), (4, 6), (5, 5)], [1], [9, 8, 7, 6]),
    ],
    ids=["none", "lead", "of-the-list-itself", "two-at-one", "behind-the-end", "several-behind", "alone", "too-many"],
)
def test_pins_stand_at_their_positions_and_the_others_around_them(pinned, automatic, expected):
    found = arranged([(position, numbered(number)) for position, number in pinned], numbered_all(automatic), length=4)
    assert [int(teaser.id[1:], 16) for teaser in found] == expected


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 12)), max_size=20, unique_by=lambda pin: pin[1]),
    st.lists(st.integers(1, 30), max_size=12, unique=True),
    st.integers(1, 12),
)
def test_however_things_are_pinned_no_story_is_there_twice_and_no_pin_is_lost(pins, automatic, length):
    pinned = [(position, numbered(number)) for position, number in sorted(pins)]
    found = arranged(pinned, numbered_all(automatic), length=length)
    ids = [teaser.id for teaser in found]
    assert len(ids) == len(set(ids)) == min(length, len({*automatic, *(number for _, number in pins)}))
    assert {teaser.id for _, teaser in pinned[:length]} <= set(ids)


def test_a_pinned_story_stands_at_the_top_and_not_again_in_its_section_and_the_archive_stays_the_newest(chrome):
    old = a_teaser(number=1, published_at=PUBLISHED - timedelta(days=40))
    view = front(chrome, arranged([(1, old)], teasers(6)[:3], length=3), stadt=[*teasers(6)[:5], old])
    assert [teaser["id"] for teaser in (view["lead"], *view["top"])] == [an_id(1), an_id(6), an_id(5)]
    assert [teaser["id"] for teaser in view["sections"][0]["teasers"]] == [an_id(4), an_id(3)]
    assert view["archive"]["title"] == "November 2026"
    assert view["shown"] == [an_id(number) for number in (1, 6, 5, 4, 3)]


def numbered(number: int) -> Teaser:
    return a_teaser(number=number)


def numbered_all(numbers: list[int]) -> list[Teaser]:
    return [numbered(number) for number in numbers]
