"""Teasers → the views of front page, lists and their months."""

from services.render.compose.listing import front_view, list_view, month_view, neighbours_of, teaser_view, years_view
from services.render.themes import ThemeSettings
from shared.contracts import lists
from tests.support.articles import a_teaser, an_event, an_id, an_image, teasers

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
    assert front(chrome, []) == {"lead": None, "top": [], "sections": [], "archive": None}


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
