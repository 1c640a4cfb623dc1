import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feed import cursor
from shared.contracts.base import ArticleId
from shared.contracts.lists import ListName
from tests.support.articles import an_id

RECENT = ListName("recent")


@given(
    score=st.integers(-(10**14), 10**15),
    number=st.integers(0, 2**96 - 1),
    name=st.sampled_from(["recent", "tag:ö".replace("ö", "oe"), "month:2026-11"]),
)
def test_a_cursor_leads_back_to_its_place(score, number, name):
    place = (score, ArticleId(f"a{number:024x}"))
    word = cursor.write(ListName(name), place)
    assert word.replace("-", "").replace("_", "").isalnum()
    assert cursor.read(word, ListName(name)) == place


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_cursor_by_chance(text):
    with pytest.raises(cursor.CursorError):
        cursor.read(text, RECENT)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "2 recent 1 " + an_id(1),
        "1 recent x " + an_id(1),
        "1 recent 1 a1",
        "1 recent 1 " + an_id(1) + "\n",
        "1 recent 9" + "9" * 16 + " " + an_id(1),
    ],
)
def test_a_forged_cursor_is_refused_with_a_sentence(inside):
    forged = base64.urlsafe_b64encode(inside.encode()).decode().rstrip("=")
    with pytest.raises(cursor.CursorError, match="not one of ours"):
        cursor.read(forged, RECENT)


def test_a_cursor_of_another_list_is_refused_by_name():
    with pytest.raises(cursor.CursorError, match="'tag:rat', not to 'recent'"):
        cursor.read(cursor.write(ListName("tag:rat"), (1, an_id(1))), RECENT)
