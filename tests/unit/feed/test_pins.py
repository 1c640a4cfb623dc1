"""Pins: what an editor wants where, from when to when; and what becomes of it."""

import pytest

from services.feed.pins import Pin, PinRefused
from services.feed.timers import ListTimer
from shared.contracts import lists
from shared.contracts.lists import ListName, pin_score, position_of
from tests.support.articles import SITE, a_document, a_tombstone, an_article, an_id
from tests.support.lists import KEYS

HOUR = 3_600_000
SPORT = lists.section("sport")


@pytest.fixture
def pins(parts):
    return parts.pins


@pytest.fixture
def list_timer(parts, clock) -> ListTimer:
    return ListTimer(parts.lists, parts.pins, parts.sites, metrics=parts.metrics, clock=clock)


async def published(newsroom, *numbers: int) -> None:
    for number in numbers:
        article = an_article(number=number)
        await newsroom.accept(article)
        (document,) = await newsroom.articles.newest(SITE, [article.id])
        await newsroom.place(document)


async def shown(newsroom, name: ListName = lists.RECENT) -> list[tuple[int, int]]:
    """Position and number of each article that is pinned to a list now."""
    found = (await newsroom.reader.pinned(SITE, [name]))[name]
    return [(position, int(teaser.id[1:], 16)) for position, teaser in found]


async def killed(newsroom, number: int) -> None:
    await newsroom.accept(an_article(number=number), verb="killed", number=9)
    (document,) = await newsroom.articles.newest(SITE, [an_id(number)])
    await newsroom.place(document)


@pytest.mark.parametrize("position", [1, 2, 50])
def test_a_score_keeps_its_position_and_puts_the_later_pin_first(position):
    earlier, later = pin_score(position, 1_795_266_180_000), pin_score(position, 1_795_266_180_001)
    assert position_of(earlier) == position_of(later) == position
    assert later < earlier < pin_score(position + 1, 4_000_000_000_000)


async def test_a_pin_is_there_at_once_and_its_list_is_announced(newsroom, pins):
    await published(newsroom, 1, 2)
    (before,) = await newsroom.reader.version(SITE, [lists.RECENT])
    assert await pins.set(SITE, Pin(an_id(1), lists.RECENT, 3))
    assert await shown(newsroom) == [(3, 1)]
    assert await newsroom.reader.version(SITE, [lists.RECENT]) == [before + 1]
    assert (await newsroom.announced())[-1].lists == ("recent",)


async def test_an_article_has_one_pin_a_list_and_of_two_at_one_position_the_later_stands_first(newsroom, pins, clock):
    await published(newsroom, 1, 2)
    for number, position in ((1, 4), (1, 1), (2, 1)):
        clock.now_ms += 1
        await pins.set(SITE, Pin(an_id(number), lists.RECENT, position))
    assert await shown(newsroom) == [(1, 2), (1, 1)]


async def test_pins_begin_and_end_by_themselves_and_each_time_the_list_is_announced(
    newsroom, pins, list_timer, clock, registry
):
    await published(newsroom, 1)
    await list_timer.tick()  # draws today's mixed box
    begins, ends = clock() + HOUR, clock() + 2 * HOUR
    assert not await pins.set(SITE, Pin(an_id(1), SPORT, 1, from_ms=begins, until_ms=ends))
    assert (await shown(newsroom, SPORT), await list_timer.tick()) == ([], begins)
    clock.now_ms = begins + 40
    assert (await list_timer.tick(), await shown(newsroom, SPORT)) == (ends, [(1, 1)])
    assert (await newsroom.announced())[-1].lists == (SPORT,)
    clock.now_ms = ends
    assert (await list_timer.tick(), await shown(newsroom, SPORT)) == (None, [])
    assert (await newsroom.announced())[-1].lists == (SPORT,)
    assert registry.get_sample_value("litfass_feed_timer_lateness_seconds_sum", {"timer": "pin"}) == pytest.approx(0.04)


async def test_a_look_that_finds_nothing_to_do_announces_nothing(newsroom, pins):
    await published(newsroom, 1)
    await pins.set(SITE, Pin(an_id(1), lists.RECENT))
    before = len(await newsroom.announced())
    assert not (await pins.look(SITE)).is_changed
    assert len(await newsroom.announced()) == before


