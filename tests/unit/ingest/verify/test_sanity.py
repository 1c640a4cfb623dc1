"""Sanity's signature."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import TOLERANCE_S, Delivery, SignatureRejected
from services.ingest.verify.sanity import key, verify

NOW_MS = 1_767_322_245_123
SECRET = "ein Geheimnis mit Ümlaut"
BODY = '{"id":"4711","title":"Café – test/ü"}'.encode()


def a_delivery(
    *, body: bytes = BODY, at_ms: int = NOW_MS, secret: str = SECRET, idempotency_key: str = "k1"
) -> Delivery:
    mac = hmac.new(secret.encode(), f"{at_ms}.".encode() + body, hashlib.sha256).digest()
    text = base64.urlsafe_b64encode(mac).decode().rstrip("=")
    headers = {"sanity-webhook-signature": f"t={at_ms},v1={text}"}
    return Delivery(headers | ({"idempotency-key": idempotency_key} if idempotency_key else {}), body)


def opened(delivery: Delivery, *, now_ms: int = NOW_MS, secrets: tuple[str, ...] = (SECRET,)):
    return verify(delivery, keys=[key(secret) for secret in secrets], now_s=now_ms / 1000)


def signed_by(delivery: Delivery, header: str) -> Delivery:
    return Delivery({"sanity-webhook-signature": header}, delivery.body)


def test_the_vector_of_the_official_toolkit_opens():
    header = "t=1767322245123,v1=urHR5s_h4v49t2cTe47hfYZc5k17lcjkMqio24lskso"
    proof = opened(signed_by(a_delivery(), header), secrets=("s3cr3t",))
    assert proof.sent_ms == NOW_MS


def test_a_retry_that_is_signed_anew_is_the_same_delivery():
    assert opened(a_delivery()).delivery_id == opened(a_delivery(at_ms=NOW_MS + 30_000)).delivery_id


def test_a_key_that_nobody_signs_makes_no_delivery_look_like_another_one():
    other = a_delivery(body=b'{"id":"4712"}')
    assert opened(a_delivery()).delivery_id != opened(other).delivery_id


def test_without_a_key_the_same_body_at_another_time_is_another_delivery():
    one, later = a_delivery(idempotency_key=""), a_delivery(idempotency_key="", at_ms=NOW_MS + 1)
    assert opened(one).delivery_id != opened(later).delivery_id


@pytest.mark.parametrize("away_s", [TOLERANCE_S + 1, -TOLERANCE_S - 1], ids=["too-old", "from-the-future"])
def test_a_replayed_time_is_refused(away_s):
    with pytest.raises(SignatureRejected, match="clock"):
        opened(a_delivery(), now_ms=NOW_MS + round(away_s * 1000))


def test_a_changed_body_a_changed_time_and_a_foreign_secret_are_refused():
    good = a_delivery()
    header = good.headers["sanity-webhook-signature"]
    for forged in (
        Delivery(good.headers, BODY + b" "),
        signed_by(good, header.replace(str(NOW_MS), str(NOW_MS + 1))),
        a_delivery(secret="anders"),
    ):
        with pytest.raises(SignatureRejected, match="same secret"):
            opened(forged)


def test_while_secrets_are_changed_both_open():
    assert opened(a_delivery(secret="alt"), secrets=("neu", "alt")) == opened(
        a_delivery(secret="neu"), secrets=("neu", "alt")
    )


def test_a_missing_signature_says_what_to_do_in_sanity():
    with pytest.raises(SignatureRejected, match="give the webhook a secret in Sanity"):
        opened(Delivery({}, BODY))


@given(st.text() | st.from_regex(r"t=[0-9]*[, ]v1=[A-Za-z0-9_=-]*"), st.binary())
def test_nothing_but_a_refusal_comes_of_nonsense(header, body):
    with pytest.raises(SignatureRejected):
        opened(Delivery({"sanity-webhook-signature": header}, body))
