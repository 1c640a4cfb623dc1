"""The schedule: nothing is seen before its time or after its end, each happens once, and order does not matter."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts import Document
from shared.contracts.signals import Signal
from shared.runtime.articles import Articles, Candidate, unpack
from shared.runtime.clock import milliseconds, moment
from shared.runtime.schedule import BATCH, Opened, Schedule
from tests.support.articles import an_id
from tests.support.candidates import KEYS, SITE, A, B, C, a_candidate, newest, signals
from tests.support.lists import SetClock

HOUR = 3_600_000


@pytest.fixture
def schedule(redis, clock) -> Schedule:
    return Schedule(redis, shards=[KEYS], clock=clock)


async def verbs(redis) -> list[bytes]:
    return [signal[b"verb"] for signal in await signals(redis, "articles")]


async def test_nobody_is_told_of_an_article_before_its_time(articles, redis, clock):
    acceptance = await articles.accept(a_candidate(public_ms=clock() + HOUR))
    assert (acceptance.outcome, acceptance.verb, acceptance.path) == ("scheduled", None, "/stadt/markt/")
    document = await newest(articles)
    assert (document.state, document.public_at) == ("scheduled", moment(clock() + HOUR))
    assert document.article is not None, "it can be looked at in the house"
    assert await redis.keys(KEYS.stream("articles*")) == [], "no signal on any lane"
    assert await redis.exists(KEYS.changed()) == 0, "nothing for those who catch up"


async def test_it_is_public_at_its_second_and_not_a_millisecond_earlier(articles, schedule, redis, clock):
    due_ms = clock() + HOUR
    accepted = await articles.accept(a_candidate(public_ms=due_ms))
    clock.now_ms = due_ms - 1
    assert await schedule.open_due() == ([], due_ms)
    clock.now_ms = due_ms
    assert await schedule.open_due() == ([Opened("published", A, due_ms)], None)
    document = await newest(articles)
    assert (document.state, document.public_at, document.path) == ("public", None, "/stadt/markt/")
    (signal,) = await signals(redis, "articles")
    read = Signal.model_validate({name.decode(): value.decode() for name, value in signal.items()})
    assert (read.verb, read.seq, read.received_ms) == ("published", document.seq, due_ms)
    assert await redis.zrange(KEYS.changed(), 0, -1) == [A.encode()]
    payload = await redis.hget(KEYS.payloads(A), accepted.event_id)
    verb, path, at_ms, doc = payload.split(b"\n", 3)
    assert (verb, path, int(at_ms)) == (b"published", b"/stadt/markt/", due_ms)
    assert unpack(doc).headline == "Der Markt"


async def test_it_is_published_once_however_many_workers_ask(articles, redis, clock):
    ids = [an_id(number) for number in range(1, 31)]
    for number, article_id in enumerate(ids):
        await articles.accept(a_candidate(article_id, slug=f"a{number}", public_ms=clock() + HOUR + number))
    clock.now_ms += 2 * HOUR
    workers = [Schedule(redis, shards=[KEYS], clock=clock) for _ in range(8)]
    answers = await asyncio.gather(*(worker.open_due() for worker in workers))
    assert sorted(each.article_id for opened, _ in answers for each in opened) == ids
    assert await verbs(redis) == [b"published"] * len(ids)


async def test_after_a_pause_the_longest_overdue_comes_first_and_what_is_left_is_due_at_once(
    articles, schedule, redis, clock
):
    count = BATCH + 5
    for number in range(count, 0, -1):
        await articles.accept(a_candidate(an_id(number), slug=f"a{number}", public_ms=clock() + number))
    clock.now_ms += HOUR
    opened, next_ms = await schedule.open_due()
    assert [each.article_id for each in opened] == [an_id(number) for number in range(1, BATCH + 1)]
    assert next_ms is not None
    assert next_ms <= clock()
    opened, next_ms = await schedule.open_due()
    assert (len(opened), next_ms) == (5, None)


async def test_an_edit_before_the_second_replaces_what_will_be_published(articles, schedule, clock):
    await articles.accept(a_candidate(number=1, public_ms=clock() + HOUR, headline="Alt"))
    edit = await articles.accept(a_candidate(number=2, public_ms=clock() + HOUR, headline="Neu", slug="neu"))
    assert edit.outcome == "scheduled"
    stale = await articles.accept(a_candidate(number=1, public_ms=clock() + HOUR, headline="Noch älter"))
    assert stale.outcome == "stale"
    clock.now_ms += HOUR
    assert len((await schedule.open_due())[0]) == 1
    document = await newest(articles)
    assert document.article is not None
    assert (document.article.headline, document.path) == ("Neu", "/stadt/neu/")


async def test_an_address_made_of_a_headline_is_that_of_the_last_one_before_publication(articles, schedule, clock):
    due_ms = clock() + HOUR
    for number, slug in enumerate(["arbeitstitel", "das-dach", "das-dach-ist-da"], start=1):
        if number == 3:
            clock.now_ms = due_ms
            await schedule.open_due()
        edit = a_candidate(number=number, slug=slug, headline=slug, public_ms=due_ms)
        accepted = await articles.accept(replace(edit, frame=("/stadt/", "/")))
    assert accepted.path == "/stadt/das-dach/", "once public, it stays where it is"


@pytest.mark.parametrize("public_ms", [0, 1])
async def test_an_embargo_that_is_lifted_publishes_at_once(articles, schedule, redis, clock, public_ms):
    await articles.accept(a_candidate(public_ms=clock() + HOUR))
    lifted = await articles.accept(a_candidate(number=2, public_ms=public_ms))
    assert (lifted.outcome, lifted.verb) == ("accepted", "published")
    clock.now_ms += 2 * HOUR
    assert await schedule.open_due() == ([], None)
    assert await verbs(redis) == [b"published"]


@pytest.mark.parametrize("shift", [-HOUR // 2, HOUR])
async def test_an_embargo_can_be_moved_earlier_and_later(articles, schedule, clock, shift):
    due_ms = clock() + HOUR
    await articles.accept(a_candidate(public_ms=due_ms))
    await articles.accept(a_candidate(number=2, public_ms=due_ms + shift))
    assert await schedule.open_due() == ([], due_ms + shift)


async def test_an_embargo_on_a_live_article_takes_it_down_and_brings_it_back(articles, schedule, redis, clock):
    await articles.accept(a_candidate())
    down = await articles.accept(a_candidate(number=2, public_ms=clock() + HOUR))
    assert (down.outcome, down.verb) == ("scheduled", "unpublished")
    clock.now_ms += HOUR
    await schedule.open_due()
    assert (await newest(articles)).state == "public"
    assert await verbs(redis) == [b"published", b"unpublished", b"published"]


@pytest.mark.parametrize("verb", ["killed", "unpublished"])
async def test_a_withdrawal_clears_embargo_and_schedule(articles, schedule, redis, clock, verb):
    await articles.accept(a_candidate(public_ms=clock() + HOUR, expires_ms=clock() + 2 * HOUR))
    await articles.accept(a_candidate(number=2, verb=verb))
    clock.now_ms += 3 * HOUR
    assert await schedule.open_due() == ([], None)
    document = await newest(articles)
    assert (document.state, document.article, document.public_at, document.expires_at) == (verb, None, None, None)
    assert await redis.exists(KEYS.stream("articles")) == 0, "nobody saw it, so nobody is told that it is gone"
    assert len(await signals(redis, "articles-urgent")) == (verb == "killed"), "a kill is told to be sure"


async def test_what_comes_late_for_a_scheduled_article_is_kept_and_told_to_nobody(articles, redis, clock):
    await articles.accept(a_candidate(number=2, public_ms=clock() + HOUR))
    await articles.accept(a_candidate(number=1, slug="alt", corrections=("Der Name war falsch.",)))
    document = await newest(articles)
    assert document.article is not None
    assert len(document.article.corrections) == 1
    assert await redis.keys(KEYS.stream("articles*")) == []


async def test_an_article_is_unpublished_at_its_end_and_may_return(articles, schedule, redis, clock):
    end_ms = clock() + HOUR
    await articles.accept(a_candidate(expires_ms=end_ms))
    assert (await newest(articles)).expires_at == moment(end_ms)
    clock.now_ms = end_ms
    assert await schedule.open_due() == ([Opened("expired", A, end_ms)], None)
    document = await newest(articles)
    assert (document.state, document.article, document.withdrawn_at) == ("unpublished", None, moment(end_ms))
    assert await verbs(redis) == [b"published", b"unpublished"]
    assert (await articles.accept(a_candidate(number=2, expires_ms=end_ms + HOUR))).verb == "published"


async def test_an_article_with_a_beginning_and_an_end_has_both(articles, schedule, redis, clock):
    start_ms, end_ms = clock() + HOUR, clock() + 2 * HOUR
    await articles.accept(a_candidate(public_ms=start_ms, expires_ms=end_ms))
    clock.now_ms = start_ms
    assert await schedule.open_due() == ([Opened("published", A, start_ms)], end_ms)
    clock.now_ms = end_ms
    assert await schedule.open_due() == ([Opened("expired", A, end_ms)], None)
    assert await verbs(redis) == [b"published", b"unpublished"]


async def test_what_ended_while_every_worker_was_down_was_never_there(articles, schedule, redis, clock):
    await articles.accept(a_candidate(public_ms=clock() + HOUR, expires_ms=clock() + 2 * HOUR))
    clock.now_ms += 3 * HOUR
    opened, _ = await schedule.open_due()
    assert [each.what for each in opened] == ["expired"]
    assert await redis.exists(KEYS.stream("articles")) == 0


async def test_what_is_over_when_it_comes_is_taken_and_not_shown(articles, redis, clock):
    over = await articles.accept(a_candidate(expires_ms=clock() - 1))
    assert (over.outcome, over.verb) == ("expired", None)
    document = await newest(articles)
    assert (document.state, document.article, document.withdrawn_at) == ("unpublished", None, moment(clock() - 1))
    assert await redis.exists(KEYS.stream("articles")) == 0
    await articles.accept(a_candidate(number=2))
    gone = await articles.accept(a_candidate(number=3, expires_ms=clock() - 1))
    assert (gone.outcome, gone.verb) == ("expired", "unpublished")


async def test_the_schedule_lives_in_redis_and_not_in_a_worker(articles, redis, clock):
    await articles.accept(a_candidate(public_ms=clock() + HOUR))
    await redis.script_flush()
    clock.now_ms += HOUR
    assert len((await Schedule(redis, shards=[KEYS], clock=clock).open_due())[0]) == 1


BERLIN = ZoneInfo("Europe/Berlin")
# Local 2:30 as newsrooms mean it over both nights; the CMS says the offset, so each is one moment.
NIGHTS = {
    "spring": ["2027-03-28T01:59:59+01:00", "2027-03-28T03:00:00+02:00", "2027-03-28T03:30:00+02:00"],
    "autumn": ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"],
}


@pytest.mark.parametrize("night", NIGHTS)
async def test_in_the_nights_when_clocks_change_everything_comes_once_and_in_order(articles, schedule, clock, night):
    times = [datetime.fromisoformat(text) for text in NIGHTS[night]]
    clock.now_ms = milliseconds(times[0] - timedelta(hours=3))
    for number, when in reversed(list(enumerate(times, start=1))):
        await articles.accept(a_candidate(an_id(number), slug=f"a{number}", public_ms=milliseconds(when)))
    seen: list[tuple[int, int]] = []
    while clock() < milliseconds(times[-1] + timedelta(hours=1)):
        opened, _ = await schedule.open_due()
        seen += [(each.due_ms, clock()) for each in opened]
        clock.now_ms += 1_000
    assert seen == [(milliseconds(when), milliseconds(when)) for when in times], "each at its own second"
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(seen))
    walls = [moment(due_ms).astimezone(BERLIN).strftime("%H:%M:%S") for due_ms, _ in seen]
    assert walls == [when.strftime("%H:%M:%S") for when in times], "what the newsroom's clock on the wall shows"


START = SetClock().now_ms
OPENS, ENDS = START + 10, START + 20
deliveries = st.lists(
    st.builds(
        lambda article_id, number, verb, slug, public_ms, expires_ms: a_candidate(
            article_id, number, verb=verb, slug=slug, public_ms=public_ms, expires_ms=expires_ms
        ),
        st.sampled_from([A, B]),
        st.integers(1, 5),
        st.sampled_from(["published", "updated", "corrected", "published", "unpublished", "killed"]),
        st.sampled_from(["markt", "rathaus"]),
        st.sampled_from([0, OPENS]),
        st.sampled_from([0, START - 5, ENDS]),
    ),
    min_size=1,
    max_size=6,
)


async def _state_at(articles: Articles, schedule: Schedule, clock: SetClock, now_ms: int) -> list[object]:
    clock.now_ms = now_ms
    await schedule.open_due()
    documents: list[Document | None] = await articles.newest(SITE, [A, B, C])
    return [
        document and (document.state, document.revision, document.article, document.withdrawn_at, document.expires_at)
        for document in documents
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=deliveries, data=st.data())
async def test_whatever_comes_before_or_after_the_second_the_end_is_the_same(
    articles, schedule, redis, clock, case: list[Candidate], data
):
    async def end_of(order: list[Candidate], steps: list[int]) -> list[object]:
        await redis.flushall()
        for index, (candidate, now_ms) in enumerate(zip(order, sorted(steps), strict=True)):
            clock.now_ms = now_ms
            await schedule.open_due()
            await articles.accept(replace(candidate, delivery_id=f"{index}"))
        return [await _state_at(articles, schedule, clock, now_ms) for now_ms in (max(*steps, OPENS), ENDS)]

    before = await end_of(case, [START] * len(case))
    again = data.draw(st.permutations(case))
    times = data.draw(st.lists(st.sampled_from([START, OPENS, OPENS + 5]), min_size=len(case), max_size=len(case)))
    assert await end_of(again, times) == before
