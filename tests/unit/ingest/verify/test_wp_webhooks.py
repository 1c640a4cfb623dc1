"""The signature of the plugin WP Webhooks. The suite of all vendors is in tests/conformance."""

import pytest

from services.ingest.verify import Delivery, SignatureRejected, body_id
from services.ingest.verify.wp_webhooks import key, verify

BODY = '{"id":"4711","title":"Café – test/ü"}'.encode()
GOOD = "E7JFHYCUf1ACvW8INdaUpexSNQojpnQ38kpKpoycT7k="  # computed once with `openssl dgst -sha256 -hmac s3cr3t`


def opens(header: str, *secrets: str) -> str:
    keys = [key(secret) for secret in secrets or ("s3cr3t",)]
    return verify(Delivery({"x-wp-webhook-signature": header}, BODY), keys=keys, now_s=0).delivery_id


def test_a_known_signature_opens_also_with_the_old_secret_and_equal_bytes_are_one_delivery():
    assert opens(GOOD) == opens(GOOD, "neu", "s3cr3t") == body_id(BODY)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "is missing"),
        ("###", "must be base64"),
        ("AAAA", "must be base64 of 32"),
        ("A" * 43 + "=", "No secret of this source"),
    ],
)
def test_a_refusal_says_what_to_check(header, says):
    with pytest.raises(SignatureRejected, match=says):
        opens(header)
