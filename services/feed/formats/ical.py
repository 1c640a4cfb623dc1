"""The events of a site as a calendar to subscribe to (RFC 5545; RFC 7986 for its name and how often to look again).

Whoever subscribed has copies: an event that is withdrawn before it is over stays in the document as cancelled, with
nothing of it but its id and its time. Equal lists give equal bytes: no date is ever "now".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import icalendar

from services.feed.formats import NEVER, Publication, page_of, title_of, updated_at
from services.feed.formats.xml import clean
from shared.contracts.base import ArticleId
from shared.contracts.teaser import Teaser

MEDIA_TYPE: Final = "text/calendar"
PRODUCT: Final = "-//Litfass//Litfass//EN"
LOOK_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Cancelled:
    """What is known of an event that was withdrawn before it was over."""

    article_id: ArticleId
    starts_at: datetime
    cancelled_at: datetime


def document(
    teasers: Sequence[Teaser], cancelled: Sequence[Cancelled], publication: Publication, *, title: str
) -> bytes:
    """Return the calendar: the events that are coming or running, and those that were called off."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for name in (
        "name",
        "x-wr-calname",
    ):  # the second for clients older than RFC 7986; the library takes neither for text
        calendar.add(name, icalendar.vText(clean(title)))
    calendar.add("url", publication.url("/events/"))
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for teaser in teasers:
        if teaser.event:
            calendar.add_component(_event(teaser, publication))
    for one in cancelled:
        calendar.add_component(_called_off(one, publication))
    return bytes(calendar.to_ical())


def uid_of(article_id: ArticleId, publication: Publication) -> str:
    """Return an event's id, which stays whatever is edited, moved or called off."""
    return f"{article_id}@{publication.host}"


def _event(teaser: Teaser, publication: Publication) -> icalendar.Event:
    assert teaser.event is not None
    event = _bare(teaser.id, publication, starts_at=teaser.event.starts_at, changed_at=updated_at(teaser))
    if teaser.event.ends_at and teaser.event.ends_at > teaser.event.starts_at:
        event.add("dtend", _utc(teaser.event.ends_at))
    event.add("status", "CONFIRMED")
    event.add("summary", clean(title_of(teaser, publication)))
    if teaser.standfirst:
        event.add("description", clean(teaser.standfirst))
    if place := teaser.event.place or teaser.location:
        event.add("location", clean(place))
    event.add("url", page_of(teaser, publication))
    return event


def _called_off(one: Cancelled, publication: Publication) -> icalendar.Event:
    event = _bare(one.article_id, publication, starts_at=one.starts_at, changed_at=one.cancelled_at)
    event.add("status", "CANCELLED")
    return event


def _bare(
    article_id: ArticleId, publication: Publication, *, starts_at: datetime, changed_at: datetime
) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid_of(article_id, publication))
    event.add("dtstamp", _utc(changed_at))
    event.add("last-modified", _utc(changed_at))
    event.add("sequence", int((changed_at - NEVER) / timedelta(minutes=1)))  # grows with every version of the event
    event.add("dtstart", _utc(starts_at))
    return event


def _utc(when: datetime) -> datetime:
    """Return a moment in UTC, to the second: every client knows that without being told the rules of a zone."""
    return when.astimezone(UTC).replace(microsecond=0)
