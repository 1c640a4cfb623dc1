"""What is for members, and addresses of the staff, never leave ingest: nothing that Redis holds afterwards has them."""

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.support.articles import SITE
from tests.support.ingest import Ingest

DELIVERIES = Path(__file__).parents[2] / "fixtures/deliveries/ghost"
SECRET = "was-unter-secret-in-ghost-steht"
LEAVING_OUT = {"site": SITE, "adapter": "ghost", "secrets": ["env:GHOST_SECRET"], "members_only": "leave-out"}
SOURCES = {"ghost": {"site": SITE, "adapter": "ghost", "secrets": ["env:GHOST_SECRET"]}, "public": LEAVING_OUT}
FORBIDDEN = (b"Nur f\xc3\xbcr Mitglieder", b"@kurier", b"@rathaus", b"ana@")


async def posted(ingest: Ingest, name: str, event: str, *, to: str = "ghost", **changes: object) -> dict[str, object]:
    payload = json.loads((DELIVERIES / f"{name}.body.json").read_text(encoding="utf-8"))
    at = {"updated_at": "2025-11-20T08:00:00.000Z", "published_at": "2025-11-20T08:00:00.000Z"}
    payload["post"]["current"] |= at | changes
    body, stamp = json.dumps(payload, ensure_ascii=False).encode(), str(ingest.now_ms)
    mac = hmac.new(SECRET.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-ghost-signature": f"sha256={mac}, t={stamp}"}
    answer = await ingest.http.post(f"/webhooks/{to}/{event}", content=body, headers=headers)
    return {"http_status": answer.status_code, **answer.json()}


async def everything(redis: Redis) -> bytes:
    """All that Redis holds, as bytes; what is compressed is opened."""
    found: list[bytes] = []
    async for key in redis.scan_iter():
        kind = (await redis.type(key)).decode()
        match kind:
            case "hash":
                found += [part for pair in (await redis.hgetall(key)).items() for part in pair]
            case "stream":
                found += [part for _, entry in await redis.xrange(key) for pair in entry.items() for part in pair]
            case "string":
                found.append(await redis.get(key))
            case "zset":
                found += await redis.zrange(key, 0, -1)
            case "set":
                found += list(await redis.smembers(key))
            case _:
                raise AssertionError(f"{key!r} is a {kind}; read it here as well")
    return b"\n".join(opened for part in found for opened in opened_parts(part))


def opened_parts(part: bytes) -> Iterator[bytes]:
    """Give the part, and what is compressed in it: payloads have a head of text before it."""
    yield part
    for start in (index for index, byte in enumerate(part) if byte == 0x78):  # as zlib begins
        with suppress(zlib.error):
            yield zlib.decompress(part[start:])


@pytest.fixture
async def ghost(redis, redis_config):
    ingest = Ingest(redis, redis_config, environ={"GHOST_SECRET": SECRET}, sources=SOURCES)
    yield ingest
    await ingest.http.aclose()


async def test_of_an_article_for_members_nothing_else_is_kept_than_its_public_part(ghost, redis):
    answer = await posted(ghost, "for-members", "post.published")
    assert answer["http_status"] == 202
    held = await everything(redis)
    assert "Für alle.".encode() in held, "else this test would look in the wrong places"
    assert b'"members_only":true' in held
    assert [each for each in FORBIDDEN if each in held] == []


async def test_a_public_article_that_becomes_one_for_members_goes_where_the_source_leaves_them_out(ghost, redis):
    assert (await posted(ghost, "published", "post.published", to="public"))["http_status"] == 202
    change = {"visibility": "paid", "updated_at": "2025-11-20T08:10:00.000Z"}
    ghost.now_ms += 600_000
    answer = await posted(ghost, "for-members", "post.published.edited", to="public", **change)
    assert (answer["http_status"], answer["status"]) == (202, "accepted")
    assert "this source leaves such articles out" in str(answer["warnings"])
    assert ghost.counted("litfass_ingest_events_total", verb="unpublished", outcome="accepted") == 1


async def test_no_address_of_the_staff_is_kept_also_of_what_was_refused(ghost, redis):
    assert (await posted(ghost, "published", "post.published"))["http_status"] == 202
    assert (await posted(ghost, "published", "post.published.edited", title=""))["http_status"] == 422
    held = await everything(redis)
    assert b"Ana Ruiz" in held
    assert [each for each in FORBIDDEN[1:] if each in held] == []
