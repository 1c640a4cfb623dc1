"""What was refused is kept for a look, within bounds, without changing any answer."""

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from litfass.cms import signing
from litfass.cms.signing import Attempt
from services.ingest.accept import article_id_of
from services.ingest.masking import MAIL_MASK, MASK
from services.ingest.rejected import UNPROVED_COUNT, Rejection, body_of_rejection, forget, rejections
from services.ingest.replay import NotReplayable, replay
from services.ingest.sources import source_of
from shared.contracts.base import SourceName
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.broker import connect
from tests.support.articles import SITE, a_site
from tests.support.cms import a_delivery, an_article_payload
from tests.support.ingest import AT, NOW_S, SOURCES, Ingest
from tests.support.valkey import Valkey

KEYS = Keys("s1")
CMS = SourceName("cms")
FORGED = {"webhook-signature": "v1,AAAA"}
DAY_MS = 86_400_000


def a_wrong_body(id_: str = "4711", **changes: Any) -> bytes:
    """An article whose headline nobody can mend."""
    payload = an_article_payload(id_, **{"headline": None, "published_at": AT, "updated_at": AT} | changes)
    return a_delivery("published", payload, at=AT)


async def kept(redis: Redis, source: SourceName = CMS) -> list[Rejection]:
    return await rejections(redis, KEYS, source)


async def body_of(redis: Redis, rejection: Rejection) -> Any:
    return json.loads(await body_of_rejection(redis, KEYS, rejection))


async def test_a_refused_article_is_kept_with_its_reason_and_its_body(ingest: Ingest, redis: Redis):
    answer = await ingest.send(a_wrong_body(), message_id="msg_7")
    (rejection,) = await kept(redis)
    assert (rejection.status, rejection.reason, rejection.is_proved, rejection.can_replay) == (
        answer.status_code, "invalid_payload", True, True
    )  # fmt: skip
    assert [error.field for error in rejection.errors] == [error["field"] for error in answer.json()["errors"]]
    assert (rejection.delivery_id, rejection.at_ms, rejection.network) == ("msg_7", NOW_S * 1000, "127.0.0.0/24")
    assert (await body_of(redis, rejection))["data"]["standfirst"] == "Der Rat hat entschieden."


async def test_no_secret_and_nobodys_address_is_written(ingest: Ingest, redis: Redis):
    body = a_wrong_body(authors=[{"name": "Ana Ruiz", "email": "ana@kurier.example"}], slug="ana@kurier.example")
    headers = {"authorization": "Basic YW5hOmdlaGVpbQ==", "x-forwarded-for": "203.0.113.77"}
    sent = await ingest.send(body, headers=headers)
    (rejection,) = await kept(redis)
    assert rejection.headers["webhook-signature"] == rejection.headers["authorization"] == MASK
    everything = rejection.model_dump_json() + json.dumps(await body_of(redis, rejection))
    signature = sent.request.headers["webhook-signature"]
    for word in (signature, "ana@", "YW5h", "203.0.113.77", "MDEyMzQ1"):
        assert word not in everything
    assert MAIL_MASK in everything


async def test_what_cannot_be_read_is_kept_to_look_at_but_not_to_replay(ingest: Ingest, redis: Redis):
    await ingest.send(b'{"type": "article.published", "by": "ana@kurier.example", ')
    (rejection,) = await kept(redis)
    assert (rejection.reason, rejection.can_replay) == ("not_readable", False)
    text = (await body_of_rejection(redis, KEYS, rejection)).decode()
    assert text.startswith('{"type": "article.published"')
    assert "ana@" not in text


async def test_nothing_that_is_for_members_is_kept(redis: Redis, redis_config: RedisConfig):
    sources = {"ghost": {"site": SITE, "adapter": "ghost", "secrets": ["env:GHOST"]}}
    ingest = Ingest(redis, redis_config, sources=sources, environ={"GHOST": "geheim"})
    post = {
        "id": "6741a0b1c2d3e4f506172839", "title": "", "status": "published", "visibility": "paid", "excerpt": "Teuer.",
        "html": "<p>Für alle.</p><!--members-only--><p>Teuer.</p>", "plaintext": "Für alle. Teuer.",
        "updated_at": AT, "published_at": AT,
    }  # fmt: skip
    body = json.dumps({"post": {"current": post, "previous": {"html": "Teuer."}}}).encode()
    attempt = Attempt(body, "", "", ingest.now_ms)
    headers = {"content-type": "application/json", **signing.ghost(attempt, secret="geheim")}
    answer = await ingest.http.post("/webhooks/ghost/post.published", content=body, headers=headers)
    assert answer.status_code == 422
    (rejection,) = await kept(redis, SourceName("ghost"))
    text = (await body_of_rejection(redis, KEYS, rejection)).decode()
    assert "Für alle." in text
    assert "Teuer" not in text


async def test_of_what_cannot_be_read_only_the_beginning_is_kept(ingest: Ingest, redis: Redis):
    await ingest.send(b'{"a": "' + b"x" * 5_000)
    (rejection,) = await kept(redis)
    assert len(await body_of_rejection(redis, KEYS, rejection)) == 1_000
    assert rejection.body_bytes == 5_007


