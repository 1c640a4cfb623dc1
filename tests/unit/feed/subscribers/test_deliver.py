"""Webhooks out: signed, in queues of their own, until they are taken; over a real Valkey and real sockets."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import pytest
import standardwebhooks

from services.feed.subscribers import deliver as deliver_module
from services.feed.subscribers import lanes
from services.feed.subscribers.deliver import Deliveries
from services.feed.subscribers.judging import FAILING_S
from services.feed.subscribers.webhooks import NoWebhook, Webhooks
from services.ingest.verify import Delivery
from services.ingest.verify.standard import key, verify
from tests.support.articles import an_article
from tests.support.lists import KEYS, SetClock
from tests.support.receiver import Received, Receiver, a_receiver
from tests.unit.feed.subscribers.conftest import Office, a_desk

HOUR_MS = 3_600_000
DEADLINE_S = 15.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


@pytest.fixture
async def office(parts, redis, clock, newsroom) -> Office:
    desk = a_desk(parts, redis, clock, outbound_private=True, webhook_timeout_s=0.5)
    return Office(redis, desk, desk._rounds[0], newsroom)


@pytest.fixture
def webhooks(office, redis, clock) -> Webhooks:
    return Webhooks(redis, office.desk.registry, is_private_allowed=True, clock=clock)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with a_receiver() as one:
        yield one


async def publish(office: Office, *numbers: int, **how) -> None:
    for number in numbers:
        office.newsroom.clock.now_ms += 1
        await office.newsroom.accept(an_article(number=number), **how)
    await office.fanout.round()


async def subscribed(office: Office, webhooks: Webhooks, url: str, name: str = "dpa") -> str:
    await office.add(name)
    _, secret = await webhooks.put(name, url)
    return secret


async def deliver(office: Office, name: str = "dpa") -> float:
    """Everything that is due; returns for how long there is nothing to do then."""
    deliveries: Deliveries = office.desk._deliveries
    while True:
        one = await office.desk.registry.get(name)
        if (wait_s := await deliveries.round(one)) > 0:
            return wait_s


def told(receiver: Receiver) -> list[str]:
    events = [json.loads(request.body) for request in receiver.requests]
    return [f"{event['type']} {int(event['subject'][1:], 16)}" for event in events]


def signed_id(request: Received, secret: str, clock: SetClock) -> str:
    """The `webhook-id` of a request that was signed with this secret; raises SignatureRejected for any other."""
    delivery = Delivery(headers=request.headers, body=request.body)
    return verify(delivery, keys=[key(secret)], now_s=clock() / 1000).delivery_id


async def outcomes(webhooks: Webhooks, name: str = "dpa") -> list[str]:
    """What became of each attempt, oldest first."""
    return [row["outcome"] for row in reversed(await webhooks.log(name, limit=100))]


async def test_every_event_is_delivered_signed_as_standard_webhooks_wants_it(office, webhooks, receiver, clock):
    secret = await subscribed(office, webhooks, receiver.url())
    await publish(office, 1, 2)
    await deliver(office)
    assert sorted(told(receiver)) == ["article.published 1", "article.published 2"]
    for request in receiver.requests:
        assert signed_id(request, secret, clock) == f"msg_{json.loads(request.body)['id']}"
        assert request.headers["content-type"].startswith("application/cloudevents+json")


async def test_a_new_webhook_begins_with_the_next_event(office, webhooks, receiver):
    await office.add("dpa")
    await publish(office, 1)
    await webhooks.put("dpa", receiver.url())
    await publish(office, 2)
    await deliver(office)
    assert told(receiver) == ["article.published 2"]


async def test_what_failed_comes_again_with_the_same_id_and_a_new_signature(office, webhooks, receiver, clock):
    secret = await subscribed(office, webhooks, receiver.url())
    receiver.answer = lambda _: 503
    await publish(office, 1)
    await deliver(office)
    assert len(receiver.requests) == 1
    receiver.answer = lambda _: 200
    clock.now_ms += 6_000
    await deliver(office)
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert signed_id(second, secret, clock)
    assert await outcomes(webhooks) == ["failed", "delivered"]
    assert (await webhooks.state("dpa")) == {"waiting": 0, "failures": 0, "rests_until_ms": 0}


async def test_who_asks_for_a_pause_is_sent_nothing_meanwhile(office, webhooks, receiver, clock):
    await subscribed(office, webhooks, receiver.url())
    receiver.answer = lambda _: b"HTTP/1.1 429 Slow\r\nRetry-After: 600\r\n\r\n"
    await publish(office, 1)
    await deliver(office)
    receiver.answer = lambda _: 204
    await publish(office, 2)
    clock.now_ms += 590_000
    await deliver(office)
    assert len(receiver.requests) == 1
    clock.now_ms += 20_000
    await deliver(office)
    assert sorted(told(receiver)[1:]) == ["article.published 1", "article.published 2"]


async def test_a_failing_endpoint_is_asked_with_one_delivery_not_with_all(office, webhooks, receiver, clock):
    await subscribed(office, webhooks, receiver.url())
    receiver.answer = lambda _: 500
    await publish(office, *range(1, 31))
    await deliver(office)
    first = len(receiver.requests)
    clock.now_ms += 6_000
    await deliver(office)
    assert len(receiver.requests) == first + 1
    receiver.answer = lambda _: 200
    clock.now_ms += HOUR_MS
    await deliver(office)
    assert (await webhooks.state("dpa"))["waiting"] == 0


async def test_kills_jump_the_queue(office, webhooks, receiver):
    await subscribed(office, webhooks, receiver.url())
    await publish(office, *range(1, 12))
    await publish(office, 5, verb="killed", number=99)
    subscriber = await office.desk.registry.get("dpa")
    await office.desk._deliveries.round(subscriber)
    assert "article.killed 5" in told(receiver)[:8]
    assert "article.published 11" not in told(receiver)
    await deliver(office)
    assert "article.published 5" not in told(receiver)
    assert "withdrawn" in await outcomes(webhooks)


async def test_410_disables_until_somebody_enables_it_again_and_then_nothing_is_lost(office, webhooks, receiver):
    await subscribed(office, webhooks, receiver.url())
    receiver.answer = lambda _: 410
    await publish(office, 1)
    await office.desk._deliveries.round(await office.desk.registry.get("dpa"))
    one = await office.desk.registry.get("dpa")
    assert one.webhook is not None
    assert "410" in one.webhook.disabled
    receiver.answer = lambda _: 204
    receiver.requests.clear()
    await publish(office, 2)
    await webhooks.enable("dpa")
    office.newsroom.clock.now_ms += HOUR_MS
    await deliver(office)
    assert sorted(told(receiver)) == ["article.published 1", "article.published 2"]


async def test_an_endpoint_that_fails_for_five_days_is_disabled(office, webhooks, receiver, clock):
    await subscribed(office, webhooks, receiver.url())
    receiver.answer = lambda _: 500
    await publish(office, 1)
    await deliver(office)
    clock.now_ms += FAILING_S * 1000 + 1
    await office.desk._deliveries.round(await office.desk.registry.get("dpa"))
    one = await office.desk.registry.get("dpa")
    assert one.webhook is not None
    assert "120 hours" in one.webhook.disabled


async def test_what_was_handed_out_to_one_who_died_is_handed_out_again(office, webhooks, receiver, clock):
    await subscribed(office, webhooks, receiver.url())
    await publish(office, 1)
    one = await office.desk.registry.get("dpa")
    assert len((await office.desk._deliveries._take(one, KEYS)).due) == 1  # and then it dies
    await deliver(office)
    assert receiver.requests == []
    clock.now_ms += 60_000
    await deliver(office)
    assert told(receiver) == ["article.published 1"]


async def test_two_processes_deliver_each_event_once(office, webhooks, receiver, parts, redis, clock):
    await subscribed(office, webhooks, receiver.url())
    other = a_desk(parts, redis, clock, outbound_private=True)
    await publish(office, *range(1, 21))
    one = await office.desk.registry.get("dpa")
    for _ in range(4):
        await asyncio.gather(office.desk._deliveries.round(one), other._deliveries.round(one))
    assert sorted(told(receiver)) == sorted(f"article.published {number}" for number in range(1, 21))


async def test_a_dead_endpoint_delays_no_other(office, webhooks, receiver, parts, redis, clock, monkeypatch):
    monkeypatch.setattr(deliver_module, "STOP_S", 0.1)  # for the dead one's attempts, which do not end before the test
    desk = a_desk(parts, redis, clock, outbound_private=True, webhook_timeout_s=60)
    async with a_receiver(lambda _: None) as dead:
        await subscribed(office, webhooks, dead.url(), "dead")
        await subscribed(office, webhooks, receiver.url(), "alive")
        await publish(office, *range(1, 9))
        async with working(Office(redis, desk, desk._rounds[0], office.newsroom)):
            await until(lambda: len(receiver.requests) == 8)
            assert await outcomes(webhooks, "dead") == []  # not one of its attempts is over yet


async def test_both_secrets_sign_while_one_replaces_the_other(office, webhooks, receiver, clock):
    old = await subscribed(office, webhooks, receiver.url())
    _, new = await webhooks.rotate_secret("dpa", grace_ms=HOUR_MS)
    await publish(office, 1)
    await deliver(office)
    request = receiver.requests[0]
    for secret in (old, new):
        assert signed_id(request, secret, clock)
    clock.now_ms += HOUR_MS + 1
    await publish(office, 2)
    await deliver(office)
    assert len(receiver.requests[1].headers["webhook-signature"].split()) == 1


async def test_the_official_library_opens_what_we_deliver_with_either_secret(office, webhooks, receiver, clock):
    clock.now_ms = round(time.time() * 1000)  # it knows no other clock
    old = await subscribed(office, webhooks, receiver.url())
    _, new = await webhooks.rotate_secret("dpa", grace_ms=HOUR_MS)
    await publish(office, 1)
    await office.newsroom.accept(an_article(number=1), verb="killed", number=9)
    await office.fanout.round()
    await deliver(office)
    assert told(receiver) == ["article.killed 1"]
    (request,) = receiver.requests
    for secret in (old, new):
        official = standardwebhooks.Webhook(secret)
        assert official.verify(request.body, request.headers)["type"] == "article.killed"
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            official.verify(request.body + b" ", request.headers)
    await webhooks.rotate_secret("dpa", grace_ms=0)
    await publish(office, 2)
    await deliver(office)
    for secret in (old, new):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(receiver.requests[1].body, receiver.requests[1].headers)


async def test_events_can_be_delivered_again(office, webhooks, receiver):
    await subscribed(office, webhooks, receiver.url())
    await publish(office, 1, 2, 3)
    await deliver(office)
    event_id = next(one.event_id for one in await office.stream("dpa") if one.article_id == an_article(number=2).id)
    assert await webhooks.replay("dpa", event_id=event_id) == 1
    await deliver(office)
    assert told(receiver)[3:] == ["article.published 2"]
    assert await webhooks.replay("dpa") == 3
    await deliver(office)
    assert sorted(told(receiver)[4:]) == [f"article.published {number}" for number in (1, 2, 3)]
    attempts = await webhooks.log("dpa", limit=10, event_id=event_id)
    assert [row["attempt"] for row in attempts] == ["1", "1", "1"]


async def test_receipts_say_who_was_told_of_a_kill_and_how(office, webhooks, receiver, web):
    await subscribed(office, webhooks, receiver.url(), "hook")
    _, token = await office.add("puller")
    await office.add("sleeper")
    await office.add("sport", sections=["sport"])
    await publish(office, 1)
    await publish(office, 1, verb="killed", number=9)
    await deliver(office, "hook")
    await web.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"})
    rows = await webhooks.receipts(KEYS, an_article(number=1).id)
    assert {row["subscriber"]: row["told_by"] for row in rows} == {"hook": "webhook", "puller": "read", "sleeper": ""}


async def test_a_subscriber_without_a_webhook_cannot_be_replayed_to(office, webhooks):
    await office.add("dpa")
    with pytest.raises(NoWebhook):
        await webhooks.replay("dpa")


async def test_removing_a_webhook_forgets_what_waits(office, webhooks, receiver, redis):
    await subscribed(office, webhooks, receiver.url())
    receiver.answer = lambda _: 500
    await publish(office, 1)
    await deliver(office)
    await webhooks.take_away("dpa")
    assert await redis.exists(KEYS.queue("dpa"), KEYS.endpoint("dpa"), KEYS.deliveries("dpa")) == 0


async def test_the_service_delivers_as_events_come_and_stops_when_it_is_told_to(office, webhooks, receiver):
    await subscribed(office, webhooks, receiver.url())
    async with working(office):
        await publish(office, 1)
        await until(lambda: told(receiver) == ["article.published 1"])
        await office.desk.registry.pause("dpa", paused=True)
        await office.desk._deliveries.keep()
        await publish(office, 2)
        assert office.desk._deliveries._running == {}
        await office.desk.registry.pause("dpa", paused=False)
        await office.desk._deliveries.keep()
        await until(lambda: len(receiver.requests) == 2)


@contextlib.asynccontextmanager
async def working(office: Office) -> AsyncIterator[None]:
    """The tasks of a running service."""
    following = asyncio.create_task(office.desk.works()["feed.following"]())
    await office.desk._deliveries.keep()
    yield
    office.desk.drain()
    await office.desk._deliveries.stop()
    await following


async def until(claim) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not claim():
            await asyncio.sleep(0.005)
