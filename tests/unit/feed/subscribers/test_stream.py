"""GET /api/v1/stream: server-sent events, by raw ASGI, over a real Valkey."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest
from starlette.applications import Starlette

from services.feed.subscribers import lanes, streaming
from services.feed.subscribers.links import make_link
from services.feed.subscribers.places import Place, write
from shared.contracts.jsonschema import FOLDER
from shared.contracts.subscribers import Wanted, public_name
from tests.support.articles import SITE, an_article
from tests.support.lists import KEYS
from tests.unit.feed.subscribers.conftest import Office, a_desk

STREAM = "/api/v1/stream"
DEADLINE_S = 15.0
TEASER_SCHEMA = json.loads((Path(FOLDER) / "teaser-event.json").read_text())


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


@dataclass
class Listener:
    """A client of a stream, as a browser's EventSource is one; it can stop to read."""

    app: Starlette
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    status: int = 0
    is_reading: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False

    async def run(self) -> None:
        head = {"host": "kurier.example"} | self.headers
        scope = {
            "type": "http", "method": "GET", "path": STREAM, "raw_path": STREAM.encode(), "scheme": "http",
            "query_string": self.query.encode(), "http_version": "1.1", "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in head.items()],
        }  # fmt: skip
        await self.app(scope, self._receive, self._send)
        self.is_over = True

    async def _receive(self) -> dict:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        await self.is_reading.wait()
        self.text += message.get("body", b"").decode()

    def blocks(self) -> list[dict[str, str]]:
        """Each event's fields."""
        found = []
        for block in self.text.split("\n\n"):
            lines = [line.partition(": ") for line in block.split("\n") if line and not line.startswith(":")]
            found.append({name: value for name, _, value in lines})
        return [block for block in found if block]

    def events(self) -> list[str]:
        return [
            f"{block['event']} {int(json.loads(block['data'])['subject'][1:], 16)}"
            if block["event"].startswith("article.")
            else block["event"]
            for block in self.blocks()
            if "data" in block
        ]

    def last_id(self) -> str:
        return [block["id"] for block in self.blocks() if "id" in block][-1]


