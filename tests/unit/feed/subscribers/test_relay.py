"""From the newsroom's Redis to the partners' own: in order, exactly once, with text, and nothing that was killed."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from services.feed.metrics import FeedMetrics
from services.feed.subscribers import lanes
from services.feed.subscribers import relay as relay_module
from services.feed.subscribers.relay import Relay, forget, take_back
from services.feed.subscribers.sending import Sender
from shared.contracts.config import RedisConfig
from shared.contracts.subscribers import Wanted
from shared.runtime.broker import closing, connect
from shared.runtime.errors import ConfigurationFault, RedisAway
from tests.support.articles import SITE, a_site, an_article
from tests.support.lists import KEYS, Newsroom
from tests.support.valkey import Valkey, a_valkey
from tests.unit.feed.subscribers.conftest import Office, a_desk


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for module in (lanes, relay_module):
        monkeypatch.setattr(module, "BLOCK_MS", 1)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Valkey]:
    """The partners' own Valkey."""
    with a_valkey() as server:
        yield server


@pytest.fixture
async def there(elsewhere) -> AsyncIterator[Redis]:
    async with closing(connect(RedisConfig(url=elsewhere.url))) as client:
        await client.flushall()
        yield client


@pytest.fixture
async def office(parts, redis, clock, newsroom, there) -> Office:
    desk = a_desk(parts, redis, clock, there=there)
    await desk.registry.add("dpa", wanted=Wanted(), is_direct=True)
    return Office(redis, desk, desk._rounds[0], newsroom)


async def work(office: Office) -> None:
    """Fan out, and carry over until nothing is left."""
    for _ in range(3):
        for one in office.desk._rounds:
            await one.round()


def another_relay(redis: Redis, there: Redis, office: Office, clock) -> Relay:
    """The same work in another process; the same name, so that both believe that it is theirs."""
    return Relay(
        redis,
        there,
        KEYS,
        office.desk.registry,
        Sender(redis, {SITE: a_site()}),
        keep=1_000,
        name="one",
        metrics=FeedMetrics(CollectorRegistry()),
        clock=clock,
    )


async def got(there: Redis, name: str = "dpa") -> list[str]:
    """What a partner finds in its stream, as `verb number`."""
    events = [json.loads(fields[b"event"]) for _, fields in await there.xrange(KEYS.out(name))]
    return [f"{event['type'].removeprefix('article.')} {int(event['subject'][1:], 16)}" for event in events]


async def test_events_come_with_their_text_and_only_there_with_the_ids_that_they_have_here(office, redis, there):
    await office.newsroom.accept(an_article(number=1, headline="Ein Dach"))
    await office.newsroom.accept(an_article(number=1), verb="unpublished", number=5)
    await work(office)
    assert await got(there) == ["published 1", "unpublished 1"]
    here = await redis.xrange(KEYS.out("dpa"))
    assert [id_ for id_, _ in await there.xrange(KEYS.out("dpa"))] == [id_ for id_, _ in here]
    assert not any(b"event" in fields for _, fields in here)
    assert b"Ein Dach" in (await there.xrange(KEYS.out("dpa")))[0][1][b"event"]


async def test_users_are_made_there_and_taken_away_here(office, redis, there, elsewhere, redis_config):
    await redis.execute_command("ACL", "SETUSER", "litfass-dpa", "on", "nopass")  # of before there was another Redis
    _, token = await office.desk.registry.rotate("dpa", grace_ms=0)
    await there.xgroup_create(KEYS.out("dpa"), "main", id="0", mkstream=True)
    await office.desk.access.keep()
    await office.newsroom.accept(an_article())
    await work(office)
    async with Redis.from_url(elsewhere.url, username="litfass-dpa", password=token, protocol=2) as user:
        ((_, entries),) = await user.xreadgroup("main", "one", {KEYS.out("dpa"): ">"})
        assert b'"article.published"' in entries[0][1][b"event"]
    async with Redis.from_url(redis_config.url, username="litfass-dpa", password=token, protocol=2) as user:
        with pytest.raises(RedisConnectionError, match="invalid username-password"):
            await user.ping()
    await there.execute_command("ACL", "DELUSER", "litfass-dpa")


