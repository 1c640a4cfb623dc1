"""How many requests a minute: each token and each address has a bucket of its own."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.feed import limits
from services.feed.limits import Limits
from services.feed.subscribers.registry import Registry
from shared.contracts.config import RedisConfig
from shared.contracts.subscribers import Wanted
from shared.runtime.broker import closing, connect
from tests.support.lists import KEYS

PROXY = "10.0.0.1"


async def here(_):
    return PlainTextResponse("hier")


@pytest.fixture
def registry(redis, clock) -> Registry:  # type: ignore[override]
    return Registry(redis, [KEYS], clock=clock)


@pytest.fixture
def web_of(registry, clock) -> Callable[..., httpx.AsyncClient]:
    def make(peer: str = "203.0.113.7", *, per_token: int = 5, per_address: int = 3, who=registry) -> httpx.AsyncClient:
        trusted = (ip_network("10.0.0.0/8"),)
        counted = Limits(who, per_token=per_token, per_address=per_address, trusted=trusted, clock=clock)
        route = counted.limited(Route("/", here, methods=["GET", "OPTIONS"]))
        transport = httpx.ASGITransport(app=Starlette(routes=[route]), client=(peer, 1234))
        return httpx.AsyncClient(transport=transport, base_url="http://kurier.example")

    return make


@pytest.fixture
async def web(web_of) -> AsyncIterator[httpx.AsyncClient]:
    async with web_of() as client:
        yield client


async def statuses(web: httpx.AsyncClient, count: int, **headers: str) -> list[int]:
    return [(await web.get("/", headers=headers)).status_code for _ in range(count)]


async def test_who_asks_too_often_is_told_when_to_come_back_and_may_then(web, clock):
    assert await statuses(web, 3) == [200, 200, 200]
    refused = await web.get("/")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "20"
    assert "3 times a minute" in refused.json()["detail"]
    clock.now_ms += 19_000
    assert await statuses(web, 1) == [429]
    clock.now_ms += 1_000
    assert await statuses(web, 2) == [200, 429]


async def test_every_answer_says_how_much_is_left(web):
    first = await web.get("/")
    assert first.headers["ratelimit-policy"] == '"address";q=3;w=60'
    assert first.headers["ratelimit"] == '"address";r=2;t=20'
    await statuses(web, 2)
    assert (await web.get("/")).headers["ratelimit"] == '"address";r=0;t=60'


async def test_each_address_has_its_own_and_a_home_of_ipv6_has_one(web_of):
    async with web_of(PROXY) as web:
        assert await statuses(web, 4, **{"x-forwarded-for": "198.51.100.1"}) == [200, 200, 200, 429]
        assert await statuses(web, 1, **{"x-forwarded-for": "198.51.100.2"}) == [200]
        homes = [{"x-forwarded-for": f"2001:db8:1:2::{n}"} for n in range(1, 5)]
        assert [(await web.get("/", headers=headers)).status_code for headers in homes] == [200, 200, 200, 429]
        assert await statuses(web, 1, **{"x-forwarded-for": "2001:db8:1:3::1"}) == [200]


async def test_nobody_changes_their_address_by_saying_so(web):
    claims = [{"x-forwarded-for": f"198.51.100.{n}"} for n in range(1, 5)]
    assert [(await web.get("/", headers=headers)).status_code for headers in claims] == [200, 200, 200, 429]


async def test_a_proxy_that_does_not_say_for_whom_it_asks_is_not_limited(web_of):
    async with web_of(PROXY) as web:
        assert await statuses(web, 6) == [200] * 6


async def test_a_subscriber_has_a_bucket_wherever_it_asks_from_and_its_neighbours_theirs(web, registry):
    _, token = await registry.add("dpa", wanted=Wanted())
    answer = await web.get("/", headers={"authorization": f"Bearer {token}"})
    assert answer.headers["ratelimit-policy"] == '"token";q=5;w=60'
    _, second = await registry.rotate("dpa", grace_ms=60_000)
    assert await statuses(web, 5, authorization=f"Bearer {second}") == [200, 200, 200, 200, 429]
    assert await statuses(web, 3) == [200, 200, 200]


async def test_a_token_that_nobody_has_counts_as_its_address(web):
    guesses = [{"authorization": f"Bearer lf_{n}"} for n in range(4)]
    assert [(await web.get("/", headers=headers)).status_code for headers in guesses] == [200, 200, 200, 429]


async def test_a_question_whether_one_may_ask_is_free(web):
    assert [(await web.options("/")).status_code for _ in range(5)] == [200] * 5
    assert await statuses(web, 3) == [200, 200, 200]


async def test_no_limit_is_a_limit_of_nothing(web_of):
    async with web_of(per_address=0) as web:
        answer = await web.get("/")
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


async def test_when_redis_is_away_the_address_counts_and_what_is_behind_says_so(web_of, tmp_path, clock):
    nobody = connect(RedisConfig(url=f"unix://{tmp_path}/nobody.sock"))
    async with closing(nobody), web_of(who=Registry(nobody, [KEYS], clock=clock)) as web:
        answer = await web.get("/", headers={"authorization": "Bearer lf_x"})
        assert answer.headers["ratelimit-policy"].startswith('"address"')


async def test_a_crowd_of_addresses_takes_bounded_room(web_of, monkeypatch):
    monkeypatch.setattr(limits, "KEPT", 2)
    async with web_of(PROXY) as web:
        assert await statuses(web, 3, **{"x-forwarded-for": "198.51.100.1"}) == [200, 200, 200]
        for n in (2, 3):
            await statuses(web, 1, **{"x-forwarded-for": f"198.51.100.{n}"})
        assert await statuses(web, 1, **{"x-forwarded-for": "198.51.100.1"}) == [200]  # forgotten, and full again
