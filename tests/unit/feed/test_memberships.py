from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.feed.memberships import Memberships, day_of, memberships_of, over_at_ms
from shared.contracts import Author, Correction, EventDetails, Tag, Teaser
from shared.runtime.clock import milliseconds
from tests.support.articles import PUBLISHED, a_document, a_tombstone, an_article, an_event

BERLIN = ZoneInfo("Europe/Berlin")
NOW_MS = milliseconds(PUBLISHED)


def placed(now_ms: int = NOW_MS, **changes: object) -> Memberships:
    return memberships_of(a_document(an_article(number=0, **changes)), now_ms=now_ms, zone=BERLIN)


def test_an_article_is_in_recent_and_in_a_list_for_its_section_each_tag_and_each_author():
    authors = (Author(name="Ada", slug="ada"), Author(name="Bo", slug="bo"))
    tags = (Tag(name="Rat", slug="rat"), Tag(name="rat", slug="rat"))
    scores = placed(section="sport", tags=tags, authors=authors).scores
    assert dict(scores) == dict.fromkeys(["recent", "section:sport", "tag:rat", "author:ada", "author:bo"], NOW_MS)


def test_what_is_sponsored_is_on_no_authors_page():
    authors = (Author(name="Ada", slug="ada"),)
    scores = placed(kind="sponsored", tags=(), authors=authors).scores
    assert set(scores) == {"recent", "section:stadt"}


def test_breaking_news_is_so_until_its_end():
    end = PUBLISHED + timedelta(hours=1)
    assert placed(breaking_until=end).scores["breaking"] == milliseconds(end)
    assert "breaking" not in placed(breaking_until=end, now_ms=milliseconds(end)).scores


def test_an_edit_does_not_move_an_article():
    assert placed(updated_at=PUBLISHED + timedelta(days=3)).scores == placed().scores


def test_a_corrected_article_is_among_the_corrections_by_its_newest_one():
    corrections = tuple(Correction(text=str(day), at=PUBLISHED + timedelta(days=day)) for day in (1, 5))
    assert placed(corrections=corrections).scores["corrections"] == milliseconds(PUBLISHED + timedelta(days=5))


def test_a_coming_event_is_among_the_events_by_its_start_until_its_end():
    event = an_event()
    there = placed(event=event)
    assert there.scores["events"] == milliseconds(event.starts_at)
    assert there.over_ms == milliseconds(event.ends_at)
    gone = placed(event=event, now_ms=milliseconds(event.ends_at))
    assert "events" not in gone.scores
    assert gone.over_ms is None


@pytest.mark.parametrize("ends_before", [None, timedelta(hours=1)], ids=["no-end", "an-end-before-the-start"])
def test_an_event_without_a_usable_end_lasts_until_its_day_is_over_in_the_sites_zone(ends_before):
    start = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)  # already the 29th in Berlin
    event = EventDetails(starts_at=start, ends_at=start - ends_before if ends_before else None)
    assert over_at_ms(event, BERLIN) == milliseconds(datetime(2026, 11, 30, tzinfo=BERLIN))


def test_a_withdrawn_article_is_nowhere_but_its_sequence_is_remembered():
    for state in ("unpublished", "killed"):
        nothing = memberships_of(a_tombstone(state=state, seq=9), now_ms=NOW_MS, zone=BERLIN)
        assert (dict(nothing.scores), nothing.teaser, nothing.record) == ({}, "", "9 - -")


def test_the_month_is_the_sites():
    assert placed(published_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC)).month == "2026-11"


def test_the_record_has_a_line_for_each_list():
    lines = placed(event=an_event()).record.splitlines()
    assert lines[0] == f"1 2026-11 {milliseconds(an_event().ends_at)}"
    assert f"recent {NOW_MS}" in lines
    assert f"events {milliseconds(an_event().starts_at)}" in lines


def test_the_teaser_is_what_readers_of_lists_parse():
    assert Teaser.model_validate_json(placed().teaser).headline == an_article(number=0).headline


@pytest.mark.parametrize(("date", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 23), 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(date, hours):
    start, end = day_of(datetime(*date, 12, tzinfo=BERLIN), BERLIN)
    assert (end - start) / 3_600_000 == hours
