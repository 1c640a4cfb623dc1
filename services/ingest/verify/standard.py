"""Standard Webhooks: `v1`, HMAC-SHA256, and `v1a`, ed25519, over `id.timestamp.body`.

    webhook-id          the same for every attempt of one delivery
    webhook-timestamp   seconds since 1970, of this attempt
    webhook-signature   one or more `v1,<base64>` and `v1a,<base64>`, parted by spaces; other versions are passed over

A secret is `whsec_<base64>`, which both sides know, or `whpk_<base64>`, the public half of a pair whose private half
(`whsk_`) never leaves the sender. A source may have both: any one signature by any one key opens.

Source: https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md 1.0.0. Stricter than the
reference libraries, which take `1767322245.9` for a time, stumble over a signature without a comma, and know no `v1a`.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.ingest.verify import Delivery, SignatureRejected, Verified, require_recent
from services.ingest.verify.hmacs import any_matches, signatures

PREFIX: Final = "whsec_"
PUBLIC_PREFIX: Final = "whpk_"
PRIVATE_PREFIX: Final = "whsk_"
KEY_BYTES: Final = range(24, 65)  # the spec's bounds
PUBLIC_KEY_BYTES: Final = 32
MAX_HEADER: Final = 4_096  # characters of `webhook-signature`; one v1 has 47, one v1a 92
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_SIGNATURE_BYTES: Final = {"v1": 32, "v1a": 64}


class PublicKey(bytes):
    """The raw public key of an ed25519 pair: it tells who signed, and is no secret."""


@dataclass(frozen=True)
class Given:
    """The raw signatures of one header, by version."""

    v1: tuple[bytes, ...]
    v1a: tuple[bytes, ...]


def key(secret: str) -> bytes:
    """Return the raw key of `whsec_<base64>`, or the PublicKey of `whpk_<base64>`.

    Raises ValueError when it is none, without repeating it.
    """
    text = secret.strip()
    if text.startswith(PRIVATE_PREFIX):
        raise ValueError(
            f"is a private key ({PRIVATE_PREFIX}), which belongs to the sender; give us its {PUBLIC_PREFIX}"
        )
    if text.startswith(PUBLIC_PREFIX):
        return _public_key(text)
    text = text.removeprefix(PREFIX)
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
    shared = [each for each in keys if not isinstance(each, PublicKey)]
    public = [each for each in keys if isinstance(each, PublicKey)]
    if not any_matches(signatures(shared, signed, digest="sha256"), given.v1) and not _any_signed(
        public, signed, given.v1a
    ):
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


def _public_key(text: str) -> PublicKey:
    try:
        raw = base64.b64decode(text.removeprefix(PUBLIC_PREFIX), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise ValueError(f"must be {PUBLIC_PREFIX} and 32 bytes in base64; this is no base64") from cause
    if len(raw) != PUBLIC_KEY_BYTES:
        raise ValueError(f"must be {PUBLIC_PREFIX} and 32 bytes in base64; these are {len(raw)} bytes")
    return PublicKey(raw)


def _any_signed(keys: Iterable[PublicKey], signed: Iterable[bytes], given: Sequence[bytes]) -> bool:
    """Say whether one of the keys' owners made one of the signatures; nothing here is secret, so time tells nothing."""
    message = b"".join(signed)
    return any(_is_signature(Ed25519PublicKey.from_public_bytes(each), message, one) for each in keys for one in given)


def _is_signature(public_key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        public_key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _given(header: str) -> Given:
    """Return the raw signatures of the header; raises SignatureRejected when there is none that we know."""
    if len(header) > MAX_HEADER:
        raise SignatureRejected(f"webhook-signature has more than {MAX_HEADER} characters.")
    found: dict[str, list[bytes]] = {version: [] for version in _SIGNATURE_BYTES}
    for part in header.split():
        version, _, text = part.partition(",")
        if version not in found:
            continue
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(raw) == _SIGNATURE_BYTES[version]:
            found[version].append(raw)
    if not any(found.values()):
        raise SignatureRejected(
            "webhook-signature has no signature of the form v1,<base64 of 32 bytes> or v1a,<base64 of 64 bytes>."
        )
    return Given(tuple(found["v1"]), tuple(found["v1a"]))
