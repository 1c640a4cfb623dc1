"""Standard Webhooks, `v1`: HMAC-SHA256 over `id.timestamp.body`.

    webhook-id          the same for every attempt of one delivery
    webhook-timestamp   seconds since 1970, of this attempt
    webhook-signature   one or more `v1,<base64>`, parted by spaces; other versions are passed over

Source: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md 1.0.0. Stricter than the
reference libraries, which take `1767322245.9` for a time and stumble over a signature without a comma.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified, require_recent
from services.ingest.verify.hmacs import any_matches, signatures

PREFIX: Final = "whsec_"
KEY_BYTES: Final = range(24, 65)  # the spec's bounds
MAX_HEADER: Final = 4_096  # characters of `webhook-signature`; one signature has 47
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_MAC_BYTES: Final = 32


def key(secret: str) -> bytes:
    """Return the raw key of `whsec_<base64>`; raises ValueError when it is none, without repeating it."""
    text = secret.strip().removeprefix(PREFIX)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise ValueError(f"must be {PREFIX} and 24 to 64 random bytes in base64; this is no base64") from cause
    if len(raw) not in KEY_BYTES:
        raise ValueError(f"must be {PREFIX} and 24 to 64 random bytes in base64; these are {len(raw)} bytes")
    return raw


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
    """Return the proof; `delivery_id` is the `webhook-id`.

    `sent_ms` stays 0: the timestamp is the attempt's, later with every repetition, so it must not say which of two
    edits is the newer one.

    Raises SignatureRejected when a header is missing or malformed, the timestamp is too far away, or no key made any
    of the signatures.
    """
    message_id = _header(delivery, "webhook-id")
    if not _ID.fullmatch(message_id):
        raise SignatureRejected("webhook-id must have 1 to 200 printable ASCII characters and no blanks.")
    stamp = _header(delivery, "webhook-timestamp")
    if not _SECONDS.fullmatch(stamp):
        raise SignatureRejected("webhook-timestamp must be whole seconds since 1970.")
    given = _given(_header(delivery, "webhook-signature"))
    require_recent(int(stamp), now_s=now_s, what="webhook-timestamp")
    signed = (message_id.encode(), b".", stamp.encode(), b".", delivery.body)
    if not any_matches(signatures(keys, signed, digest="sha256"), given):
        raise SignatureRejected(
            "No secret of this source made the webhook-signature. Check that both sides have the same secret, that it "
            "is decoded from base64 before use, and that exactly the bytes sent are signed: id.timestamp.body."
        )
    return Verified(delivery_id=message_id)


def _header(delivery: Delivery, name: str) -> str:
    value = delivery.headers.get(name)
    if not value:
        raise SignatureRejected(f"The header {name} is missing.")
    return value


def _given(header: str) -> list[bytes]:
    """Return the raw `v1` signatures of the header; raises SignatureRejected when there is none."""
    if len(header) > MAX_HEADER:
        raise SignatureRejected(f"webhook-signature has more than {MAX_HEADER} characters.")
    given: list[bytes] = []
    for part in header.split():
        version, _, text = part.partition(",")
        if version != "v1":
            continue
        try:
            mac = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(mac) == _MAC_BYTES:
            given.append(mac)
    if not given:
        raise SignatureRejected("webhook-signature has no signature of the form v1,<base64 of 32 bytes>.")
    return given
