"""Dates that can be meant. A year typed wrong must not put an article, or its next edit, out of reach."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from services.ingest.adapt.fields import Fields

NONSENSE: Final = timedelta(days=3652)  # ten years ahead: nobody schedules that
AHEAD: Final = timedelta(days=1)  # more than any wrong zone; what orders edits must not be later
_NAIVE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.]\d{1,9})?)?))?")


def instant(now_ms: int) -> datetime:
    """Milliseconds since 1970 as an aware UTC datetime."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC)


def plausible(fields: Fields, name: str, moment: datetime | None, *, now_ms: int) -> datetime | None:
    """Return `moment`; more than ten years ahead is a fault."""
    if moment is not None and moment - instant(now_ms) > NONSENSE:
        fields.fault(name, f"{moment.isoformat()} is more than ten years ahead; check the year")
        return None
    return moment


def first_of(fields: Fields, *names: str, now_ms: int) -> datetime | None:
    """Return the first of these dates that says a time; what is none is left out, with a warning."""
    moments = (plausible(fields, name, fields.spare_moment(name), now_ms=now_ms) for name in names)
    return next((moment for moment in moments if moment is not None), None)


def needed(fields: Fields, name: str, moment: datetime | None, *, without: str) -> datetime:
    """Return `moment`; when there is none, `without` is the fault of `name` and 1970 stands in until that is raised."""
    if moment is None:
        fields.fault(name, without)
        return instant(0)
    return moment


def orders(fields: Fields, name: str, moment: datetime | None, *, now_ms: int) -> datetime | None:
    """Return `moment`, by which edits are put in order; more than a day ahead is a fault."""
    if moment is not None and moment - instant(now_ms) > AHEAD:
        message = f"{moment.isoformat()} is more than a day ahead of our clock and would block every later edit"
        fields.fault(name, f"{message}; check the CMS's clock and zone")
        return None
    return moment


def local_moment(fields: Fields, name: str, *, zone: tzinfo) -> datetime | None:
    """Return a date and time; one without a zone, or a mere day, is the newsroom's own, with a warning."""
    value = fields.raw(name)
    naive = _NAIVE.fullmatch(value.strip()) if isinstance(value, str) else None
    if naive is None:
        return fields.moment(name)
    try:
        found = datetime.fromisoformat(f"{naive[1]}T{naive[2] or '00:00'}").replace(tzinfo=zone)
        found.astimezone(UTC)  # the year 1 in Tokyo is before all of Python's time
    except (ValueError, OverflowError):
        fields.fault(name, f'"{value}" is no date and time')
        return None
    if naive[2]:
        fields.warn(name, "has no zone; the site's was taken")
    return found
