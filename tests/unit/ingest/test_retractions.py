"""What was killed is proved to be gone, once, by looking at it as readers do."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from structlog.testing import capture_logs

from services.ingest.accept import article_id_of
from services.ingest.metrics import IngestMetrics
from services.ingest.retractions import LONGEST_PAUSE_MS, Prover, Retractions
from shared.contracts import SourceName
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from shared.runtime.articles import Articles
from tests.support.articles import SITE, a_site
from tests.support.candidates import KEYS, A, B, a_candidate
from tests.support.cms import a_delivery
from tests.support.ingest import AT, Ingest
from tests.support.lists import SetClock
from tests.support.readers import Pages

PAGE = "/stadt/markt/"


@pytest.fixture
def pages() -> Iterator[Pages]:
    pages = Pages()
    pages.start()
    yield pages
    pages.stop()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def articles(redis: Redis, clock: SetClock) -> Articles:
    return Articles(redis, shards=1, clock=clock)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def retractions(redis: Redis, redis_config: RedisConfig, pages: Pages, clock: SetClock) -> Retractions:
    config = LitfassConfig(redis=redis_config, pages=PagesConfig(edge=pages.url), site={SITE: a_site()})
    return Retractions(redis, config, clock=clock)


@pytest.fixture
def prover(retractions: Retractions, registry: CollectorRegistry, clock: SetClock) -> Prover:
    return Prover(retractions, IngestMetrics(registry), clock=clock)


def proved(registry: CollectorRegistry) -> float:
    return registry.get_sample_value("litfass_ingest_retraction_complete_seconds_count") or 0


async def kill(articles: Articles) -> None:
    await articles.accept(a_candidate(number=1))
    await articles.accept(a_candidate(number=2, verb="killed"))


async def test_a_kill_is_open_until_nobody_finds_it_any_more(articles, prover, pages, clock, registry, redis):
    pages.pages[PAGE] = (200, b"<h1>Der Markt</h1>")
    await kill(articles)
    since_ms = clock()
    assert await prover.tick() is not None, "it wants to look again"
    assert proved(registry) == 0

    pages.pages[PAGE] = (410, "Zurückgezogen".encode())
    pages.pages["/tag/markt/2026/11/"] = (200, b'<a href="/stadt/markt/">Der Markt</a>')
    clock.now_ms += 1_000
    await prover.tick()
    assert proved(registry) == 0, "an old month of a tag still leads to it"

    pages.pages["/tag/markt/2026/11/"] = (404, b"")
    clock.now_ms += 1_000
    assert await prover.tick() is None
    assert registry.get_sample_value("litfass_ingest_retraction_complete_seconds_sum") == 2.0
    assert await redis.exists(KEYS.retractions()) == 0
    assert await redis.hget(KEYS.article(A), "lists") is None, "where it was is forgotten"
    step = (await articles.timeline(SITE, A))[-1]
    assert (step["what"], int(step["at_ms"]) - int(step["received_ms"])) == ("proved", 2_000)
    assert int(step["received_ms"]) == since_ms
    assert all(host == "kurier.example" for host, _ in pages.asked), "the edge chooses the site by it"


async def test_two_processes_prove_it_once(articles, retractions, pages, clock):
    pages.pages[PAGE] = (410, b"")
    await kill(articles)
    (retraction,) = await retractions.open()
    proof = await retractions.look(retraction)
    assert proof.left == ()
    assert [await retractions.settle(retraction, proof) for _ in range(2)] == [True, False]


async def test_an_edge_that_does_not_answer_proves_nothing_and_is_asked_less_and_less(
    articles, prover, pages, clock, registry
):
    await kill(articles)
    pages.stop()
    pauses = []
    with capture_logs() as logs:
        for _ in range(12):
            next_ms = await prover.tick()
            assert next_ms is not None
            pauses.append(next_ms - clock())
            clock.now_ms = next_ms
    assert pauses[:3] == [100, 200, 400]
    assert pauses[-1] == LONGEST_PAUSE_MS
    assert proved(registry) == 0
    assert {entry["event"] for entry in logs} == {"retraction.delayed"}
    assert "does not answer" in logs[0]["first"][0]


async def test_a_kill_that_is_lifted_needs_no_proof(articles, retractions, prover, registry):
    await kill(articles)
    await articles.release(SITE, A)
    assert await retractions.open() == []
    await articles.accept(a_candidate(B, verb="killed", number=1))
    await articles.accept(a_candidate(B, number=2, slug="b", republish=True))
    assert await retractions.open() == []
    assert await prover.tick() is None
    assert proved(registry) == 0


async def test_what_was_refused_of_it_is_forgotten_whoever_killed_it_and_by_whichever_item(
    redis, redis_config, articles, prover, clock
):
    ingest = Ingest(redis, redis_config)
    elder, younger = (article_id_of(SITE, SourceName("cms"), id_) for id_ in ("4711", "4712"))
    for id_ in ("4711", "4712", "5"):
        await ingest.send(a_delivery("published", {"id": id_}, at=AT), message_id=id_)
    first = replace(a_candidate(elder), source=SourceName("cms"))
    await articles.accept(first)
    await articles.accept(replace(a_candidate(younger, slug="neu", parent=elder), source=SourceName("cms")))
    assert await redis.hlen(KEYS.rejected("cms", "proved")) == 3
    await articles.accept(replace(a_candidate(younger, 2, verb="killed"), source=SourceName("cms")))
    await prover.tick()
    assert await redis.hlen(KEYS.rejected("cms", "proved")) == 1, "another article's stays"
    await ingest.http.aclose()


async def test_only_its_turn_is_looked_at(articles, prover, pages, clock):
    await kill(articles)
    await prover.tick()
    asked = len(pages.asked)
    await prover.tick()
    assert len(pages.asked) == asked
    clock.now_ms += 100
    await prover.tick()
    assert len(pages.asked) > asked
