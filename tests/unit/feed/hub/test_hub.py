"""The WebSub hub as a subscriber meets it, by the list of what a hub must do (W3C WebSub); all of it real."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import feedparser
import httpx
import pytest
from starlette.applications import Starlette

from services.feed.hub.asking import DEFAULT_LEASE_S, LEASE_S
from services.feed.hub.house import Hub
from services.feed.hub.sending import SCHEDULE_S
from services.feed.settings import FeedSettings
from shared.contracts.lists import ListName
from tests.support.articles import SITE, an_article
from tests.support.receiver import Received, a_receiver

TOPIC = "https://kurier.example/feed.atom"


@dataclass
class Subscriber:
    """Somebody else's program: says yes when asked, and keeps what it is sent."""

    port: int = 0
    wants: bool = True
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    got: list[Received] = field(default_factory=list)

    def answer(self, request: Received) -> int | bytes:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        if "hub.mode" in query:
            self.asked.append(query)
            challenge = query["hub.challenge"].encode() if self.wants else b"no"
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(challenge), challenge)
        self.got.append(request)
        return self.status

    @property
    def callback(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback?mine=1"


@dataclass
class House:
    """The hub of a newsroom, and a client of it."""

    hub: Hub
    web: httpx.AsyncClient

    async def ask(self, mode: str, callback: str, **more: str) -> httpx.Response:
        fields = {"hub.mode": mode, "hub.callback": callback, "hub.topic": TOPIC}
        return await self.web.post("/hub", data=fields | {f"hub.{name}": value for name, value in more.items()})

    async def work(self) -> None:
        """Everything that is due now."""
        sending = self.hub.sending
        await sending._watching.look()
        while jobs := await sending._store.take(sending._shards, limit=10, lease_ms=60_000):
            for job in jobs:
                await sending.do(job)


@pytest.fixture
async def house(parts, redis, clock) -> AsyncIterator[House]:
    hub = Hub.of(parts, FeedSettings(outbound_private=True), client=redis, shards=1, clock=clock)
    transport = httpx.ASGITransport(app=Starlette(routes=hub.asking.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as web:
        yield House(hub, web)


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    one = Subscriber()
    async with a_receiver(one.answer) as receiver:
        one.port = receiver.port
        yield one


@pytest.fixture
def print_feed(newsroom, parts):
    """Publish an article and write the feed, as the lanes do."""

    async def run(number: int) -> None:
        article = an_article(number=number)
        await newsroom.accept(article)
        await newsroom.place(*await newsroom.articles.newest(SITE, [article.id]))
        await parts.files.write(SITE, [ListName("recent")], at_once=True)

    return run


async def subscribe(house: House, subscriber: Subscriber, **more: str) -> None:
    answer = await house.ask("subscribe", subscriber.callback, **more)
    assert answer.status_code == 202, answer.text
    await house.work()


async def test_a_callback_that_wants_it_gets_every_version_of_the_feed(house, subscriber, print_feed):
    await print_feed(1)
    await subscribe(house, subscriber)
    (asked,) = subscriber.asked
    assert (asked["hub.mode"], asked["hub.topic"], asked["mine"]) == ("subscribe", TOPIC, "1")
    assert asked["hub.lease_seconds"] == str(DEFAULT_LEASE_S)
    assert subscriber.got == []  # it can fetch what is there
    await print_feed(2)
    await house.work()
    (got,) = subscriber.got
    assert got.path == "/callback?mine=1"
    assert got.headers["content-type"].startswith("application/atom+xml")
    assert got.headers["link"] == f'<https://kurier.example/hub>; rel="hub", <{TOPIC}>; rel="self"'
    assert len(feedparser.parse(got.body).entries) == 2
    await house.work()
    assert len(subscriber.got) == 1


async def test_feeds_name_their_hub(parts, print_feed):
    await print_feed(1)
    for form in ("xml", "atom", "json"):
        assert b"https://kurier.example/hub" in await parts.store.get(SITE, f"/feed.{form}")


async def test_a_callback_that_does_not_repeat_the_challenge_gets_nothing(house, subscriber, print_feed):
    subscriber.wants = False
    await print_feed(1)
    await subscribe(house, subscriber)
    await print_feed(2)
    await house.work()
    assert len(subscriber.asked) == 1
    assert subscriber.got == []


async def test_a_delivery_is_signed_with_the_subscriber_s_secret(house, subscriber, print_feed):
    await print_feed(1)
    await subscribe(house, subscriber, secret="geheim")
    await print_feed(2)
    await house.work()
    (got,) = subscriber.got
    mac = hmac.new(b"geheim", got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-hub-signature"] == f"sha256={mac}"


async def test_unsubscribing_needs_the_callback_s_word_too(house, subscriber, print_feed):
    await print_feed(1)
    await subscribe(house, subscriber)
    subscriber.wants = False
    await house.ask("unsubscribe", subscriber.callback)
    await house.work()
    await print_feed(2)
    await house.work()
    assert len(subscriber.got) == 1
    subscriber.wants = True
    await house.ask("unsubscribe", subscriber.callback)
    await house.work()
    assert subscriber.asked[-1]["hub.mode"] == "unsubscribe"
    assert "hub.lease_seconds" not in subscriber.asked[-1]
    await print_feed(3)
    await house.work()
    assert len(subscriber.got) == 1


async def test_a_subscription_ends_with_its_lease_and_can_be_renewed(house, subscriber, print_feed, clock):
    await print_feed(1)
    await subscribe(house, subscriber, lease_seconds="600")
    clock.now_ms += 500_000
    await subscribe(house, subscriber, lease_seconds="600")
    clock.now_ms += 500_000
    await print_feed(2)
    await house.work()
    assert len(subscriber.got) == 1
    clock.now_ms += 200_000
    await print_feed(3)
    await house.work()
    assert len(subscriber.got) == 1


@pytest.mark.parametrize(("asked", "given"), [("1", LEASE_S[0]), ("99999999999", LEASE_S[1]), ("86400", 86_400)])
async def test_leases_are_neither_short_nor_for_ever(house, subscriber, asked, given):
    await subscribe(house, subscriber, lease_seconds=asked)
    assert subscriber.asked[0]["hub.lease_seconds"] == str(given)


async def test_what_failed_is_tried_again_with_the_newest_feed_and_the_subscription_stays(
    house, subscriber, print_feed, clock
):
    await print_feed(1)
    await subscribe(house, subscriber)
    subscriber.status = 500
    await print_feed(2)
    await house.work()
    await print_feed(3)
    subscriber.status = 204
    clock.now_ms += round(SCHEDULE_S[0] * 1_200)
    await house.work()
    assert len(feedparser.parse(subscriber.got[-1].body).entries) == 3
    subscriber.status = 500
    await print_feed(4)
    for _ in range(len(SCHEDULE_S) + 2):
        await house.work()
        clock.now_ms += round(SCHEDULE_S[-1] * 1_200)
    tried = len(subscriber.got)
    await house.work()
    assert len(subscriber.got) == tried  # given up, until the next change
    subscriber.status = 200
    await print_feed(5)
    await house.work()
    assert len(subscriber.got) == tried + 1


async def test_who_answers_410_is_not_called_again(house, subscriber, print_feed):
    await print_feed(1)
    await subscribe(house, subscriber)
    subscriber.status = 410
    await print_feed(2)
    await house.work()
    await print_feed(3)
    await house.work()
    assert len(subscriber.got) == 1


async def test_two_processes_deliver_a_version_once(house, subscriber, print_feed, parts, redis, clock):
    other = House(Hub.of(parts, FeedSettings(outbound_private=True), client=redis, shards=1, clock=clock), house.web)
    await print_feed(1)
    await subscribe(house, subscriber)
    await print_feed(2)
    await house.work()
    await other.work()
    assert len(subscriber.got) == 1


async def test_a_change_while_no_process_ran_is_delivered_at_the_next_start(
    house, subscriber, print_feed, parts, redis, clock
):
    await print_feed(1)
    await subscribe(house, subscriber)
    await print_feed(2)
    later = House(Hub.of(parts, FeedSettings(outbound_private=True), client=redis, shards=1, clock=clock), house.web)
    await later.work()
    assert len(subscriber.got) == 1


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"hub.mode": "listen"}, 400, "hub.mode"),
        ({"hub.topic": "https://elsewhere.example/feed.xml"}, 404, "hub.topic"),
        ({"hub.topic": "https://kurier.example/stadt/"}, 404, "hub.topic"),
        ({"hub.topic": "https://kurier.example/../feed.xml"}, 404, "hub.topic"),
        ({"hub.callback": ""}, 400, "hub.callback"),
        ({"hub.callback": "ftp://partner.example/"}, 400, "hub.callback"),
        ({"hub.callback": "https://user:pass@partner.example/"}, 400, "hub.callback"),
        ({"hub.secret": "x" * 200}, 400, "hub.secret"),
        ({"hub.lease_seconds": "soon"}, 400, "hub.lease_seconds"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_a_reason(house, fields, status, reason):
    asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": "https://partner.example/cb"} | fields
    answer = await house.web.post("/hub", data=asked)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert reason in answer.text


async def test_unknown_parameters_are_ignored_and_a_publisher_s_ping_is_taken(house):
    fields = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": "https://partner.example/cb", "x": "1"}
    assert (await house.web.post("/hub", data=fields)).status_code == 202
    assert (await house.web.post("/hub", data={"hub.mode": "publish", "hub.url": TOPIC})).status_code == 202


async def test_a_private_callback_is_never_called(parts, redis, clock, subscriber):
    hub = Hub.of(parts, FeedSettings(), client=redis, shards=1, clock=clock)
    transport = httpx.ASGITransport(app=Starlette(routes=hub.asking.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as web:
        house = House(hub, web)
        assert (await house.ask("subscribe", subscriber.callback)).status_code == 400
        secure = f"https://localhost:8443/callback?{subscriber.port}"
        assert (await house.ask("subscribe", secure)).status_code == 202
        await house.work()
    assert subscriber.asked == []


async def test_a_request_that_is_too_long_or_no_form_is_refused(house):
    assert (await house.web.post("/hub", content=b"x" * 20_000)).status_code == 413
    assert (await house.web.post("/hub", content=b"\xff\xfe")).status_code == 400
