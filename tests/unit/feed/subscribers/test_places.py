import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feed.subscribers import places
from services.feed.subscribers.places import Place, PlaceFault

KEY, OTHER_KEY = "a" * 64, "b" * 64
NUMBERS = st.integers(0, 2**50)
PLACES = st.builds(Place, id=st.builds("{}-{}".format, NUMBERS, NUMBERS), read=NUMBERS, seq=NUMBERS, until=NUMBERS)


@given(st.dictionaries(st.integers(1, 1024).map("s{}".format), PLACES, max_size=4))
def test_a_cursor_leads_back_to_the_places_it_was_made_of(where):
    assert places.read(places.write("dpa", where, key=KEY), "dpa", key=KEY) == where


def test_a_cursor_of_another_subscriber_is_told_apart():
    word = places.write("dpa", {"s1": Place()}, key=KEY)
    with pytest.raises(PlaceFault, match="another subscriber's stream"):
        places.read(word, "apa", key=KEY)


def test_a_cursor_of_a_former_subscriber_of_the_same_name_does_not_open():
    word = places.write("dpa", {"s1": Place()}, key=OTHER_KEY)
    with pytest.raises(PlaceFault, match="no more"):
        places.read(word, "dpa", key=KEY)


def test_a_changed_cursor_does_not_open():
    word = places.write("dpa", {"s1": Place("17-0", 3)}, key=KEY)
    text = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode()
    forged = base64.urlsafe_b64encode(text.replace("17-0", "16-0").encode()).decode().rstrip("=")
    with pytest.raises(PlaceFault, match="was changed"):
        places.read(forged, "dpa", key=KEY)


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_anything_else_is_refused_with_a_sentence(word):
    with pytest.raises(PlaceFault):
        places.read(word, "dpa", key=KEY)


def test_a_cursor_that_no_header_could_hold_is_refused():
    with pytest.raises(PlaceFault):
        places.read("A" * 100_000, "dpa", key=KEY)
