"""What the clock does, at times that the test sets."""

from datetime import timedelta

import pytest

from services.feed.timers import FileTimer, ListTimer
from shared.runtime.clock import milliseconds
from tests.support.articles import PUBLISHED, SITE, a_document, a_tombstone, an_article, an_event


@pytest.fixture
def list_timer(parts, clock) -> ListTimer:
    return ListTimer(parts.lists, parts.pins, parts.sites, metrics=parts.metrics, clock=clock)


@pytest.fixture
def file_timer(parts, clock) -> FileTimer:
    return FileTimer(parts.files, parts.sitemaps, parts.news, parts.lists, parts.due, parts.sites, clock=clock)


async def test_an_event_that_is_over_leaves_and_its_lateness_is_measured(newsroom, list_timer, clock, registry):
    event = an_event()
    await newsroom.place(a_document(an_article(event=event)))
    await list_timer.tick()
    assert await newsroom.ids("events") == [1]
    clock.now_ms = milliseconds(event.ends_at) + 700
    await list_timer.tick()
    assert await newsroom.ids("events") == []
    assert registry.get_sample_value("litfass_feed_timer_lateness_seconds_sum", {"timer": "event"}) == pytest.approx(
        0.7
    )


async def test_the_mixed_box_is_drawn_at_the_first_tick_of_a_day(newsroom, list_timer, clock):
    await newsroom.place(*(a_document(an_article(number=number), seq=number) for number in range(1, 40)))
    await list_timer.tick()
    today = await newsroom.ids("mixed")
    assert len(today) == 12
    await list_timer.tick()
    assert await newsroom.ids("mixed") == today
    clock.now_ms += 86_400_000
    await list_timer.tick()
    assert await newsroom.ids("mixed") != today


async def test_the_first_tick_writes_the_feeds_and_the_sitemap_that_every_site_has(file_timer, tmp_path):
    await file_timer.tick()
    folder = tmp_path / "site" / SITE
    found = {str(file.relative_to(folder)) for file in folder.rglob("*.xml")}
    assert found == {
        "feed.xml",
        "sitemap.xml",
        "news-sitemap.xml",
        "events/feed.xml",
        "corrections/feed.xml",
        *(f"{s}/feed.xml" for s in ("stadt", "kultur", "sport")),
    }


async def test_the_first_tick_writes_again_what_changed_just_before_an_unclean_end(newsroom, file_timer, tmp_path):
    await newsroom.accept(an_article())
    await newsroom.place(a_document())
    damaged = tmp_path / "site" / SITE / "tag" / "rat" / "feed.xml"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"")
    await file_timer.tick()
    assert damaged.read_bytes().count(b"<item>") == 1
    assert (tmp_path / "site" / SITE / "sitemap-2026-11.xml").exists()


async def test_a_tick_says_when_the_next_feed_is_due(newsroom, parts, file_timer, clock):
    assert await file_timer.tick() is None
    clock.now_ms += 5_000
    await newsroom.place(a_document())
    await parts.files.write(SITE, ["recent"])
    assert not await parts.files.write(SITE, ["recent"])
    assert await file_timer.tick() == clock() + 1_000
    clock.now_ms += 1_000
    assert await file_timer.tick() is None


async def test_a_kill_leaves_the_sitemap_with_the_next_tick(newsroom, file_timer, clock, tmp_path):
    await newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2)))
    await file_timer.tick()
    await newsroom.place(a_tombstone(an_article(number=1), seq=2))
    clock.now_ms += 1_500
    await file_timer.tick()
    assert b"neue-bruecke-1/" not in (tmp_path / "site" / SITE / "sitemap-2026-11.xml").read_bytes()


def test_the_published_time_is_before_the_clock_of_these_tests(clock):
    assert clock() > milliseconds(PUBLISHED + timedelta(hours=1))
