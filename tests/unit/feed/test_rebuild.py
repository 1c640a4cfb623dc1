"""What rebuild makes is what signals made."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.feed.parts import Parts
from services.feed.pins import Pin
from services.feed.rebuild import Rebuild
from shared.contracts import Correction, Tag, lists
from shared.runtime.clock import milliseconds, moment
from tests.support.articles import PUBLISHED, SITE, a_revision, an_article, an_event, an_id
from tests.support.lists import KEYS, Newsroom

WORDS = st.sampled_from(["a", "b", "c"])


@pytest.fixture
def rebuild(redis, parts, clock) -> Rebuild:
    return Rebuild(redis, parts, clock=clock)


async def place_all(newsroom: Newsroom, *numbers: int) -> None:
    """Do for these articles what their waiting signals ask for."""
    await newsroom.place(
        *[document for document in await newsroom.articles.newest(SITE, [an_id(n) for n in numbers]) if document]
    )


async def publish(newsroom: Newsroom, *numbers: int, **changes: object) -> None:
    for number in numbers:
        await newsroom.accept(an_article(number=number, **changes))
    await place_all(newsroom, *numbers)


async def withdraw(newsroom: Newsroom, number: int, verb: str = "killed") -> None:
    await newsroom.accept(an_article(number=number), verb=verb, number=10_000)  # type: ignore[arg-type]
    await place_all(newsroom, number)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_rebuilt_lists_equal_those_that_signals_made(newsroom, parts, rebuild, data):
    await newsroom.redis.flushall()
    for revision in range(1, data.draw(st.integers(1, 10)) + 1):
        number = data.draw(st.integers(1, 5))
        article = an_article(
            number=number,
            section=data.draw(WORDS),
            tags=tuple(Tag(name=word, slug=word) for word in data.draw(st.lists(WORDS, unique=True))),
            published_at=PUBLISHED + timedelta(days=data.draw(st.integers(-40, 0))),
            event=data.draw(st.sampled_from([None, an_event()])),
            resurface_at=data.draw(st.sampled_from([None, PUBLISHED, PUBLISHED + timedelta(days=900)])),
            breaking_until=data.draw(st.sampled_from([None, PUBLISHED, PUBLISHED + timedelta(days=900)])),
            corrections=data.draw(st.sampled_from([(), (Correction(text="x", at=PUBLISHED),)])),
        )
        await newsroom.accept(
            article,
            verb=data.draw(st.sampled_from(["published", "published", "unpublished", "killed"])),
            number=revision,
        )
        await place_all(newsroom, number)
    await parts.lists.draw_mixed(SITE)
    before = await newsroom.state()
    listed = await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.state() == before
    assert listed == await newsroom.reader.size(SITE, "recent")


async def test_a_rebuild_repairs_lists_that_were_damaged(newsroom, rebuild, parts):
    await publish(newsroom, 1, 2, 3)
    await withdraw(newsroom, 3)
    await parts.lists.draw_mixed(SITE)
    good = await newsroom.state()
    await newsroom.redis.zadd(KEYS.list(SITE, "recent"), {an_id(3): 1, an_id(77): 2})
    await newsroom.redis.zrem(KEYS.list(SITE, "section:stadt"), an_id(1))
    await newsroom.redis.hdel(KEYS.teasers(SITE), an_id(2))
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.state() == good


async def test_every_list_is_announced_and_its_version_grows_so_that_writers_look_again(newsroom, rebuild):
    await publish(newsroom, 1)
    await withdraw(newsroom, 1)
    await publish(newsroom, 2, section="sport")
    names = await newsroom.reader.names(SITE)
    before = await newsroom.reader.version(SITE, names)
    count = len(await newsroom.announced())
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.reader.version(SITE, names) == [version + 1 for version in before]
    told = {name for entry in (await newsroom.announced())[count:] for name in entry.lists}
    assert {"recent", "section:stadt", "section:sport", "tag:rat"} <= told


class Interrupted:
    """The articles, and somebody who changes some while the rebuild reads them."""

    def __init__(self, articles, meanwhile):
        self._articles, self._meanwhile = articles, meanwhile

    async def newest(self, site, ids):
        documents = await self._articles.newest(site, ids)
        if self._meanwhile:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
        return documents


async def test_what_is_placed_while_lists_are_rebuilt_is_in_them_and_a_kill_is_never_undone(
    newsroom, parts, redis, clock
):
    await publish(newsroom, 1, 2, 3)

    async def meanwhile():
        await withdraw(newsroom, 1)
        await publish(newsroom, 4, event=an_event())
        await newsroom.accept(an_article(number=2, section="sport"), number=50)
        await place_all(newsroom, 2)

    fields = {name: getattr(parts, name) for name in Parts.__dataclass_fields__}
    rebuild = Rebuild(redis, Parts(**fields | {"articles": Interrupted(parts.articles, meanwhile)}), clock=clock)
    await rebuild.rebuild_lists(SITE, as_of_ms=clock())
    after = await newsroom.state()
    assert await newsroom.ids("recent") == [4, 3, 2]
    assert await newsroom.ids("section:stadt") == [4, 3]
    assert await newsroom.ids("section:sport") == [2]
    assert await newsroom.ids("events") == [4]
    await Rebuild(redis, parts, clock=clock).rebuild_lists(SITE, as_of_ms=clock())
    assert await newsroom.state() == after


async def test_a_signal_that_waits_during_a_rebuild_finds_its_work_done_or_does_it(newsroom, rebuild):
    await newsroom.accept(an_article())
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.ids("recent") == [1]
    (late,) = await newsroom.place(*await newsroom.articles.newest(SITE, [an_id(1)]))
    assert late.outcome == "skipped"
    await newsroom.accept(an_article(headline="Neu"), number=9)
    (edit,) = await newsroom.place(*await newsroom.articles.newest(SITE, [an_id(1)]))
    assert edit.outcome == "listed"


async def test_a_rebuild_that_was_interrupted_leaves_nothing_for_the_next(newsroom, redis, rebuild, parts):
    await publish(newsroom, 1)
    stray = parts.lists.keys(SITE).list(f"{SITE}~new", "recent")
    await redis.zadd(stray, {an_id(99): 1})
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.ids("recent") == [1]
    assert await redis.keys("*~new*") == []


async def test_as_of_another_time_the_events_of_that_time_are_back(newsroom, rebuild, parts):
    event = an_event()
    await publish(newsroom, 1, event=event)
    newsroom.clock.now_ms = milliseconds(event.ends_at) + 1
    await parts.lists.end_what_is_over(SITE)
    assert await newsroom.ids("events") == []
    await rebuild.rebuild_lists(SITE, as_of_ms=milliseconds(event.starts_at))
    assert await newsroom.ids("events") == [1]


async def test_breaking_news_is_built_again_with_its_end(newsroom, rebuild, parts):
    end = moment(newsroom.clock() + 3_600_000)
    await publish(newsroom, 1, breaking_until=end)
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.ids("breaking") == [1]
    newsroom.clock.now_ms = milliseconds(end)
    assert await parts.lists.end_what_is_over(SITE) == [("breaking", an_id(1), milliseconds(end))]
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.ids("breaking") == []


async def test_what_resurfaces_is_built_again_before_and_after_its_time(newsroom, rebuild, parts):
    await publish(
        newsroom, 1, published_at=PUBLISHED - timedelta(days=90), resurface_at=moment(newsroom.clock() + 60_000)
    )
    await publish(newsroom, 2)
    for minutes, expected in ((0, [2, 1]), (1, [1, 2])):
        newsroom.clock.now_ms += minutes * 60_000
        await parts.lists.end_what_is_over(SITE)
        incremental = await newsroom.state()
        assert await newsroom.front("recent") == expected
        await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
        assert {key: value for key, value in (await newsroom.state()).items() if ":mixed" not in key} == {
            key: value for key, value in incremental.items() if ":mixed" not in key
        }
        assert await newsroom.front("recent") == expected
    await publish(newsroom, 1, published_at=PUBLISHED - timedelta(days=90), revision=a_revision(9))
    assert await newsroom.front("recent") == [2, 1], "the CMS took it back"
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.front("recent") == [2, 1]


async def test_as_of_a_moment_before_it_resurfaced_it_stands_where_it_stood(newsroom, rebuild):
    at = newsroom.clock()
    await publish(newsroom, 1, published_at=PUBLISHED - timedelta(days=90), resurface_at=moment(at))
    await publish(newsroom, 2)
    await rebuild.rebuild_lists(SITE, as_of_ms=at - 1)
    assert await newsroom.front("recent") == [2, 1]


async def test_another_sites_articles_on_the_same_shard_stay_out(newsroom, rebuild):
    await publish(newsroom, 1)
    await newsroom.accept(an_article(number=2, site="bote"))
    await rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock())
    assert await newsroom.ids("recent") == [1]


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_all_files_come_out_byte_for_byte(newsroom, rebuild, parts, clock, tmp_path):
    await publish(newsroom, 1, 2, 3)
    await publish(newsroom, 4, published_at=PUBLISHED - timedelta(days=40), section="sport")
    await withdraw(newsroom, 2)
    for entry in await newsroom.announced():
        await parts.files.write(SITE, entry.lists, at_once=True)
    await parts.files.write(SITE, ["section:kultur", "events", "corrections"], at_once=True)
    clock.now_ms += 5_000
    await parts.sitemaps.write_due(SITE)
    await parts.news.write_due(SITE)
    folder = tmp_path / "site" / SITE
    before = files_in(folder)
    for file in folder.rglob("*.*"):
        file.unlink()
    steps: list[tuple[int, int]] = []
    await rebuild.rebuild_lists(SITE, as_of_ms=clock(), progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (4, 4)
    await rebuild.write_all_files(SITE, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1]
    assert files_in(folder) == before
    assert len(before) > 20


async def test_readers_see_the_old_or_the_new_lists_and_never_none(newsroom, rebuild):
    await publish(newsroom, *range(1, 30))
    sizes: list[int] = []
    rebuilding = asyncio.create_task(rebuild.rebuild_lists(SITE, as_of_ms=newsroom.clock()))
    while not rebuilding.done():
        sizes.append(len(await newsroom.reader.teasers(SITE, "recent", limit=100)))
    await rebuilding
    assert set(sizes) == {29}


async def test_a_rebuild_keeps_the_pins_and_as_of_another_time_shows_those_of_that_time(
    newsroom, rebuild, parts, clock
):
    await publish(newsroom, 1, 2)
    now_ms = clock()
    await parts.pins.set(SITE, Pin(an_id(1), lists.RECENT, 2))
    await parts.pins.set(SITE, Pin(an_id(2), lists.RECENT, 1, from_ms=now_ms + 1_000, until_ms=now_ms + 2_000))
    shown = []
    for at_ms in (now_ms, now_ms + 1_000, now_ms + 2_000):
        await rebuild.rebuild_lists(SITE, as_of_ms=at_ms)
        pinned = await newsroom.reader.pinned(SITE, [lists.RECENT])
        shown.append([(position, teaser.id) for position, teaser in pinned[lists.RECENT]])
    assert shown == [[(2, an_id(1))], [(1, an_id(2)), (2, an_id(1))], [(2, an_id(1))]]
    assert len(await parts.pins.all(SITE)) == 2