async def test_a_kill_takes_texts_out_before_anything_else_that_waits(office, there, monkeypatch):
    await office.newsroom.accept(an_article(number=1, headline="Streng geheim"))
    await work(office)
    assert b"geheim" in await there.dump(KEYS.out("dpa"))
    monkeypatch.setattr(relay_module, "AT_ONCE", 2)
    for number in range(2, 9):
        await office.newsroom.accept(an_article(number=number))
    await office.fanout.round()
    await office.newsroom.accept(an_article(number=1), verb="killed", number=9, note="Falsch.")
    await office.desk._rounds[1].round()
    assert await got(there) == ["published 2", "published 3"]  # the kill itself is told when its turn comes
    await office.fanout.round()
    for _ in range(4):
        await work(office)
    assert await got(there) == [*(f"published {number}" for number in range(2, 9)), "killed 1"]


async def test_a_text_that_was_read_just_before_its_article_was_killed_is_not_appended(office, there, monkeypatch):
    await office.newsroom.accept(an_article(number=1, headline="Streng geheim"))
    await office.fanout.round()
    relay, original = office.desk._rounds[1], office.desk._rounds[1]._sender.events

    async def killed_meanwhile(keys, references, *, content):
        found = await original(keys, references, content=content)
        monkeypatch.setattr(relay._sender, "events", original)
        await office.newsroom.accept(an_article(number=1), verb="killed", number=9)
        await other.round()  # another process carries the kill over meanwhile
        return found

    other = another_relay(office.redis, there, office, office.newsroom.clock)
    monkeypatch.setattr(relay._sender, "events", killed_meanwhile)
    await relay.round()
    for _ in range(2):
        await work(office)
    assert await got(there) == ["killed 1"]


async def test_texts_with_a_name_that_was_taken_out_go_also_those_on_their_way(office, there):
    await office.newsroom.accept(an_article(number=1, headline="Erika Muster kommt"))
    await office.newsroom.accept(an_article(number=2, headline="Der Markt"))
    await work(office)
    await office.newsroom.accept(an_article(number=1, headline="Erika Muster geht"), number=5)
    (document,) = await office.newsroom.articles.newest(SITE, [an_article(number=1).id])
    await take_back(there, KEYS, document.id, seq=document.seq)
    assert await got(there) == ["published 2"]
    await office.newsroom.accept(an_article(number=1, headline="N. N. geht"), number=6)
    await work(office)
    assert await got(there) == ["published 2", "updated 1"]
    assert b"N. N. geht" in (await there.xrange(KEYS.out("dpa")))[-1][1][b"event"]


async def test_what_comes_after_a_kill_was_lifted_is_told(office, there):
    await office.newsroom.accept(an_article(number=1))
    await office.newsroom.accept(an_article(number=1), verb="killed", number=9)
    await work(office)
    await office.newsroom.articles.release(SITE, an_article(number=1).id)
    await office.newsroom.accept(an_article(number=1, headline="Doch richtig"), number=10)
    await work(office)
    assert await got(there) == ["killed 1", "published 1"]


async def test_a_partners_redis_that_lost_everything_is_filled_again(office, there):
    for number in (1, 2, 3):
        await office.newsroom.accept(an_article(number=number))
    await work(office)
    before = await there.xrange(KEYS.out("dpa"))
    await there.flushall()
    await office.newsroom.accept(an_article(number=4))
    await work(office)
    await work(office)
    assert (await there.xrange(KEYS.out("dpa")))[:3] == before
    assert await got(there) == [f"published {number}" for number in (1, 2, 3, 4)]


async def test_who_is_removed_leaves_nothing_and_a_new_one_of_the_name_begins_anew(office, there):
    await office.newsroom.accept(an_article(number=1))
    await work(office)
    await office.desk.registry.remove("dpa")
    await another_relay(office.redis, there, office, office.newsroom.clock).round()
    assert await there.exists(KEYS.out("dpa")) == 0
    await office.desk.registry.add("dpa", wanted=Wanted(), is_direct=True)
    await forget(there, KEYS, "dpa")
    await office.newsroom.accept(an_article(number=2))
    await work(office)
    await work(office)
    assert await got(there) == ["published 2"]


