"""The events as a calendar: what readers' programs make of it, and what becomes of withdrawn ones."""

from datetime import UTC, timedelta

import httpx
import icalendar
import pytest
from starlette.applications import Starlette

from services.feed.documents import Documents
from services.feed.formats import ical
from services.feed.titles import publication_of
from shared.contracts import lists
from shared.runtime.clock import milliseconds, moment
from tests.support.articles import PUBLISHED, SITE, a_site, a_teaser, an_article, an_event, an_id
from tests.support.lists import KEYS

KURIER = publication_of(a_site())
CONCERT = an_event()


def read(data: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(data).walk("VEVENT"))


def the_event(**changes) -> icalendar.Event:
    (event,) = read(ical.document([a_teaser(event=CONCERT, **changes)], [], KURIER, title="Termine"))
    return event


@pytest.fixture
def calendar(parts, clock):
    """The calendar as it is composed now."""

    async def compose() -> bytes:
        return await parts.composers[SITE].calendar(now_ms=clock())

    return compose


async def publish(newsroom, number: int = 1, **changes) -> None:
    article = an_article(**{"number": number, "event": CONCERT} | changes)
    await newsroom.accept(article)
    await newsroom.place(*await newsroom.articles.newest(SITE, [article.id]))


async def withdraw(newsroom, verb: str, number: int = 9) -> None:
    await newsroom.accept(an_article(), verb=verb, number=number)
    await newsroom.place(*await newsroom.articles.newest(SITE, [an_id(1)]))


def test_an_event_has_its_time_its_place_and_the_way_to_its_article():
    event = the_event()
    assert (event["UID"], event["STATUS"]) == (f"{an_id(1)}@kurier.example", "CONFIRMED")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (CONCERT.starts_at, CONCERT.ends_at)
    assert (event["LOCATION"], event["URL"]) == ("Stadthalle", "https://kurier.example/stadt/neue-bruecke-1/")
    assert event["SUMMARY"] == "Die neue Brücke kommt im Frühjahr (1)"


def test_an_edit_keeps_the_id_and_raises_the_sequence():
    before, after = the_event(), the_event(updated_at=PUBLISHED + timedelta(hours=3))
    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt == (PUBLISHED + timedelta(hours=3)).astimezone(UTC)


@pytest.mark.parametrize("ends_at", [None, CONCERT.starts_at, CONCERT.starts_at - timedelta(hours=1)])
def test_an_event_without_a_usable_end_says_none(ends_at):
    (event,) = read(ical.document([a_teaser(event=an_event(ends_at=ends_at))], [], KURIER, title="Termine"))
    assert "DTEND" not in event


def test_no_text_can_become_a_line_of_its_own_and_no_line_is_too_long():
    headline = "Fest; mit, viel\\ und\r\nEND:VEVENT\r\nBEGIN:VEVENT\nUID:x \x07 " + "ü" * 200
    data = ical.document([a_teaser(event=CONCERT, headline=headline)], [], KURIER, title="Termine\nX:y")
    assert len(read(data)) == 1
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\x07" not in data


def test_what_is_sponsored_says_so_first():
    assert the_event(kind="sponsored")["SUMMARY"].startswith("Anzeige: ")


async def test_a_withdrawn_event_is_called_off_with_nothing_of_it_but_id_and_time(newsroom, calendar, clock):
    await publish(newsroom)
    (before,) = read(await calendar())
    clock.now_ms += 60_000
    await withdraw(newsroom, "killed")
    data = await calendar()
    (event,) = read(data)
    assert (event["UID"], event["STATUS"], event["DTSTART"].dt) == (before["UID"], "CANCELLED", CONCERT.starts_at)
    assert event["SEQUENCE"] > before["SEQUENCE"]
    assert [text for text in ("Brücke", "Stadthalle", "Rat", "/stadt/") if text.encode() in data] == []


async def test_an_event_that_comes_back_is_no_longer_called_off(newsroom, calendar):
    await publish(newsroom)
    await withdraw(newsroom, "unpublished")
    await newsroom.accept(an_article(event=CONCERT), number=12)
    await newsroom.place(*await newsroom.articles.newest(SITE, [an_id(1)]))
    assert [event["STATUS"] for event in read(await calendar())] == ["CONFIRMED"]


async def test_what_was_over_is_never_called_off_and_what_was_called_off_is_forgotten_when_it_would_be_over(
    newsroom, calendar, clock, redis, parts
):
    await publish(newsroom)
    await withdraw(newsroom, "unpublished")
    clock.now_ms = milliseconds(CONCERT.ends_at)
    assert read(await calendar()) == []
    starts_at = moment(clock()) + timedelta(days=2)
    await publish(newsroom, 2, event=an_event(starts_at=starts_at, ends_at=None))
    await newsroom.accept(an_article(number=2), verb="unpublished", number=9)
    await newsroom.place(*await newsroom.articles.newest(SITE, [an_id(2)]))
    assert await redis.hkeys(KEYS.cancelled(SITE)) == [an_id(2).encode()]
    clock.now_ms += 5 * 86_400_000
    await publish(newsroom, 3)
    await parts.lists.end_what_is_over(SITE)
    await newsroom.accept(an_article(number=3), verb="unpublished", number=9)
    await newsroom.place(*await newsroom.articles.newest(SITE, [an_id(3)]))
    assert an_id(3).encode() not in await redis.hkeys(KEYS.cancelled(SITE))


async def test_the_file_is_written_with_the_feeds_of_events_and_answered_over_http(newsroom, parts, clock, tmp_path):
    documents = Documents(
        parts.store, parts.composers, parts.sitemaps, parts.news, parts.sites, max_age_s=60, clock=clock
    )
    transport = httpx.ASGITransport(app=Starlette(routes=documents.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as web:
        empty = await web.get("/events/calendar.ics")
        await publish(newsroom)
        await parts.files.write(SITE, [lists.EVENTS], at_once=True)
        full = await web.get("/events/calendar.ics")
    assert (read(empty.content), len(read(full.content))) == ([], 1)
    assert full.headers["content-type"] == "text/calendar; charset=utf-8"
    assert full.content == (tmp_path / "site" / SITE / "events" / "calendar.ics").read_bytes()
