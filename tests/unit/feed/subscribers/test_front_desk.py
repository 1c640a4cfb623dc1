"""The subscribers by HTTP: for who has the admin token, and nobody else."""

from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis
from starlette.applications import Starlette

from services.feed.subscribers import lanes
from services.feed.subscribers.front_desk import FrontDesk
from tests.support.articles import an_article
from tests.support.lists import KEYS

TOKEN = "der-schluessel-der-redaktion"
ALL, ONE = "/admin/subscribers", "/admin/subscribers/dpa"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


def desk_of(office, parts, *, token: str = TOKEN, key: str = TOKEN) -> httpx.AsyncClient:
    desk = FrontDesk(office.desk.registry, office.desk.access, parts.sites, admin_token=token)
    transport = httpx.ASGITransport(app=Starlette(routes=desk.routes))
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(transport=transport, base_url="http://feed.example", headers=headers)


@pytest.fixture
async def house(office, parts) -> AsyncIterator[httpx.AsyncClient]:
    async with desk_of(office, parts) as client:
        yield client


async def pulled(web: httpx.AsyncClient, token: str) -> list[str]:
    answer = await web.get("/api/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return [item["type"] for item in answer.json()["items"]]


async def test_who_is_added_gets_what_it_wants_with_the_token_that_is_told_once(house, web, office):
    answer = await house.post(ALL, json={"name": "dpa", "wanted": {"sections": ["sport"]}, "content": "summary"})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    await office.newsroom.accept(an_article(number=1, section="stadt"))
    await office.newsroom.accept(an_article(number=2, section="sport"))
    await office.fanout.round()
    assert await office.told("dpa") == ["published 2"]
    assert await pulled(web, token) == ["article.published"]
    for shown in ((await house.get(ONE)).json(), *(await house.get(ALL)).json()["items"]):
        assert (shown["name"], shown["wanted"]["sections"]) == ("dpa", ["sport"])
        assert not {"token", "signing_key"} & set(shown)


async def test_trust_with_what_is_embargoed_is_given_and_taken_here_and_not_by_the_subscriber(
    house, web, office, clock
):
    token = (await house.post(ALL, json={"name": "dpa", "manage": True})).json()["token"]
    own = await web.put(f"{ONE}/embargoed", json={"embargoed": True}, headers={"Authorization": f"Bearer {token}"})
    assert own.status_code == 404, "only the newsroom's own address has it"
    assert (await house.put(f"{ONE}/embargoed", json={"embargoed": True})).json()["embargoed"] is True
    await office.newsroom.accept(an_article(number=1), public_ms=clock() + 1_000)
    await office.fanout.round()
    assert await pulled(web, token) == ["article.embargoed"]
    assert (await house.put(f"{ONE}/embargoed", json={"embargoed": False})).json()["embargoed"] is False
    assert await pulled(web, token) == []
    assert (await house.post(ALL, json={"name": "agency", "embargoed": True})).json()["embargoed"] is True


async def test_rotating_pausing_and_removing_reach_the_subscriber(house, web):
    old = (await house.post(ALL, json={"name": "dpa"})).json()["token"]
    new = (await house.post(f"{ONE}/token")).json()["token"]
    for token in (old, new):
        assert await pulled(web, token) == []
    assert (await house.put(f"{ONE}/paused", json={"paused": True})).json()["is_paused"] is True
    header = {"Authorization": f"Bearer {new}"}
    assert (await web.get("/api/v1/events", headers=header)).status_code == 403
    assert (await house.put(f"{ONE}/paused", json={"paused": False})).status_code == 200
    assert await pulled(web, new) == []
    assert (await house.delete(ONE)).status_code == 204
    assert (await web.get("/api/v1/events", headers=header)).status_code == 401
    assert (await house.get(ONE)).status_code == 404
    assert (await house.delete(ONE)).status_code == 404


async def test_one_who_reads_redis_has_its_user_and_group_at_once_and_no_longer_than_it_is_here(
    house, office, redis, redis_config
):
    added = (await house.post(ALL, json={"name": "dpa", "direct": True})).json()
    await office.newsroom.accept(an_article())
    await office.fanout.round()
    async with Redis.from_url(
        redis_config.url, username=added["redis_user"], password=added["token"], protocol=2
    ) as user:
        assert await user.xreadgroup(added["group"], "one", {KEYS.out("dpa"): ">"})
    assert (await house.delete(ONE)).status_code == 204
    assert await redis.execute_command("ACL", "GETUSER", added["redis_user"]) is None
    assert await redis.exists(KEYS.out("dpa")) == 0


@pytest.mark.parametrize(("token", "key"), [(TOKEN, "falsch"), (TOKEN, ""), ("", ""), ("", TOKEN)])
async def test_nobody_else_may(office, parts, token, key):
    await office.add("dpa")
    async with desk_of(office, parts, token=token, key=key) as web:
        answers = [
            await web.get(ALL),
            await web.post(ALL, json={"name": "apa"}),
            await web.get(ONE),
            await web.delete(ONE),
            await web.post(f"{ONE}/token"),
            await web.put(f"{ONE}/paused", json={"paused": True}),
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert [(one.name, one.is_paused) for one in await office.desk.registry.all()] == [("dpa", False)]


async def test_a_subscriber_s_own_token_opens_nothing_here(house, office, parts):
    token = (await house.post(ALL, json={"name": "dpa", "manage": True})).json()["token"]
    async with desk_of(office, parts, key=token) as web:
        assert (await web.get(ALL)).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({"name": "Groß"}, 422, "name"),
        ({}, 422, "name"),
        ({"name": "apa", "wanted": {"sites": ["anderswo"]}}, 422, "anderswo"),
        ({"name": "apa", "wanted": {"farbe": ["rot"]}}, 422, "wanted.farbe"),
        ({"name": "apa", "content": "alles"}, 422, "content"),
        ({"name": "dpa"}, 409, "already"),
        ({"name": "apa", "wanted": {"tags": ["x" * 9_000]}}, 413, "8192"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(house, office, body, status, why):
    await office.add("dpa")
    answer = await house.post(ALL, json=body)
    assert (answer.status_code, why in answer.json()["detail"]) == (status, True), answer.text
    assert [one.name for one in await office.desk.registry.all()] == ["dpa"]
