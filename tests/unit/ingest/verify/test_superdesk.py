"""Superdesk's signature: what opens, and what the refusals say. The suite of all vendors is in tests/conformance."""

import pytest

from services.ingest.verify import Delivery, SignatureRejected, body_id
from services.ingest.verify.superdesk import key, verify

BODY = '{"id":"4711","title":"Café – test/ü"}'.encode()
GOOD = "sha1=9366fb0797cad0ff32c006005e92a643285a9715"  # computed once with `openssl dgst -sha1 -hmac s3cr3t`


def opens(header: str, *secrets: str) -> str:
    keys = [key(secret) for secret in secrets or ("s3cr3t",)]
    return verify(Delivery({"x-superdesk-signature": header}, BODY), keys=keys, now_s=0).delivery_id


def test_a_known_signature_opens_and_equal_bytes_are_one_delivery():
    assert opens(GOOD) == body_id(BODY)


def test_the_old_secret_still_opens_while_the_new_one_is_rolled_out():
    assert opens(GOOD, "neu", "s3cr3t") == body_id(BODY)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "is missing"),
        ("sha256=" + "0" * 64, "must be sha1="),
        ("sha1=zz", "must be sha1="),
        ("sha1=" + "0" * 40, "No secret of this source"),
    ],
)
def test_a_refusal_says_what_to_check(header, says):
    with pytest.raises(SignatureRejected, match=says):
        opens(header)