async def test_what_anybody_may_have_sent_is_kept_without_its_body(ingest: Ingest, redis: Redis):
    await ingest.send(a_wrong_body(), headers=FORGED)
    (rejection,) = await kept(redis)
    assert (rejection.status, rejection.is_proved, rejection.can_replay) == (401, False, False)
    assert await body_of_rejection(redis, KEYS, rejection) == b""
    assert rejection.body_bytes > 500


async def test_a_flood_of_forgeries_neither_fills_memory_nor_pushes_the_newsrooms_own_out(ingest: Ingest, redis: Redis):
    await ingest.send(a_wrong_body())
    for second in range(80):
        ingest.now_ms += 1000
        for number in range(3):
            await ingest.send(b"{}", headers=FORGED, message_id=f"{second}-{number}")
    found = await kept(redis)
    assert [rejection.reason for rejection in found if rejection.is_proved] == ["invalid_payload"]
    assert 20 < sum(not rejection.is_proved for rejection in found) <= UNPROVED_COUNT
    assert ingest.counted("litfass_ingest_rejections_total", source="cms", outcome="dropped") > 150
    assert ingest.counted("litfass_ingest_deliveries_total", source="cms", outcome="signature_rejected") == 240


async def test_the_oldest_goes_when_there_are_too_many(redis: Redis, redis_config: RedisConfig):
    ingest = Ingest(redis, redis_config, environ={"LITFASS_INGEST_REJECTED_COUNT": "3"})
    for number in range(5):
        ingest.now_ms += 60_000
        await ingest.send(a_wrong_body(str(number)), message_id=f"m{number}")
    assert [rejection.delivery_id for rejection in await kept(redis)] == ["m2", "m3", "m4"]
    assert len(await redis.keys("litfass:{s1}:rejected:*")) == 4, "three and their index"


async def test_the_oldest_goes_when_they_are_too_large(redis: Redis, redis_config: RedisConfig):
    ingest = Ingest(redis, redis_config, environ={"LITFASS_INGEST_REJECTED_BYTES": str(2**20)})
    for number in range(4):
        noise = "".join(f"{number}-{i * 2654435761 % 2**32:08x}" for i in range(70_000))
        ingest.now_ms += 1
        await ingest.send(a_wrong_body(str(number), body=noise), message_id=f"m{number}")
    assert [rejection.delivery_id for rejection in await kept(redis)] == ["m2", "m3"]
    sizes = [int(size) for size in await redis.hvals(KEYS.rejected("cms", "proved"))]
    assert sum(sizes) <= 2**20


async def test_an_enormous_body_is_not_kept_but_its_reason_is(ingest: Ingest, redis: Redis):
    await ingest.send(a_wrong_body(body="Wort " * 300_000))
    (rejection,) = await kept(redis)
    assert (rejection.can_replay, rejection.body_note) == (False, "not kept: larger than 1024 KiB")


async def test_after_a_week_it_is_gone(ingest: Ingest, redis: Redis):
    await ingest.send(a_wrong_body())
    (rejection,) = await kept(redis)
    for key in (KEYS.rejection("cms", "proved", rejection.id), KEYS.rejected("cms", "proved")):
        assert 0 < await redis.ttl(key) <= 7 * 86_400
    ingest.now_ms += 7 * DAY_MS + 1
    await ingest.send(a_wrong_body(), message_id="later")
    assert [rejection.delivery_id for rejection in await kept(redis)] == ["later"]


async def test_what_was_accepted_or_has_no_source_is_not_kept(ingest: Ingest, redis: Redis):
    await ingest.deliver()
    await ingest.deliver()
    await ingest.send(b"{}", to="nobody")
    assert await redis.keys("litfass:{s1}:rejected:*") == []


async def test_of_a_batch_the_first_refused_lines_are_kept_one_by_one(ingest: Ingest, redis: Redis):
    good = a_delivery("published", an_article_payload("1", published_at=AT, updated_at=AT), at=AT)
    lines = [good, *(a_wrong_body(str(number)) for number in range(2, 40))]
    answer = await ingest.send(b"\n".join(lines), to="cms/batch", message_id="m")
    assert len(answer.text.splitlines()) == 39
    found = await kept(redis)
    assert sorted(rejection.line for rejection in found) == list(range(2, 22))
    assert {rejection.delivery_id for rejection in found if rejection.line == 2} == {"m.2"}
    assert all(rejection.can_replay for rejection in found)


async def test_with_redis_away_the_answer_is_the_same(tmp_path):
    valkey = Valkey(tmp_path / "v")
    valkey.start()
    config = RedisConfig(url=valkey.url)
    client = connect(config)
    ingest = Ingest(client, config)
    try:
        before = await ingest.send(a_wrong_body())
        valkey.kill()
        after = await ingest.send(a_wrong_body())
        assert (after.status_code, after.json()) == (before.status_code, before.json())
        assert ingest.counted("litfass_ingest_rejections_total", source="cms", outcome="dropped") == 1
    finally:
        await client.aclose()
        valkey.stop()


