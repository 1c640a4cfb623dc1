"""verify: is it really from the newsroom? Pure: headers and bytes in, a proof or a refusal out.

    standard     Standard Webhooks (v1 and v1a)
    ghost        X-Ghost-Signature
    wp_webhooks  X-WP-Webhook-Signature
    superdesk    x-superdesk-signature
    contentful   a signed canonical request
    sanity       sanity-webhook-signature
    drupal       X-Hub-Signature-256, X-Hub-Signature
    cloudevents  a bearer token, and the event's own id
    closed       nothing: for sources that nobody delivers to
    tokens       bearer tokens (Strapi), and those in a URL, for CMSs that sign nothing

    hmacs        comparing in constant time, over all active secrets

Which scheme a source uses is configured, never sniffed from headers: three vendors use one header name for three
schemes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.runtime.errors import Rejected

TOLERANCE_S = 300.0  # seconds; Standard Webhooks' own recommendation, and long enough for a clock that is a little off


class SignatureRejected(Rejected):
    """No given secret made this signature, or it is too old to trust."""

    reason = "signature_rejected"


@dataclass(frozen=True)
class Delivery:
    """One request as it came over the wire.

    Args:
        headers: lower-case names to values.
        body: the bytes as received, before any parsing.
        target: path (and query) that the sender called; some schemes sign it.
    """

    headers: Mapping[str, str]
    body: bytes
    target: str = ""


@dataclass(frozen=True)
class Verified:
    """What a good signature proves.

    Args:
        delivery_id: the same for every repetition of a delivery, different for any other; at most 200 characters.
        sent_ms: the time of sending that the sender signed, milliseconds since 1970, equal for every repetition;
            0 = its scheme signs none, or one that is later with every attempt.
    """

    delivery_id: str
    sent_ms: int = 0


class Verify(Protocol):
    """One scheme."""

    def __call__(self, delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
        """Return the proof; raises SignatureRejected saying what to check.

        Args:
            keys: what `key` made of the secrets, newest first; two while one replaces the other.
            now_s: seconds since 1970.
        """


class Key(Protocol):
    """What a scheme makes of a secret as it is configured."""

    def __call__(self, secret: str) -> bytes:
        """Return the raw key; raises ValueError saying what a secret must look like."""


def unsigned(delivery: Delivery, *, keys: Sequence[bytes] = (), now_s: float = 0.0) -> Verified:  # noqa: ARG001 -- a Verify
    """Prove nothing, for sources with `allow_unsigned = true`: equal bytes to one source are one delivery."""
    return Verified(delivery_id=body_id(delivery.body))


def body_id(body: bytes) -> str:
    """An id for senders that give none: equal bodies are one delivery."""
    return f"sha256-{hashlib.sha256(body).hexdigest()}"


def require_recent(stamp_s: float, *, now_s: float, what: str) -> None:
    """Raise SignatureRejected when a signed time is more than TOLERANCE_S away, either way.

    Args:
        stamp_s: seconds since 1970.
        what: where the time stands, for the message.
    """
    away_s = stamp_s - now_s
    if abs(away_s) > TOLERANCE_S:
        side = "ahead of" if away_s > 0 else "behind"
        raise SignatureRejected(
            f"{what} is {abs(away_s):.0f} s {side} our clock; at most {TOLERANCE_S:.0f} s are possible. Check the "
            "sender's clock, and that each attempt is signed anew."
        )
