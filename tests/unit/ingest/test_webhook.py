"""One delivery over HTTP: what is taken, what is refused and why, and that nothing is taken half."""

import asyncio
import json

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.broker import connect
from tests.support.articles import SITE
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.ingest import AT, NOW_S, Ingest, written
from tests.support.valkey import Valkey

KEYS = Keys("s1")


async def signals(redis: Redis, lane: str = "articles") -> list[dict[bytes, bytes]]:
    return [fields for _, fields in await redis.xrange(KEYS.stream(lane))]


async def test_a_delivery_is_accepted_and_one_signal_follows(ingest: Ingest, redis: Redis):
    answer = await ingest.deliver(headline="Das Dach")
    body = answer.json()
    assert answer.status_code == 202
    assert body["status"] == "accepted"
    assert body["url"] == "https://kurier.example/stadt/das-dach/"
    assert body["revision"] == 1
    (signal,) = await signals(redis)
    assert signal[b"article_id"].decode() == body["article_id"]
    assert signal[b"verb"] == b"published"


async def test_the_same_delivery_again_is_a_duplicate_with_the_same_event(ingest: Ingest, redis: Redis):
    first, again = await ingest.deliver(), await ingest.deliver()
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert again.json()["event_id"] == first.json()["event_id"]
    assert len(await signals(redis)) == 1


@pytest.mark.parametrize(
    ("then", "status"),
    [({"revision": 1}, "stale"), ({"revision": 3}, "unchanged"), ({"revision": 3, "headline": "Neu"}, "accepted")],
)
async def test_only_what_is_newer_and_different_is_accepted(ingest: Ingest, then, status):
    await ingest.deliver(revision=2)
    assert (await ingest.deliver("updated", message_id="m2", **then)).json()["status"] == status


@pytest.mark.parametrize(
    ("then", "url"),
    [({"section": "sport"}, "/sport/das-dach/"), ({"slug": "das-neue-dach"}, "/stadt/das-neue-dach/")],
    ids=["section", "slug"],
)
async def test_another_section_or_slug_moves_the_article(ingest: Ingest, redis: Redis, then, url):
    await ingest.deliver(headline="Das Dach")
    answer = await ingest.deliver("updated", headline="Das Dach", revision=2, **then)
    assert answer.json()["url"] == f"https://kurier.example{url}"
    assert [signal[b"verb"] for signal in await signals(redis)] == [b"published", b"moved"]


async def test_a_minor_edit_is_an_update_without_a_new_date(ingest: Ingest, redis: Redis):
    article_id = (await ingest.deliver()).json()["article_id"]
    later = "2025-11-20T11:00:00+00:00"
    answer = await ingest.deliver("updated", headline="Neu", slug="x", revision=2, updated_at=later, minor=True)
    assert answer.json()["status"] == "accepted"
    (document,) = await Articles(redis, shards=1).newest(SITE, [article_id])
    assert document
    assert document.article
    assert (document.article.headline, document.article.updated_at.isoformat()) == ("Neu", AT)


async def test_a_kill_is_final_whatever_comes_later(ingest: Ingest, redis: Redis):
    await ingest.deliver()
    body = a_delivery("killed", {"id": "4711", "note": "Falsch."}, at=AT)
    assert (await ingest.send(body, message_id="kill")).status_code == 202
    later = await ingest.deliver("updated", revision=99, standfirst="Doch.")
    assert (later.status_code, later.json()["status"]) == (200, "killed")
    assert len(await signals(redis, "articles-urgent")) == 1


async def test_the_secret_that_is_being_replaced_still_opens(redis: Redis, redis_config: RedisConfig):
    sources = {"cms": {"site": "kurier", "adapter": "standard", "secrets": ["env:NEW_SECRET", "env:CMS_SECRET"]}}
    ingest = Ingest(redis, redis_config, sources=sources, environ={"NEW_SECRET": "whsec_" + "QUJD" * 12})
    assert (await ingest.deliver()).status_code == 202


async def test_an_unsigned_source_takes_what_nobody_signed_only_because_it_says_so(ingest: Ingest):
    body = a_delivery("published", an_article_payload(published_at=AT, updated_at=AT), at=AT)
    headers = {"content-type": "application/json"}
    assert (await ingest.http.post("/webhooks/open", content=body, headers=headers)).status_code == 202
    assert (await ingest.http.post("/webhooks/cms", content=body, headers=headers)).status_code == 401