async def test_the_answer_is_out_before_anything_is_kept(ingest: Ingest, redis: Redis):
    route = next(route for route in ingest.service.routes if route.path == "/webhooks/{source}")
    sent: list[tuple[str, int]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append((message["type"], await redis.dbsize()))

    body = [{"type": "http.request", "body": b"{", "more_body": False}]
    scope = {
        "type": "http", "method": "POST", "path": "/webhooks/cms", "raw_path": b"/webhooks/cms", "query_string": b"",
        "path_params": {"source": "cms"}, "headers": [(b"content-type", b"application/json")], "client": ("::1", 1),
        "server": ("ingest.example", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return body.pop()

    await route.app(scope, receive, send)
    assert sent == [("http.response.start", 0), ("http.response.body", 0)]
    assert await redis.dbsize() == 2


async def test_at_most_a_few_are_kept_at_the_same_time(ingest: Ingest, redis: Redis):
    bodies = [a_wrong_body(str(number), body="Wort " * 100_000) for number in range(12)]
    answers = await asyncio.gather(*(ingest.send(body, message_id=f"m{n}") for n, body in enumerate(bodies)))
    assert {answer.status_code for answer in answers} == {422}
    counted = {
        outcome: ingest.counted("litfass_ingest_rejections_total", source="cms", outcome=outcome)
        for outcome in ("kept", "dropped")
    }
    assert counted["kept"] == len(await kept(redis)) >= 1
    assert counted["kept"] + counted["dropped"] == 12


# --- a kill ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [a_wrong_body("4711"), a_wrong_body("9", data={"deep": [{"ref": 4711}]}), b'{"data": {"id": "4711", "he'],
    ids=["its-id", "named-within", "unreadable"],
)
async def test_a_kill_takes_every_kept_delivery_that_names_the_article(ingest: Ingest, redis: Redis, body):
    await ingest.send(body, message_id="m1")
    await ingest.send(a_wrong_body("5"), message_id="m2")
    article_id = article_id_of(SITE, CMS, "4711")
    assert await forget(redis, KEYS, site=SITE, source=CMS, article_id=article_id) == 1
    assert [rejection.delivery_id for rejection in await kept(redis)] == ["m2"]


# --- replay ----------------------------------------------------------------------------------------------------------


def a_config(redis_config: RedisConfig, **source: Any) -> LitfassConfig:
    return LitfassConfig.model_validate(
        {
            "redis": redis_config.model_dump(),
            "site": {SITE: a_site().model_dump(mode="json")},
            "source": {"cms": {**SOURCES["cms"], **source}},
        }
    )


async def test_a_replay_is_taken_as_the_delivery_would_have_been(redis: Redis, redis_config: RedisConfig):
    ingest = Ingest(redis, redis_config, sources={"cms": {**SOURCES["cms"], "deliveries_per_minute": 1}})
    await ingest.deliver(id="1")
    refused = await ingest.deliver(id="2", message_id="m2", headline="Das Dach")
    (rejection,) = await kept(redis)
    assert (refused.status_code, rejection.reason, rejection.can_replay) == (429, "too_many", True)
    answer = await replay(
        rejection,
        await body_of_rejection(redis, KEYS, rejection),
        source=source_of(a_config(redis_config), CMS),
        articles=Articles(redis, shards=1),
        now_ms=ingest.now_ms,
    )
    assert (answer["status"], answer["url"]) == ("accepted", "https://kurier.example/stadt/das-dach/")
    ingest.now_ms += 60_000
    assert (await ingest.deliver(id="2", message_id="m2", headline="Das Dach")).json()["status"] == "duplicate"


async def test_a_replay_never_undoes_what_came_since(redis: Redis, redis_config: RedisConfig):
    ingest = Ingest(redis, redis_config, sources={"cms": {**SOURCES["cms"], "deliveries_per_minute": 1}})
    await ingest.deliver(id="1")
    await ingest.deliver(id="2", revision=1, headline="Alt")
    ingest.now_ms += 60_000
    assert (await ingest.deliver("updated", id="2", revision=2, headline="Neu")).status_code == 202
    (rejection,) = await kept(redis)
    body = await body_of_rejection(redis, KEYS, rejection)
    source, articles = source_of(a_config(redis_config), CMS), Articles(redis, shards=1)
    assert (await replay(rejection, body, source=source, articles=articles, now_ms=ingest.now_ms))["status"] == "stale"


async def test_what_was_not_proved_is_never_replayed(ingest: Ingest, redis: Redis, redis_config: RedisConfig):
    await ingest.send(a_wrong_body(), headers=FORGED)
    (rejection,) = await kept(redis)
    source, articles = source_of(a_config(redis_config), CMS), Articles(redis, shards=1)
    with pytest.raises(NotReplayable, match="the sender was not proved"):
        await replay(rejection, b"{}", source=source, articles=articles, now_ms=0)
