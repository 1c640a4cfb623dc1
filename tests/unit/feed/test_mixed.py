"""The mixed box: drawn once a day, refilled when an article is withdrawn."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.runtime.clock import milliseconds
from tests.support.articles import SITE, a_document, a_tombstone, an_article
from tests.support.lists import KEYS, Newsroom

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 23, 6, tzinfo=BERLIN)
SIZE = 12


async def publish(newsroom: Newsroom, count: int, *, first: int = 1) -> None:
    """Publish so many articles, an hour apart, the last of them the evening before MORNING."""
    newsroom.clock.now_ms = milliseconds(MORNING)
    evening = MORNING - timedelta(hours=10)
    numbers = range(first, first + count)
    await newsroom.place(
        *(
            a_document(an_article(number=n, published_at=evening - timedelta(hours=first + count - n)), seq=n)
            for n in numbers
        )
    )


async def test_twelve_articles_are_drawn_and_none_of_the_ten_newest(newsroom):
    await publish(newsroom, 200)
    assert await newsroom.lists.draw_mixed(SITE)
    drawn = await newsroom.ids("mixed")
    assert len(set(drawn)) == SIZE
    assert max(drawn) <= 190
    assert drawn == sorted(drawn, reverse=True)


async def test_what_was_published_today_is_not_drawn(newsroom):
    await publish(newsroom, 60)
    newest = [a_document(an_article(number=n, published_at=MORNING), seq=n) for n in range(100, 130)]
    await newsroom.place(*newest)
    await newsroom.lists.draw_mixed(SITE)
    assert max(await newsroom.ids("mixed")) <= 50


@pytest.mark.parametrize("count", [1, 5, 12, 15, 22])
async def test_a_small_archive_is_drawn_as_far_as_it_goes_newest_left_out_first(newsroom, count):
    await publish(newsroom, count)
    await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") == list(range(min(count, SIZE), 0, -1))


async def test_the_draw_depends_on_site_and_date_and_on_nothing_else(newsroom):
    draws = []
    for hour in (6, 23):
        await newsroom.redis.flushall()
        await publish(newsroom, 200)
        newsroom.clock.now_ms = milliseconds(MORNING.replace(hour=hour))
        await newsroom.lists.draw_mixed(SITE)
        draws.append(await newsroom.ids("mixed"))
    assert draws[0] == draws[1]
    newsroom.clock.now_ms = milliseconds(MORNING + timedelta(days=1))
    await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") != draws[0]


async def test_two_processes_never_draw_twice_and_announce_once(newsroom):
    await publish(newsroom, 100)
    before = len(await newsroom.announced())
    results = await asyncio.gather(*(newsroom.lists.draw_mixed(SITE) for _ in range(6)))
    assert sum(results) == 1
    assert [entry.lists for entry in (await newsroom.announced())[before:]] == [("mixed",)]


async def test_new_articles_do_not_change_todays_box(newsroom):
    await publish(newsroom, 100)
    await newsroom.lists.draw_mixed(SITE)
    drawn = await newsroom.ids("mixed")
    await publish(newsroom, 50, first=200)
    assert not await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") == drawn


async def test_a_withdrawn_article_is_replaced_at_once_and_the_others_stay(newsroom):
    await publish(newsroom, 100)
    await newsroom.lists.draw_mixed(SITE)
    drawn = await newsroom.ids("mixed")
    (placed,) = await newsroom.place(a_tombstone(an_article(number=drawn[3]), seq=1000))
    refilled = await newsroom.ids("mixed")
    assert "mixed" in placed.lists
    assert len(set(refilled)) == SIZE
    assert set(drawn) - set(refilled) == {drawn[3]}
    assert await newsroom.ids("mixed:2026-11-23") == refilled


async def test_an_edit_of_a_drawn_article_changes_the_box_and_of_another_does_not(newsroom):
    await publish(newsroom, 100)
    await newsroom.lists.draw_mixed(SITE)
    drawn = await newsroom.ids("mixed")
    other = next(number for number in range(1, 101) if number not in drawn)
    published = {n: an_article(number=n).published_at for n in (drawn[0], other)}
    edits = [
        a_document(an_article(number=n, headline="Anders", published_at=published[n]), seq=1000) for n in published
    ]
    inside, outside = await newsroom.place(*edits)
    assert "mixed" in inside.lists
    assert "mixed" not in outside.lists


async def test_an_empty_site_draws_as_soon_as_it_has_articles_and_fills_open_places(newsroom):
    newsroom.clock.now_ms = milliseconds(MORNING)
    assert not await newsroom.lists.draw_mixed(SITE)
    await publish(newsroom, 3)
    assert await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") == [3, 2, 1]
    await publish(newsroom, 30, first=10)
    assert await newsroom.lists.draw_mixed(SITE)
    drawn = await newsroom.ids("mixed")
    assert len(set(drawn)) == SIZE
    assert {1, 2, 3} <= set(drawn)


async def test_midnight_in_the_sites_zone_draws_anew(newsroom):
    await publish(newsroom, 100)
    newsroom.clock.now_ms = milliseconds(datetime(2026, 11, 23, 23, 59, 59, tzinfo=BERLIN))
    await newsroom.lists.draw_mixed(SITE)
    today = await newsroom.ids("mixed")
    newsroom.clock.now_ms += 1_000
    assert await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") != today
    assert await newsroom.ids("mixed:2026-11-23") == today


async def test_a_process_with_a_slow_clock_does_not_draw_yesterday_again(newsroom):
    await publish(newsroom, 100)
    await newsroom.lists.draw_mixed(SITE)
    today = await newsroom.ids("mixed")
    newsroom.clock.now_ms -= 86_400_000
    assert not await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") == today


async def test_a_rebuild_as_of_another_day_brings_that_days_box_back_without_what_was_withdrawn_since(newsroom):
    await publish(newsroom, 100)
    await newsroom.lists.draw_mixed(SITE)
    first = await newsroom.ids("mixed")
    newsroom.clock.now_ms += 86_400_000
    await newsroom.lists.draw_mixed(SITE)
    second = await newsroom.ids("mixed")
    assert await newsroom.lists.draw_mixed(SITE, as_of_ms=milliseconds(MORNING))
    assert await newsroom.ids("mixed") == first
    gone = next(number for number in first if number not in second)
    await newsroom.place(a_tombstone(an_article(number=gone), seq=1000))
    assert await newsroom.lists.draw_mixed(SITE)  # the clock goes on
    assert await newsroom.ids("mixed") == second
    assert await newsroom.lists.draw_mixed(SITE, as_of_ms=milliseconds(MORNING))
    assert gone not in await newsroom.ids("mixed")


async def test_the_box_does_not_expire_with_the_memory_of_its_day(newsroom):
    await publish(newsroom, 100)
    await newsroom.lists.draw_mixed(SITE)
    await newsroom.lists.draw_mixed(SITE, as_of_ms=milliseconds(MORNING))
    assert await newsroom.redis.ttl(KEYS.list(SITE, "mixed")) == -1
    assert await newsroom.redis.ttl(KEYS.list(SITE, "mixed:2026-11-23")) > 0