async def refused(ingest: Ingest, redis: Redis, body: bytes, **options) -> tuple[int, dict]:
    answer = await ingest.send(body, **options)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await written(redis) == [], "nothing changed"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert len(problem["detail"]) > 20
    return answer.status_code, problem


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b'{"type": "article.published", "data": {', 400),
        (b"\xff\xfe{}", 400),
        ('{"type": "Bäume"}'.encode("latin-1"), 400),
        (b'{"type": \x00}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
        (b"[]", 422),
        (b'"text"', 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"type": 4, "timestamp": [], "data": "x"}', 422),
    ],
    ids=[
        "empty",
        "truncated",
        "utf-16",
        "latin-1",
        "nul",
        "deep-list",
        "deep-object",
        "list",
        "text",
        "null",
        "nothing",
        "types",
    ],
)
async def test_what_is_no_article_is_refused_with_a_reason(ingest: Ingest, redis: Redis, body, status):
    assert (await refused(ingest, redis, body))[0] == status


async def test_every_field_at_fault_is_named_at_once(ingest: Ingest, redis: Redis):
    payload = an_article_payload(headline=None, published_at="2025-11-20T09:00:00", revision=-1)
    status, problem = await refused(ingest, redis, a_delivery("published", payload, at=AT))
    assert status == 422
    assert {"data.headline", "data.published_at", "data.revision"} <= {error["field"] for error in problem["errors"]}


async def test_a_date_years_ahead_is_refused(ingest: Ingest, redis: Redis):
    payload = an_article_payload(published_at="2036-01-01T00:00:00Z", updated_at=AT)
    status, problem = await refused(ingest, redis, a_delivery("published", payload, at=AT))
    assert status == 422
    assert any("published_at" in error["field"] for error in problem["errors"])


@pytest.mark.parametrize(
    "headers", [{"webhook-signature": "v1,AAAA"}, {"webhook-id": "other"}, {"webhook-timestamp": str(NOW_S - 301)}]
)
async def test_what_the_newsroom_did_not_sign_is_refused(ingest: Ingest, redis: Redis, headers):
    body = a_delivery("published", an_article_payload(published_at=AT), at=AT)
    assert (await refused(ingest, redis, body, headers=headers))[0] == 401


async def test_a_replay_after_the_window_is_refused(ingest: Ingest, redis: Redis):
    body = a_delivery("published", an_article_payload(published_at=AT), at=AT)
    old = signed(body, message_id="msg_1", at_s=NOW_S - 301)
    assert (await refused(ingest, redis, body, headers=old))[0] == 401


async def test_a_body_over_the_limit_is_refused_before_it_is_read(ingest: Ingest, redis: Redis):
    status, problem = await refused(ingest, redis, b"x" * (5 * 1024 * 1024 + 1))
    assert status == 413
    assert "5 MiB" in problem["detail"]


async def test_a_body_over_the_limit_that_announces_no_length_is_refused_too(ingest: Ingest):
    async def endless():
        for _ in range(6):
            yield b"x" * 1024 * 1024

    answer = await ingest.http.post("/webhooks/cms", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "headers", [{"content-type": "text/html"}, {"content-type": "application/xml"}, {"content-encoding": "gzip"}]
)
async def test_another_type_or_encoding_is_refused(ingest: Ingest, redis: Redis, headers):
    assert (await refused(ingest, redis, b"{}", headers=headers))[0] == 415


async def test_an_unknown_source_is_404_and_tells_nobody_of_the_others(ingest: Ingest, redis: Redis):
    status, problem = await refused(ingest, redis, b"{}", to="nobody")
    assert status == 404
    assert "cms" not in problem["detail"]


@pytest.mark.parametrize(
    "headline", ["</script><script>alert(1)</script>", "]]>", "H" * 500, "<!--#include virtual='/x' -->", "🚒 Feuer"]
)
async def test_a_headline_that_we_can_escape_is_published(ingest: Ingest, headline):
    assert (await ingest.deliver(headline=headline)).status_code == 202


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"section": "gartenbau"}, "/stadt/"),
        ({"slug": "../../etc/passwd"}, "/stadt/etc-passwd/"),
        ({"body": "<p>" + "Wort " * 400_000 + "</p>"}, "/stadt/"),
    ],
    ids=["section", "slug", "two-megabytes"],
)
async def test_what_we_can_mend_is_published(ingest: Ingest, fields, path):
    answer = await ingest.deliver(**fields)
    assert answer.status_code == 202, answer.text
    assert path in answer.json()["url"]


async def test_what_was_mended_is_said(ingest: Ingest):
    answer = (await ingest.deliver(section="gartenbau", colour="blue")).json()
    assert any("gartenbau" in warning for warning in answer["warnings"])
    assert any("colour" in warning for warning in answer["warnings"])


async def test_with_redis_away_the_answer_is_503_at_once_and_the_same_delivery_is_taken_later(tmp_path):
    valkey = Valkey(tmp_path / "v")
    valkey.start()
    config = RedisConfig(url=valkey.url)
    client = connect(config)
    ingest = Ingest(client, config)
    try:
        assert (await ingest.deliver(id="1")).status_code == 202
        valkey.kill()
        async with asyncio.timeout(1.5):
            answer = await ingest.deliver(id="2")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["reason"] == "redis_away"
        await asyncio.to_thread(valkey.start)
        assert (await ingest.deliver(id="2")).json()["status"] == "accepted"
        assert (await ingest.deliver(id="1")).json()["status"] == "duplicate"
    finally:
        await client.aclose()
        valkey.stop()


