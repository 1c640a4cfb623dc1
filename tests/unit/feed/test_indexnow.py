"""Search engines are told what changed: a real queue in a real Valkey, a receiver on loopback."""

import json
from dataclasses import dataclass

import httpx
import pytest
from prometheus_client import CollectorRegistry
from pydantic import HttpUrl, ValidationError
from starlette.applications import Starlette

from services.feed import indexnow
from services.feed.indexnow import IndexNow, rest_after
from services.feed.metrics import FeedMetrics
from services.feed.outbound.posting import Answer, Poster
from services.feed.outbound.together import LEASE_MS, Together
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from shared.contracts.base import UrlPath
from shared.contracts.config import LitfassConfig, PagesConfig
from shared.contracts.feeds import IndexNowConfig
from shared.runtime.clock import moment
from tests.support.articles import SITE, a_document, a_site, a_tombstone, an_article
from tests.support.lists import KEYS, Newsroom
from tests.support.receiver import Receiver, a_receiver

KEY = "4f2a-mein-schluessel"
OLD, NEW = UrlPath("/stadt/alt/"), UrlPath("/stadt/neu/")


@dataclass
class Engine:
    """A search engine, and the site that tells it."""

    receiver: Receiver
    indexnow: IndexNow
    newsroom: Newsroom
    status: int | bytes = 200

    async def tell(self, *, after_ms: int = 10_000) -> list[str]:
        """Let so much time pass; return the paths that the engine was told of then."""
        self.newsroom.clock.now_ms += after_ms
        before = len(self.receiver.requests)
        await self.indexnow.tick()
        bodies = [json.loads(request.body) for request in self.receiver.requests[before:]]
        return [url.removeprefix("https://kurier.example") for body in bodies for url in body["urlList"]]

    @property
    def queue(self) -> Together:
        """The queue, as another process has it."""
        places = KEYS.indexnow(SITE), KEYS.indexnow_state(SITE)
        return Together(self.newsroom.redis, *places, clock=self.newsroom.clock)

    async def waiting(self) -> int:
        return int(await self.newsroom.redis.zcard(KEYS.indexnow(SITE)))


@pytest.fixture
async def engine(redis, redis_config, tmp_path, clock):
    async with a_receiver() as receiver:
        site = a_site(indexnow=IndexNowConfig(key=KEY, endpoint=HttpUrl(receiver.url("/indexnow"))))
        config = LitfassConfig(
            redis=redis_config, pages=PagesConfig(store=f"file://{tmp_path}/site"), site={SITE: site}
        )
        metrics = FeedMetrics(CollectorRegistry())
        parts = Parts.of(config, FeedSettings(), client=redis, metrics=metrics, clock=clock)
        poster = Poster(timeout_s=5, is_private_allowed=True)
        teller = IndexNow(redis, parts.store, poster, parts.sites, shards=1, metrics=metrics, clock=clock)
        made = Engine(receiver, teller, Newsroom(redis, parts.lists, parts.reader, parts.articles, clock))
        receiver.answer = lambda _: made.status
        yield made


async def test_changes_of_ten_seconds_are_told_together_with_the_key_and_where_it_is(engine):
    await engine.newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2)))
    assert await engine.tell(after_ms=9_999) == []
    assert sorted(await engine.tell(after_ms=1)) == ["/stadt/neue-bruecke-1/", "/stadt/neue-bruecke-2/"]
    (request,) = engine.receiver.requests
    assert request.path == "/indexnow"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    body = json.loads(request.body)
    assert {name: body[name] for name in ("host", "key", "keyLocation")} == {
        "host": "kurier.example",
        "key": KEY,
        "keyLocation": f"https://kurier.example/{KEY}.txt",
    }
    assert await engine.waiting() == 0
    assert await engine.tell() == []


async def test_what_did_not_change_is_not_told(engine):
    await engine.newsroom.place(a_document())
    await engine.tell()
    await engine.newsroom.place(a_document(seq=2))
    assert await engine.tell() == []


async def test_what_only_stands_on_top_again_is_not_told(engine):
    await engine.newsroom.place(a_document())
    assert len(await engine.tell()) == 1
    now = moment(engine.newsroom.clock())
    (placed,) = await engine.newsroom.place(a_document(an_article(resurface_at=now), seq=2))
    assert placed.outcome == "listed"
    assert await engine.tell() == []


async def test_a_move_tells_of_the_old_address_too_and_a_later_edit_does_not(engine):
    await engine.newsroom.place(a_document(path=OLD, paths=(OLD,)))
    assert await engine.tell() == [OLD]
    await engine.newsroom.place(a_document(path=NEW, paths=(OLD, NEW), seq=2))
    assert sorted(await engine.tell()) == [OLD, NEW]
    await engine.newsroom.place(a_document(an_article(headline="Anders"), path=NEW, paths=(OLD, NEW), seq=3))
    assert await engine.tell() == [NEW]


