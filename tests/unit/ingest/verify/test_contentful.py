"""Contentful's signed canonical request."""

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import TOLERANCE_S, Delivery, SignatureRejected
from services.ingest.verify.contentful import key, verify

SECRET = "0123456789abcdef" * 4
NOW_MS = 1_767_322_245_123
BODY = '{"id":"4711","title":"Café – test/ü"}'.encode()
TOPIC = "ContentManagement.Entry.publish"


def a_delivery(
    *, path: str = "/webhooks/blatt", at_ms: int = NOW_MS, secret: str = SECRET, signs: str = "", **headers: str
) -> Delivery:
    """A delivery as Contentful signs it; `path` is what is called, `signs` another one that is signed."""
    sent = {"content-type": "application/json", "x-contentful-topic": TOPIC, "x-contentful-idempotency-key": "k1"}
    sent |= {"x-contentful-timestamp": str(at_ms), **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent["x-contentful-signed-headers"] = ",".join(sorted([*sent, "x-contentful-signed-headers"]))
    told = ";".join(f"{name}:{sent[name].strip()}" for name in sorted(sent))
    canonical = "\n".join(["POST", signs or path, told, BODY.decode()])
    sent["x-contentful-signature"] = hmac.new(secret.encode(), canonical.encode(), hashlib.sha256).hexdigest()
    return Delivery(sent, BODY, path)


def opened(delivery: Delivery, **changes: Any):
    return verify(delivery, **({"keys": [key(SECRET + "\n")], "now_s": NOW_MS / 1000} | changes))


def with_headers(delivery: Delivery, **headers: str | None) -> Delivery:
    changed = delivery.headers | {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(
        {name: value for name, value in changed.items() if value is not None}, delivery.body, delivery.target
    )


def test_the_vector_of_the_official_toolkit_opens():
    headers = {
        "content-type": "application/vnd.contentful.management.v1+json",
        "x-contentful-signed-headers": "content-type,x-contentful-signed-headers,x-contentful-timestamp",
        "x-contentful-timestamp": str(NOW_MS),
        "x-contentful-signature": "f714cc2ab7dcb3c932ad2e0be16e418aa72c6f42c91fbf70ed20de6bd96e0426",
    }
    assert opened(Delivery(headers, BODY, "/h")).delivery_id


def test_a_query_is_escaped_as_a_whole_and_then_once_more():
    assert opened(a_delivery(path="/h?a=1&b=ü", signs="/h?a%253D1%2526b%253D%25C3%25BC")).delivery_id
    assert opened(a_delivery(path="/h?", signs="/h")).delivery_id


def test_a_retry_that_is_signed_anew_is_the_same_delivery():
    retry = a_delivery(at_ms=NOW_MS + 30_000, x_contentful_webhook_request_attempt="2")
    assert opened(a_delivery()) == opened(retry)
    assert opened(a_delivery()).sent_ms == 0, "the time is the attempt's"


def test_unpublishing_and_deleting_with_one_body_are_two_deliveries():
    topics = ("ContentManagement.Entry.unpublish", "ContentManagement.Entry.delete")
    ids = {opened(a_delivery(x_contentful_topic=topic)).delivery_id for topic in topics}
    assert len(ids) == 2


@pytest.mark.parametrize("away_s", [TOLERANCE_S + 1, -TOLERANCE_S - 1], ids=["too-old", "from-the-future"])
def test_a_replayed_time_is_refused(away_s):
    with pytest.raises(SignatureRejected, match="clock"):
        opened(a_delivery(), now_s=NOW_MS / 1000 + away_s)


def test_while_secrets_are_changed_both_open():
    keys = [key("z" * 64), key(SECRET)]
    assert opened(a_delivery(), keys=keys) == opened(a_delivery(secret="z" * 64), keys=keys)


FORGED = {
    "body": Delivery(a_delivery().headers, BODY + b" ", "/webhooks/blatt"),
    "path": Delivery(a_delivery().headers, BODY, "/webhooks/anderes"),
    "topic": with_headers(a_delivery(), x_contentful_topic="ContentManagement.Entry.delete"),
    "time": with_headers(a_delivery(), x_contentful_timestamp=str(NOW_MS + 1)),
    "a-signed-header-is-missing": with_headers(a_delivery(), content_type=None),
    "secret": a_delivery(secret="f" * 64),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_contentful_did_not_sign_is_refused(what):
    with pytest.raises(SignatureRejected, match="same secret"):
        opened(FORGED[what])


def test_a_time_that_nobody_signed_is_refused():
    delivery = with_headers(a_delivery(), x_contentful_signed_headers="content-type,x-contentful-signed-headers")
    with pytest.raises(SignatureRejected, match="must name x-contentful-timestamp"):
        opened(delivery)


@pytest.mark.parametrize("name", ["x-contentful-signature", "x-contentful-signed-headers", "x-contentful-timestamp"])
def test_a_missing_header_says_what_to_do_in_contentful(name):
    delivery = with_headers(a_delivery(), **{name: None})
    with pytest.raises(SignatureRejected, match=f"{name} is missing; create a signing secret"):
        opened(delivery)


@pytest.mark.parametrize("secret", ["", "short", "x" * 63, "x" * 65, "ü" * 64, "x y" + "z" * 61])
def test_a_secret_that_contentful_would_not_take_is_none(secret):
    with pytest.raises(ValueError, match="exactly 64 characters"):
        key(secret)


@given(st.text(), st.text() | st.from_regex(r"[0-9a-f]{64}"), st.text() | st.just(str(NOW_MS)), st.binary(), st.text())
def test_nothing_but_a_refusal_comes_of_nonsense(names, signature, stamp, body, path):
    headers = {"x-contentful-signed-headers": f"{names},x-contentful-timestamp", "x-contentful-timestamp": stamp}
    with pytest.raises(SignatureRejected):
        opened(Delivery(headers | {"x-contentful-signature": signature}, body, path))
