"""Verdicts → what ad managers read."""

from services.render.compose.ads import Gap, Slot, explain
from services.render.compose.ads.rules import _SAID, Rule
from tests.unit.render.compose.ads.plans import ads_of


def test_every_gap_of_a_text_says_why_above_the_block_that_it_belongs_to():
    parts = explain.with_gaps(ads_of("75 75 heading 75 75 75"))
    kinds = ["gap" if isinstance(part, Gap) else "slot" if isinstance(part, Slot) else "block" for part in parts]
    assert kinds == [
        "block", "gap", "block", "gap", "block", "gap", "block", "gap", "slot", "block", "gap", "block",
    ]  # fmt: skip
    reasons = [part.rule for part in parts if isinstance(part, Gap)]
    assert reasons == ["too_soon", "no_text_beside", "no_text_beside", "placed", "too_near"]


def test_what_refuses_a_whole_text_is_said_at_each_of_its_gaps():
    reasons = explain.gaps_in_text(ads_of("75 75 75 74"))
    assert [each.said for each in reasons] == ["the article has 299 words, 300 are needed"] * 3
    assert {each.rule for each in explain.gaps_in_text(ads_of("90 90 90", ads="none"))} == {"article_says_none"}


def test_a_place_is_named_so_that_one_finds_it():
    gaps = explain.gaps_in_text(ads_of("75 image 75"))
    assert gaps[0].where == "above 2: picture"
    assert gaps[1].where.startswith("above 3: Der Rat hat am Abend über die neue")
    assert {each.where for each in explain.around(ads_of("10"))} == {
        "top", "sidebar-1", "sidebar-2", "article-end", "sticky",
    }  # fmt: skip


def test_a_barred_page_says_so_once_around_its_text():
    assert [(gap.where, gap.rule) for gap in explain.around(ads_of("10", ads="none"))] == [
        ("the whole page", "article_says_none")
    ]


def test_every_rule_has_words():
    assert set(Rule.__args__) == set(_SAID)
