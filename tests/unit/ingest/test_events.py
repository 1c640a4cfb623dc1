"""CloudEvents over HTTP: three content modes, lists that are answered as a whole, and the handshake."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.contracts.config import RedisConfig
from shared.runtime.broker import connect
from tests.support.articles import SITE
from tests.support.cms import an_article_payload
from tests.support.ingest import AT, Ingest

TOKEN = "ein-token-das-niemand-rät"
STRUCTURED = "application/cloudevents+json; charset=utf-8"
BATCH = "application/cloudevents-batch+json"
SOURCES = {
    "cms": {"site": SITE, "adapter": "standard", "secrets": ["env:CMS_SECRET"]},
    "bus": {"site": SITE, "adapter": "cloudevents", "secrets": ["env:BUS_TOKEN"]},
}


@pytest.fixture
async def bus(redis, redis_config) -> AsyncIterator[Ingest]:
    ingest = Ingest(redis, redis_config, environ={"BUS_TOKEN": TOKEN}, sources=SOURCES)
    yield ingest
    await ingest.http.aclose()


def an_event(number: int = 1, *, verb: str = "published", **data: Any) -> dict[str, Any]:
    article = an_article_payload(f"a{number}", **{"published_at": AT, "updated_at": AT} | data)
    return {
        "specversion": "1.0", "id": f"e{number}", "source": "https://kurier.example/cms",
        "type": f"org.kurier.article.{verb}", "time": AT, "data": article,
    }  # fmt: skip


async def sent(bus: Ingest, body: Any, kind: str = STRUCTURED, *, token: str = TOKEN, **headers: str) -> Any:
    proof = {"authorization": f"Bearer {token}".encode(), "content-type": kind}
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return await bus.http.post("/webhooks/bus", content=json.dumps(body).encode(), headers={**proof, **extra})


async def test_an_event_is_taken_once_by_its_source_and_id_however_it_is_written(bus):
    assert (await sent(bus, an_event())).status_code == 202
    again = await sent(bus, {**an_event(), "subject": "articles/a1"})
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert (await sent(bus, {**an_event(revision=2, headline="Neu"), "id": "e1-2"})).status_code == 202


async def test_in_binary_mode_the_attributes_are_headers(bus):
    attributes = {"ce_specversion": "1.0", "ce_id": "e1", "ce_source": "https://kurier.example/cms", "ce_time": AT}
    body = an_event()["data"]
    answer = await sent(bus, body, "application/json", ce_type="article.published", **attributes)
    assert answer.status_code == 202
    assert "warnings" not in answer.json()
    same = await sent(bus, an_event())
    assert same.json()["status"] == "duplicate"  # the same event in another mode


async def test_a_foreign_token_and_none_at_all_are_refused(bus):
    assert (await sent(bus, an_event(), token="ein-anderes-das-jemand-rät")).status_code == 401
    answer = await bus.http.post("/webhooks/bus", json=an_event(), headers={"content-type": STRUCTURED})
    assert answer.status_code == 401
    assert TOKEN not in answer.text


async def test_every_event_of_a_list_has_its_own_result_and_a_wrong_one_stops_no_other(bus):
    answer = await sent(bus, [an_event(1), an_event(2, headline=""), 5, an_event(3)], BATCH)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [row["http_status"] for row in results] == [202, 422, 422, 202]
    assert results[1]["errors"][0]["field"] == "data.headline"
    assert (await sent(bus, [an_event(1), an_event(3)], BATCH)).json()["results"][0]["status"] == "duplicate"


async def test_an_empty_list_is_in_order_and_one_without_a_good_event_is_refused(bus):
    assert (await sent(bus, [], BATCH)).json() == {"results": []}
    assert (await sent(bus, [an_event(1, headline=""), {}], BATCH)).status_code == 422


async def test_a_list_that_cannot_be_stored_is_to_be_sent_again(tmp_path):
    nowhere = RedisConfig(url=f"unix://{tmp_path / 'nobody.sock'}")
    client = connect(nowhere)
    bus = Ingest(client, nowhere, environ={"BUS_TOKEN": TOKEN}, sources=SOURCES)
    answer = await sent(bus, [an_event(1), an_event(2, headline="")], BATCH)
    await bus.http.aclose()
    await client.aclose()
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert [row["http_status"] for row in answer.json()["results"]] == [503, 422]


async def test_other_sources_take_no_lists_of_events(bus):
    body = json.dumps([an_event()]).encode()
    assert (await bus.send(body, headers={"content-type": BATCH})).status_code == 422


async def test_a_sender_that_asks_first_is_told_that_it_may(bus):
    asked = {"webhook-request-origin": "eventemitter.example.com", "webhook-request-rate": "120"}
    answer = await bus.http.request("OPTIONS", "/webhooks/bus", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "eventemitter.example.com"
    assert answer.headers["webhook-allowed-rate"] == "*"


@pytest.mark.parametrize(
    ("source", "origin"), [("bus", ""), ("bus", "a b"), ("cms", "a.example"), ("niemand", "a.example")]
)
async def test_nobody_else_is_answered(bus, source, origin):
    answer = await bus.http.request("OPTIONS", f"/webhooks/{source}", headers={"webhook-request-origin": origin})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
