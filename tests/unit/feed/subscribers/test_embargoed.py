"""Who is trusted with embargoed articles has them before their second; nobody else knows that there are any."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest

from services.feed.subscribers import lanes
from services.feed.subscribers.ageing import Ageing
from services.feed.subscribers.lanes import Cursor
from services.feed.subscribers.webhooks import Webhooks
from shared.contracts.jsonschema import FOLDER
from shared.contracts.subscribers import Wanted, public_name
from shared.runtime.clock import milliseconds
from shared.runtime.schedule import Schedule
from tests.support.articles import SITE, an_article, an_id
from tests.support.lists import KEYS
from tests.support.receiver import a_receiver
from tests.unit.feed.subscribers.conftest import Office, a_desk, another_fanout
from tests.unit.feed.subscribers.test_deliver import deliver, told
from tests.unit.feed.subscribers.test_pull import page, types
from tests.unit.feed.subscribers.test_stream import on_air, until

HOUR = 3_600_000
SCHEMA = json.loads((Path(FOLDER) / "article-event.json").read_text())
HINT = b"neue-bruecke"  # of the address, and in the text too


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


@pytest.fixture
async def trusted(office) -> str:
    """The token of `agency`, who is trusted; `dpa`, who is not, is there as well."""
    await office.add("dpa")
    return (await office.add("agency", embargoed=True))[1]


@pytest.fixture
def schedule(redis, clock) -> Schedule:
    return Schedule(redis, shards=[KEYS], clock=clock)


async def embargo(office, number: int = 1, *, after_ms: int = HOUR, **changes: object) -> int:
    """Accept an embargoed article; return when it opens."""
    office.newsroom.clock.now_ms += 1
    opens_ms = office.newsroom.clock() + after_ms
    revision = changes.pop("revision", 1)
    await office.newsroom.accept(an_article(number=number, **changes), number=revision, public_ms=opens_ms)
    await office.fanout.round()
    return opens_ms


async def withdraw(office, verb: str, number: int = 1) -> None:
    office.newsroom.clock.now_ms += 1
    await office.newsroom.accept(an_article(number=number), verb=verb, number=50)
    await office.fanout.round()


async def assert_nobody_else_knows(office) -> None:
    assert await office.stream("dpa") == await office.stream(public_name(SITE)) == []
    assert await office.redis.exists(KEYS.changed()) == 0
    assert await office.newsroom.ids("recent") == []


async def test_who_is_trusted_has_it_at_once_and_again_at_its_second(office, trusted, web, schedule, clock):
    opens_ms = await embargo(office)
    assert await office.told("agency") == ["embargoed 1"]
    await assert_nobody_else_knows(office)
    clock.now_ms = opens_ms
    await schedule.open_due()
    await office.fanout.round()
    assert await office.told("agency") == ["embargoed 1", "published 1"]
    assert await office.told("dpa") == await office.told(public_name(SITE)) == ["published 1"]
    early, public = (await page(web, trusted))["items"]
    for event in (early, public):
        jsonschema.validate(event, SCHEMA)
    assert early["data"]["article"] == public["data"]["article"]
    assert milliseconds(datetime.fromisoformat(early["embargoeduntil"])) == opens_ms
    assert "embargoeduntil" not in public
    assert early["id"] != public["id"]


async def test_a_change_before_the_second_comes_too_and_one_without_a_change_does_not(office, trusted):
    await embargo(office)
    await embargo(office, headline="Neu", revision=2)
    await embargo(office, headline="Neu", revision=3, after_ms=2 * HOUR)
    assert await office.told("agency") == ["embargoed 1"] * 3
    again = an_article(headline="Neu")
    opens_ms = (await office.stream("agency"))[-1].public_ms
    stored = await office.redis.hget(KEYS.article(an_id(1)), "digest")
    revision = again.revision.model_copy(update={"number": 9, "digest": stored.decode()})
    await office.newsroom.accept(again.model_copy(update={"revision": revision}), public_ms=opens_ms)
    await office.fanout.round()
    assert await office.told("agency") == ["embargoed 1"] * 3
    await assert_nobody_else_knows(office)


async def test_a_correction_of_a_stale_delivery_is_told_as_well(office, trusted, web):
    opens_ms = await embargo(office, revision=5)
    correction = {"text": "40 m, nicht 400.", "at": "2026-11-22T09:00:00Z"}
    stale = an_article(corrections=[correction])
    assert (await office.newsroom.accept(stale, number=3, public_ms=opens_ms)).outcome == "stale"
    await office.fanout.round()
    assert await office.told("agency") == ["embargoed 1"] * 2
    assert "40 m, nicht 400." in json.dumps((await page(web, trusted))["items"][1])
    await assert_nobody_else_knows(office)


async def test_its_withdrawal_before_the_second_reaches_who_has_it_and_nobody_else(office, trusted):
    await embargo(office)
    await withdraw(office, "unpublished")
    assert await office.told("agency") == ["embargoed 1", "unpublished 1"]
    await assert_nobody_else_knows(office)


async def test_a_kill_before_the_second_scrubs_it_and_nobody_learns_that_there_was_anything(office, trusted, web):
    _, untrusted = await office.add("other")
    await embargo(office)
    await withdraw(office, "killed")
    assert await office.told("agency") == ["embargoed 1", "killed 1"]
    assert types(await page(web, trusted)) == ["article.killed 1"]
    assert types(await page(web, untrusted)) == []
    await assert_nobody_else_knows(office)
    assert await office.newsroom.articles.owner(SITE, "/stadt/neue-bruecke-1/") is None, "answers as if it never was"
    assert await office.redis.exists(KEYS.payloads(an_id(1))) == 0


@pytest.mark.parametrize("verb", ["unpublished", "killed"])
async def test_what_is_killed_after_it_was_withdrawn_stays_unknown(office, trusted, verb):
    await embargo(office)
    await withdraw(office, "unpublished")
    await office.newsroom.accept(an_article(), verb=verb, number=60)
    late = await office.newsroom.accept(an_article(), number=40)  # which changes nothing
    await office.fanout.round()
    assert late.outcome in {"stale", "killed"}
    assert (await office.told("agency"))[:2] == ["embargoed 1", "unpublished 1"]
    await assert_nobody_else_knows(office)


async def test_a_draft_that_was_unpublished_first_is_as_unknown_when_it_is_killed(office, trusted):
    await office.newsroom.accept(an_article(), verb="unpublished", number=1)
    await embargo(office, revision=2)
    await withdraw(office, "killed")
    assert await office.told("agency") == ["embargoed 1", "killed 1"]
    assert await office.stream("dpa") == await office.stream(public_name(SITE)) == []
    assert await office.newsroom.articles.owner(SITE, "/stadt/neue-bruecke-1/") is None


async def test_one_that_expires_before_its_second_is_taken_back(office, trusted, schedule, clock):
    await embargo(office)
    await office.redis.hset(KEYS.article(an_id(1)), "expires_ms", clock() + 1)
    await office.redis.zadd(KEYS.schedule(), {an_id(1): clock() + 1})
    clock.now_ms += 2
    await schedule.open_due()
    await office.fanout.round()
    assert await office.told("agency") == ["embargoed 1", "unpublished 1"]
    await assert_nobody_else_knows(office)


async def test_one_that_was_public_is_taken_back_from_all_and_told_anew_to_who_is_trusted(office, trusted, web):
    _, untrusted = await office.add("other")
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    await embargo(office, headline="Geheim", slug="geheim", revision=2)
    assert await office.told("dpa") == ["published 1", "unpublished 1"]
    assert await office.told("agency") == ["published 1", "unpublished 1", "embargoed 1"]
    assert "eheim" not in json.dumps(await page(web, untrusted)), "not even in the address"
    await withdraw(office, "killed")
    assert await office.told("dpa") == ["published 1", "unpublished 1", "killed 1"], "who has it must hear of a kill"


async def test_only_what_the_filter_wants_comes(office):
    await office.add("sport", embargoed=True, sections=["sport"], verbs=["published"])
    await embargo(office, 1, section="stadt")
    await embargo(office, 2, section="sport")
    assert await office.told("sport") == ["embargoed 2"]


async def test_it_comes_in_order_with_everything_else(office, trusted):
    for number in (1, 2, 3, 4):
        office.newsroom.clock.now_ms += 1
        opens_ms = office.newsroom.clock() + HOUR if number % 2 else 0
        await office.newsroom.accept(an_article(number=number), public_ms=opens_ms)
    await office.fanout.round()
    assert await office.told("agency") == ["embargoed 1", "published 2", "embargoed 3", "published 4"]


async def test_a_cursor_of_before_there_were_embargoes_goes_on(office, trusted):
    await office.newsroom.accept(an_article(number=9))
    await office.fanout.round()
    there = (await office.redis.get(KEYS.fanout())).decode().split()
    assert len(there) == 4
    assert Cursor.read(" ".join(there[:3])).ids == (*there[:3], "0-0")


async def test_after_a_gap_who_is_trusted_is_told_what_waits_and_nobody_else(office, trusted, web):
    _, untrusted = await office.add("other")
    firsts = [await page(web, token, after="now") for token in (trusted, untrusted)]
    await office.newsroom.accept(an_article(number=1))
    await embargo(office, 2)
    await embargo(office, 3)
    await embargo(office, 4)
    await withdraw(office, "unpublished", 3)
    await withdraw(office, "killed", 4)
    for name in ("agency", "other"):
        await office.redis.xtrim(KEYS.out(name), maxlen=0, approximate=False)
    gaps = [
        await page(web, token, after=first["next"]) for token, first in zip((trusted, untrusted), firsts, strict=True)
    ]
    caught_up = [
        await page(web, token, after=gap["next"]) for token, gap in zip((trusted, untrusted), gaps, strict=True)
    ]
    assert types(caught_up[0]) == [
        "article.updated 1", "article.embargoed 2", "article.unpublished 3", "article.killed 4",
    ]  # fmt: skip
    assert "embargoeduntil" in caught_up[0]["items"][1]
    assert types(caught_up[1]) == ["article.updated 1"]


async def test_trust_that_is_taken_away_holds_for_what_was_not_read_yet(office, trusted, web):
    await embargo(office)
    await office.desk.registry.trust("agency", trusted=False)
    await embargo(office, headline="Neu", revision=2)
    assert types(await page(web, trusted)) == []
    await withdraw(office, "killed")
    assert types(await page(web, trusted)) == ["article.killed 1"], "its copy has to go all the same"


async def test_it_comes_by_server_sent_events_until_trust_ends(office, trusted):
    async with on_air(office) as station:
        listener = await station.listen(token=trusted)
        readers = await station.listen()
        await embargo(office)
        await until(lambda: len(listener.events()) == 1)
        await office.desk.registry.trust("agency", trusted=False)
        await embargo(office, headline="Neu", revision=2)
        await station.publish(an_article(number=2))
        await until(lambda: len(listener.events()) == 2 and readers.events())
        assert listener.events() == ["article.embargoed 1", "article.published 2"]
        assert readers.events() == ["article.published 2"]


async def test_it_is_delivered_by_webhook(office, trusted, parts, redis, clock):
    desk = a_desk(parts, redis, clock, outbound_private=True, webhook_timeout_s=0.5)
    here = Office(redis, desk, desk._rounds[0], office.newsroom)
    async with a_receiver() as receiver:
        webhooks = Webhooks(redis, desk.registry, is_private_allowed=True, clock=clock)
        for name in ("agency", "dpa"):
            await webhooks.put(name, receiver.url())
        await embargo(here)
        await deliver(here, "agency")
        await deliver(here, "dpa")
        assert told(receiver) == ["article.embargoed 1"]
        await embargo(here, headline="Neu", revision=2)
        await desk.registry.trust("agency", trusted=False)
        await deliver(here, "agency")
        assert told(receiver) == ["article.embargoed 1"]


async def test_it_comes_in_redis_itself_and_a_kill_deletes_it(office):
    await office.desk.registry.add("archive", wanted=Wanted(), is_direct=True, embargoed=True)
    await embargo(office)
    ((_, fields),) = await office.redis.xrange(KEYS.out("archive"))
    assert json.loads(fields[b"event"])["type"] == "article.embargoed"
    assert HINT in fields[b"event"]
    await withdraw(office, "killed")
    (entry,) = [fields for _, fields in await office.redis.xrange(KEYS.out("archive"))]
    assert entry[b"verb"] == b"killed"
    assert HINT not in b"".join(entry.values())


async def test_two_readers_at_once_tell_it_once(office, trusted, clock):
    other = another_fanout(office.redis, office.desk, clock, "one")
    for number in range(1, 21):
        await office.newsroom.accept(an_article(number=number), public_ms=clock() + HOUR)
        if number % 5 == 0:
            await asyncio.gather(office.fanout.round(), other.round())
    for fanout in (office.fanout, other):
        await fanout.round()
    assert await office.told("agency") == [f"embargoed {number}" for number in range(1, 21)]


async def test_signals_that_were_told_are_cut_and_no_others(office, trusted, clock):
    await embargo(office, 1)
    await embargo(office, 2)
    await office.newsroom.accept(an_article(number=3), public_ms=clock() + HOUR)  # not told yet
    await Ageing([office.redis], office.desk.registry, [SITE], clock=clock).cut()
    assert await office.redis.xlen(KEYS.stream("embargoed")) == 2, "the last one told, and what comes after"
    await office.fanout.round()
    assert await office.told("agency") == ["embargoed 1", "embargoed 2", "embargoed 3"]
