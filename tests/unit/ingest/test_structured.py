"""Structured CMSs over HTTP: signed as each does it, published and taken away again."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.contracts.config import RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import SITE
from tests.support.cms import SECRET, signed
from tests.support.deliveries import NOW_MS, Told, a_told
from tests.support.ingest import Ingest

PLAIN = "0123456789abcdef" * 4  # long enough for Contentful and as a token
VENDORS = ["contentful", "strapi", "sanity", "drupal", "payload"]
SOURCES: dict[str, Any] = {
    vendor: {
        "site": "kurier",
        "adapter": vendor,
        "secrets": ["env:CMS_SECRET" if vendor == "payload" else "env:PLAIN_SECRET"],
        "model": {"base_url": f"https://{vendor}.example"},
    }
    for vendor in VENDORS
}


@pytest.fixture
async def ingest(redis: Redis, redis_config: RedisConfig) -> AsyncIterator[Ingest]:
    ingest = Ingest(redis, redis_config, environ={"PLAIN_SECRET": PLAIN}, sources=SOURCES)
    ingest.now_ms = NOW_MS
    yield ingest
    await ingest.http.aclose()


def proof(vendor: str, body: bytes, told: Told, *, secret: str = PLAIN) -> dict[str, str]:
    """The headers of a delivery, signed as the vendor does it."""

    def mac(message: bytes, digest: str = "sha256") -> bytes:
        return hmac.digest(secret.encode(), message, digest)

    match vendor:
        case "contentful":
            headers = {**told.headers, "x-contentful-timestamp": str(NOW_MS)}
            headers["x-contentful-signed-headers"] = ",".join(sorted([*headers, "x-contentful-signed-headers"]))
            text = ";".join(f"{name}:{headers[name]}" for name in sorted(headers))
            canonical = f"POST\n/webhooks/contentful\n{text}\n".encode() + body
            return headers | {"x-contentful-signature": mac(canonical).hex()}
        case "strapi":
            return told.headers | {"authorization": f"Bearer {secret}"}
        case "sanity":
            text = base64.urlsafe_b64encode(mac(f"{NOW_MS}.".encode() + body)).decode().rstrip("=")
            key = hashlib.sha256(body).hexdigest()
            return told.headers | {"sanity-webhook-signature": f"t={NOW_MS},v1={text}", "idempotency-key": key}
        case "drupal":
            return told.headers | {"x-hub-signature": f"sha1={mac(body, 'sha1').hex()}"}
        case _:
            name = f"msg_{hashlib.sha256(body).hexdigest()[:12]}"
            return signed(body, message_id=name, secret=SECRET if secret == PLAIN else secret, at_s=NOW_MS // 1000)


async def send(ingest: Ingest, name: str, **options: Any):
    told = a_told(name)
    body = json.dumps(options.pop("payload", told.payload), ensure_ascii=False).encode()
    headers = {"content-type": "application/json"} | proof(told.vendor, body, told, **options)
    return await ingest.http.post(f"/webhooks/{told.vendor}", content=body, headers=headers)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_article_is_published_changed_taken_back_and_stays_away(ingest: Ingest, vendor):
    first = "publish" if vendor in {"contentful", "strapi"} else "create"
    published = await send(ingest, f"{vendor}-{first}")
    assert (published.status_code, published.json()["status"]) == (202, "accepted"), published.text
    assert published.json()["url"] == "https://kurier.example/stadt/markt-dach/"
    assert (await send(ingest, f"{vendor}-{first}")).json()["status"] == "duplicate"
    assert (await send(ingest, f"{vendor}-draft")).json()["status"] == "ignored"
    assert (await send(ingest, f"{vendor}-update")).json()["status"] == "accepted"
    withdrawal = "delete" if vendor == "sanity" else "unpublish"
    gone = await send(ingest, f"{vendor}-{withdrawal}")
    assert (gone.status_code, gone.json()["status"]) == (202, "accepted"), gone.text
    assert gone.json()["article_id"] == published.json()["article_id"]
    for late in (f"{vendor}-{first}", f"{vendor}-update"):
        told = a_told(late)
        again = await send(ingest, late, payload={**told.payload, "_again": True})
        assert again.json()["status"] == "stale", "a delivery that comes late brings nothing back"


async def published_at(redis: Redis, redis_config: RedisConfig, answer: Any) -> str:
    """The date of publication that the store has."""
    articles = Articles(redis, shards=redis_config.shards)
    (document,) = await articles.newest(SITE, [answer.json()["article_id"]])
    assert document is not None
    assert document.article is not None
    return document.article.published_at.isoformat()


@pytest.mark.parametrize("vendor", ["contentful", "strapi"])
async def test_a_cms_that_only_knows_its_last_publication_does_not_move_the_first(
    ingest: Ingest, redis: Redis, redis_config: RedisConfig, vendor
):
    payload: Any = a_told(f"{vendor}-publish").payload
    payload.get("fields", {}).pop("publishDate", None)
    first = await send(ingest, f"{vendor}-publish", payload=payload)
    date = await published_at(redis, redis_config, first)
    changed = await send(ingest, f"{vendor}-update")
    assert changed.json()["status"] == "accepted"
    assert await published_at(redis, redis_config, changed) == date == "2026-11-23T08:30:00.354000+00:00"


async def test_what_is_published_again_without_a_change_changes_nothing(ingest: Ingest):
    await send(ingest, "strapi-publish")
    payload: Any = a_told("strapi-publish").payload
    payload["entry"]["publishedAt"] = "2026-11-23T08:45:10.007Z"
    assert (await send(ingest, "strapi-publish", payload=payload)).json()["status"] == "unchanged"


async def test_what_comes_again_after_it_was_taken_back_is_published_anew(
    ingest: Ingest, redis: Redis, redis_config: RedisConfig
):
    await send(ingest, "strapi-publish")
    await send(ingest, "strapi-unpublish")
    payload: Any = a_told("strapi-update").payload
    payload["entry"]["publishedAt"] = payload["createdAt"] = "2026-11-23T09:00:01.000Z"
    again = await send(ingest, "strapi-update", payload=payload)
    assert await published_at(redis, redis_config, again) == "2026-11-23T09:00:01+00:00"


async def test_a_batch_does_not_move_the_first_publication_either(
    ingest: Ingest, redis: Redis, redis_config: RedisConfig
):
    first = await send(ingest, "strapi-publish")
    line = json.dumps(a_told("strapi-update").payload).encode()
    headers = {"content-type": "application/x-ndjson", "authorization": f"Bearer {PLAIN}"}
    answer = await ingest.http.post("/webhooks/strapi/batch", content=line, headers=headers)
    assert json.loads(answer.text)["status"] == "accepted"
    assert await published_at(redis, redis_config, first) == "2026-11-23T08:30:00.354000+00:00"


@pytest.mark.parametrize("vendor", ["contentful", "strapi", "payload"])
async def test_a_secret_that_the_cms_would_not_have_made_stops_the_start(
    redis: Redis, redis_config: RedisConfig, vendor
):
    environ = {"PLAIN_SECRET": "kurz", "CMS_SECRET": "whsec_kurz"}
    with pytest.raises(ConfigurationFault) as raised:
        Ingest(redis, redis_config, environ=environ, sources={vendor: SOURCES[vendor]})
    assert vendor in str(raised.value)
    assert "kurz" not in str(raised.value)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_foreign_secret_is_refused_with_advice(ingest: Ingest, vendor):
    secret = "whsec_" + "QUJD" * 12 if vendor == "payload" else "f" * 64
    answer = await send(ingest, f"{vendor}-update", secret=secret)
    assert answer.status_code == 401
    assert "same secret" in answer.json()["detail"]


@pytest.mark.parametrize("payload", [[], "text", 5, None, True], ids=["list", "text", "number", "null", "true"])
@pytest.mark.parametrize("vendor", VENDORS)
async def test_json_that_is_no_object_is_refused_with_a_reason(ingest: Ingest, vendor, payload):
    answer = await send(ingest, f"{vendor}-update", payload=payload)
    assert answer.status_code == 422
    assert "must be a JSON object" in answer.json()["detail"]


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_fault_names_the_field(ingest: Ingest, vendor):
    payload: Any = a_told(f"{vendor}-update").payload
    inner = {"contentful": "fields", "strapi": "entry", "drupal": "entity"}.get(vendor)
    target = payload["data"]["doc"] if vendor == "payload" else payload[inner] if inner else payload
    target["title"] = None
    answer = await send(ingest, f"{vendor}-update", payload=payload)
    assert answer.status_code == 422
    assert [error["field"].rpartition(".")[2] for error in answer.json()["errors"]] == ["title"]