async def test_a_kill_takes_the_pins_for_good_and_an_unpublished_article_has_them_again(newsroom, pins):
    await published(newsroom, 1, 2)
    for number in (1, 2):
        await pins.set(SITE, Pin(an_id(number), lists.RECENT, number))
    await newsroom.place(a_tombstone(an_article(number=2), state="unpublished", seq=50))
    assert await shown(newsroom) == [(1, 1)]
    await newsroom.place(a_document(an_article(number=2), seq=51))
    assert await shown(newsroom) == [(1, 1), (2, 2)]
    await killed(newsroom, 1)
    assert await shown(newsroom) == [(2, 2)]
    assert [pin.article_id for pin in await pins.all(SITE)] == [an_id(2)]


async def test_a_kill_remembers_the_lists_where_the_article_was_only_pinned(newsroom, pins, redis):
    await published(newsroom, 1)
    await pins.set(SITE, Pin(an_id(1), SPORT))
    assert b"section:sport" in (await redis.hget(KEYS.article(an_id(1)), "lists")).split()


async def test_a_list_that_shows_an_article_only_by_its_pin_hears_of_its_new_headline(newsroom, pins):
    await published(newsroom, 1)
    await pins.set(SITE, Pin(an_id(1), SPORT))
    (placed,) = await newsroom.place(a_document(an_article(headline="Neu gesagt"), seq=50))
    assert SPORT in placed.lists
    (placed,) = await newsroom.place(a_tombstone(an_article(), seq=51))
    assert SPORT in placed.lists


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        (Pin(an_id(1), lists.EVENTS), "Nothing can be pinned to 'events'"),
        (Pin(an_id(1), ListName("front")), "Nothing can be pinned to 'front'"),
        (Pin(an_id(1), lists.RECENT, 0), "from 1 to 50"),
        (Pin(an_id(1), lists.RECENT, until_ms=1), "over already"),
        (Pin(an_id(1), lists.RECENT, from_ms=2**43, until_ms=2**42), "end before it begins"),
        (Pin(an_id(1), lists.BREAKING), "say until when"),
        (Pin(an_id(7), lists.RECENT), "is not known"),
    ],
    ids=["no-pins-there", "no-such-list", "position", "over", "backwards", "breaking-for-ever", "unknown-article"],
)
async def test_what_cannot_be_pinned_is_refused_with_the_reason(newsroom, pins, pin, why):
    await published(newsroom, 1)
    with pytest.raises(PinRefused, match=why):
        await pins.set(SITE, pin)
    assert await pins.all(SITE) == []


async def test_a_killed_article_cannot_be_pinned(newsroom, pins):
    await published(newsroom, 1)
    await killed(newsroom, 1)
    with pytest.raises(PinRefused, match="taken back for good"):
        await pins.set(SITE, Pin(an_id(1), lists.RECENT))


async def test_pins_are_taken_off_one_list_or_all(newsroom, pins):
    await published(newsroom, 1)
    for name in (lists.RECENT, SPORT, lists.tag("rat")):
        await pins.set(SITE, Pin(an_id(1), name))
    assert await pins.remove(SITE, an_id(1), SPORT)
    assert not await pins.remove(SITE, an_id(1), SPORT)
    assert (await shown(newsroom, SPORT), await shown(newsroom)) == ([], [(1, 1)])
    assert await pins.remove(SITE, an_id(1))
    assert (await pins.all(SITE), await shown(newsroom), await pins.remove(SITE, an_id(1))) == ([], [], False)


async def test_what_is_over_is_forgotten_after_a_month(newsroom, pins, clock, redis):
    await published(newsroom, 1)
    await pins.set(SITE, Pin(an_id(1), lists.RECENT, until_ms=clock() + HOUR))
    clock.now_ms += 2 * HOUR
    await pins.look(SITE)
    assert (await pins.all(SITE), await redis.hlen(KEYS.pins(SITE))) == ([], 1)
    clock.now_ms += 32 * 24 * HOUR
    await pins.look(SITE)
    assert await redis.exists(KEYS.pins(SITE)) == 0


async def test_breaking_news_is_no_list_of_articles_and_has_no_feed(newsroom, pins, clock, parts, tmp_path):
    await published(newsroom, 1)
    await pins.set(SITE, Pin(an_id(1), lists.BREAKING, until_ms=clock() + HOUR))
    assert lists.BREAKING not in await newsroom.reader.names(SITE)
    await parts.files.write(SITE, [lists.BREAKING], at_once=True)
    assert not (tmp_path / "site" / SITE / "breaking").exists()
