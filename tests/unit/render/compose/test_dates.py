"""Dates as readers read them and as machines do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.render.compose.dates import Dates, direction_of, locale_of

BERLIN = ZoneInfo("Europe/Berlin")
JULY = datetime(2025, 7, 4, 12, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "minute"),
    [
        ("de", "4. Juli 2025", "4. Juli 2025, 14:03\u00a0Uhr"),
        ("en", "July 4, 2025", "July 4, 2025, 2:03\u202fPM"),
        ("en-GB", "4 July 2025", "4 July 2025, 14:03"),
        ("fr", "4 juillet 2025", "4 juillet 2025, 14:03"),
        ("ja", "2025年7月4日", "2025年7月4日 14:03"),
    ],
)
def test_each_language_writes_its_own_dates(language, day, minute):
    dates = Dates(locale_of(language), BERLIN)
    assert (dates.day(JULY), dates.minute(JULY)) == (day, minute)


def test_no_language_hands_its_months_to_another():
    for language, month in (("ja", "7月"), ("de", "Juli"), ("fr", "juillet"), ("ja", "7月"), ("en", "July")):
        assert Dates(locale_of(language), BERLIN).month_name("2025-07") == month
    assert Dates("de", BERLIN).month("2025-07") == "Juli 2025"


def test_the_hour_that_comes_twice_in_autumn_is_told_apart_for_machines():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    dates = Dates("de", BERLIN)
    assert dates.machine(first) == "2026-10-25T02:30:00+02:00"
    assert dates.machine(first + timedelta(hours=1)) == "2026-10-25T02:30:00+01:00"
    assert dates.clock(first) == dates.clock(first + timedelta(hours=1)) == "02:30\u00a0Uhr"


def test_the_hour_that_spring_leaves_out_is_never_shown():
    dates = Dates("de", BERLIN)
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert dates.clock(before) == "01:59\u00a0Uhr"
    assert dates.clock(before + timedelta(minutes=1)) == "03:00\u00a0Uhr"


def test_a_day_and_a_month_begin_at_the_sites_midnight():
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert Dates("de", BERLIN).day(new_year) == "1. Januar 2027"
    assert Dates("de", BERLIN).month_of(new_year) == "2027-01"
    assert Dates("de", ZoneInfo("America/New_York")).day(new_year) == "31. Dezember 2026"


@pytest.mark.parametrize(
    ("hours", "span"),
    [
        (None, "Freitag, 4. Juli 2025, 14:03\u00a0Uhr"),
        (2, "Freitag, 4. Juli 2025, 14:03–16:03\u00a0Uhr"),
        (-1, "Freitag, 4. Juli 2025, 14:03\u00a0Uhr"),
        (24, "Freitag, 4. Juli 2025, 14:03\u00a0Uhr – Samstag, 5. Juli 2025, 14:03\u00a0Uhr"),
    ],
    ids=["no end", "one day", "ends before it starts", "two days"],
)
def test_an_event_says_its_day_once(hours, span):
    end = None if hours is None else JULY + timedelta(hours=hours)
    assert Dates("de", BERLIN).span(JULY, end) == span


def test_a_tear_off_calendar_shows_day_and_short_month():
    assert Dates("de", BERLIN).leaf(JULY) == ("4", "Jul")


@pytest.mark.parametrize(
    ("language", "locale"), [("de", "de"), ("pt-BR", "pt_BR"), ("de-XX", "de"), ("tlh", "en"), ("", "en"), ("!!", "en")]
)
def test_a_language_that_nobody_knows_is_the_nearest_one(language, locale):
    assert locale_of(language) == locale


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("ar", "rtl"),
        ("ar-TN", "rtl"),
        ("he", "rtl"),
        ("fa", "rtl"),
        ("ur-PK", "rtl"),
        ("de", "ltr"),
        ("az-Latn", "ltr"),
    ],
)
def test_languages_know_which_way_they_run(language, direction):
    assert direction_of(language) == direction
