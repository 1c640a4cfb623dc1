"""Ghost's signature, in both of its forms."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import TOLERANCE_S, Delivery, SignatureRejected
from services.ingest.verify.ghost import key, verify, verify_legacy

NOW_MS = 1_795_421_400_123
SECRET = "ein Geheimnis mit Ümlaut"
BODY = '{"post":{"current":{"title":"Café – Straße"}}}'.encode()
TARGET = "/webhooks/blatt/post.published"


def a_delivery(*, signed: bytes = b"", body: bytes = BODY, at_ms: int = NOW_MS, target: str = TARGET) -> Delivery:
    """A delivery as Ghost signs it since 5.87.1; `signed` are the bytes that the MAC is made of instead."""
    mac = hmac.new(SECRET.encode(), signed or body + str(at_ms).encode(), hashlib.sha256).hexdigest()
    return Delivery({"x-ghost-signature": f"sha256={mac}, t={at_ms}"}, body, target)


def opened(delivery: Delivery, *, now_ms: int = NOW_MS, scheme=verify):
    return scheme(delivery, keys=[key(SECRET + "\n")], now_s=now_ms / 1000)


def test_a_good_signature_proves_when_ghost_sent_it():
    assert opened(a_delivery()).sent_ms == NOW_MS


def test_a_repetition_has_the_same_id_and_the_same_body_for_another_event_has_not():
    one, again, edited = a_delivery(), a_delivery(), a_delivery(target="/webhooks/blatt/post.edited")
    assert opened(one) == opened(again)
    assert opened(one).delivery_id != opened(edited).delivery_id


def test_the_same_body_sent_at_another_time_is_another_delivery():
    assert opened(a_delivery()).delivery_id != opened(a_delivery(at_ms=NOW_MS + 1)).delivery_id


def test_a_signature_over_the_body_alone_opens_only_where_it_is_asked_for():
    old = a_delivery(signed=BODY)
    with pytest.raises(SignatureRejected, match="legacy_signature = true"):
        opened(old)
    assert opened(old, scheme=verify_legacy).delivery_id


def test_a_time_that_nobody_signed_proves_nothing_and_makes_no_new_delivery():
    one, replayed = a_delivery(signed=BODY), a_delivery(signed=BODY, at_ms=NOW_MS + 1_000)
    assert opened(one, scheme=verify_legacy) == opened(replayed, scheme=verify_legacy)
    assert opened(one, scheme=verify_legacy).sent_ms == 0


def test_a_new_signature_is_no_old_one():
    with pytest.raises(SignatureRejected, match="take legacy_signature"):
        opened(a_delivery(), scheme=verify_legacy)


@pytest.mark.parametrize("scheme", [verify, verify_legacy])
@pytest.mark.parametrize("away_s", [TOLERANCE_S + 1, -TOLERANCE_S - 1], ids=["too-old", "from-the-future"])
def test_a_replayed_time_is_refused(scheme, away_s):
    signed = BODY if scheme is verify_legacy else b""
    with pytest.raises(SignatureRejected, match="clock"):
        opened(a_delivery(signed=signed), now_ms=NOW_MS + round(away_s * 1000), scheme=scheme)


def test_a_changed_body_a_changed_time_and_a_foreign_secret_are_refused():
    good = a_delivery()
    header = good.headers["x-ghost-signature"]
    for forged in (
        Delivery(good.headers, BODY + b" ", TARGET),
        Delivery({"x-ghost-signature": header.replace(str(NOW_MS), str(NOW_MS + 1))}, BODY, TARGET),
    ):
        with pytest.raises(SignatureRejected, match="same secret"):
            opened(forged)
    with pytest.raises(SignatureRejected):
        verify(good, keys=[key("anders")], now_s=NOW_MS / 1000)


@given(st.text() | st.from_regex(r"sha256=[0-9a-f]*, ?t=[0-9]*"), st.binary())
def test_nothing_but_a_refusal_comes_of_nonsense(header, body):
    for scheme in (verify, verify_legacy):
        with pytest.raises(SignatureRejected):
            scheme(Delivery({"x-ghost-signature": header}, body), keys=[b"k"], now_s=NOW_MS / 1000)


def test_a_missing_signature_says_what_to_do_in_ghost():
    with pytest.raises(SignatureRejected, match="give the webhook a secret"):
        opened(Delivery({}, BODY))


def test_an_empty_secret_is_no_key():
    with pytest.raises(ValueError, match="must not be empty"):
        key("  \n")
