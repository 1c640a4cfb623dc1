"""A CMS: makes articles, signs deliveries (Standard Webhooks), and sends them until they are acknowledged."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()

PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(b"a seed of thirty-two bytes, 0123")
PUBLIC_KEY = "whpk_" + base64.b64encode(PRIVATE_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def an_article_payload(id_: str = "4711", **changes: Any) -> dict[str, Any]:
    """Return an ARTICLE of the `standard` adapter."""
    return {
        "id": id_,
        "section": "stadt",
        "headline": "Der Markt bekommt ein Dach",
        "standfirst": "Der Rat hat entschieden.",
        "body": "<p>"
        + "Am Abend hat der Rat über das Dach beraten. " * 8
        + "</p><p>"
        + "Gebaut wird im Mai. " * 10
        + "</p>",
        "authors": [{"name": "Ana Ruiz"}],
        "tags": ["Markt", "Rat"],
        "published_at": "2026-11-20T09:00:00+01:00",
        "updated_at": "2026-11-20T09:00:00+01:00",
        "revision": 1,
    } | changes


def a_delivery(verb: str, data: dict[str, Any], *, at: str = "2026-11-20T09:00:00+01:00") -> bytes:
    """Return the body of a delivery."""
    return json.dumps({"type": f"article.{verb}", "timestamp": at, "data": data}, ensure_ascii=False).encode()


def signed(body: bytes, *, message_id: str, secret: str = SECRET, at_s: int | None = None) -> dict[str, str]:
    """Return the headers of a signed delivery."""
    stamp = str(int(time.time()) if at_s is None else at_s)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, b".".join([message_id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


def signed_v1a(
    body: bytes, *, message_id: str, private_key: Ed25519PrivateKey = PRIVATE_KEY, at_s: int | None = None
) -> dict[str, str]:
    """Return the headers of a delivery that the sender signed with a key only he has."""
    headers = signed(body, message_id=message_id, at_s=at_s)
    message = b".".join([message_id.encode(), headers["webhook-timestamp"].encode(), body])
    return headers | {"webhook-signature": "v1a," + base64.b64encode(private_key.sign(message)).decode()}
