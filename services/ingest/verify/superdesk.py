"""Superdesk's HTTP push: `x-superdesk-signature: sha1=<hex>`, HMAC-SHA1 over the body.

Nothing says when it was sent, so a replay passes; it changes nothing, for `version` and `versioncreated` order what
arrives. Equal bytes are one delivery: Superdesk sends the same ones again when it gets no answer.
Source: superdesk-core, superdesk/publish/transmitters/http_push.py.
"""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified, body_id
from services.ingest.verify.hmacs import any_matches, key_of_letters, signatures

HEADER: Final = "x-superdesk-signature"
_FORM: Final = re.compile(r"sha1=([0-9a-fA-F]{40})")


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when there are none."""
    return key_of_letters(secret, where="secret_token in the destination of Superdesk's subscriber")


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- it signs no time
    """Return the proof. Raises SignatureRejected."""
    header = delivery.headers.get(HEADER)
    if not header:
        raise SignatureRejected(
            "The header x-superdesk-signature is missing; give the destination a secret_token in Superdesk."
        )
    found = _FORM.fullmatch(header.strip())
    if not found:
        raise SignatureRejected("x-superdesk-signature must be sha1=<40 hex digits>.")
    if not any_matches(signatures(keys, (delivery.body,), digest="sha1"), [bytes.fromhex(found[1])]):
        raise SignatureRejected(
            "No secret of this source made the x-superdesk-signature. Check that secret_token in Superdesk's "
            "destination is the same."
        )
    return Verified(delivery_id=body_id(delivery.body))
