"""What a site's configuration comes to on each page."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.compose.ads import LABEL_PX, SiteAds, Slot
from services.render.compose.ads.rules import said
from shared.contracts import Tag, lists
from shared.contracts.ads import AdsConfig
from shared.contracts.ads.labels import label_of
from tests.support.articles import an_article
from tests.unit.render.compose.ads.plans import ads_of, blocks_of, verdict_at

LONG = "90 " * 20


def site(**config):
    return SiteAds(AdsConfig.model_validate(config), language="de")


def around(ads):
    slots = [ads.slots.top, *ads.slots.sidebars, ads.slots.article_end, ads.slots.sticky]
    return [slot.position for slot in slots if slot]


@pytest.mark.parametrize(
    ("choice", "positions"),
    [
        ("default", ["top", "sidebar-1", "sidebar-2", "article-end"]),
        ("reduced", ["top", "sidebar-1"]),
        ("none", []),
    ],
)
def test_around_the_text(choice, positions):
    assert around(ads_of(LONG, ads=choice)) == positions


def test_what_is_reserved_holds_the_tallest_size_and_its_label():
    ads = ads_of(LONG)
    assert (ads.slots.top.heights.phone, ads.slots.top.heights.desktop) == (100 + LABEL_PX, 90 + LABEL_PX)
    tall = ads_of(LONG, config={"slots": {"sidebar-1": {"desktop": ["300x250", "300x600"]}}}).slots.sidebars[0]
    assert (tall.heights.phone, tall.heights.desktop) == (250 + LABEL_PX, 600 + LABEL_PX)


def test_a_position_without_sizes_at_a_width_is_not_shown_there_and_reserves_nothing():
    top = ads_of(LONG, config={"slots": {"top": {"phone": []}}}).slots.top
    assert (top.heights.phone, top.hidden) == (0, "no-phone")
    assert "top" not in around(ads_of(LONG, config={"slots": {"top": {"phone": [], "tablet": [], "desktop": []}}}))


@pytest.mark.parametrize(
    ("config", "article", "reason"),
    [
        ({"enabled": False}, {}, "advertising is switched off for this site"),
        ({}, {"ads": "none"}, "the article says `ads = none`"),
        ({}, {"kind": "sponsored"}, "articles of kind sponsored are free of advertising"),
        ({"free": {"sections": ["stadt"]}}, {}, "the section stadt is free of advertising"),
        ({"free": {"tags": ["rat"]}}, {}, "articles with the tag rat are free of advertising"),
        ({"free": {"authors": ["mara-lindt"]}}, {}, "articles by mara-lindt are free of advertising"),
        (
            {"sensitive": {"leaves": "nothing"}},
            {"sensitive": True},
            "sensitive: the newsroom says so",
        ),
    ],
)
def test_where_there_is_no_advertising_at_all(config, article, reason):
    ads = ads_of(LONG, config=config, **article)
    assert around(ads) == []
    assert not any(isinstance(block, Slot) for block in ads.blocks)
    assert [said(verdict) for verdict in ads.verdicts] == [reason]


@pytest.mark.parametrize(
    ("config", "article", "reason"),
    [
        ({}, {"sensitive": True}, "sensitive: the newsroom says so"),
        ({}, {"tags": (Tag(name="Suizid", slug="suizid"),)}, "sensitive: the tag suizid"),
        ({"sensitive": {"sections": ["stadt"]}}, {}, "sensitive: the section stadt"),
    ],
)
def test_near_grief_there_is_nothing_in_the_text_below_it_or_on_the_screen(config, article, reason):
    ads = ads_of(LONG, config=config | {"slots": {"sticky": {"enabled": True}}}, **article)
    assert around(ads) == ["top", "sidebar-1", "sidebar-2"]
    assert not any(isinstance(block, Slot) for block in ads.blocks)
    for position in ("in-article", "article-end", "sticky"):
        assert said(verdict_at(ads, position=position)) == reason


def test_markers_are_gone_also_where_nothing_is_placed():
    assert ads_of("90 here 90 noads 90", ads="none").blocks == blocks_of("90 90 90")


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        ("60 59", "too_soon"),
        ("60 60", None),
        ("75 75 75 75", "too_near"),  # one stands in the text, 150 words above
        ("75 75 90 90 90 90", None),
        ("90 90 noads 90", "no_ads_range"),
    ],
)
def test_below_the_text_as_far_from_the_last_one_as_in_it(plan, rule):
    verdict = verdict_at(ads_of(plan), position="article-end")
    assert verdict.rule == (rule or "placed")


def test_below_a_text_that_is_too_short_for_it_there_is_none():
    tall = {"slots": {"article-end": {"phone": ["300x600"]}}, "rules": {"words_before": 0}}
    assert verdict_at(ads_of("20", config=tall), position="article-end").rule == "too_dense"


def test_a_section_can_have_rules_and_places_of_its_own():
    config = {
        "overrides": [
            {"sections": ["sport"], "rules": {"most": 1}, "slots": {"top": {"enabled": False}}},
            {"pages": ["front"], "slots": {"sidebar-2": {"enabled": False}}},
        ]
    }
    assert sum(isinstance(block, Slot) for block in ads_of(LONG, config=config, section="sport").blocks) == 1
    assert around(ads_of(LONG, config=config, section="sport"))[0] == "sidebar-1"
    assert sum(isinstance(block, Slot) for block in ads_of(LONG, config=config).blocks) == 3
    assert around(site(**config).of_front([7])) == ["top", "sidebar-1"]
    assert around(site(**config).of_list(lists.section("stadt"), 3)) == ["top", "sidebar-1", "sidebar-2"]


def test_a_position_can_be_for_some_sections_or_kinds_of_page_only():
    config = {"slots": {"sidebar-3": {"sections": ["sport"], "pages": ["article"]}}}
    assert "sidebar-3" in around(ads_of(LONG, config=config, section="sport"))
    assert "sidebar-3" not in around(ads_of(LONG, config=config))
    assert "sidebar-3" not in around(site(**config).of_list(lists.section("sport"), 3))


def test_a_sticky_one_is_only_where_somebody_asked_for_it():
    assert ads_of(LONG).slots.sticky is None
    sticky = ads_of(LONG, config={"slots": {"sticky": {"enabled": True}}}).slots.sticky
    assert (sticky.heights.phone, sticky.hidden) == (50 + LABEL_PX, "no-tablet no-desktop")


# --- front page and lists --------------------------------------------------------------------------------------------


def between(ads):
    return [gap for gap, slot in enumerate(ads.slots.before) if slot]


@pytest.mark.parametrize(
    ("teasers", "gaps"), [(0, []), (7, []), (8, [6]), (13, [6]), (14, [6, 12]), (30, [6, 12, 18]), (200, [6, 12, 18])]
)
def test_in_a_list_after_every_six_teasers_and_never_at_its_end(teasers, gaps):
    assert between(site().of_list(lists.section("stadt"), teasers)) == gaps


def test_on_the_front_page_between_sections_when_enough_was_shown():
    assert between(site().of_front([7, 4, 4, 4, 4])) == [1, 3]
    assert between(site().of_front([5, 4, 1])) == []
    assert between(site().of_front([0])) == []


def test_every_gap_of_a_list_says_why():
    ads = site().of_list(lists.section("stadt"), 9)
    reasons = [said(verdict) for verdict in ads.verdicts if verdict.gap > 0]
    assert reasons[0] == "only 1 teasers before it, 6 are needed"
    assert reasons[5].startswith("all rules hold")
    assert reasons[7] == "only 2 teasers since the last one, 6 are needed"


@pytest.mark.parametrize(
    "name", [lists.section("stadt"), lists.tag("rat"), lists.author("mara-lindt")], ids=["section", "tag", "author"]
)
def test_what_is_free_of_advertising_is_so_on_its_own_page_too(name):
    free = {"sections": ["stadt"], "tags": ["rat"], "authors": ["mara-lindt"]}
    ads = site(free=free).of_list(name, 30)
    assert around(ads) == []
    assert between(ads) == []


@given(st.lists(st.integers(0, 9), max_size=60))
def test_no_list_of_teasers_ever_breaks_a_rule(groups):
    ads = site().of_front(groups)
    gaps = between(ads)
    assert len(ads.slots.before) == len(groups)
    assert len(gaps) <= 3
    for start, end in pairwise([0, *gaps]):
        assert sum(groups[start:end]) >= 6
    if gaps:
        assert sum(groups[gaps[-1] :]) >= 2
        assert 274 * len(gaps) <= 0.3 * (274 * len(gaps) + 145 * sum(groups))


# --- label -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("languages", "label"),
    [
        (("de",), ("Anzeige", "de")),
        (("de-AT",), ("Anzeige", "de")),
        (("fr",), ("Publicité", "fr")),
        (("tlh", "de"), ("Anzeige", "de")),
        (("tlh",), ("Advertisement", "en")),
    ],
)
def test_the_label_is_in_the_readers_language(languages, label):
    assert label_of(*languages) == label


def test_a_site_or_a_position_can_have_its_own_word():
    config = {"label": "Werbung", "slots": {"top": {"label": "Anzeigen"}}}
    slots = ads_of(LONG, config=config, language="en").slots
    assert (slots.top.label, slots.sidebars[0].label, slots.top.language) == ("Anzeigen", "Werbung", "de")


def test_an_article_in_another_language_has_its_label_in_that():
    assert site().of_article(an_article(language="en", body=blocks_of(LONG))).slots.top.label == "Advertisement"
    assert ads_of(LONG).slots.top.label == "Anzeige"
