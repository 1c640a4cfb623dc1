"""Contentful: a signed canonical request.

    x-contentful-signature        hex of HMAC-SHA256 over method, path, headers and body, parted by line ends
    x-contentful-signed-headers   which headers: itself and the timestamp are among them
    x-contentful-timestamp        milliseconds since 1970, of this attempt

The path is the one that Contentful called: a proxy that strips a prefix breaks the signature. Retries are signed anew.
Source: https://github.com/contentful/node-apps-toolkit, src/requests/{sign-request,verify-request,utils}.ts. Stricter
than that one, which refuses no time from the future and takes one that is not signed.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from services.ingest.verify import Delivery, SignatureRejected, Verified, require_recent
from services.ingest.verify.hmacs import any_matches, delivery_id, signatures

SIGNATURE: Final = "x-contentful-signature"
SIGNED: Final = "x-contentful-signed-headers"
TIMESTAMP: Final = "x-contentful-timestamp"
MOST_HEADERS: Final = 100
_SECRET: Final = re.compile(r"[0-9a-zA-Z+/=_-]{64}")
_MAC: Final = re.compile(r"[0-9a-f]{64}")
_MS: Final = re.compile(r"[0-9]{1,16}")
_URI: Final = ";,/?:@&=+$-_.!~*'()#"  # what JavaScript's encodeURI leaves as it is, besides letters and digits
_COMPONENT: Final = "-_.!~*'()"  # what its encodeURIComponent leaves


def key(secret: str) -> bytes:
    """Return the raw key: the secret's own letters; raises ValueError when Contentful would not take it."""
    text = secret.strip()
    if not _SECRET.fullmatch(text):
        raise ValueError(f"must be exactly 64 characters of 0-9 a-z A-Z + / = _ -; this one has {len(text)} characters")
    return text.encode()


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:
    """Return the proof.

    `sent_ms` stays 0: the timestamp is the attempt's, later with every repetition.

    Raises SignatureRejected when a header is missing or malformed, the timestamp is too far away or not signed, or no
    key made the signature.
    """
    given, stamp = _header(delivery, SIGNATURE), _header(delivery, TIMESTAMP)
    names = sorted({name.strip().lower() for name in _header(delivery, SIGNED).split(",")})
    if not _MAC.fullmatch(given):
        raise SignatureRejected(f"{SIGNATURE} must be 64 hex digits.")
    if not _MS.fullmatch(stamp):
        raise SignatureRejected(f"{TIMESTAMP} must be milliseconds since 1970.")
    if TIMESTAMP not in names or len(names) > MOST_HEADERS:
        raise SignatureRejected(f"{SIGNED} must name {TIMESTAMP}, and at most {MOST_HEADERS} headers.")
    require_recent(int(stamp) / 1000, now_s=now_s, what=TIMESTAMP)
    if not any_matches(signatures(keys, canonical(delivery, names), digest="sha256"), [bytes.fromhex(given)]):
        raise SignatureRejected(
            "No secret of this source made the x-contentful-signature. Check that both sides have the same secret, and "
            "that no proxy changes the path, the query or a signed header on the way."
        )
    return Verified(delivery_id=delivery_id(delivery, "x-contentful-idempotency-key", "x-contentful-topic"))


def canonical(delivery: Delivery, names: Sequence[str]) -> Sequence[bytes]:
    """Return the parts that are signed, one after the other.

    Args:
        names: of the signed headers, lower case, in order; one that did not arrive is left out.
    """
    headers = ";".join(f"{name}:{delivery.headers[name].strip()}" for name in names if name in delivery.headers)
    head = f"POST\n{_path(delivery.target)}\n{headers}\n"
    return head.encode(errors="surrogatepass"), delivery.body


def _header(delivery: Delivery, name: str) -> str:
    value = delivery.headers.get(name, "").strip()
    if not value:
        raise SignatureRejected(
            f"The header {name} is missing; create a signing secret in Contentful's webhook settings."
        )
    return value


def _path(target: str) -> str:
    """Return path and query as the toolkit normalises them: the query escaped as a whole, then everything once more."""
    path, *queries = target.split("?")
    query = quote(queries[0], safe=_COMPONENT) if queries else ""  # a second question mark ends what is signed
    return quote(f"{path}?{query}" if query else path, safe=_URI, errors="surrogatepass")
