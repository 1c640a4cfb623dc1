"""Their list, our list → what to do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reconcile import Entry
from services.ingest.reconcile.compare import (
    TAKEN_BACK,
    Ours,
    is_newer,
    names_of,
    refusal,
    suspects,
    taken_back,
    would_win,
)
from shared.contracts.document import State
from shared.contracts.revision import Revision
from tests.support.articles import an_id

NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_revision(at: datetime = NOON, **changes) -> Revision:
    number = round(at.timestamp() * 1_000_000)
    fields = {"scheme": "updated_at", "number": number, "time_ms": number // 1000, "digest": "1" * 16}
    return Revision.model_validate(fields | changes)


def ours(state: State = "public", **changes) -> Ours:
    return Ours(an_id(1), state, a_revision(**changes))


def found(entry: Entry, mine: Ours | None) -> list[str]:
    return [suspect.kind for suspect in suspects([entry], {entry.source_id: mine} if mine else {})]


def test_what_we_never_had_is_missing():
    assert found(Entry("1", NOON), None) == ["missing"]


def test_what_is_newer_there_is_stale_here_and_what_is_equal_or_older_is_not():
    assert found(Entry("1", NOON + MINUTE), ours()) == ["stale"]
    assert found(Entry("1", NOON), ours()) == []
    assert found(Entry("1", NOON - MINUTE), ours()) == []


@pytest.mark.parametrize("at", [NOON - MINUTE, NOON, NOON + timedelta(days=400), None])
@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_what_was_killed_here_stays_killed_whatever_a_list_says(at, is_withdrawn):
    assert found(Entry("1", at, version=10**9, is_withdrawn=is_withdrawn), ours("killed")) == []


def test_what_was_taken_back_by_the_newsroom_comes_back_only_with_something_newer():
    assert found(Entry("1", NOON), ours("unpublished")) == []
    assert found(Entry("1", NOON + MINUTE), ours("unpublished")) == ["missing"]


def test_what_we_took_back_ourselves_comes_back_when_it_is_listed_again():
    assert found(Entry("1", NOON), ours("unpublished", digest=TAKEN_BACK)) == ["missing"]


def test_what_the_cms_lists_as_taken_back_should_be_gone_here():
    assert found(Entry("1", NOON, is_withdrawn=True), ours()) == ["gone"]
    assert found(Entry("1", NOON, is_withdrawn=True), ours("scheduled")) == ["gone"], "or it would come at its hour"
    assert found(Entry("1", NOON, is_withdrawn=True), ours("unpublished")) == []
    assert found(Entry("1", NOON, is_withdrawn=True), None) == []


def test_what_waits_here_for_its_hour_is_not_missing():
    assert found(Entry("1", NOON), ours("scheduled")) == []


def test_a_counted_revision_is_compared_by_its_number_where_the_list_says_one():
    counted = a_revision(scheme="revision", number=7)
    assert is_newer(Entry("1", NOON - MINUTE, version=8), counted)
    assert not is_newer(Entry("1", NOON + MINUTE, version=7), counted)
    assert is_newer(Entry("1", NOON + MINUTE), counted)
    assert not is_newer(Entry("1", None), counted)


def test_our_own_withdrawal_wins_over_what_we_had_and_loses_to_any_later_edit():
    mine = ours()
    withdrawn = taken_back(mine, asked_ms=mine.revision.time_ms + 60_000)
    assert withdrawn.is_newer_than(mine.revision)
    assert a_revision(NOON + timedelta(seconds=1)).is_newer_than(withdrawn)
    assert not a_revision(NOON - MINUTE).is_newer_than(withdrawn)


def test_an_item_whose_place_another_took_is_never_stale_but_may_be_taken_back():
    mine = Ours(an_id(1), "public", a_revision(), is_replaced=True)
    assert found(Entry("1", NOON + MINUTE), mine) == []
    assert found(Entry("1", NOON + MINUTE, is_withdrawn=True), mine) == ["gone"]
    assert not would_win(a_revision(NOON + MINUTE), mine)
    assert would_win(a_revision(NOON - MINUTE), mine, kills=True)


def test_a_dry_run_knows_what_accept_would_do():
    assert would_win(a_revision(), None)
    assert not would_win(a_revision(NOON + MINUTE), ours("killed"))
    assert not would_win(a_revision(NOON + MINUTE), ours("killed"), kills=True)
    assert would_win(a_revision(NOON + MINUTE), ours())
    assert not would_win(a_revision(), ours())


def test_an_empty_list_takes_nothing_back():
    assert "empty" in refusal(gone=1, ours=1, theirs=0, most_percent=100)


@pytest.mark.parametrize(
    ("gone", "count", "percent", "is_refused"),
    [
        (5, 10, 10, False),
        (6, 10, 10, True),
        (100, 1000, 10, False),
        (101, 1000, 10, True),
        (6, 1000, 0, True),
        (1000, 1000, 100, False),
    ],
)
def test_a_share_too_large_wants_a_persons_yes(gone, count, percent, is_refused):
    assert bool(refusal(gone=gone, ours=count, theirs=1, most_percent=percent)) == is_refused


@given(gone=st.integers(0, 10**6), count=st.integers(0, 10**6), percent=st.integers(0, 100))
def test_no_more_than_the_share_and_a_few_ever_go_without_a_yes(gone, count, percent):
    if not refusal(gone=gone, ours=count, theirs=1, most_percent=percent):
        assert gone <= max(5, count * percent / 100)


# --- feeds and sitemaps ----------------------------------------------------------------------------------------------

URL = "https://blog.example/stadt/markt/"


@pytest.mark.parametrize(
    "written",
    [
        URL,
        URL.rstrip("/"),
        "http://www.blog.example/stadt/markt/",
        "HTTPS://BLOG.EXAMPLE/stadt/markt/?utm_source=rss#x",
    ],
)
def test_an_address_is_the_same_however_it_is_written(written):
    assert names_of(written) == names_of(URL)


def test_nothing_is_the_address_of_nothing():
    assert names_of("") == frozenset()


@pytest.mark.parametrize(
    "other", ["https://blog.example/", "https://blog.example/?p=2", "https://blog.example/?q=a&p=1"]
)
def test_with_plain_permalinks_the_query_is_the_address(other):
    assert names_of("https://blog.example/?p=1") != names_of(other)
    assert names_of("http://www.blog.example?p=1&utm_medium=rss#x") == names_of("https://blog.example/?p=1")