@dataclass
class Station:
    """The service's streams, with everything behind them running."""

    office: Office
    app: Starlette
    listeners: list[Listener] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def listen(self, *, token: str = "", query: str = "", reads: bool = True, **headers: str) -> Listener:
        """Open a stream and wait until it is there."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given |= {"authorization": f"Bearer {token}"} if token else {}
        listener = Listener(self.app, query, given)
        if reads:
            listener.is_reading.set()
        self.tasks.append(asyncio.create_task(listener.run()))
        await until(lambda: listener.text or listener.is_over or (listener.status and not reads))
        return listener

    async def publish(self, *articles, **how) -> None:
        for article in articles:
            self.office.newsroom.clock.now_ms += 1
            await self.office.newsroom.accept(article, **how)
        await self.office.fanout.round()


async def until(claim: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not claim():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def on_air(office: Office) -> AsyncIterator[Station]:
    following = asyncio.create_task(office.desk.works()["feed.following"]())  # ends when the desk is drained
    station = Station(office, Starlette(routes=office.desk.routes))
    yield station
    office.desk.drain()
    for listener in station.listeners:
        listener.is_reading.set()
    for task in station.tasks:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(following, *station.tasks, return_exceptions=True)


@pytest.fixture
async def station(office) -> AsyncIterator[Station]:
    async with on_air(office) as one:
        yield one


@pytest.fixture
async def token(office) -> str:
    _, token = await office.add("dpa")
    return token


async def test_events_come_as_they_happen(station, token):
    listener = await station.listen(token=token)
    await station.publish(an_article(number=1), an_article(number=2))
    await until(lambda: len(listener.events()) == 2)  # else the text of 2 would be gone before it is sent
    await station.publish(an_article(number=2), verb="killed", number=9)
    await until(lambda: len(listener.events()) == 3)
    assert listener.events() == ["article.published 1", "article.published 2", "article.killed 2"]
    assert json.loads(listener.blocks()[-1]["data"])["specversion"] == "1.0"


async def test_a_new_client_begins_now(station, token):
    await station.publish(an_article(number=1))
    listener = await station.listen(token=token)
    await station.publish(an_article(number=2))
    await until(listener.events)
    assert listener.events() == ["article.published 2"]


async def test_a_client_resumes_where_it_was_cut_off(station, token):
    listener = await station.listen(token=token)
    await station.publish(an_article(number=1))
    await until(listener.events)
    listener.left.set()
    await until(lambda: listener.is_over)
    await station.publish(an_article(number=2), an_article(number=3))
    again = await station.listen(token=token, last_event_id=listener.last_id())
    await station.publish(an_article(number=4))
    await until(lambda: len(again.events()) == 3)
    assert again.events() == ["article.published 2", "article.published 3", "article.published 4"]


async def test_a_client_that_was_cut_off_before_its_first_event_loses_nothing(station, token):
    listener = await station.listen(token=token)
    listener.left.set()
    await until(lambda: listener.is_over)
    await station.publish(an_article(number=1))
    again = await station.listen(token=token, query=f"lastEventId={listener.last_id()}")
    await until(again.events)
    assert again.events() == ["article.published 1"]


async def test_a_client_that_reads_nothing_slows_nobody_and_gets_all_when_it_reads(station, token, monkeypatch):
    monkeypatch.setattr("services.feed.subscribers.following.KEPT", 4)
    slow = await station.listen(token=token, reads=False)
    quick = await station.listen(token=token)
    for number in range(1, 21):
        await station.publish(an_article(number=number))
    await until(lambda: len(quick.events()) == 20)
    assert slow.text == ""
    slow.is_reading.set()
    await until(lambda: len(slow.events()) == 20)
    assert slow.events() == quick.events() == [f"article.published {number}" for number in range(1, 21)]


async def test_a_slow_client_does_not_get_what_was_killed_meanwhile(station, token):
    slow = await station.listen(token=token, reads=False)
    quick = await station.listen(token=token)
    await station.publish(an_article(headline="Streng geheim"))
    await until(lambda: quick.events() == ["article.published 1"])
    await station.publish(an_article(), verb="killed", number=9)
    await until(lambda: len(quick.events()) == 2)
    slow.is_reading.set()
    await until(slow.events)
    assert slow.events() == ["article.killed 1"]
    assert "geheim" not in slow.text


async def test_a_client_that_takes_nothing_for_long_is_let_go(station, token, monkeypatch):
    monkeypatch.setattr(streaming, "SEND_S", 0.01)
    stuck = await station.listen(token=token, reads=False)
    await until(lambda: stuck.is_over)


async def test_readers_get_teasers_without_a_token(station):
    reader = await station.listen()
    await station.publish(an_article(number=1))
    await station.publish(an_article(number=1), verb="unpublished", number=3)
    await until(lambda: len(reader.events()) == 2)
    event = json.loads(next(block["data"] for block in reader.blocks() if "data" in block))
    jsonschema.validate(event, TEASER_SCHEMA)
    assert event["data"]["teaser"]["headline"] == an_article(number=1).headline
    assert '"body"' not in reader.text


async def test_a_link_opens_a_stream_without_a_header_until_it_expires(station, web, token, clock):
    answer = await web.post(f"{STREAM}/links", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    url = urlsplit(answer.json()["url"])
    assert (url.netloc, url.path) == ("kurier.example", STREAM)
    listener = await station.listen(query=url.query)
    await station.publish(an_article(number=1))
    await until(listener.events)
    clock.now_ms += 3_600_001
    late = await station.listen(query=url.query)
    assert late.status == 401
    assert "no longer good" in late.text


@pytest.mark.parametrize(
    "link",
    [
        "",
        "nonsense",
        "1.dpa.1.00",
        make_link("dpa", expires_ms=10**14, key="0" * 64),
        make_link("apa", expires_ms=10**14, key="0" * 64),
    ],
)
async def test_a_link_that_we_did_not_make_opens_nothing(station, token, link):
    assert (await station.listen(query=f"link={link}")).status == 401


async def test_a_token_that_nobody_has_does_not_fall_back_to_the_readers_stream(station):
    assert (await station.listen(token="lf_nobody")).status == 401


async def test_a_foreign_last_event_id_is_refused_with_a_sentence(station, token):
    for word in (write("apa", {"s1": Place()}, key="0" * 64), write("dpa", {"s1": Place()}, key="0" * 64), "1-0"):
        refused = await station.listen(token=token, last_event_id=word)
        assert refused.status == 400
        assert "application" not in refused.text
        assert "cursor" in refused.text


async def test_after_a_gap_a_subscriber_is_told_so_and_catches_up(station, office, token):
    listener = await station.listen(token=token)
    listener.left.set()
    await until(lambda: listener.is_over)
    await station.publish(an_article(number=1), an_article(number=2))
    await office.redis.xtrim(KEYS.out("dpa"), maxlen=0, approximate=False)
    again = await station.listen(token=token, last_event_id=listener.last_id())
    await station.publish(an_article(number=3))
    await until(lambda: len(again.events()) == 4)
    assert again.events() == ["gap", "article.updated 1", "article.updated 2", "article.published 3"]


async def test_a_client_that_listens_is_told_of_what_a_lane_lost(station, office, token):
    listener = await station.listen(token=token)
    await station.publish(an_article(number=1))
    await until(listener.events)
    await office.newsroom.accept(an_article(number=2))
    await office.redis.delete(KEYS.stream("articles"))
    await office.redis.set(KEYS.fanout_lost(), "1 1")
    office.fanout._looked_for_losses = -10.0
    await office.fanout.round()
    await until(lambda: len(listener.events()) == 3)
    assert listener.events() == ["article.published 1", "gap", "article.updated 2"]


async def test_after_a_gap_readers_are_told_to_load_again(station, office):
    reader = await station.listen()
    reader.left.set()
    await until(lambda: reader.is_over)
    await station.publish(an_article(number=1))
    await office.redis.xtrim(KEYS.out(public_name(SITE)), maxlen=0, approximate=False)
    again = await station.listen(last_event_id=reader.last_id())
    await station.publish(an_article(number=2))
    await until(lambda: len(again.events()) == 2)
    assert again.events() == ["reset", "article.published 2"]


async def test_silence_is_filled_with_heartbeats(station, token, monkeypatch):
    monkeypatch.setattr(streaming.Streaming.__init__, "__kwdefaults__", {"heartbeat_s": 0.01})
    listener = await station.listen(token=token)
    await until(lambda: listener.text.count("\n:\n") >= 2)


async def test_a_removed_subscriber_is_cut_off_with_the_next_heartbeat(station, office, token, monkeypatch):
    monkeypatch.setattr(streaming.Streaming.__init__, "__kwdefaults__", {"heartbeat_s": 0.01})
    monkeypatch.setattr("services.feed.subscribers.registry.LOOK_AGAIN_S", 0.0)
    listener = await station.listen(token=token)
    await office.desk.registry.remove("dpa")
    await until(lambda: listener.is_over)


async def test_a_stream_ends_after_its_time_and_says_when_to_come_again(parts, redis, clock, newsroom):
    desk = a_desk(parts, redis, clock, stream_lifetime_s=0.01)
    async with on_air(Office(redis, desk, desk._rounds[0], newsroom)) as station:
        reader = await station.listen()
        await until(lambda: reader.is_over)
        assert reader.blocks()[-1].keys() == {"retry"}


async def test_all_streams_end_when_the_service_stops_and_no_new_one_begins(station, office, token):
    listeners = [await station.listen(), await station.listen(token=token)]
    office.desk.drain()
    await until(lambda: all(one.is_over for one in listeners))
    assert (await station.listen()).status == 503


async def test_more_clients_than_allowed_are_sent_elsewhere(parts, redis, clock, newsroom):
    desk = a_desk(parts, redis, clock, stream_clients=1)
    async with on_air(Office(redis, desk, desk._rounds[0], newsroom)) as station:
        await station.listen()
        assert (await station.listen()).status == 503


async def test_one_reader_serves_all_clients(station, office, token):
    for _ in range(5):
        await station.listen(token=token)
        await station.listen()
    assert len(office.desk._follower._followed) == 2
    clients = [row for row in await office.redis.client_list() if row["cmd"] == "xread"]
    assert len(clients) <= 1


async def test_a_teaser_subscriber_pulls_teasers(office, web):
    _, token = await office.desk.registry.add("kurz", wanted=Wanted(), content="teaser")
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    answer: httpx.Response = await web.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"})
    (event,) = answer.json()["items"]
    jsonschema.validate(event, TEASER_SCHEMA)