@pytest.mark.parametrize("state", ["killed", "unpublished"])
async def test_what_was_taken_back_is_told_at_every_address_it_had(engine, state):
    await engine.newsroom.place(a_document(path=NEW, paths=(OLD, NEW)))
    await engine.tell()
    await engine.newsroom.place(a_tombstone(state=state, path=NEW, paths=(OLD, NEW), seq=2))
    assert sorted(await engine.tell()) == [OLD, NEW]


async def test_an_engine_that_is_down_is_told_later_and_less_and_less_often(engine):
    engine.status = 503
    await engine.newsroom.place(a_document())
    assert len(await engine.tell()) == 1
    for rest_s in (60, 300, 1_800, 7_200, 7_200):
        assert await engine.tell(after_ms=rest_s * 1_000 - 1) == []
        assert len(await engine.tell(after_ms=1)) == 1
    engine.status = 202
    assert len(await engine.tell(after_ms=7_200_000)) == 1
    assert await engine.waiting() == 0


async def test_an_engine_that_asks_for_a_pause_gets_it(engine):
    engine.status = b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\n\r\n"
    await engine.newsroom.place(a_document())
    await engine.tell()
    await engine.newsroom.place(a_document(an_article(number=2)))
    assert await engine.tell(after_ms=119_999) == []
    engine.status = 200
    assert len(await engine.tell(after_ms=1)) == 2


async def test_pages_that_are_refused_for_good_are_not_told_again(engine):
    engine.status = 422
    await engine.newsroom.place(a_document())
    await engine.tell()
    assert await engine.waiting() == 0


async def test_a_change_while_the_engine_is_told_is_told_again(engine):
    await engine.newsroom.place(a_document())
    engine.newsroom.clock.now_ms += 10_000
    handful = await engine.queue.take(10)
    assert handful.words == ("/stadt/neue-bruecke-1/",)
    await engine.newsroom.place(a_document(an_article(headline="Anders"), seq=2))
    await engine.queue.settle(handful, rest_s=0)
    assert await engine.tell() == ["/stadt/neue-bruecke-1/"]


async def test_a_process_that_dies_while_it_tells_loses_nothing(engine):
    await engine.newsroom.place(a_document())
    engine.newsroom.clock.now_ms += 10_000
    assert await engine.queue.take(10)
    assert await engine.tell(after_ms=0) == []
    assert await engine.tell(after_ms=LEASE_MS) == ["/stadt/neue-bruecke-1/"]


async def test_ten_thousand_go_in_one_request_and_the_rest_in_the_next(engine, monkeypatch):
    monkeypatch.setattr(indexnow, "MOST_URLS", 3)
    await engine.newsroom.place(*(a_document(an_article(number=number)) for number in range(1, 6)))
    assert [len(await engine.tell()), len(await engine.tell(after_ms=1_000))] == [3, 2]


async def test_the_key_is_served_and_lies_in_the_store(engine, tmp_path):
    await engine.indexnow.tick()
    assert (tmp_path / "site" / SITE / f"{KEY}.txt").read_text() == KEY
    transport = httpx.ASGITransport(app=Starlette(routes=engine.indexnow.routes))
    async with httpx.AsyncClient(transport=transport, base_url="https://kurier.example") as web:
        assert (await web.get(f"/{KEY}.txt")).text == KEY
        assert (await web.get("/robots.txt")).status_code == 404


async def test_a_site_without_a_key_queues_nothing(newsroom):
    await newsroom.place(a_document())
    assert await newsroom.redis.zcard(KEYS.indexnow(SITE)) == 0


async def test_an_engine_at_a_private_address_is_never_called(engine, redis, parts):
    guarded = Poster(timeout_s=5)
    answer = await guarded.post(engine.receiver.url(), b"{}", {})
    assert answer.fault.startswith("refused")
    assert engine.receiver.requests == []
    assert rest_after(answer, 0) == 60


@pytest.mark.parametrize("key", ["kurz", "mit leerzeichen", "a" * 129, "schlüssel-2026"])
def test_a_key_that_no_engine_takes_is_a_fault(key):
    with pytest.raises(ValidationError):
        IndexNowConfig(key=key)


@pytest.mark.parametrize(
    ("answer", "failures", "rest_s"),
    [
        (Answer(202), 3, 0),
        (Answer(403), 0, 3_600),
        (Answer(429, retry_after="5"), 0, 5),
        (Answer(429, retry_after="9999999"), 0, 86_400),
        (Answer(429, retry_after="Tue"), 0, 60),
        (Answer(301), 0, 60),
        (Answer(fault="no connection"), 1, 300),
    ],
)
def test_the_rest_follows_the_answer(answer, failures, rest_s):
    assert rest_after(answer, failures) == rest_s
