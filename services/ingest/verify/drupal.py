"""Drupal's module Webhooks: `X-Hub-Signature-256: sha256=<hex>`, and `X-Hub-Signature: sha1=<hex>` before that.

HMAC over the JSON body. The module's old releases sign a fresh encoding of the payload instead of what they send: for
JSON with Drupal's own flags these are the same bytes, for XML they never are. No time is signed: a replay passes only
where nobody remembers the delivery, and is older than what is here. `X-Drupal-Webhooks-Delivery` is not signed either.

Source: https://www.drupal.org/project/webhooks, src/Webhook.php.
"""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified
from services.ingest.verify.hmacs import any_matches, delivery_id, key_of_letters, signatures

_FORM: Final = re.compile(r"(sha1|sha256)=([0-9a-f]{40}|[0-9a-f]{64})")


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when there are none."""
    return key_of_letters(secret, where="Secret in Drupal's webhook")


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- nothing here has a time
    """Return the proof; raises SignatureRejected."""
    name = "x-hub-signature-256" if "x-hub-signature-256" in delivery.headers else "x-hub-signature"
    header = delivery.headers.get(name)
    if not header:
        raise SignatureRejected(
            "The header X-Hub-Signature-256 (or X-Hub-Signature) is missing; give the webhook a secret in Drupal."
        )
    found = _FORM.fullmatch(header.strip())
    if not found or len(found[2]) != {"sha1": 40, "sha256": 64}[found[1]]:
        raise SignatureRejected("X-Hub-Signature-256 must be sha256=<64 hex digits> (X-Hub-Signature: sha1=<40>).")
    if not any_matches(signatures(keys, (delivery.body,), digest=found[1]), [bytes.fromhex(found[2])]):
        raise SignatureRejected(
            "No secret of this source made the signature. Check that both sides have the same secret, and that the "
            "webhook sends JSON: what Drupal signs for XML cannot be checked."
        )
    return Verified(delivery_id=delivery_id(delivery, "x-drupal-webhooks-delivery"))
