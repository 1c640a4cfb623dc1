"""Reading lists, over a real Valkey; the sets are written by hand here, feed's index has its own tests."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis

from shared.contracts.keys import Keys
from shared.contracts.lists import EVENTS, RECENT, ListName
from shared.runtime.lists import ListReader, month_bounds, month_of
from tests.support.articles import SITE, a_teaser, an_article, an_id

BERLIN = ZoneInfo("Europe/Berlin")
KEYS = Keys("s1")


@pytest.fixture
def reader(redis: Redis) -> ListReader:
    return ListReader(redis, shards=1)


async def fill(redis: Redis, name: ListName, scores: dict[int, int]) -> None:
    """Write a list by article number → score, with teasers."""
    await redis.zadd(KEYS.list(SITE, name), {an_id(number): score for number, score in scores.items()})
    await redis.hset(
        KEYS.teasers(SITE),
        mapping={an_id(number): a_teaser(an_article(number=number)).model_dump_json() for number in scores},
    )


async def numbers(reader: ListReader, name: ListName = RECENT, **window: object) -> list[int]:
    """Return which articles `page` gives."""
    rows = await reader.page(SITE, name, **({"after": None, "limit": 100} | window))  # type: ignore[arg-type]
    return [int(article_id[1:], 16) for article_id, _ in rows]


async def test_a_list_is_newest_first_and_ties_go_by_id(redis, reader):
    await fill(redis, RECENT, {1: 100, 2: 300, 3: 200, 4: 200})
    assert [teaser.id for teaser in await reader.teasers(SITE, RECENT, limit=3)] == [an_id(2), an_id(4), an_id(3)]
    assert await numbers(reader) == [2, 4, 3, 1]


async def test_events_are_soonest_first(redis, reader):
    await fill(redis, EVENTS, {1: 300, 2: 100, 3: 200, 4: 200})
    assert await numbers(reader, EVENTS) == [2, 3, 4, 1]
    assert await numbers(reader, EVENTS, after=(200, an_id(3))) == [4, 1]


async def test_a_list_that_nobody_wrote_is_empty(reader):
    assert await reader.teasers(SITE, RECENT, limit=10) == []
    assert await reader.size(SITE, RECENT) == 0
    assert await reader.months(SITE, RECENT, BERLIN) == []
    assert await reader.version(SITE, [RECENT, EVENTS]) == [0, 0]
    assert await reader.version(SITE, []) == []


async def test_an_article_whose_teaser_is_gone_is_left_out(redis, reader):
    await fill(redis, RECENT, {1: 100, 2: 200})
    await redis.hdel(KEYS.teasers(SITE), an_id(2))
    assert [teaser.id for teaser in await reader.teasers(SITE, RECENT, limit=10)] == [an_id(1)]


@pytest.mark.parametrize("name", [RECENT, EVENTS])
async def test_paging_one_by_one_gives_every_article_once_even_when_all_have_one_score(redis, reader, name):
    await fill(redis, name, {number: 500 if number % 3 else number for number in range(1, 30)})
    whole = await reader.page(SITE, name, after=None, limit=100)
    seen, after = [], None
    while page := await reader.page(SITE, name, after=after, limit=1):
        ((article_id, score),) = page
        seen.append((article_id, score))
        after = (score, article_id)
    assert seen == whole
    assert len(whole) == 29


@pytest.mark.parametrize("gone", [3, 4])
async def test_a_page_goes_on_where_a_vanished_article_was(redis, reader, gone):
    await fill(redis, RECENT, {1: 100, 2: 200, 3: 200, 4: 200, 5: 300})
    order = [5, 4, 3, 2, 1]
    await redis.zrem(KEYS.list(SITE, RECENT), an_id(gone))
    assert await numbers(reader, after=(200, an_id(gone))) == order[order.index(gone) + 1 :]


async def test_a_page_is_not_shifted_by_newer_articles(redis, reader):
    await fill(redis, RECENT, {1: 100, 2: 200, 3: 300})
    await fill(redis, RECENT, {4: 400, 5: 200})
    assert await numbers(reader, after=(300, an_id(3)), limit=2) == [5, 2]


async def test_a_month_is_a_window_that_begins_inside_and_ends_outside(redis, reader):
    start, end = month_bounds("2026-11", BERLIN)
    await fill(redis, RECENT, {1: start - 1, 2: start, 3: end - 1, 4: end})
    assert await numbers(reader, month=(start, end)) == [3, 2]
    assert await numbers(reader, month=(start, end), after=(end - 1, an_id(3))) == [2]
    assert await numbers(reader, month=(start, end), after=(end, an_id(4))) == [3, 2]
    assert await numbers(reader, month=(start, end), after=(start, an_id(2))) == []
    assert [teaser.id for teaser in await reader.teasers(SITE, RECENT, limit=1, month=(start, end))] == [an_id(3)]


async def test_a_month_of_events_is_cut_the_same_way(redis, reader):
    await fill(redis, EVENTS, {1: 9, 2: 10, 3: 19, 4: 20})
    assert await numbers(reader, EVENTS, month=(10, 20)) == [2, 3]


async def test_only_months_with_articles_are_named_newest_first(redis, reader):
    november, _ = month_bounds("2026-11", BERLIN)
    august, _ = month_bounds("2026-08", BERLIN)
    december, _ = month_bounds("2025-12", BERLIN)
    await fill(redis, RECENT, {1: december, 2: august, 3: november, 4: november - 1})
    assert await reader.months(SITE, RECENT, BERLIN) == ["2026-11", "2026-10", "2026-08", "2025-12"]


async def test_more_teasers_than_lua_can_unpack_at_once_arrive_whole(redis, reader):
    await fill(redis, RECENT, dict.fromkeys(range(1, 2501), 7))
    rows = await reader.rows(SITE, RECENT, limit=2500)
    assert [row.id for row in rows] == [an_id(number) for number in range(2500, 0, -1)]
    assert all(row.id.encode() in row.teaser for row in rows)


async def test_a_month_cannot_be_read_like_a_list(reader):
    with pytest.raises(ValueError, match="month_bounds"):
        await reader.teasers(SITE, ListName("month:2026-11"), limit=1)


async def test_a_version_counts_per_list(redis, reader):
    await redis.hset(KEYS.versions(SITE), mapping={"recent": 7, "tag:rat": 2})
    assert await reader.version(SITE, [ListName("tag:rat"), EVENTS, RECENT]) == [2, 0, 7]
    assert await reader.names(SITE) == ["recent", "tag:rat"]


def test_a_month_is_the_sites_month_across_clock_changes():
    start, end = month_bounds("2026-10", BERLIN)
    assert (end - start) / 3_600_000 == 31 * 24 + 1  # the clocks go back in October
    assert month_of(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), BERLIN) == "2026-11"
    assert month_bounds("2026-12", BERLIN)[1] == month_bounds("2027-01", BERLIN)[0]


@pytest.mark.parametrize("impossible", ["0000-01", "9999-12"])
def test_a_month_that_no_calendar_has_is_an_empty_window(impossible):
    assert month_bounds(impossible, BERLIN) == (0, 0)
