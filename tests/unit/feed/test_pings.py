"""Hubs of others are told which feeds changed, once their files are written: real queues, a receiver on loopback."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import feedparser
import pytest
from prometheus_client import CollectorRegistry
from pydantic import HttpUrl

from services.feed import pings
from services.feed.metrics import FeedMetrics
from services.feed.outbound.posting import Answer, Poster
from services.feed.outbound.together import LEASE_MS
from services.feed.parts import Parts
from services.feed.pings import APART_MS, Pinging, rest_after
from services.feed.settings import FeedSettings
from shared.contracts.config import LitfassConfig, PagesConfig
from shared.contracts.feeds import WebSubConfig
from shared.contracts.lists import ListName, section, tag
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import SITE, a_document, a_site, a_tombstone, an_article
from tests.support.lists import KEYS, Newsroom
from tests.support.receiver import Received, a_receiver

RECENT, STADT = ListName("recent"), section("stadt")


@dataclass
class Hub:
    """A hub of others, which fetches what it is told of while it is told, and the newsroom that tells it."""

    folder: Path
    url: str = ""
    status: int | bytes = 204
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    fetched: list[bytes] = field(default_factory=list)
    newsroom: Newsroom = field(init=False)
    parts: Parts = field(init=False)
    pinging: Pinging = field(init=False)

    def answer(self, request: Received) -> int | bytes:
        form = parse_qs(request.body.decode())
        self.asked.append(form)
        self.fetched += [
            (self.folder / url.removeprefix("https://kurier.example/")).read_bytes() for url in form["hub.url"]
        ]
        return self.status

    async def publish(self, number: int, *names: ListName, headline: str = "Neue Brücke", seq: int = 1) -> None:
        await self.newsroom.place(a_document(an_article(number=number, headline=headline), seq=seq))
        await self.parts.files.write(SITE, names or [RECENT], at_once=True)

    async def tell(self, *, after_ms: int = APART_MS) -> list[str]:
        """Let so much time pass; return the paths of the feeds that the hub was told of then."""
        self.newsroom.clock.now_ms += after_ms
        before = len(self.asked)
        await self.pinging.tell(SITE, self.url)
        urls = [url for form in self.asked[before:] for url in form["hub.url"]]
        return sorted(url.removeprefix("https://kurier.example") for url in urls)


@pytest.fixture
async def hub(redis, redis_config, tmp_path, clock):
    one = Hub(tmp_path / "site" / SITE)
    async with a_receiver(one.answer) as receiver:
        one.url = receiver.url("/hub")
        site = a_site(websub=WebSubConfig(hubs=(HttpUrl(one.url),)))
        store = PagesConfig(store=f"file://{tmp_path}/site")
        config = LitfassConfig(redis=redis_config, pages=store, site={SITE: site})
        metrics = FeedMetrics(CollectorRegistry())
        one.parts = parts = Parts.of(config, FeedSettings(), client=redis, metrics=metrics, clock=clock)
        poster = Poster(timeout_s=5, is_private_allowed=True)
        one.pinging = Pinging(parts.pings, poster, parts.sites, metrics=metrics, is_private_allowed=True)
        one.newsroom = Newsroom(redis, parts.lists, parts.reader, parts.articles, clock)
        yield one


async def test_a_hub_is_told_of_a_feed_in_every_format_and_finds_it_as_it_is_now(hub):
    await hub.publish(1, headline="Ein Dach für den Markt")
    assert await hub.tell(after_ms=APART_MS - 1) == []
    assert await hub.tell(after_ms=1) == ["/feed.atom", "/feed.json", "/feed.xml"]
    (asked,) = hub.asked
    assert asked["hub.mode"] == ["publish"]
    assert asked["hub.topic"] == asked["hub.url"]
    assert all("Ein Dach für den Markt".encode() in document for document in hub.fetched)
    assert await hub.tell() == []


async def test_feeds_name_the_hub_beside_ours_or_instead_of_it(hub, redis, clock):
    for own_hub in (True, False):
        site = a_site(websub=WebSubConfig(hubs=(HttpUrl("https://hub.example/"),), own_hub=own_hub))
        config = LitfassConfig(site={SITE: site}, pages=PagesConfig(store="memory://"))
        parts = Parts.of(config, FeedSettings(), client=redis, metrics=hub.parts.metrics, clock=clock)
        documents = await parts.composers[SITE].documents(RECENT)
        named = ["https://kurier.example/hub"] * own_hub + ["https://hub.example/"]
        for form in ("xml", "atom"):
            links = feedparser.parse(documents[form]).feed.links
            assert [link.href for link in links if link.rel == "hub"] == named
        assert documents["json"].count(b'"WebSub"') == len(named)


async def test_a_feed_that_was_written_anew_and_is_the_same_is_not_told(hub):
    await hub.publish(1)
    await hub.tell()
    await hub.parts.files.write(SITE, [RECENT], at_once=True)
    assert await hub.tell() == []


async def test_a_process_that_dies_between_writing_and_queueing_queues_when_it_writes_again(hub, monkeypatch):
    async def dies(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(hub.parts.pings, "written", dies)
        with pytest.raises(ConnectionError):
            await hub.publish(1)
    await hub.parts.files.write(SITE, [RECENT], at_once=True)
    assert len(await hub.tell()) == 3


async def test_a_process_that_dies_while_it_tells_loses_nothing(hub):
    await hub.publish(1)
    hub.newsroom.clock.now_ms += APART_MS
    assert await hub.parts.pings.queue(SITE, hub.url).take(10)
    assert await hub.tell(after_ms=0) == []
    assert len(await hub.tell(after_ms=LEASE_MS)) == 3


async def test_many_feeds_go_in_requests_of_ten(hub):
    await hub.publish(1, RECENT, STADT, ListName("events"), ListName("corrections"))
    assert len(await hub.tell()) == 10
    assert len(await hub.tell(after_ms=0)) == 2


async def test_a_hub_that_is_down_is_told_later_and_less_and_less_often_and_each_feed_once(hub):
    hub.status = 503
    await hub.publish(1)
    assert len(await hub.tell()) == 3
    for rest_s in (*pings.SCHEDULE_S, pings.SCHEDULE_S[-1]):
        await hub.publish(1, headline=f"Nach {rest_s}", seq=hub.newsroom.clock())
        assert await hub.tell(after_ms=rest_s * 1_000 - 1) == []
        assert len(await hub.tell(after_ms=1)) == 3
    hub.status = 200
    assert len(await hub.tell(after_ms=pings.SCHEDULE_S[-1] * 1_000)) == 3
    assert await hub.tell() == []


async def test_a_feed_that_is_no_more_is_forgotten_also_in_what_waits(hub, redis):
    await hub.publish(1, RECENT, tag("bruecke"))
    assert b"/tag/bruecke/feed.xml" in await redis.hkeys(KEYS.pinged(SITE))
    await hub.newsroom.place(a_tombstone(an_article(number=1), seq=2))
    await hub.parts.files.write(SITE, [tag("bruecke")], at_once=True)
    assert not [path for path in await redis.hkeys(KEYS.pinged(SITE)) if b"bruecke" in path]
    assert await hub.tell() == ["/feed.atom", "/feed.json", "/feed.xml"]


async def test_a_site_without_hubs_of_others_queues_nothing(newsroom, parts, redis):
    await newsroom.place(a_document())
    await parts.files.write(SITE, [RECENT], at_once=True)
    assert await redis.keys("*ping*") == []


async def test_a_hub_that_leads_inside_is_never_called(hub):
    guarded = Pinging(
        hub.parts.pings, Poster(timeout_s=5), hub.parts.sites, metrics=hub.parts.metrics, is_private_allowed=True
    )
    await hub.publish(1)
    hub.newsroom.clock.now_ms += APART_MS
    await guarded.tell(SITE, hub.url)
    assert hub.asked == []
    assert len(await hub.tell(after_ms=pings.SCHEDULE_S[0] * 1_000)) == 3


def test_a_hub_without_https_stops_the_start(hub):
    with pytest.raises(ConfigurationFault, match=r"site\.kurier\.websub\.hubs: http://127.0.0.1"):
        Pinging(hub.parts.pings, Poster(timeout_s=5), hub.parts.sites, metrics=hub.parts.metrics)


@pytest.mark.parametrize(
    ("answer", "failures", "rest_s"),
    [
        (Answer(204), 3, 0),
        (Answer(400), 0, 0),
        (Answer(404), 0, 0),
        (Answer(408), 0, 10),
        (Answer(429, retry_after="5"), 0, 5),
        (Answer(503, retry_after="9999999"), 0, 86_400),
        (Answer(302), 0, 10),
        (Answer(fault="no connection"), 1, 60),
        (Answer(500), 99, 7_200),
    ],
)
def test_the_rest_follows_the_answer(answer, failures, rest_s):
    assert rest_after(answer, failures) == rest_s