async def test_what_was_trimmed_before_it_could_be_carried_over_is_said(office, redis, there):
    for number in range(1, 6):
        await office.newsroom.accept(an_article(number=number))
    await office.fanout.round()
    await redis.xtrim(KEYS.out("dpa"), maxlen=2, approximate=False)
    await work(office)
    assert await got(there) == ["published 4", "published 5"]
    assert office.desk._rounds[1]._metrics.relayed.labels("lost")._value.get() == 3


async def test_the_newsroom_s_own_redis_under_another_name_is_refused(office, redis, clock):
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    with pytest.raises(ConfigurationFault, match="newsroom's own"):
        await another_relay(redis, redis, office, clock).round()


async def test_what_is_embargoed_is_carried_over_while_its_reader_is_trusted(office, there, clock):
    await office.desk.registry.trust("dpa", trusted=True)
    await office.newsroom.accept(an_article(number=1), public_ms=clock() + 1_000)
    await work(office)
    assert await got(there) == ["embargoed 1"]
    await office.newsroom.accept(an_article(number=2), public_ms=clock() + 1_000)
    await office.fanout.round()
    dpa = await office.desk.registry.trust("dpa", trusted=False)
    await office.desk.access.take_back_embargoed(dpa)
    await office.newsroom.accept(an_article(number=1), verb="killed", number=9)
    await work(office)
    assert await got(there) == ["killed 1"]


async def test_who_does_not_read_redis_is_not_carried_over(office, there):
    await office.add("apa")
    await office.newsroom.accept(an_article())
    await work(office)
    assert await there.exists(KEYS.out("apa")) == 0


class Dies(BaseException):
    """What a crash is, to a test."""


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["published", "unpublished", "corrected", "before", "after", "round", "killed", "power"]),
        max_size=40,
    )
)
async def test_dying_anywhere_on_either_side_loses_nothing_and_tells_nothing_twice(
    redis_config, elsewhere, parts, clock, monkeypatch, steps
):
    """Each step is a delivery, or a round of the relay that ends in a crash before or after its script, or does not;

    `power`: the partners' Redis is killed and started again.
    """
    async with (
        closing(connect(redis_config)) as redis,
        closing(connect(RedisConfig(url=elsewhere.url))) as there,
    ):
        await redis.flushall()
        await there.flushall()
        articles = type(parts.articles)(redis, shards=1, clock=clock)
        desk = a_desk(parts, redis, clock, there=there)
        office = Office(redis, desk, desk._rounds[0], Newsroom(redis, None, None, articles, clock))
        await desk.registry.add("dpa", wanted=Wanted(), is_direct=True)
        for number, step in enumerate([*steps, "round", "round", "round"], start=1):
            clock.now_ms += 1
            if step in {"published", "unpublished", "corrected", "killed"}:
                article = an_article(number=number % 3, headline=f"Fassung {number}")
                await office.newsroom.accept(article, verb=step, number=number)
            elif step == "power":
                elsewhere.kill()
                with pytest.raises(RedisAway):
                    await another_relay(redis, there, office, clock).round()
                elsewhere.start()
            else:
                await office.fanout.round()
                await crash_at(step, another_relay(redis, there, office, clock), monkeypatch)
        told = [(one.verb, one.event_id, one.article_id) for one in await office.stream("dpa")]
        carried = [
            (fields[b"verb"].decode(), fields[b"event_id"].decode(), fields[b"article_id"].decode())
            for _, fields in await there.xrange(KEYS.out("dpa"))
        ]
    killed = {article for verb, _, article in told if verb == "killed"}
    assert carried == [one for one in told if one[2] not in killed or one[0] in {"killed", "unpublished"}]


async def crash_at(step: str, relay: Relay, monkeypatch) -> None:
    def failing(name: str) -> None:
        if name == f"feed.{step}-relay":
            raise Dies

    with monkeypatch.context() as patch:
        patch.setattr(relay_module, "failpoint", failing)
        for _ in range(3):
            try:
                await relay.round()
            except Dies:
                return
