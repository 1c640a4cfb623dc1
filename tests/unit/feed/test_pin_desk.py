"""Pins by HTTP: for who has the admin token, and nobody else."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from services.feed.pin_desk import PinDesk
from services.feed.pins import Pin
from shared.contracts import lists
from shared.runtime.clock import moment
from tests.support.articles import SITE, an_article, an_id

TOKEN = "der-schluessel-der-redaktion"
ONE = f"/admin/pins/{SITE}/{an_id(1)}"


def desk_of(parts, clock, *, token: str = TOKEN, key: str = TOKEN) -> httpx.AsyncClient:
    desk = PinDesk(parts.pins, parts.resurfacing, parts.sites, admin_token=token, clock=clock)
    transport = httpx.ASGITransport(app=Starlette(routes=desk.routes))
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(transport=transport, base_url="http://feed.example", headers=headers)


@pytest.fixture
async def web(parts, clock) -> AsyncIterator[httpx.AsyncClient]:
    async with desk_of(parts, clock) as client:
        yield client


async def test_a_pin_is_set_shown_and_taken_away(newsroom, web):
    await newsroom.accept(an_article())
    wish = {"list": "section:sport", "position": 2, "until": "2026-12-24T18:00:00+01:00"}
    answer = await web.put(ONE, json=wish)
    pin = {"article_id": an_id(1), "list": "section:sport", "position": 2, "from": None, "shown": True}
    assert (answer.status_code, answer.json()) == (200, pin | {"until": "2026-12-24T17:00:00+00:00"})
    assert (await web.get(f"/admin/pins/{SITE}")).json()["items"] == [answer.json()]
    assert (await web.delete(ONE, params={"list": "recent"})).status_code == 404
    assert (await web.delete(ONE)).status_code == 204
    assert (await web.get(f"/admin/pins/{SITE}")).json() == {"items": []}


async def test_without_a_word_the_article_leads_the_front_page_at_once(newsroom, web, parts):
    await newsroom.accept(an_article())
    assert (await web.put(ONE)).status_code == 200
    assert await parts.pins.all(SITE) == [Pin(an_id(1), lists.RECENT, 1)]


async def test_an_article_resurfaces_now_or_later_or_no_more(newsroom, web, clock):
    lift = f"/admin/resurfaced/{SITE}/{an_id(1)}"
    assert (await web.put(lift)).status_code == 422, "it is not there yet"
    await newsroom.accept(an_article())
    at = {"at": "2026-12-24T18:00:00+01:00"}
    assert (await web.put(lift, json=at)).json() == {"article_id": an_id(1), "at": "2026-12-24T17:00:00+00:00"}
    assert (await web.put(lift)).json()["at"] == moment(clock()).isoformat(timespec="seconds")
    assert (await web.put(lift, json={"at": "bald"})).status_code == 422
    assert [(await web.delete(lift)).status_code for _ in range(2)] == [204, 404]
    assert (await web.put(lift, headers={"Authorization": "Bearer falsch"})).status_code == 401


@pytest.mark.parametrize(("token", "key"), [(TOKEN, "falsch"), (TOKEN, ""), ("", ""), ("", TOKEN)])
async def test_nobody_else_may(parts, clock, newsroom, token, key):
    await newsroom.accept(an_article())
    async with desk_of(parts, clock, token=token, key=key) as web:
        answers = [await web.put(ONE), await web.delete(ONE), await web.get(f"/admin/pins/{SITE}")]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert await parts.pins.all(SITE) == []


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ('{"place": 1}', "place"),
        ('{"position": 0}', "position"),
        ('{"from": "2026-12-24T18:00:00"}', "from"),
        ("[]", "the body"),
        ("{", "the body"),
        ('{"list": "events"}', "Nothing can be pinned to 'events'"),
    ],
)
async def test_what_is_no_pin_is_refused_with_the_field_at_fault(newsroom, web, wish, why):
    await newsroom.accept(an_article())
    answer = await web.put(ONE, content=wish)
    assert (answer.status_code, why in answer.json()["detail"]) == (422, True)


async def test_an_unknown_article_or_site_is_said_to_be_so(web):
    assert "is not known" in (await web.put(ONE)).json()["detail"]
    assert (await web.get("/admin/pins/bote")).status_code == 404
