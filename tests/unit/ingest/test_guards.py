"""Who may knock, and how often."""

import json
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from redis.asyncio import Redis

from litfass.cms import signing, superdesk
from litfass.cms.signing import Attempt
from litfass.cms.story import Story
from services.ingest.faults import AddressRefused, TooMany
from services.ingest.guards import Bucket, Gate, sender_of, shown
from services.ingest.manners import busy_status
from services.ingest.problems import fault_answer
from shared.contracts.config import RedisConfig, SourceConfig
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import SITE
from tests.support.cms import a_delivery, an_article_payload
from tests.support.ingest import AT, SOURCES, Ingest

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
MINUTE_MS = 60_000


def guarded(
    redis: Redis, config: RedisConfig, *, peer: str = "203.0.113.7", proxies: str = "", **guards: Any
) -> Ingest:
    sources = {"cms": {**SOURCES["cms"], **guards}}
    environ = {"LITFASS_INGEST_TRUSTED_PROXIES": proxies} if proxies else {}
    return Ingest(redis, config, sources=sources, environ=environ, peer=peer)


# --- the address -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "sender"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.2", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.2", ["192.0.2.66, 198.51.100.1, 10.0.0.9"], "198.51.100.1"),
        ("10.0.0.2", ["198.51.100.1:4711"], "198.51.100.1"),
        ("::ffff:10.0.0.2", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1%eth0", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("10.0.0.2", [], "10.0.0.2"),
    ],
    ids=[
        "no-proxy", "a-strangers-word", "one-proxy", "what-the-client-claims", "two-headers", "two-proxies",
        "with-port", "mapped", "ipv6", "proxy-says-nothing",
    ],
)  # fmt: skip
def test_a_sender_is_the_last_one_that_no_trusted_proxy_added(peer, forwarded, sender):
    assert str(sender_of(peer, forwarded, trusted=PROXIES)) == sender


@pytest.mark.parametrize("forwarded", ["unknown", "", "198.51.100.1, nonsense", "1.2.3.4.5"])
def test_a_sender_that_a_proxy_names_badly_is_unknown_and_never_the_proxy(forwarded):
    assert sender_of("10.0.0.2", [forwarded], trusted=PROXIES) is None


def test_an_unknown_sender_is_in_no_network():
    with pytest.raises(AddressRefused):
        Gate.of(["0.0.0.0/0", "::/0"]).require(None)


def test_an_address_is_shown_only_by_its_network():
    assert shown(sender_of("203.0.113.77", [], trusted=())) == "203.0.113.0/24"
    assert shown(sender_of("2001:db8:1:2::7", [], trusted=())) == "2001:db8:1::/48"


async def test_a_delivery_from_an_allowed_network_is_taken(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, allow_from=["198.51.100.9", "203.0.113.0/24"])
    assert (await ingest.deliver()).status_code == 202


async def test_a_well_signed_delivery_from_elsewhere_is_refused_before_its_body_is_read(redis, redis_config):
    ingest = guarded(redis, redis_config, peer="192.0.2.66", allow_from=["203.0.113.0/24"])
    answer = await ingest.deliver()
    assert (answer.status_code, answer.json()["reason"]) == (403, "address_refused")
    assert "192.0.2.0/24" in answer.json()["detail"]
    assert ingest.counted("litfass_ingest_body_bytes_count") == 0
    assert (await ingest.send(b"{}", to="cms/batch")).status_code == 403


async def test_nobody_gets_in_by_claiming_an_address(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, peer="192.0.2.66", allow_from=["203.0.113.0/24"])
    body = a_delivery("published", an_article_payload(published_at=AT), at=AT)
    assert (await ingest.send(body, headers={"x-forwarded-for": "203.0.113.7"})).status_code == 403


async def test_behind_a_trusted_proxy_the_address_is_the_one_it_forwards(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, peer="10.0.0.2", proxies="10.0.0.0/8, ::1", allow_from=["203.0.113.0/24"])
    body = a_delivery("published", an_article_payload(published_at=AT, updated_at=AT), at=AT)
    assert (await ingest.send(body, headers={"x-forwarded-for": "203.0.113.7"})).status_code == 202
    assert (await ingest.send(body, headers={"x-forwarded-for": "203.0.113.7, 192.0.2.66"})).status_code == 403


@pytest.mark.parametrize("network", ["203.0.113.7/24", "cms.example", "300.1.1.1", ""])
def test_a_network_that_is_none_stops_the_start_with_an_example(network):
    with pytest.raises(ValueError, match=r"say for example 203\.0\.113\.0/24"):
        SourceConfig(site=SITE, adapter="standard", allow_unsigned=True, allow_from=(network,))


async def test_a_proxy_that_is_no_network_stops_the_start(redis: Redis, redis_config: RedisConfig):
    with pytest.raises(ConfigurationFault, match="LITFASS_INGEST_TRUSTED_PROXIES"):
        guarded(redis, redis_config, proxies="10.0.0.0/8, nginx")


