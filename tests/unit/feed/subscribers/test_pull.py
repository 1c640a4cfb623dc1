"""GET /api/v1/events, through ASGI, over a real Valkey."""

import asyncio
import json
from pathlib import Path

import httpx
import jsonschema
import pytest
from prometheus_client import CollectorRegistry

from services.feed.subscribers import lanes, places
from services.feed.subscribers.places import Place
from shared.contracts.jsonschema import FOLDER
from shared.contracts.subscribers import Wanted
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.trim import trim
from tests.support.articles import an_article
from tests.support.lists import KEYS

EVENTS = "/api/v1/events"
SCHEMA = json.loads((Path(FOLDER) / "article-event.json").read_text())


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(lanes, "BLOCK_MS", 1)


@pytest.fixture
async def token(office) -> str:
    _, token = await office.add("dpa")
    return token


async def get(web: httpx.AsyncClient, token: str, **params: object) -> httpx.Response:
    return await web.get(EVENTS, params=params, headers={"Authorization": f"Bearer {token}"})


async def page(web: httpx.AsyncClient, token: str, **params: object) -> dict:
    answer = await get(web, token, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def publish(office, *articles, **how) -> None:
    for article in articles:
        office.newsroom.clock.now_ms += 1
        await office.newsroom.accept(article, **how)
    await office.fanout.round()


def types(body: dict) -> list[str]:
    return [f"{event['type']} {int(event['subject'][1:], 16)}" for event in body["items"]]


def assert_problem(answer: httpx.Response, status: int, detail: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


async def test_a_partner_gets_every_verb_as_a_cloud_event_that_the_schema_allows(office, web, token):
    await publish(office, an_article(number=1), an_article(number=2))
    await publish(office, an_article(headline="Neu"), number=10)
    await publish(office, an_article(number=2), verb="unpublished", number=11)
    await publish(office, an_article(number=1), verb="killed", number=12, note="Falsch.")
    await publish(office, an_article(number=3))
    body = await page(web, token)
    assert types(body) == ["article.published 2", "article.unpublished 2", "article.killed 1", "article.published 3"]
    for event in body["items"]:
        jsonschema.validate(event, SCHEMA)
    killed = body["items"][2]
    assert killed["data"]["reason"] == "Falsch."
    assert killed["data"]["url"] == "https://kurier.example/stadt/neue-bruecke-1/"
    last = body["items"][3]
    assert last["source"] == "https://kurier.example"
    assert last["data"]["url"] == "https://kurier.example/stadt/neue-bruecke-3/"
    assert last["data"]["article"]["headline"] == an_article(number=3).headline
    assert last["data"]["article"]["body"]


async def test_following_next_gives_every_event_once(office, web, token):
    await publish(office, *(an_article(number=number) for number in range(1, 8)))
    seen, after = [], ""
    while True:
        body = await page(web, token, after=after, limit=3)
        seen += types(body)
        after = body["next"]
        if not body["items"]:
            break
    assert seen == [f"article.published {number}" for number in range(1, 8)]
    await publish(office, an_article(number=8))
    assert types(await page(web, token, after=after)) == ["article.published 8"]


async def test_a_page_of_very_long_articles_ends_early_and_goes_on(office, web, token, monkeypatch):
    monkeypatch.setattr("services.feed.subscribers.reading.HANDFUL", 2)
    monkeypatch.setattr("services.feed.subscribers.reading.PAGE_BYTES", 1_000)
    await publish(office, *(an_article(number=number) for number in range(1, 6)))
    first = await page(web, token)
    second = await page(web, token, after=first["next"])
    third = await page(web, token, after=second["next"])
    seen = types(first) + types(second) + types(third)
    assert len(first["items"]) == 2
    assert seen == [f"article.published {number}" for number in range(1, 6)]


async def test_an_event_that_cannot_be_read_any_more_is_passed_over(office, web, token):
    await publish(office, an_article(number=1), an_article(number=2))
    first = (await office.stream("dpa"))[0]
    await office.redis.hset(KEYS.payloads(first.article_id), first.event_id, b"published\n/a/\n1\nno article")
    assert types(await page(web, token)) == ["article.published 2"]


async def test_after_now_begins_with_the_next_event(office, web, token):
    await publish(office, an_article(number=1))
    now = await page(web, token, after="now")
    assert now["items"] == []
    await publish(office, an_article(number=2))
    assert types(await page(web, token, after=now["next"])) == ["article.published 2"]


async def test_what_was_killed_is_not_in_what_comes_before_the_kill(office, web, token):
    await publish(office, an_article(headline="Streng geheim"))
    await publish(office, an_article(headline="Noch geheimer"), number=5)
    await publish(office, an_article(), verb="killed", number=9)
    answer = await get(web, token)
    assert types(answer.json()) == ["article.killed 1"]
    assert "geheim" not in answer.text


async def test_a_summary_has_no_text(office, web):
    _, token = await office.desk.registry.add("kurz", wanted=Wanted(), content="summary")
    await publish(office, an_article())
    (event,) = (await page(web, token))["items"]
    assert event["data"]["article"]["body"] == []
    assert event["data"]["article"]["standfirst"]


async def test_a_long_poll_answers_as_soon_as_something_comes(office, web, token):
    now = await page(web, token, after="now")
    following = asyncio.create_task(office.desk.works()["feed.following"]())
    asking = asyncio.create_task(page(web, token, after=now["next"], wait=30))
    while not office.desk._follower._followed:
        await asyncio.sleep(0)
    await publish(office, an_article())
    async with asyncio.timeout(10):
        assert types(await asking) == ["article.published 1"]
    office.desk.drain()
    await following


async def test_a_long_poll_ends_when_the_service_does(office, web, token):
    now = await page(web, token, after="now")
    asking = asyncio.create_task(page(web, token, after=now["next"], wait=50))
    while not office.desk._follower._followed:
        await asyncio.sleep(0)
    office.desk.drain()
    async with asyncio.timeout(10):
        body = await asking
    assert body["items"] == []
    assert body["next"]


async def test_a_gap_is_said_and_next_leads_through_what_changed_and_on(office, web, token):
    await publish(office, an_article(number=1), an_article(number=2))
    first = await page(web, token, limit=1)
    await publish(office, an_article(number=3), an_article(number=4))
    await publish(office, an_article(number=3), verb="unpublished", number=20)
    await publish(office, an_article(number=4), verb="killed", number=21, note="Falsch.")
    await office.redis.xtrim(KEYS.out("dpa"), maxlen=1, approximate=False)
    gap = await page(web, token, after=first["next"])
    assert gap["items"] == []
    assert gap["gap"]["lost"] == 4
    assert "next" in gap["gap"]["detail"]
    caught_up = await page(web, token, after=gap["next"])
    assert types(caught_up) == ["article.updated 2", "article.unpublished 3", "article.killed 4"]
    for event in caught_up["items"]:
        jsonschema.validate(event, SCHEMA)
    await publish(office, an_article(number=5))
    assert types(await page(web, token, after=caught_up["next"])) == ["article.published 5"]


async def test_catching_up_goes_page_by_page(office, web, token):
    before = (await page(web, token, after="now"))["next"]
    await publish(office, *(an_article(number=number) for number in range(1, 8)))
    await office.redis.xtrim(KEYS.out("dpa"), maxlen=0, approximate=False)
    after, seen = (await page(web, token, after=before))["next"], []
    for _ in range(5):
        body = await page(web, token, after=after, limit=2)
        seen += types(body)
        after = body["next"]
    assert seen == [f"article.updated {number}" for number in range(1, 8)]


async def test_what_a_lane_lost_before_it_was_told_is_caught_up_with(office, web, token):
    await publish(office, an_article(number=1))
    for number in range(2, 30):  # and the fan-out does not run
        await office.newsroom.accept(an_article(number=number))
    await trim(office.redis, KEYS.stream("articles"), ceiling_bytes=1, metrics=DeliveryMetrics(CollectorRegistry()))
    office.fanout._looked_for_losses = -10.0
    for _ in range(3):
        await office.fanout.round()
    after, seen, gaps = "", [], 0
    for _ in range(6):
        body = await page(web, token, after=after)
        seen += [int(event["subject"][1:], 16) for event in body["items"]]
        gaps += "gap" in body
        after = body["next"]
    assert gaps == 1
    assert set(seen) == set(range(1, 30))


async def test_a_reader_at_the_trimmed_edge_has_missed_nothing(office, web, token):
    await publish(office, an_article(number=1))
    first = await page(web, token)
    await office.redis.xtrim(KEYS.out("dpa"), maxlen=0, approximate=False)
    await publish(office, an_article(number=2))
    body = await page(web, token, after=first["next"])
    assert "gap" not in body
    assert types(body) == ["article.published 2"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic bGY6bGY=", "lf_token"])
async def test_without_a_token_nothing_is_told(web, header):
    answer = await web.get(EVENTS, headers={"Authorization": header})
    assert_problem(answer, 401, "Bearer")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_unknown_token_is_told_apart_from_an_old_one(office, web, clock, token):
    assert_problem(await get(web, "lf_nobody"), 401, "mistyped")
    await office.desk.registry.rotate("dpa", grace_ms=1_000)
    assert (await get(web, token)).status_code == 200
    clock.now_ms += 1_000
    assert_problem(await get(web, token), 401, "replaced")


async def test_a_token_without_the_scope_does_not_open(office, web):
    _, token = await office.desk.registry.add("chef", wanted=Wanted(), scopes=("manage",))
    assert_problem(await get(web, token), 403, "'read'")


async def test_a_token_of_another_site_is_refused(office, web):
    _, token = await office.add("bote", sites=["bote"])
    assert_problem(await get(web, token), 403, "not for the site 'kurier'")


async def test_a_paused_subscriber_gets_nothing_now_and_everything_later(office, web, token):
    await office.desk.registry.pause("dpa", paused=True)
    await publish(office, an_article())
    assert_problem(await get(web, token), 403, "paused")
    await office.desk.registry.pause("dpa", paused=False)
    assert types(await page(web, token)) == ["article.published 1"]


async def test_cursors_of_others_and_forged_ones_are_refused_with_a_sentence(office, web, token):
    _, other = await office.add("apa")
    foreign = (await page(web, other))["next"]
    assert_problem(await get(web, token, after=foreign), 400, "another subscriber's stream")
    forged = places.write("dpa", {"s1": Place("0-0")}, key="0" * 64)
    assert_problem(await get(web, token, after=forged), 400, "was changed")
    for nonsense in ("1795-0", "ä", "0" * 5_000, "...."):
        assert_problem(await get(web, token, after=nonsense), 400, "not one of ours")


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"limit": "many"}, {"wait": 51}, {"wait": -1}])
async def test_impossible_numbers_are_refused(web, token, params):
    assert_problem(await get(web, token, **params), 400, "whole number")


async def test_corrections_that_came_later_stand_in_the_event_too(office, web, token):
    await publish(office, an_article())
    correction = {"text": "Die Brücke ist 40 m lang.", "at": "2026-11-22T09:00:00Z"}
    await publish(office, an_article(corrections=[correction]), verb="corrected", number=5)
    body = await page(web, token)
    assert types(body) == ["article.published 1", "article.corrected 1"]
    assert body["items"][1]["data"]["reason"] == "Die Brücke ist 40 m lang."
    assert body["items"][1]["data"]["article"]["corrections"]
