"""Standard Webhooks: what opens, and what stays outside whatever is sent."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import TOLERANCE_S, Delivery, SignatureRejected, Verified
from services.ingest.verify.standard import key, verify
from tests.support.cms import SECRET, signed

NOW_S = 1_795_421_400
BODY = '{"id":"4711","headline":"Café – Straße"}'.encode()
OTHER = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()


def opens(
    body: bytes = BODY, *, secrets: tuple[str, ...] = (SECRET,), now_s: float = NOW_S, **changes: str
) -> Verified:
    """Verify a delivery signed with SECRET whose headers were changed afterwards (`webhook_id=…`)."""
    headers = signed(BODY, message_id="msg_1", at_s=NOW_S) | {k.replace("_", "-"): v for k, v in changes.items()}
    return verify(Delivery(headers, body), keys=[key(secret) for secret in secrets], now_s=now_s)


def test_a_good_signature_proves_the_webhook_id_and_no_time_for_it_is_the_attempts():
    assert opens() == Verified(delivery_id="msg_1", sent_ms=0)


def test_the_signature_is_the_one_that_the_specification_describes():
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    headers = {  # computed once with `openssl dgst -sha256 -mac HMAC`, for the bytes `m.1.{}`
        "webhook-id": "m",
        "webhook-timestamp": "1",
        "webhook-signature": "v1,1aEd8u5Ld6oSWPuSVvpsI86JFaALb1stnCSccIBKaGw=",
    }
    assert verify(Delivery(headers, b"{}"), keys=[key(secret)], now_s=1).delivery_id == "m"


def test_the_old_secret_still_opens_while_the_new_one_is_rolled_out():
    assert opens(secrets=(OTHER, SECRET)).delivery_id == "msg_1"


def test_any_of_several_signatures_opens_and_other_versions_are_passed_over():
    good = signed(BODY, message_id="msg_1", at_s=NOW_S)["webhook-signature"]
    bad = "v1," + base64.b64encode(bytes(32)).decode()
    assert opens(webhook_signature=f"v1a,abc nonsense v2,x {bad} {good}").delivery_id == "msg_1"


@pytest.mark.parametrize("body", [BODY + b" ", b"", BODY.replace(b"4711", b"4712")])
def test_a_changed_body_is_refused(body):
    with pytest.raises(SignatureRejected, match="same secret"):
        opens(body)


def test_a_foreign_secret_is_refused_and_no_secret_at_all_too():
    with pytest.raises(SignatureRejected):
        opens(secrets=(OTHER,))
    with pytest.raises(SignatureRejected):
        opens(secrets=())


def test_an_id_of_somebody_elses_choice_is_refused():
    with pytest.raises(SignatureRejected):
        opens(webhook_id="msg_2")


@pytest.mark.parametrize("away_s", [TOLERANCE_S + 1, -TOLERANCE_S - 1], ids=["too-old", "from-the-future"])
def test_a_replayed_timestamp_is_refused(away_s):
    with pytest.raises(SignatureRejected, match="clock"):
        opens(now_s=NOW_S + away_s)


@pytest.mark.parametrize("away_s", [TOLERANCE_S, -TOLERANCE_S])
def test_clocks_may_differ_by_five_minutes_both_ways(away_s):
    assert opens(now_s=NOW_S + away_s)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook_id", ""),
        ("webhook_id", "x" * 201),
        ("webhook_id", "zwei worte"),
        ("webhook_id", "mit\nzeile"),
        ("webhook_id", "ü"),
        ("webhook_timestamp", ""),
        ("webhook_timestamp", f"{NOW_S}.9"),
        ("webhook_timestamp", f" {NOW_S} "),
        ("webhook_timestamp", f"{NOW_S}\n"),
        ("webhook_timestamp", "-1"),
        ("webhook_timestamp", "nan"),
        ("webhook_timestamp", "9" * 5_000),
        ("webhook_timestamp", "١٧٩٥٤٢١٤٠٠"),
        ("webhook_signature", ""),
        ("webhook_signature", "v1"),
        ("webhook_signature", "v1,"),
        ("webhook_signature", "v1,!!!"),
        ("webhook_signature", "v1,ü"),
        ("webhook_signature", "v1,AAAA"),
        ("webhook_signature", "v1a,AAAA"),
        ("webhook_signature", "v1,AAAA " * 100_000),
    ],
)
def test_a_malformed_header_is_refused_by_its_name(header, value):
    with pytest.raises(SignatureRejected, match=header.replace("_", "-")):
        opens(**{header: value})


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(header):
    headers = signed(BODY, message_id="msg_1", at_s=NOW_S)
    del headers[header]
    with pytest.raises(SignatureRejected, match=f"{header} is missing"):
        verify(Delivery(headers, BODY), keys=[key(SECRET)], now_s=NOW_S)


@given(st.text(), st.text(), st.text(), st.binary())
def test_nothing_but_a_refusal_comes_of_nonsense(message_id, stamp, signature, body):
    headers = {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}
    with pytest.raises(SignatureRejected):
        verify(Delivery(headers, body), keys=[key(SECRET)], now_s=NOW_S)


@pytest.mark.parametrize("size", [24, 64])
def test_a_secret_of_24_to_64_bytes_is_a_key_also_with_a_line_end_from_its_file(size):
    assert key("whsec_" + base64.b64encode(bytes(size)).decode() + "\n") == bytes(size)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_%%%", "whsec_" + base64.b64encode(bytes(23)).decode(), "ü" * 40]
)
def test_what_is_no_secret_is_refused_without_repeating_it(secret):
    with pytest.raises(ValueError, match="must be whsec_ and 24 to 64 random bytes") as fault:
        key(secret)
    assert not secret or secret not in str(fault.value).replace("whsec_ and", "")
