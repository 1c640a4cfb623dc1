"""By the clock: every few minutes the last hours, once a night all, by one worker."""

import asyncio

import pytest

from shared.runtime.ticks import Ticks
from tests.support.articles import SITE
from tests.support.cms_api import Reply, WordPressApi, a_wordpress_post, serving
from tests.support.ingest import Ingest

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
POSTS = "/wp-json/wp/v2/posts"
RUNS = "litfass_ingest_reconcile_runs_total"
MISMATCHES = "litfass_ingest_reconcile_mismatches_total"


@pytest.fixture
def wordpress():
    with serving(WordPressApi()) as served:
        yield served


@pytest.fixture
def house(wordpress, house_of):
    return house_of(wordpress, "wordpress")


def lists_asked_for(wordpress) -> list[str]:
    """Which lists were asked for so far: of the last hours, or of all."""
    return [
        "recent" if "modified_after" in asked.query else "all"
        for asked in wordpress.questions(POSTS)
        if "_fields" in asked.query
    ]


async def test_the_first_look_takes_everything_that_is_not_here_yet(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2, modified_gmt="2025-01-01T08:00:00"))
    await house.poller.tick()
    assert (await house.state("1"), await house.state("2")) == ("public", "public")
    assert lists_asked_for(wordpress) == ["recent", "all"]


async def test_the_last_hours_are_looked_at_every_five_minutes_and_all_once_a_night(house, wordpress):
    await house.poller.tick()  # 10 o'clock in Berlin
    wordpress.asked.clear()
    for _ in range(4):
        house.clock.now_ms += 2 * MINUTE_MS
        await house.poller.tick()
    assert lists_asked_for(wordpress) == ["recent"]
    house.clock.now_ms += 16 * HOUR_MS  # 2 o'clock in the morning
    await house.poller.tick()
    assert lists_asked_for(wordpress) == ["recent"] * 2
    house.clock.now_ms += HOUR_MS
    await house.poller.tick()
    await house.poller.tick()
    assert lists_asked_for(wordpress) == [*["recent"] * 3, "all"]


async def test_of_many_workers_one_looks(house, wordpress, house_of):
    others = [house_of(wordpress, "wordpress") for _ in range(3)]
    for other in others:
        other.clock.now_ms = house.clock.now_ms
    await asyncio.gather(*(each.poller.tick() for each in (house, *others)))
    assert sorted(lists_asked_for(wordpress)) == ["all", "recent"]


async def test_what_was_found_is_counted_by_what_was_wrong(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.poller.tick()
    assert house.counted(MISMATCHES, source="blog", kind="missing") == 2
    assert house.counted(RUNS, source="blog", scope="recent", outcome="done") == 1


async def test_a_cms_that_is_away_is_counted_and_left_alone_for_as_long_as_it_says(house, wordpress):
    wordpress.instead[POSTS] = [Reply(429, b"", {"retry-after": "1800"}), Reply(500)]
    await house.poller.tick()
    assert house.counted(RUNS, source="blog", scope="recent", outcome="cms_away") == 1
    house.clock.now_ms += 20 * MINUTE_MS
    await house.poller.tick()
    assert lists_asked_for(wordpress) == ["recent", "all", "all"], "the quick look was asked to wait for half an hour"
    house.clock.now_ms += 11 * MINUTE_MS
    await house.poller.tick()
    assert lists_asked_for(wordpress)[-1] == "recent"


async def test_a_list_that_would_take_back_too_much_is_counted_as_refused(house, wordpress):
    wordpress.api.put(*map(a_wordpress_post, range(1, 21)))
    await house.poller.tick()
    wordpress.api.posts.clear()
    house.clock.now_ms += 24 * HOUR_MS
    await house.poller.tick()
    assert house.counted(RUNS, source="blog", scope="all", outcome="refused") == 1
    assert await house.state("1") == "public"


async def test_a_source_that_fails_does_not_hold_up_the_service(house, wordpress):
    wordpress.instead[POSTS] = [Reply(200, b"<html>")]
    ticks = Ticks("ingest.reconcile", house.poller.tick, at_most_s=0.05, clock=house.clock)
    ticks.start()
    while house.counted(RUNS, source="blog", scope="all", outcome="done") == 0:
        await asyncio.sleep(0.01)
    assert ticks.faults() == []
    await ticks.stop()
    assert house.counted(RUNS, source="blog", scope="recent", outcome="cms_unreadable") == 1


async def test_the_ingest_service_looks_by_itself_and_stops_with_its_house(wordpress, redis, redis_config):
    wordpress.api.put(a_wordpress_post(1))
    place = {"kind": "wordpress", "url": wordpress.url, "allow_private": True}
    source = {"site": SITE, "adapter": "wordpress", "allow_unsigned": True, "reconcile": place}
    house = Ingest(
        redis, redis_config, environ={"LITFASS_INGEST_RECONCILE_LOOK_S": "0.05"}, sources={"blog": source}
    )  # fmt: skip
    await house.service.start()
    while house.counted(MISMATCHES, source="blog", kind="missing") == 0:
        await asyncio.sleep(0.01)
    assert house.service.faults() == []
    await house.service.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "ingest.reconcile"]
