"""Standard Webhooks: what opens, and what stays outside whatever is sent."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import standardwebhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.verify import TOLERANCE_S, Delivery, SignatureRejected, Verified
from services.ingest.verify.standard import key, verify
from tests.support.cms import PUBLIC_KEY, SECRET, signed, signed_v1a

NOW_S = 1_795_421_400
BODY = '{"id":"4711","headline":"Café – Straße"}'.encode()
VECTORS = json.loads((Path(__file__).parents[3] / "fixtures/signatures/standard-webhooks.json").read_text("utf-8"))
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


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["says"].replace(" ", "-"))
def test_known_signatures_open_or_not_as_they_should(vector):
    headers = {f"webhook-{name}": vector[name] for name in ("id", "timestamp", "signature")}
    delivery, keys = Delivery(headers, vector["body"].encode()), [key(vector["key"])]
    if vector["opens"]:
        assert verify(delivery, keys=keys, now_s=int(vector["timestamp"])).delivery_id == vector["id"]
    else:
        with pytest.raises(SignatureRejected, match="same secret"):
            verify(delivery, keys=keys, now_s=int(vector["timestamp"]))


def test_what_the_official_library_signs_opens_here():
    theirs = standardwebhooks.Webhook(SECRET).sign("msg_1", datetime.fromtimestamp(NOW_S, UTC), BODY.decode())
    assert opens(webhook_signature=theirs).delivery_id == "msg_1"


@given(
    st.from_regex(r"[!-~]{1,40}", fullmatch=True),
    st.text(),
    st.integers(10**8, 10**10),
    st.binary(min_size=24, max_size=64),
)
def test_every_message_that_the_official_library_signs_opens_here_and_its_neighbour_does_not(name, text, stamp, raw):
    webhook = standardwebhooks.Webhook(raw)
    theirs = webhook.sign(name, datetime.fromtimestamp(stamp, UTC), text)
    headers = {"webhook-id": name, "webhook-timestamp": str(stamp), "webhook-signature": theirs}
    keys = [key("whsec_" + base64.b64encode(raw).decode())]
    assert verify(Delivery(headers, text.encode()), keys=keys, now_s=stamp).delivery_id == name
    with pytest.raises(SignatureRejected):
        verify(Delivery(headers, text.encode() + b"\x00"), keys=keys, now_s=stamp)


def test_what_opens_here_opens_in_the_official_library_and_what_was_changed_in_neither():
    headers = signed(BODY, message_id="msg_1")  # their clock is the real one
    assert standardwebhooks.Webhook(SECRET).verify(BODY, headers)["id"] == "4711"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRET).verify(BODY + b" ", headers)


@pytest.mark.parametrize("secrets", [(PUBLIC_KEY,), (OTHER, PUBLIC_KEY), (PUBLIC_KEY, OTHER)])
def test_a_sender_with_a_key_of_its_own_is_known_by_its_public_half(secrets):
    signature = signed_v1a(BODY, message_id="msg_1", at_s=NOW_S)["webhook-signature"]
    assert opens(secrets=secrets, webhook_signature=signature) == Verified(delivery_id="msg_1")


def test_one_signature_of_several_kinds_is_enough_while_a_source_changes_from_one_to_the_other():
    both = " ".join(make(BODY, message_id="msg_1", at_s=NOW_S)["webhook-signature"] for make in (signed, signed_v1a))
    for secrets in ((SECRET,), (PUBLIC_KEY,), (OTHER, PUBLIC_KEY)):
        assert opens(secrets=secrets, webhook_signature=both).delivery_id == "msg_1"


@pytest.mark.parametrize(
    "changes", [{"body": BODY + b" "}, {"webhook_id": "msg_2"}, {"webhook_timestamp": str(NOW_S + 1)}]
)
def test_a_private_key_signs_every_byte_the_id_and_the_time(changes):
    signature = signed_v1a(BODY, message_id="msg_1", at_s=NOW_S)["webhook-signature"]
    with pytest.raises(SignatureRejected, match="same secret"):
        opens(secrets=(PUBLIC_KEY,), webhook_signature=signature, **changes)


def test_somebody_elses_private_key_does_not_open():
    foreign = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = signed_v1a(BODY, message_id="msg_1", at_s=NOW_S, private_key=foreign)["webhook-signature"]
    with pytest.raises(SignatureRejected, match="same secret"):
        opens(secrets=(PUBLIC_KEY,), webhook_signature=signature)


def test_a_public_key_is_no_secret_that_a_mac_could_be_made_with():
    raw = base64.b64decode(PUBLIC_KEY.removeprefix("whpk_"))
    forged = signed(BODY, message_id="msg_1", at_s=NOW_S, secret=base64.b64encode(raw).decode())["webhook-signature"]
    with pytest.raises(SignatureRejected, match="same secret"):
        opens(secrets=(PUBLIC_KEY,), webhook_signature=forged)


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("whpk_%%%%", "no base64"),
        ("whpk_AAAA", "these are 3 bytes"),
        ("whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "belongs to the sender"),
    ],
)
def test_what_is_no_public_key_is_refused_without_repeating_it(secret, says):
    with pytest.raises(ValueError, match=says) as fault:
        key(secret)
    assert secret not in str(fault.value)


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
