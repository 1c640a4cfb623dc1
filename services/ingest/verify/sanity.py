"""Sanity: `sanity-webhook-signature: t=<milliseconds>,v1=<base64url>`, HMAC-SHA256 over `t.body`.

    idempotency-key    the same for every attempt of one delivery, but nobody signs it

Source: https://github.com/sanity-io/webhook-toolkit, src/signature.ts. Stricter than that one, which takes any time
since 2021 and compares texts.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified, require_recent
from services.ingest.verify.hmacs import any_matches, delivery_id, key_of_letters, signatures

HEADER: Final = "sanity-webhook-signature"
_FORM: Final = re.compile(r"t=([0-9]{1,16})[, ]+v1=([A-Za-z0-9_-]{43})=?")


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when there are none."""
    return key_of_letters(secret, where="Secret in Sanity's webhook")


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
    """Return the proof; `sent_ms` is the time that Sanity signed. Raises SignatureRejected."""
    header = delivery.headers.get(HEADER)
    if not header:
        raise SignatureRejected(f"The header {HEADER} is missing; give the webhook a secret in Sanity.")
    found = _FORM.fullmatch(header.strip())
    if not found:
        raise SignatureRejected(f"{HEADER} must be t=<milliseconds since 1970>,v1=<base64url of 32 bytes>.")
    stamp, given = found[1], _decoded(found[2])
    require_recent(int(stamp) / 1000, now_s=now_s, what=f"t in {HEADER}")
    if not any_matches(signatures(keys, (stamp.encode(), b".", delivery.body), digest="sha256"), [given]):
        raise SignatureRejected(
            f"No secret of this source made the {HEADER}. Check that both sides have the same secret."
        )
    return Verified(delivery_id=delivery_id(delivery, "idempotency-key", otherwise=stamp), sent_ms=int(stamp))


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(f"{text}=")
    except (binascii.Error, ValueError) as cause:
        raise SignatureRejected(f"{HEADER} has no base64url after v1=.") from cause
