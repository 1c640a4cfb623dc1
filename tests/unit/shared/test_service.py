"""What every service answers beside its own routes."""

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.broker import connect
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.service import asgi
from tests.support.articles import a_site

AWAY = RedisConfig(url="redis://127.0.0.1:1/0")  # nobody listens there
TOKEN = "token-of-the-night-shift"


class Desk:
    """A service with nothing of its own."""

    name = "desk"
    routes: Sequence[BaseRoute] = ()

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def faults(self) -> list[str]:
        return self.ended


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def ask(desk, redis_config, request) -> AsyncIterator[httpx.AsyncClient]:
    redis = getattr(request, "param", None) or redis_config
    config = LitfassConfig(redis=redis, site={"kurier": a_site()})
    registry, client = CollectorRegistry(), connect(config.redis)
    app = asgi(
        [desk], config=config, client=client, articles=Articles(client, shards=1), registry=registry,
        metrics=DeliveryMetrics(registry), admin_token=TOKEN,
    )  # fmt: skip
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as http:
        yield http
    await client.aclose()


async def test_metrics_say_that_redis_is_there(ask):
    answer = await ask.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "litfass_redis_up 1.0" in answer.text.splitlines()


@pytest.mark.parametrize("ask", [AWAY], indirect=True)
async def test_metrics_say_that_redis_is_away_and_all_the_rest(ask):
    lines = (await ask.get("/metrics")).text.splitlines()
    assert "litfass_redis_up 0.0" in lines
    assert "litfass_delivery_dead_letters 0.0" in lines


@pytest.mark.parametrize("ask", [AWAY], indirect=True)
async def test_a_service_without_redis_is_ready_and_alive_since_it_can_answer(ask):
    assert (await ask.get("/health/ready")).json() == {"status": "ready", "services": ["desk"]}
    assert (await ask.get("/health/live")).status_code == 200


async def test_a_service_that_ended_for_good_is_not_alive_and_says_what_ended(ask, desk):
    desk.ended = ["read articles: ended by KeyError('x')"]
    answer = await ask.get("/health/live")
    assert answer.status_code == 503
    assert answer.json() == {"status": "dead", "faults": ["desk: read articles: ended by KeyError('x')"]}


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer other"}, {"authorization": "Bearer "}])
async def test_nobody_sees_the_timeline_without_the_token(ask, headers):
    answer = await ask.get("/admin/timeline/kurier/a1", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_the_timeline_of_an_article_that_nobody_knows_is_empty_and_of_an_unknown_site_is_a_fault(ask):
    headers = {"authorization": f"Bearer {TOKEN}"}
    assert (await ask.get("/admin/timeline/kurier/a1", headers=headers)).json()["steps"] == []
    answer = await ask.get("/admin/timeline/bote/a1", headers=headers)
    assert (answer.status_code, "bote" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("ask", [AWAY], indirect=True)
async def test_a_timeline_that_cannot_be_read_says_that_redis_is_away(ask):
    answer = await ask.get("/admin/timeline/kurier/a1", headers={"authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["title"]) == (503, "Redis is away")