# --- how often -------------------------------------------------------------------------------------------------------


def test_a_bucket_gives_a_minutes_deliveries_at_once_and_then_one_by_one():
    bucket = Bucket(per_minute=30)
    assert [bucket.wait_s(now_ms=MINUTE_MS) for _ in range(30)] == [0.0] * 30
    assert bucket.wait_s(now_ms=MINUTE_MS) == pytest.approx(2.0)
    assert bucket.wait_s(now_ms=MINUTE_MS + 2000) == 0.0
    assert bucket.wait_s(now_ms=MINUTE_MS + 2000) > 0
    assert [bucket.wait_s(now_ms=9 * MINUTE_MS) for _ in range(31)].count(0.0) == 30


def test_a_clock_that_jumps_back_neither_fills_nor_empties_a_bucket():
    bucket = Bucket(per_minute=1)
    assert bucket.wait_s(now_ms=5 * MINUTE_MS) == 0.0
    assert bucket.wait_s(now_ms=MINUTE_MS) > 0
    assert bucket.wait_s(now_ms=2 * MINUTE_MS) == 0.0


async def test_more_than_a_source_may_send_is_429_until_a_while_has_gone_by(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, deliveries_per_minute=2)
    answers = [await ingest.deliver(id=str(number)) for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["retry-after"] == "30"
    assert answers[2].json()["reason"] == "too_many"
    ingest.now_ms += 30_000
    assert (await ingest.deliver(id="2")).status_code == 202


@pytest.mark.parametrize("verb", ["unpublished", "killed"])
async def test_a_withdrawal_is_never_too_many(redis: Redis, redis_config: RedisConfig, verb):
    ingest = guarded(redis, redis_config, deliveries_per_minute=1)
    await ingest.deliver()
    assert (await ingest.deliver(id="2")).status_code == 429
    assert (
        await ingest.send(a_delivery(verb, {"id": "4711", "revision": 2}, at=AT), message_id="m9")
    ).status_code == 202


async def test_strangers_do_not_use_up_what_the_newsroom_may_send(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, deliveries_per_minute=1)
    forged = [await ingest.send(b"{}", headers={"webhook-signature": "v1,AAAA"}) for _ in range(5)]
    assert {answer.status_code for answer in forged} == {401}
    assert (await ingest.deliver()).status_code == 202


async def test_a_batch_is_one_delivery(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, deliveries_per_minute=1)
    line = a_delivery("published", an_article_payload(published_at=AT, updated_at=AT), at=AT)
    assert (await ingest.send(b"\n".join([line] * 3), to="cms/batch")).status_code == 200
    assert (await ingest.send(line, to="cms/batch", message_id="m2")).status_code == 429


def test_a_cms_for_which_429_is_the_end_is_told_503():
    assert busy_status("ghost") == 429
    answer = fault_answer(TooMany(30.0), busy_status=busy_status("superdesk"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert json.loads(answer.body)["status"] == 503


async def test_superdesk_is_told_so_over_http(redis: Redis, redis_config: RedisConfig):
    sources = {"desk": {"site": SITE, "adapter": "superdesk", "secrets": ["env:DESK"], "deliveries_per_minute": 1}}
    ingest = Ingest(redis, redis_config, sources=sources, environ={"DESK": "geheim"})
    answers = []
    for name in ("1", "2"):
        moment = datetime.fromtimestamp(ingest.now_ms / 1000, tz=UTC)
        post = superdesk.play("published", Story(name, 1, moment, moment))
        proof = signing.superdesk(Attempt(post.body, "", "", 0), secret="geheim")
        answers.append(await ingest.http.post("/webhooks/desk", content=post.body, headers={**post.headers, **proof}))
    assert [answer.status_code for answer in answers] == [202, 503]
    assert answers[1].headers["retry-after"] == "60"
    assert answers[1].json()["reason"] == "too_many"


# --- how large -------------------------------------------------------------------------------------------------------


async def test_a_source_may_have_a_limit_of_its_own(redis: Redis, redis_config: RedisConfig):
    ingest = guarded(redis, redis_config, body_bytes=1_000)
    assert (await ingest.deliver(body="<p>Kurz.</p>")).status_code == 202
    answer = await ingest.deliver(id="2", body="<p>" + "Lang. " * 200 + "</p>")
    assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")
    assert "1,000 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
async def test_nothing_is_ever_unpacked_so_nothing_can_burst(redis: Redis, redis_config: RedisConfig, encoding):
    ingest = guarded(redis, redis_config)
    for where in ("cms", "cms/batch"):
        answer = await ingest.send(b"\x1f\x8b" + b"\x00" * 64, to=where, headers={"content-encoding": encoding})
        assert (answer.status_code, answer.json()["reason"]) == (415, "wrong_type")
        assert "send it as it is" in answer.json()["detail"]
