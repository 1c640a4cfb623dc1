"""The signature of Drupal's module Webhooks, old and new."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import Delivery, SignatureRejected
from services.ingest.verify.drupal import key, verify

BODY = '{"id":"4711","title":"Café – test/ü"}'.encode()
SECRET = "s3cr3t"
OLD = "sha1=9366fb0797cad0ff32c006005e92a643285a9715"
NEW = "sha256=13b2451d80947f5002bd6f0835d694a5ec52350a23a67437f24a4aa68c9c4fb9"


def a_delivery(body: bytes = BODY, *, name: str = "x-hub-signature-256", value: str = NEW, id_: str = "d1") -> Delivery:
    return Delivery({name: value, "x-drupal-webhooks-delivery": id_}, body)


def opened(delivery: Delivery, *secrets: str):
    return verify(delivery, keys=[key(secret) for secret in secrets or (SECRET,)], now_s=0)


@pytest.mark.parametrize(
    ("name", "value"), [("x-hub-signature", OLD), ("x-hub-signature-256", NEW), ("x-hub-signature", NEW)]
)
def test_the_vectors_of_old_and_new_releases_open(name, value):
    assert opened(a_delivery(name=name, value=value)).sent_ms == 0, "no time is signed"


def test_a_repetition_has_the_same_id_and_no_header_makes_it_another_bodys():
    other = b'{"id":"4712"}'
    mac = hmac.new(SECRET.encode(), other, hashlib.sha256).hexdigest()
    assert opened(a_delivery()) == opened(a_delivery())
    assert opened(a_delivery()).delivery_id != opened(a_delivery(other, value=f"sha256={mac}")).delivery_id


def test_while_secrets_are_changed_both_open():
    assert opened(a_delivery(), "neu", SECRET).delivery_id


@pytest.mark.parametrize(
    "forged",
    [
        a_delivery(BODY + b" "),
        a_delivery(value="sha256=" + "0" * 64),
        a_delivery(name="x-hub-signature", value="sha1=" + "0" * 40),
    ],
    ids=["body", "signature", "old-signature"],
)
def test_what_drupal_did_not_sign_is_refused(forged):
    with pytest.raises(SignatureRejected, match="same secret"):
        opened(forged)


def test_a_foreign_secret_is_refused():
    with pytest.raises(SignatureRejected, match="same secret"):
        opened(a_delivery(), "anders")


def test_where_both_signatures_are_sent_the_stronger_one_decides():
    both = Delivery({"x-hub-signature": OLD, "x-hub-signature-256": "sha256=" + "0" * 64}, BODY)
    with pytest.raises(SignatureRejected):
        opened(both)


def test_a_missing_signature_says_what_to_do_in_drupal():
    with pytest.raises(SignatureRejected, match="give the webhook a secret in Drupal"):
        opened(Delivery({}, BODY))


@given(st.text() | st.from_regex(r"sha(1|256)=[0-9a-f]*"), st.binary())
def test_nothing_but_a_refusal_comes_of_nonsense(header, body):
    for name in ("x-hub-signature", "x-hub-signature-256"):
        with pytest.raises(SignatureRejected):
            opened(Delivery({name: header}, body))
