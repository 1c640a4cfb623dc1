"""Dates as readers read them and as machines do, in a site's language and zone.

CLDR's patterns through Babel, which needs 20–60 µs for one date: so days, minutes and months are kept by locale.
Never relative ("five minutes ago"): a page is a file, and files do not age.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global
from babel.dates import format_date, format_time

DateWidth = Literal["long", "full"]

FALLBACK: Final = "en"
# What a language says after the time of day; CLDR's short pattern leaves it out.
CLOCK_WORD: Final[Mapping[str, str]] = {"de": "\u00a0Uhr"}
RIGHT_TO_LEFT: Final = frozenset({"Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})
DAYS_KEPT: Final = 8192  # 22 years of days in one language; about 1 MB


@dataclass(frozen=True)
class Dates:
    """Writes the dates of one site.

    Args:
        locale: one that Babel knows, as `locale_of` gives it.
        zone: the site's.
    """

    locale: str
    zone: ZoneInfo

    def day(self, moment: datetime) -> str:
        """Return "4. Juli 2025"."""
        return _day(self.locale, moment.astimezone(self.zone).toordinal(), "long")

    def of_date(self, day: date) -> str:
        """Return "4. Juli 2025" for a date of the calendar; for a moment, its date in the site's zone."""
        return self.day(day) if isinstance(day, datetime) else _day(self.locale, day.toordinal(), "long")

    def weekday(self, moment: datetime) -> str:
        """Return "Freitag, 4. Juli 2025"."""
        return _day(self.locale, moment.astimezone(self.zone).toordinal(), "full")

    def clock(self, moment: datetime) -> str:
        """Return "14:03 Uhr"."""
        local = moment.astimezone(self.zone)
        return _clock(self.locale, local.hour, local.minute)

    def minute(self, moment: datetime) -> str:
        """Return "4. Juli 2025, 14:03 Uhr"."""
        local = moment.astimezone(self.zone)
        clock = _clock(self.locale, local.hour, local.minute)
        return _join(self.locale).format(clock, _day(self.locale, local.toordinal(), "long"))

    def machine(self, moment: datetime) -> str:
        """Return "2025-07-04T14:03:00+02:00", for `<time datetime>` and JSON-LD."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def month(self, year_month: str) -> str:
        """Return "Juli 2025" for "2025-07"."""
        return _pattern(self.locale, year_month + "-01", _month_and_year(self.locale))

    def month_name(self, year_month: str) -> str:
        """Return "Juli" for "2025-07"."""
        return _pattern(self.locale, year_month + "-01", "LLLL")

    def month_of(self, moment: datetime) -> str:
        """Return "2025-07": the month of the site's zone that the moment is in."""
        return moment.astimezone(self.zone).isoformat()[:7]

    def leaf(self, moment: datetime) -> tuple[str, str]:
        """Return day and month as on a tear-off calendar: ("4", "Jul")."""
        local = moment.astimezone(self.zone).date().isoformat()
        return _pattern(self.locale, local, "d"), _pattern(self.locale, local, "LLL")

    def span(self, start: datetime, end: datetime | None) -> str:
        """Return when something happens: one day with one or two times, or two days with theirs."""
        if end is None or end <= start:
            return self._whole(start)
        if start.astimezone(self.zone).date() == end.astimezone(self.zone).date():
            clocks = f"{_bare_clock(self.locale, start.astimezone(self.zone))}–{self.clock(end)}"
            return _join(self.locale).format(clocks, self.weekday(start))
        return f"{self._whole(start)} – {self._whole(end)}"

    def _whole(self, moment: datetime) -> str:
        return _join(self.locale).format(self.clock(moment), self.weekday(moment))


@lru_cache(maxsize=256)
def locale_of(language: str) -> str:
    """Return the Babel locale nearest to a BCP 47 language: itself, its language alone, or English."""
    for tag in (language, language.partition("-")[0], FALLBACK):
        try:
            return str(Locale.parse(tag, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return FALLBACK


@lru_cache(maxsize=256)
def direction_of(language: str) -> Literal["ltr", "rtl"]:
    """Return "rtl" for languages in the scripts of Arabic, Hebrew and their like, else "ltr"."""
    tag = language.replace("-", "_")
    likely: Mapping[str, str] = get_global(
        "likely_subtags"
    )  # "ar" → "ar_Arab_EG"; Babel's own answer is wrong for ar_TN
    known = "_".join((tag, likely.get(tag, likely.get(tag.partition("_")[0], ""))))
    return "rtl" if RIGHT_TO_LEFT.intersection(known.split("_")) else "ltr"


@lru_cache(maxsize=DAYS_KEPT)
def _day(locale: str, ordinal: int, width: DateWidth) -> str:
    return format_date(date.fromordinal(ordinal), width, locale=_apart(locale))


@lru_cache(maxsize=1440 * 4)
def _clock(locale: str, hour: int, minute: int) -> str:
    word = CLOCK_WORD.get(locale.partition("_")[0], "")
    return format_time(time(hour, minute), "short", locale=_apart(locale)) + word


def _bare_clock(locale: str, local: datetime) -> str:
    clock = _clock(locale, local.hour, local.minute)
    return clock.removesuffix(CLOCK_WORD.get(locale.partition("_")[0], ""))


@lru_cache(maxsize=DAYS_KEPT)
def _pattern(locale: str, day: str, pattern: str) -> str:
    return format_date(date.fromisoformat(day), pattern, locale=_apart(locale))


@lru_cache(maxsize=64)
def _month_and_year(locale: str) -> str:
    skeletons = _apart(locale).datetime_skeletons
    return str(skeletons["yMMMM"].pattern) if "yMMMM" in skeletons else "MMMM y"


@lru_cache(maxsize=64)
def _join(locale: str) -> str:
    """Return how the language puts a time ({0}) beside a day ({1})."""
    return str(_apart(locale).datetime_formats["medium"])


@lru_cache(maxsize=64)
def _apart(locale: str) -> Locale:
    """Return a locale that shares no data with any other.

    Where CLDR says "same as elsewhere" Babel writes what it found into data that all languages inherit, and the next
    language gets it: the month alone in German after Japanese is "7月" (Babel 2.18, python-babel/babel#1234).
    Loaded into an empty cache, a language gets ancestors of its own.
    """
    cache: dict[str, Any] = localedata._cache  # noqa: SLF001  # the bug is in what it holds
    cache.clear()
    found = Locale.parse(locale)
    _ = found.days  # the instance takes its data now, and keeps it
    cache.clear()
    return found
