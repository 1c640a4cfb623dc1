"""The WordPress plugin WP Webhooks: `X-WP-Webhook-Signature`, base64 of HMAC-SHA256 over the body.

Nothing says when it was sent, so a replay passes; it changes nothing, for `post_modified_gmt` orders what arrives.
Source: the plugin's class-wp-webhooks-pro-webhook.php (generate_trigger_signature), 3.3.1.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified, body_id
from services.ingest.verify.hmacs import any_matches, key_of_letters, signatures

HEADER: Final = "x-wp-webhook-signature"
_MAC_BYTES: Final = 32


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when there are none."""
    return key_of_letters(secret, where="the webhook's secret in the plugin")


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- it signs no time
    """Return the proof. Raises SignatureRejected."""
    header = delivery.headers.get(HEADER, "").strip()
    if not header:
        raise SignatureRejected(
            "The header X-WP-Webhook-Signature is missing; give the webhook a secret in the plugin."
        )
    try:
        given = base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    if len(given) != _MAC_BYTES:
        raise SignatureRejected("X-WP-Webhook-Signature must be base64 of 32 bytes.")
    if not any_matches(signatures(keys, (delivery.body,), digest="sha256"), [given]):
        raise SignatureRejected(
            "No secret of this source made the X-WP-Webhook-Signature. Check that both sides have the same secret."
        )
    return Verified(delivery_id=body_id(delivery.body))
