"""Ghost: `X-Ghost-Signature: sha256=<hex>, t=<milliseconds>`.

    verify          5.87.1 and later: HMAC-SHA256 over the body, immediately followed by the digits of `t`
    verify_legacy   5.11.0 to 5.87.0: over the body alone; `t` is anybody's word, so a replay passes as long as
                    nobody remembers the delivery

Source: ghost/core/core/server/services/webhooks/webhook-trigger.js (WebhookTrigger.js before 2026). Ghost gives a
delivery no id, and does not repeat one that failed.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified, require_recent
from services.ingest.verify.hmacs import any_matches, signatures

HEADER: Final = "x-ghost-signature"
_FORM: Final = re.compile(r"sha256=([0-9a-fA-F]{64}),[ \t]*t=([0-9]{1,16})")


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when there are none."""
    text = secret.strip()
    if not text:
        raise ValueError("must not be empty; it is what stands under Secret in Ghost's webhook")
    return text.encode()


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
    """Return the proof; `sent_ms` is Ghost's time of sending. Raises SignatureRejected."""
    given, stamp = _header(delivery)
    require_recent(int(stamp) / 1000, now_s=now_s, what="t in X-Ghost-Signature")
    if not any_matches(signatures(keys, (delivery.body, stamp.encode()), digest="sha256"), [given]):
        raise SignatureRejected(
            "No secret of this source made the X-Ghost-Signature. Check that both sides have the same secret; "
            "Ghost before 5.87.1 signs differently and needs legacy_signature = true."
        )
    return Verified(delivery_id=_id(delivery, stamp), sent_ms=int(stamp))


def verify_legacy(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
    """Return the proof for Ghost before 5.87.1; its time is not signed, so it proves none. Raises SignatureRejected."""
    given, stamp = _header(delivery)
    require_recent(int(stamp) / 1000, now_s=now_s, what="t in X-Ghost-Signature")
    if not any_matches(signatures(keys, (delivery.body,), digest="sha256"), [given]):
        raise SignatureRejected(
            "No secret of this source made the X-Ghost-Signature. Check that both sides have the same secret; "
            "Ghost from 5.87.1 on signs the time as well: take legacy_signature = true away."
        )
    return Verified(delivery_id=_id(delivery, ""))


def _header(delivery: Delivery) -> tuple[bytes, str]:
    """Return the raw signature and the digits of its time; raises SignatureRejected."""
    header = delivery.headers.get(HEADER)
    if not header:
        raise SignatureRejected("The header X-Ghost-Signature is missing; give the webhook a secret in Ghost.")
    found = _FORM.fullmatch(header.strip())
    if not found:
        raise SignatureRejected("X-Ghost-Signature must be sha256=<64 hex digits>, t=<milliseconds since 1970>.")
    return bytes.fromhex(found[1]), found[2]


def _id(delivery: Delivery, stamp: str) -> str:
    """An id of our own: Ghost sends one body to several events' paths, and an edit taken back looks like the first."""
    path = delivery.target.partition("?")[0]
    mac = hashlib.sha256(b"\x00".join((path.encode(errors="surrogatepass"), stamp.encode(), delivery.body)))
    return f"sha256-{mac.hexdigest()}"
