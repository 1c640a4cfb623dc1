"""An old article comes to the top of its lists again; nothing else of it changes."""

from datetime import timedelta

import pytest

from services.feed.resurfacing import CannotResurface
from shared.contracts import Tag
from shared.runtime.clock import milliseconds, moment
from tests.support.articles import PUBLISHED, SITE, an_article, an_id
from tests.support.lists import KEYS
from tests.unit.feed.test_rebuild import place_all, publish, withdraw

OLD = PUBLISHED - timedelta(days=400)
MINUTE = 60_000


@pytest.fixture
async def archive(newsroom):
    """Articles 2 to 6, of one section, newest last; 1 is the old one."""
    await publish(newsroom, 1, published_at=OLD, tags=(Tag(name="Archiv", slug="archiv"),))
    for number in range(2, 7):
        await publish(newsroom, number, published_at=PUBLISHED + timedelta(minutes=number))
    return newsroom


async def resurface(newsroom, parts, number: int = 1, at_ms: int | None = None) -> None:
    await parts.resurfacing.set(SITE, an_id(number), at_ms)
    await place_all(newsroom, number)


async def test_it_leads_its_lists_at_once_and_its_dates_and_months_stay(archive, parts):
    before = {name: await archive.ids(name) for name in ("recent", "section:stadt", "tag:archiv")}
    await resurface(archive, parts)
    assert await archive.front("recent") == [1, 6, 5, 4, 3, 2]
    assert await archive.front("section:stadt") == [1, 6, 5, 4, 3, 2]
    assert {name: await archive.ids(name) for name in before} == before, "months, feeds and the API are by publication"
    (document,) = await archive.articles.newest(SITE, [an_id(1)])
    assert document.article.published_at == OLD
    changed = (await archive.announced())[-1]
    assert set(changed.lists) >= {"recent", "section:stadt", "tag:archiv"}
    assert not [name for name in changed.lists if name.startswith("resurfaced")]


async def test_what_is_published_afterwards_stands_above_it(archive, parts):
    await resurface(archive, parts)
    await publish(archive, 9, published_at=moment(archive.clock() + MINUTE))
    assert (await archive.front("recent"))[:3] == [9, 1, 6]


async def test_it_waits_for_its_moment_and_comes_once(archive, parts):
    at_ms = archive.clock() + MINUTE
    await resurface(archive, parts, at_ms=at_ms)
    assert await archive.front("recent") == [6, 5, 4, 3, 2, 1]
    archive.clock.now_ms = at_ms - 1
    assert await parts.lists.end_what_is_over(SITE) == []
    archive.clock.now_ms = at_ms
    assert await parts.lists.end_what_is_over(SITE) == [("resurfaced", an_id(1), at_ms)]
    assert await parts.lists.end_what_is_over(SITE) == []
    assert await archive.front("tag:archiv") == [1]
    assert (await archive.front("recent"))[0] == 1
    assert set((await archive.announced())[-1].lists) >= {"recent", "section:stadt", "tag:archiv"}


async def test_an_edit_after_the_moment_and_before_the_timer_loses_nothing(archive, parts):
    await resurface(archive, parts, at_ms=archive.clock() + MINUTE)
    archive.clock.now_ms += 2 * MINUTE
    await archive.accept(an_article(number=1, published_at=OLD, headline="Neu"), number=50)
    await place_all(archive, 1)
    assert (await archive.front("recent"))[0] == 1


async def test_an_edit_keeps_it_where_it_is_and_taking_back_lets_it_sink(archive, parts):
    await resurface(archive, parts)
    await archive.accept(an_article(number=1, published_at=OLD, headline="Neu", section="sport"), number=50)
    await place_all(archive, 1)
    assert await archive.front("section:sport") == [1]
    assert await archive.front("section:stadt") == [6, 5, 4, 3, 2], "it left that section, and its place there"
    assert await parts.resurfacing.remove(SITE, an_id(1)) is True
    assert await parts.resurfacing.remove(SITE, an_id(1)) is False
    await place_all(archive, 1)
    assert await archive.front("recent") == [6, 5, 4, 3, 2, 1]


