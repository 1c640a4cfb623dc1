"""Where advertisements stand. The table reads like the list of rules.

In a plan, a number is a paragraph of so many words, `S` a slot, and a word another block.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.compose import ads
from services.render.compose.ads import FIRST_SET, LABEL_PX, Slot, label_of, slots_around, with_slots, words_in
from shared.contracts.blocks import (
    Code,
    Divider,
    Embed,
    Gallery,
    Heading,
    ImageBlock,
    ListBlock,
    Paragraph,
    Quote,
    Table,
)
from tests.support.articles import a_paragraph, an_image

LABEL = ("Anzeige", "de")
OTHERS = {
    "heading": Heading(html="Und nun"),
    "image": ImageBlock(image=an_image()),
    "gallery": Gallery(images=(an_image(),)),
    "quote": Quote(html="So war es."),
    "table": Table(html="<table></table>"),
    "embed": Embed(url="https://a.example/"),
    "list": ListBlock(items=("eins", "zwei")),
    "code": Code(text="a"),
    "divider": Divider(),
    "leads-on": Paragraph(html="Folgende Linien fallen am Montag und am Dienstag aus:"),
    "leads-on-in-bold": Paragraph(html="<strong>Folgende Linien fallen am Montag und am Dienstag aus:</strong>"),
    "short": Paragraph(html="Mehr dazu morgen."),
    "short-link": Paragraph(html='<a href="https://rathaus.example/eine/lange/adresse">Mehr</a>'),
}


def blocks_of(plan: str):
    return tuple(
        a_paragraph(words=int(word)) if word.isdigit() else OTHERS[word] for word in plan.split() if word != "S"
    )


def plan_of(blocks) -> str:
    names = {id(block): name for name, block in OTHERS.items()}
    return " ".join(
        "S" if isinstance(block, Slot) else names.get(id(block)) or str(words_in(block)) for block in blocks
    )


def placed(plan: str, *, choice="default", sensitive=False) -> str:
    return plan_of(with_slots(blocks_of(plan), ads=choice, sensitive=sensitive, label=LABEL))


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
    ],
)
def test_distances(plan):
    assert placed(plan) == plan


@pytest.mark.parametrize("other", OTHERS)
def test_never_beside_anything_but_running_text(other):
    plan = f"75 75 {other} 75 S 75 75 75"  # without it the slot would stand after the second
    assert placed(plan) == plan


def test_list_items_alone_have_none():
    blocks = (ListBlock(items=("wort " * 100,) * 5),)
    assert with_slots(blocks, ads="default", sensitive=False, label=LABEL) == blocks


def test_400_pictures_have_none_and_stay_in_order():
    blocks = (OTHERS["image"],) * 400
    assert with_slots(blocks, ads="default", sensitive=False, label=LABEL) == blocks


@pytest.mark.parametrize(
    ("choice", "sensitive", "slots"),
    [("default", False, 3), ("reduced", False, 1), ("none", False, 0), ("default", True, 0), ("reduced", True, 0)],
)
def test_the_newsroom_decides_how_many(choice, sensitive, slots):
    assert placed("90 " * 20, choice=choice, sensitive=sensitive).count("S") == slots


def test_ordinals_count_from_the_top():
    blocks = with_slots(blocks_of("90 " * 20), ads="default", sensitive=False, label=LABEL)
    slots = [block for block in blocks if isinstance(block, Slot)]
    assert [slot.position for slot in slots] == ["in-article-1", "in-article-2", "in-article-3"]
    assert {slot.label for slot in slots} == {"Anzeige"}


@given(st.lists(st.one_of(st.integers(1, 200).map(str), st.sampled_from(sorted(OTHERS))), max_size=60))
def test_no_article_ever_breaks_a_rule(words):
    blocks = blocks_of(" ".join(words))
    out = with_slots(blocks, ads="default", sensitive=False, label=LABEL)
    assert tuple(block for block in out if not isinstance(block, Slot)) == blocks  # nothing is lost or moved
    places = [index for index, block in enumerate(out) if isinstance(block, Slot)]
    assert len(places) <= FIRST_SET.most
    if places:
        assert sum(words_in(block) for block in blocks) >= FIRST_SET.article_words
        assert (
            sum(words_in(block) for block in out[: places[0]] if not isinstance(block, Slot)) >= FIRST_SET.words_before
        )
        assert sum(words_in(block) for block in out[places[-1] + 1 :]) >= FIRST_SET.words_after
    for place in places:
        assert isinstance(out[place - 1], Paragraph)
        assert isinstance(out[place + 1], Paragraph)
    for one, next_one in pairwise(places):
        assert sum(words_in(block) for block in out[one + 1 : next_one]) >= FIRST_SET.words_between


@pytest.mark.parametrize(
    ("choice", "positions"),
    [("default", ["top", "sidebar-1", "sidebar-2"]), ("reduced", ["top", "sidebar-1"]), ("none", [])],
)
def test_around_the_text(choice, positions):
    around = slots_around(choice, LABEL)
    assert [slot.position for slot in (around.top, around.sidebar_1, around.sidebar_2) if slot] == positions


def test_what_is_reserved_holds_the_creative_and_its_label():
    assert ads.RECTANGLE.phone == 250 + LABEL_PX
    assert (ads.BANNER.phone, ads.BANNER.tablet, ads.BANNER.desktop) == (124, 114, 114)


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
