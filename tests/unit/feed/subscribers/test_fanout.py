"""In order, exactly once, to whom it concerns; whatever happens between and during."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.feed.subscribers import fanout as fanout_module
from services.feed.subscribers import lanes
from shared.contracts.subscribers import public_name
from shared.runtime.broker import closing, connect
from shared.runtime.trim import resignal
from tests.support.articles import SITE, an_article
from tests.support.lists import KEYS, Newsroom
from tests.unit.feed.subscribers.conftest import Office, a_desk, another_fanout


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


async def test_every_event_comes_in_the_order_of_acceptance(office):
    await office.add("dpa")
    for number in (1, 2, 3):
        await office.newsroom.accept(an_article(number=number))
    await office.newsroom.accept(an_article(number=1, headline="Neu"), number=10)
    await office.newsroom.accept(an_article(number=2), verb="unpublished", number=11)
    await office.fanout.round()
    assert await office.told("dpa") == ["published 1", "published 2", "published 3", "updated 1", "unpublished 2"]


async def test_a_reference_names_the_event_that_the_cms_was_told(office):
    await office.add("dpa")
    accepted = await office.newsroom.accept(an_article())
    withdrawn = await office.newsroom.accept(an_article(), verb="unpublished", number=5)
    await office.fanout.round()
    assert [one.event_id for one in await office.stream("dpa")] == [accepted.event_id, withdrawn.event_id]


async def test_an_event_is_found_although_something_newer_came_before_it_was_told(office):
    await office.add("dpa")
    accepted = []
    for number in range(1, 6):
        office.newsroom.clock.now_ms += 1
        accepted.append(await office.newsroom.accept(an_article(headline=f"Fassung {number}"), number=number))
    await office.fanout.round()
    assert [one.event_id for one in await office.stream("dpa")] == [one.event_id for one in accepted]


async def test_a_delivery_without_change_is_no_event(office):
    await office.add("dpa")
    article = an_article()
    await office.newsroom.accept(article)
    await office.newsroom.accept(article, number=1)
    same = article.revision.digest
    unchanged = article.model_copy(update={"revision": article.revision.model_copy(update={"number": 9})})
    assert unchanged.revision.digest == same
    assert (await office.newsroom.accept(unchanged)).outcome == "unchanged"
    await office.fanout.round()
    assert await office.told("dpa") == ["published 1"]


async def test_what_is_signalled_anew_is_not_told_again(office):
    await office.add("dpa")
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    await resignal(office.redis, "litfass:{s1}", since_seq=0)
    await office.fanout.round()
    assert await office.told("dpa") == ["published 1"]


async def test_a_new_subscriber_hears_what_is_accepted_from_then_on(office):
    await office.newsroom.accept(an_article(number=1))
    await office.add("dpa")
    await office.newsroom.accept(an_article(number=2))
    await office.fanout.round()
    assert await office.told("dpa") == ["published 2"]


async def test_a_subscriber_added_while_the_fan_out_runs_misses_nothing(office):
    await office.fanout.round()
    await office.newsroom.accept(an_article(number=1))
    await office.add("dpa")
    await office.newsroom.accept(an_article(number=2))
    await office.fanout.round()
    assert await office.told("dpa") == ["published 2"]


async def test_kills_overtake_and_what_they_killed_is_not_told_any_more(office):
    await office.add("dpa")
    await office.newsroom.accept(an_article(number=1))
    await office.newsroom.accept(an_article(number=2))
    await office.newsroom.accept(an_article(number=2), verb="killed", number=9, note="Falsch.")
    await office.fanout.round()
    assert await office.told("dpa") == ["killed 2", "published 1"]
    kill = (await office.stream("dpa"))[0]
    assert (kill.note, kill.path) == ("Falsch.", "/stadt/neue-bruecke-2/")
    assert kill.revision is not None
    assert kill.revision.number == 9


async def test_a_kill_between_looking_and_telling_leaves_nothing_to_tell(office, monkeypatch):
    await office.add("dpa")
    await office.newsroom.accept(an_article())

    original = office.fanout._happenings.of

    async def killed_meanwhile(entries):
        found = await original(entries)
        await office.newsroom.accept(an_article(), verb="killed", number=9)
        return found

    monkeypatch.setattr(office.fanout._happenings, "of", killed_meanwhile)
    await office.fanout.round()
    assert await office.told("dpa") == []


async def test_only_who_has_an_unpublished_article_hears_of_it_and_everybody_of_a_kill(office):
    await office.add("all")
    await office.add("sport", sections=["sport"])
    await office.newsroom.accept(an_article(section="stadt"))
    await office.newsroom.accept(an_article(), verb="unpublished", number=5)
    await office.newsroom.accept(an_article(), verb="killed", number=6)
    await office.fanout.round()
    assert await office.told("sport") == ["killed 1"]


async def test_who_has_an_article_hears_that_it_left_for_another_section(office):
    await office.add("stadt", sections=["stadt"])
    await office.newsroom.accept(an_article(section="stadt"))
    await office.fanout.round()
    await office.newsroom.accept(an_article(section="sport"), number=5)
    await office.fanout.round()
    assert await office.told("stadt") == ["published 1", "moved 1"]


async def test_a_correction_from_a_stale_delivery_is_told_with_the_article_as_it_is(office):
    await office.add("dpa")
    await office.newsroom.accept(an_article(), number=5)
    correction = {"text": "Die Brücke ist 40 m lang, nicht 400.", "at": "2026-11-22T09:00:00Z"}
    stale = an_article(corrections=[correction])
    assert (await office.newsroom.accept(stale, verb="corrected", number=3)).outcome == "stale"
    await office.fanout.round()
    assert await office.told("dpa") == ["published 1", "corrected 1"]
    page = await office.desk.reading.page(await office.desk.registry.get("dpa"), {}, limit=10)
    assert b"40 m lang" in page.items[1].event


async def test_readers_of_the_site_have_a_stream_of_their_own(office):
    await office.newsroom.accept(an_article())
    await office.newsroom.accept(an_article(), verb="unpublished", number=4)
    await office.fanout.round()
    assert await office.told(public_name(SITE)) == ["published 1", "unpublished 1"]


async def test_an_article_that_is_unpublished_twice_is_told_once(office):
    await office.add("dpa")
    await office.newsroom.accept(an_article())
    await office.newsroom.accept(an_article(), verb="unpublished", number=4)
    await office.newsroom.accept(an_article(), verb="unpublished", number=5)
    await office.fanout.round()
    assert await office.told("dpa") == await office.told(public_name(SITE)) == ["published 1", "unpublished 1"]


async def test_an_article_that_comes_and_goes_twice_has_four_events(office):
    await office.add("dpa")
    for number in (1, 3):
        office.newsroom.clock.now_ms += 1
        await office.newsroom.accept(an_article(), number=number)
        await office.newsroom.accept(an_article(), verb="unpublished", number=number + 1)
    await office.fanout.round()
    assert await office.told("dpa") == ["published 1", "unpublished 1"] * 2
    assert len({one.event_id for one in await office.stream("dpa")}) == 4


async def test_a_signal_that_cannot_be_read_stops_nothing(office):
    await office.add("dpa")
    await office.redis.xadd(KEYS.stream("articles"), {"article_id": "nonsense", "seq": "many"})
    await office.redis.xadd(KEYS.stream("articles"), {b"\xff": b"\xff"})
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    assert await office.told("dpa") == ["published 1"]


async def test_an_article_that_cannot_be_read_stops_nothing(office):
    await office.add("dpa")
    broken = await office.newsroom.accept(an_article(number=1))
    await office.redis.hset(KEYS.payloads(an_article(number=1).id), broken.event_id, b"published\n/a/\n1\nno article")
    office.newsroom.clock.now_ms += 1
    await office.newsroom.accept(an_article(number=2))
    await office.fanout.round()
    assert await office.told("dpa") == ["published 2"]


async def test_news_wait_for_the_rest_of_a_lane_that_was_not_read_to_its_end(office, monkeypatch):
    await office.add("dpa")
    monkeypatch.setattr(lanes, "COUNT", 2)
    for number in range(1, 6):
        await office.newsroom.accept(an_article(number=number))
    for _ in range(3):
        await office.fanout.round()
    assert await office.told("dpa") == [f"published {number}" for number in range(1, 6)]


async def test_two_readers_at_once_tell_everything_once(office, clock):
    await office.add("dpa")
    other = another_fanout(office.redis, office.desk, clock, "one")  # the same name: both believe that they lead
    for number in range(1, 41):
        await office.newsroom.accept(an_article(number=number))
        if number % 5 == 0:
            await asyncio.gather(office.fanout.round(), other.round())
    for fanout in (office.fanout, other):
        await fanout.round()
    assert await office.told("dpa") == [f"published {number}" for number in range(1, 41)]


async def test_only_one_process_reads_and_another_takes_over_when_it_leaves(office, clock):
    other = another_fanout(office.redis, office.desk, clock, "two")
    assert await office.fanout.round() is True
    assert await other.round() is False
    await office.fanout.leave()
    assert await other.round() is True


async def test_a_stream_keeps_about_as_many_entries_as_it_was_told_to(office, parts, redis, clock):
    desk = a_desk(parts, redis, clock, out_entries=100)
    await office.add("dpa")
    for number in range(1, 401):
        await office.newsroom.accept(an_article(number=number))
    for _ in range(3):
        await desk._rounds[0].round()
    assert 100 <= await redis.xlen(KEYS.out("dpa")) < 300


DELIVERIES = {"publish": "published", "unpublish": "unpublished", "correct": "corrected"}


class Dies(BaseException):
    """What a crash is, to a test."""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["publish", "unpublish", "correct", "before", "after", "round"]), max_size=40))
async def test_dying_before_or_after_any_script_loses_nothing_and_tells_nothing_twice(
    valkey, redis_config, parts, clock, steps
):
    """Each step is a delivery, or a round of the fan-out that ends in a crash before or after a script, or does not."""
    async with closing(connect(redis_config)) as redis:
        await redis.flushall()
        articles = type(parts.articles)(redis, shards=1, clock=clock)
        office = Office(redis, a_desk(parts, redis, clock), None, Newsroom(redis, None, None, articles, clock))
        await office.add("dpa")
        expected = []
        for number, step in enumerate([*steps, "round"], start=1):
            clock.now_ms += 1
            if verb := DELIVERIES.get(step):
                article = an_article(headline=f"Fassung {number}")
                accepted = await office.newsroom.accept(article, verb=verb, number=number)
                expected += [(accepted.verb, accepted.event_id)] if accepted.outcome == "accepted" else []
            else:
                await crash_at(step, another_fanout(redis, office.desk, clock, "one"))
        stream = await office.stream("dpa")
    assert [(one.verb, one.event_id) for one in stream] == expected[nothing_received(expected) :]
    assert len({one.event_id for one in stream}) == len(stream)


def nothing_received(expected: list[tuple[str, str]]) -> int:
    """How many withdrawals come before there is anything that anybody received."""
    return next((place for place, (verb, _) in enumerate(expected) if verb != "unpublished"), len(expected))


async def crash_at(step: str, fanout) -> None:
    def failing(name: str) -> None:
        if name == f"feed.{step}-fan":
            raise Dies

    original = fanout_module.failpoint
    fanout_module.failpoint = failing
    try:
        await fanout.round()
    except Dies:
        pass
    finally:
        fanout_module.failpoint = original
