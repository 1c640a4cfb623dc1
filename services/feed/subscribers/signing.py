"""Signing what we deliver. Source: Standard Webhooks 1.0.0. Pure."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- what a secret begins with
SECRET_BYTES: Final = 32


def make_secret() -> str:
    """Return a new secret in the form that receivers are given."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(message_id: str, body: bytes, *, secrets: Iterable[str], now_s: int) -> dict[str, str]:
    """Return the three headers; with two secrets, two signatures: either one opens while one replaces the other."""
    text = f"{message_id}.{now_s}.".encode() + body
    macs = [hmac.new(base64.b64decode(one.removeprefix(SECRET_PREFIX)), text, hashlib.sha256) for one in secrets]
    signatures = [f"v1,{base64.b64encode(mac.digest()).decode()}" for mac in macs]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now_s),
        "webhook-signature": " ".join(signatures),
    }
