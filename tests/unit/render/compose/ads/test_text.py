"""Where advertisements stand in a text. The table reads like the list of rules.

In a plan, a number is a paragraph of so many words, `S` a slot, and a word another block (plans.py).
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import blocks_of as blocks_of_html
from services.render.compose.ads import SiteAds, Slot
from services.render.compose.ads.reading import head_px, read
from services.render.compose.ads.rules import said
from services.render.compose.ads.text import share_of
from shared.contracts.ads import AdsConfig, RulesConfig
from shared.contracts.blocks import AdMarker, ImageBlock, ListBlock, Paragraph
from tests.support.articles import a_paragraph, an_article, an_image
from tests.unit.render.compose.ads.plans import MARKERS, OTHERS, ads_of, blocks_of, placed, verdict_at

RULES = RulesConfig()


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param("60 60 S 60 60 60", id="after two paragraphs of 120 words"),
        pytest.param("60 59 60 S 60 61", id="119 words are too soon"),
        pytest.param("150 50 S 50 50", id="one paragraph is too soon, however long"),
        pytest.param("299", id="299 words have none"),
        pytest.param("75 75 75 74", id="299 words in four paragraphs have none"),
        pytest.param("75 75 S 75 75", id="300 words have one"),
        pytest.param("75 75 S 75 76", id="301 words have one"),
        pytest.param("100 100 100", id="none when only one paragraph would follow"),
        pytest.param("130 100 40 39", id="none when only 79 words would follow"),
        pytest.param("130 100 S 40 40", id="80 words may follow"),
        pytest.param("1000", id="one giant paragraph has none"),
        pytest.param("75 75 S 83 83 84 S 75 75", id="the next after 250 words and three paragraphs"),
        pytest.param("75 75 S 83 83 83 75 S 75 75", id="249 words are too near"),
        pytest.param("75 75 S 150 150 75 S 75 75", id="two paragraphs are too near, however long"),
        pytest.param("75 75 S 90 90 90 S 90 90 90 S 90 90 90 90 90 90", id="three at most"),
        pytest.param("75 noads 75 75 /noads 75 S 75 75", id="none in a range that an editor took out"),
        pytest.param("75 noads 75 75 75 75 75 75", id="a range without its end goes to the end"),
        pytest.param("75 75 75 here S 75 75 75 75 75 75", id="a marker places, and only markers do"),
        pytest.param("10 here S 120 10", id="a marker needs no distances and no 300 words"),
        pytest.param("90 here S 90 here S 90 here S 90 here 90", id="three at most, also by markers"),
        pytest.param("75 75 noads here 75 /noads 75 75", id="a range beats a marker in it"),
        pytest.param("here 90 90 90 90 here", id="a marker before the first or after the last block places none"),
        pytest.param("90 here here S 90 90 90", id="two markers at one place are one"),
    ],
)
def test_the_rules(plan):
    assert placed(plan) == " ".join(word for word in plan.split() if word not in MARKERS)


@pytest.mark.parametrize("other", OTHERS)
def test_never_beside_anything_but_running_text(other):
    plan = f"75 75 {other} 75 S 75 75 75"  # without it the slot would stand after the second
    assert placed(plan) == plan


@pytest.mark.parametrize("other", ["heading", "image", "embed", "quote", "table", "list"])
def test_clearance_keeps_more_than_one_paragraph_away(other):
    plan = f"75 75 {other} 75 75 S 75 75 75"
    assert placed(plan, config={"rules": {"clearance": 2}}) == plan
    plan = f"75 75 75 S 75 75 {other} 75 75"
    assert placed(plan, config={"rules": {"clearance": 2, "words_before": 200}}) == plan


@pytest.mark.parametrize(
    ("article", "slots"),
    [
        ({}, 3),
        ({"ads": "reduced"}, 1),
        ({"ads": "none"}, 0),
        ({"sensitive": True}, 0),
        ({"sensitive": True, "ads": "reduced"}, 0),
    ],
)
def test_the_newsroom_decides_how_many(article, slots):
    assert placed("90 " * 20, **article).count("S") == slots


@pytest.mark.parametrize(
    ("plan", "gap", "rule", "numbers"),
    [
        ("60 59 60 60 61", 2, "too_soon", "only 119 words before it, 120 are needed"),
        ("150 50 50 50", 1, "too_soon", "only 1 paragraphs before it, 2 are needed"),
        ("75 75 83 83 83 75 75 75", 5, "too_near", "only 249 words since the last one, 250 are needed"),
        ("130 100 40 39", 2, "too_late", "only 79 words after it, 80 are needed"),
        ("75 75 heading 75 75 75", 2, "no_text_beside", "beside a heading"),
        ("75 75 short 75 75 75", 2, "short_text_beside", "has 17 characters, 40 are needed"),
        ("75 75 leads-on 75 75 75", 3, "leads_on", "ends in a colon"),
        ("90 " * 20, 15, "enough", "there are 3 already, 3 is the most"),
        ("75 noads 75 75 /noads 75 75 75", 2, "no_ads_range", "marked `noads`"),
        ("75 75 75 here 75 75 75 75 75 75", 2, "markers_decide", "markers say where"),
    ],
)
def test_every_refused_gap_says_by_which_rule_and_its_numbers(plan, gap, rule, numbers):
    verdict = verdict_at(ads_of(plan), gap=gap)
    assert verdict.rule == rule
    assert numbers in said(verdict)


def test_every_gap_has_one_verdict():
    ads = ads_of("75 75 heading 75 image 75 75 short 75 90 90 90")
    assert [verdict.gap for verdict in ads.verdicts if verdict.gap > 0] == list(range(1, 12))


def test_a_short_article_says_how_long_it_would_have_to_be():
    (verdict,) = [each for each in ads_of("75 75 75 74").verdicts if each.position == "in-article"]
    assert said(verdict) == "the article has 299 words, 300 are needed"


def test_advertisements_never_fill_more_than_their_share_of_a_phone():
    tall = {"slots": {"in-article": {"phone": ["300x600"]}}}
    plan = "75 75 75 75 75"
    verdict = verdict_at(ads_of(plan, config=tall | {"rules": {"density": 0.2}}), gap=2)
    assert verdict.rule == "too_dense"
    assert "of the column on a phone, 20% is the most" in said(verdict)
    assert "S" in placed(plan, config=tall)


def test_a_marker_cannot_break_the_share():
    tall = {"slots": {"in-article": {"phone": ["300x600"]}}, "rules": {"most": 9}}
    assert placed("60 here 60 here 60 here 60 here 60", config=tall).count("S") == 1


def test_list_items_alone_have_none():
    assert placed("list list list") == "list list list"
    body = (ListBlock(items=("wort " * 100,) * 5),)
    assert SiteAds(AdsConfig(), language="de").of_article(an_article(body=body)).blocks == body


def test_400_pictures_have_none_and_stay_in_order():
    body = tuple(ImageBlock(image=an_image(alt=str(number))) for number in range(400))
    assert SiteAds(AdsConfig(), language="de").of_article(an_article(body=body)).blocks == body


def test_text_in_nested_boxes_has_its_places_as_if_it_stood_outside():
    paragraph = "<p>" + "Wort " * 90 + "</p>"
    nested = "<div><section><div>" + paragraph * 2 + "</div></section><div>" * 2 + paragraph * 2 + "</div></div>"
    findings = Findings()
    body = blocks_of_html(nested, findings, where="body")
    ads = SiteAds(AdsConfig(), language="de").of_article(an_article(body=body))
    assert [part.type for part in ads.blocks].count("slot") == 1
    assert [part.type for part in ads.blocks][2] == "slot"


def test_an_article_of_a_section_that_there_is_no_longer_has_the_sites_rules():
    assert placed("75 75 S 75 75", section="aufgeloest") == "75 75 S 75 75"


def test_nothing_at_all_has_none():
    assert ads_of("").blocks == ()


def test_ordinals_count_from_the_top():
    slots = [block for block in ads_of("90 " * 20).blocks if isinstance(block, Slot)]
    assert [slot.position for slot in slots] == ["in-article-1", "in-article-2", "in-article-3"]
    assert {slot.label for slot in slots} == {"Anzeige"}


WORDS = st.one_of(st.integers(1, 200).map(str), st.sampled_from(sorted(OTHERS)))
PLANS = st.lists(WORDS, max_size=60).map(" ".join)
MARKED = st.lists(st.one_of(WORDS, st.sampled_from(sorted(MARKERS))), max_size=60).map(" ".join)


@given(PLANS)
def test_no_list_of_blocks_ever_breaks_a_rule(plan):
    ads = ads_of(plan)
    blocks = blocks_of(plan)
    reads = [read(block, neighbour_characters=RULES.neighbour_characters) for block in blocks]
    gaps = [verdict.gap for verdict in ads.verdicts if verdict.is_accepted and verdict.gap > 0]
    assert without_slots(ads.blocks) == blocks  # nothing is lost or moved
    assert len(gaps) <= RULES.most
    for gap in gaps:
        assert isinstance(blocks[gap - 1], Paragraph)
        assert isinstance(blocks[gap], Paragraph)
        assert reads[gap - 1].kind == reads[gap].kind == ""
    edges = [0, *gaps, len(blocks)]
    if gaps:
        assert sum(each.words for each in reads) >= RULES.article_words
    for number, (start, end) in enumerate(pairwise(edges)):
        if not gaps:
            break
        words, paragraphs = words_and_paragraphs(reads[start:end])
        is_first, is_last = number == 0, number == len(gaps)
        least = RULES.words_before if is_first else RULES.words_after if is_last else RULES.words_between
        least_of_them = (
            RULES.paragraphs_before if is_first else RULES.paragraphs_after if is_last else RULES.paragraphs_between
        )
        assert words >= least
        assert paragraphs >= least_of_them


@given(MARKED)
def test_caps_and_ranges_hold_whatever_an_editor_marks(plan):
    ads = ads_of(plan)
    blocks = blocks_of(plan)
    assert without_slots(ads.blocks) == tuple(block for block in blocks if not isinstance(block, AdMarker))
    slots = [verdict for verdict in ads.verdicts if verdict.is_accepted and verdict.gap > 0]
    assert len(slots) <= RULES.most
    reads = [read(block, neighbour_characters=40) for block in blocks if not isinstance(block, AdMarker)]
    content = head_px(an_article()) + sum(each.px for each in reads)
    assert share_of(274 * len(slots), content) <= RULES.density
    off = False
    gap = 0
    for block in blocks:
        if isinstance(block, AdMarker):
            off = {"off": True, "on": False}.get(block.mark, off)
        else:
            gap += 1
            if off:
                assert gap - 1 not in [verdict.gap for verdict in slots]
    assert all(isinstance(verdict.rule, str) and said(verdict) for verdict in ads.verdicts)


@given(PLANS, st.lists(st.integers(40, 200).map(str), min_size=1, max_size=20).map(" ".join))
def test_text_that_is_added_at_the_end_moves_no_slot(plan, more):
    before = [verdict for verdict in ads_of(plan).verdicts if verdict.is_accepted and verdict.gap > 0]
    after = [verdict for verdict in ads_of(f"{plan} {more}").verdicts if verdict.is_accepted and verdict.gap > 0]
    assert [each.gap for each in after[: len(before)]] == [each.gap for each in before]


@given(PLANS)
def test_equal_articles_have_equal_slots(plan):
    assert ads_of(plan) == ads_of(plan)


def test_a_paragraph_is_measured_by_what_readers_see():
    html = '<a href="https://rathaus.example/' + "x" * 400 + '">Mehr</a> &amp; mehr'
    assert read(Paragraph(html=html), neighbour_characters=40)[:3] == ("short paragraph", 3, 11)
    spaced = Paragraph(html="  eins\n zwei  drei\tvier ")
    assert read(spaced, neighbour_characters=1).words == 4
    assert read(a_paragraph(words=57), neighbour_characters=40).words == 57


def without_slots(blocks):
    return tuple(block for block in blocks if not isinstance(block, Slot))


def words_and_paragraphs(reads):
    return sum(each.words for each in reads), sum(each.kind == "" for each in reads)
