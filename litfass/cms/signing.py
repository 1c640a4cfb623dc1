"""How CMSs sign what they send. Written from the senders' side, so that it shares no mistake with ingest's verifiers.

standard    Standard Webhooks, v1
ghost       5.87.1 and later
superdesk   HMAC-SHA1 over the body
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from shared.runtime.errors import LitfassError


class SecretFault(LitfassError):
    """The secret is none that this CMS could have."""

    reason = "secret"


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver.

    Args:
        target: path and query that are called.
        delivery_id: the same for every attempt of one delivery.
        at_ms: when it is signed, milliseconds since 1970.
    """

    body: bytes
    target: str
    delivery_id: str
    at_ms: int


class Sign(Protocol):
    """One scheme."""

    def __call__(self, attempt: Attempt, *, secret: str) -> dict[str, str]:
        """Return the headers that prove the attempt; raises SecretFault."""


def in_url(attempt: Attempt, *, secret: str) -> dict[str, str]:  # noqa: ARG001 -- the token is in the URL already
    """Senders that cannot even send a header; `with_token` puts the secret into the URL."""
    return {}


def with_token(url: str, *, secret: str) -> str:
    """Return the URL with the secret in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'token': secret})}"


def standard(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` with the decoded secret."""
    stamp = str(attempt.at_ms // 1000)
    text = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as cause:
        raise SecretFault("The secret must be whsec_ and base64.") from cause
    mac = hmac.digest(key, f"{attempt.delivery_id}.{stamp}.".encode() + attempt.body, "sha256")
    return {
        "webhook-id": attempt.delivery_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def ghost(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """Ghost: HMAC-SHA256 over the body, immediately followed by the time in milliseconds."""
    mac = _hex(attempt.body + str(attempt.at_ms).encode(), secret)
    return {"x-ghost-signature": f"sha256={mac}, t={attempt.at_ms}"}


def superdesk(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """Superdesk: HMAC-SHA1 over the body."""
    return {"x-superdesk-signature": f"sha1={_hex(attempt.body, secret, digest='sha1')}"}


def contentful(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """Contentful: HMAC-SHA256 over method, path, signed headers and body, parted by line ends."""
    headers = {
        "x-contentful-signed-headers": "x-contentful-signed-headers,x-contentful-timestamp",
        "x-contentful-timestamp": str(attempt.at_ms),
    }
    signed = ";".join(f"{name}:{value}" for name, value in headers.items())
    mac = _hex(f"POST\n{attempt.target}\n{signed}\n".encode() + attempt.body, secret)
    return headers | {"x-contentful-signature": mac, "x-contentful-idempotency-key": attempt.delivery_id}


def sanity(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """Sanity: HMAC-SHA256 over the time in milliseconds, a dot and the body."""
    mac = hmac.digest(secret.encode(), f"{attempt.at_ms}.".encode() + attempt.body, "sha256")
    text = base64.urlsafe_b64encode(mac).decode().rstrip("=")
    signature = f"t={attempt.at_ms},v1={text}"
    return {"sanity-webhook-signature": signature, "idempotency-key": attempt.delivery_id}


def drupal(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """Drupal's module Webhooks: HMAC-SHA256 over the body."""
    signature = f"sha256={_hex(attempt.body, secret)}"
    return {"x-hub-signature-256": signature, "x-drupal-webhooks-delivery": attempt.delivery_id}


def wp_webhooks(attempt: Attempt, *, secret: str) -> dict[str, str]:
    """The WordPress plugin WP Webhooks: HMAC-SHA256 over the body, in base64."""
    mac = hmac.digest(secret.encode(), attempt.body, "sha256")
    return {"x-wp-webhook-signature": base64.b64encode(mac).decode()}


def bearer(attempt: Attempt, *, secret: str) -> dict[str, str]:  # noqa: ARG001 -- a token signs nothing
    """Senders that cannot sign: the secret itself as a token."""
    return {"authorization": f"Bearer {secret}"}


def _hex(message: bytes, secret: str, *, digest: str = "sha256") -> str:
    return hmac.new(secret.encode(), message, getattr(hashlib, digest)).hexdigest()