async def test_without_room_on_the_disk_nothing_is_accepted(redis: Redis, redis_config: RedisConfig, tmp_path):
    environ = {"LITFASS_INGEST_SPACE_FOLDER": str(tmp_path), "LITFASS_INGEST_SPACE_FLOOR_BYTES": str(2**60)}
    answer = await Ingest(redis, redis_config, environ=environ).deliver()
    assert (answer.status_code, answer.json()["reason"]) == (503, "disk_full")


async def test_one_line_and_one_count_say_what_became_of_a_delivery(ingest: Ingest):
    with capture_logs() as logs:
        await ingest.deliver()
        await ingest.send(b"{", message_id="m2")
    lines = [line for line in logs if line["event"] == "webhook.answered"]
    assert [(line["outcome"], line["status"]) for line in lines] == [("accepted", 202), ("not_readable", 400)]
    assert len(lines[0]["trace_id"]) == 32
    assert ingest.counted("litfass_ingest_deliveries_total", source="cms", outcome="accepted") == 1
    assert ingest.counted("litfass_ingest_deliveries_total", source="cms", outcome="not_readable") == 1


async def test_no_label_is_made_of_what_a_stranger_asks_for(ingest: Ingest):
    await ingest.send(b"{}", to="made-up-1")
    assert ingest.counted("litfass_ingest_deliveries_total", source="unknown", outcome="unknown_source") == 1


async def test_the_trace_of_the_cms_goes_on_in_the_signal(ingest: Ingest, redis: Redis):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    body = a_delivery("published", an_article_payload(published_at=AT, updated_at=AT), at=AT)
    await ingest.send(body, headers={"traceparent": trace})
    assert (await signals(redis))[0][b"traceparent"].decode() == trace


async def test_a_secret_never_stands_in_an_answer(ingest: Ingest, redis: Redis):
    answer = await ingest.send(b"{}", headers={"webhook-signature": "v1,AAAA"})
    assert "whsec" not in json.dumps(answer.json())
    assert "MDEyMzQ1" not in answer.text


async def test_a_form_is_read_where_the_cms_sends_forms_and_nowhere_else(redis: Redis, redis_config: RedisConfig):
    token = "a-token-in-the-url-of-24"
    sources = {
        "blog": {"site": "kurier", "adapter": "wordpress-com", "secrets": ["env:BLOG_TOKEN"]},
        "cms": {"site": "kurier", "adapter": "standard", "secrets": ["env:CMS_SECRET"]},
    }
    ingest = Ingest(redis, redis_config, environ={"BLOG_TOKEN": token}, sources=sources)
    fields = {"hook": "publish_post", "ID": "7", "post_title": "Das Fährhaus", "post_content": "Es öffnet."}
    fields |= {"post_date_gmt": "2025-11-20 08:00:00", "post_modified_gmt": "2025-11-20 08:00:00"}
    answer = await ingest.http.post(f"/webhooks/blog?token={token}", data=fields)
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert answer.json()["url"].endswith("/das-faehrhaus/")
    assert (await ingest.http.post("/webhooks/blog?token=another", data=fields)).status_code == 401
    assert (await ingest.http.post("/webhooks/cms", data=fields)).status_code == 415
    too_many = "&".join(f"a{number}=1" for number in range(2_000)).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"", b"a=%ff", too_many):
        refused = await ingest.http.post(f"/webhooks/blog?token={token}", content=body, headers=form)
        assert refused.status_code == 400, body[:20]
    await ingest.http.aclose()


async def test_what_was_mended_stands_in_the_timeline_without_a_word_of_the_article(ingest: Ingest, redis: Redis):
    answer = await ingest.deliver(section="gartenbau", language="Erika Muster, geheim")
    assert any("Erika Muster" in warning for warning in answer.json()["warnings"])
    steps = await redis.xrange(KEYS.timeline(answer.json()["article_id"]))
    noted = steps[-1][1][b"warnings"].decode().split("\n")
    assert any(each.startswith("section: the site has no 'gartenbau'") for each in noted)
    assert any(each.startswith("data.language: '…'") for each in noted)
    assert "Muster" not in "\n".join(noted)


async def test_what_is_far_too_large_is_not_even_read_to_its_end(ingest: Ingest):
    came = 0

    async def endless():
        nonlocal came
        while True:
            came += 1
            yield b"x" * 1024 * 1024

    answer = await ingest.http.post("/webhooks/cms", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert came == 5 + 16 + 1
