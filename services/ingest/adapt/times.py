"""Dates that can be meant. A year typed wrong must not put an article, or its next edit, out of reach."""

from datetime import UTC, datetime, timedelta
from typing import Final

from services.ingest.adapt.fields import Fields

NONSENSE: Final = timedelta(days=3652)  # ten years ahead: nobody schedules that
AHEAD: Final = timedelta(days=1)  # more than any wrong zone; what orders edits must not be later


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


def orders(fields: Fields, name: str, moment: datetime | None, *, now_ms: int) -> datetime | None:
    """Return `moment`, by which edits are put in order; more than a day ahead is a fault."""
    if moment is not None and moment - instant(now_ms) > AHEAD:
        message = f"{moment.isoformat()} is more than a day ahead of our clock and would block every later edit"
        fields.fault(name, f"{message}; check the CMS's clock and zone")
        return None
    return moment