async def test_the_later_of_the_cms_and_the_operator_counts(archive, parts):
    await publish(archive, 7, published_at=OLD, resurface_at=moment(archive.clock() - MINUTE))
    await resurface(archive, parts)
    assert (await archive.front("recent"))[:2] == [1, 7]
    await resurface(archive, parts, 7, archive.clock() - 2 * MINUTE)
    assert (await archive.front("recent"))[:2] == [1, 7]
    await resurface(archive, parts, 7, archive.clock() + 1)
    archive.clock.now_ms += 1
    await parts.lists.end_what_is_over(SITE)
    assert (await archive.front("recent"))[:2] == [7, 1]


async def test_a_moment_before_its_publication_changes_nothing(archive, parts):
    await resurface(archive, parts, 6, milliseconds(OLD))
    assert await archive.front("recent") == [6, 5, 4, 3, 2, 1]


async def test_unpublished_it_has_its_place_again_and_killed_it_has_none(archive, parts):
    await resurface(archive, parts)
    await archive.accept(an_article(number=1), verb="unpublished", number=40)
    await place_all(archive, 1)
    assert await archive.front("recent") == [6, 5, 4, 3, 2]
    with pytest.raises(CannotResurface, match="not published"):
        await parts.resurfacing.set(SITE, an_id(1))
    await archive.accept(an_article(number=1, published_at=OLD), number=41)
    await place_all(archive, 1)
    assert (await archive.front("recent"))[0] == 1
    await withdraw(archive, 1)
    keys = await archive.redis.keys("*resurfaced*")
    assert [await archive.redis.zscore(key, an_id(1)) for key in keys] == [None] * len(keys)
    assert await archive.redis.hget(KEYS.article(an_id(1)), "resurface_ms") is None
    assert not [each for each in await archive.redis.zrange(KEYS.due(SITE), 0, -1) if b"resurface" in each]
    with pytest.raises(CannotResurface, match="taken back for good"):
        await parts.resurfacing.set(SITE, an_id(1))
    with pytest.raises(CannotResurface, match="not known"):
        await parts.resurfacing.set(SITE, an_id(99))


async def test_it_leaves_the_mixed_box_so_that_no_page_has_it_twice(newsroom, parts):
    for number in range(1, 40):
        await publish(newsroom, number, published_at=PUBLISHED - timedelta(days=number))
    await parts.lists.draw_mixed(SITE)
    first, second, *_ = drawn = await newsroom.ids("mixed")
    await resurface(newsroom, parts, first)
    await resurface(newsroom, parts, second, newsroom.clock() + MINUTE)
    newsroom.clock.now_ms += MINUTE
    await parts.lists.end_what_is_over(SITE)
    left = await newsroom.ids("mixed")
    assert len(left) == len(drawn)
    assert not {first, second} & set(left)
    await newsroom.redis.delete(KEYS.list(SITE, "mixed"), KEYS.due(SITE))
    await parts.lists.draw_mixed(SITE)
    assert not {first, second} & set(await newsroom.ids("mixed")), "nor does another draw of that day bring it back"


async def test_feeds_keep_it_at_its_publication_and_do_not_make_it_new(archive, parts):
    await parts.files.write(SITE, ["recent"], at_once=True)
    before = {path: await parts.store.get(SITE, path) for path in ("feed.xml", "feed.atom", "feed.json")}
    assert all(before.values())
    await resurface(archive, parts)
    await parts.files.write(SITE, ["recent"], at_once=True)
    assert {path: await parts.store.get(SITE, path) for path in before} == before


async def test_partners_are_told_nothing_new(archive, parts):
    await resurface(archive, parts)
    (signal,) = (await archive.signals())[-1:]
    assert (signal.verb, signal.event_id) == ("updated", "")
