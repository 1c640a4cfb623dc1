"""A secret in a header, for CMSs that sign nothing: `Authorization: Bearer <token>`.

It proves who sends, not what: whoever reads the request can send others like it. Use it over TLS only. Strapi sends no
id and repeats nothing, so equal bytes are one delivery; its body says to the millisecond when it happened.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from services.ingest.verify import Delivery, SignatureRejected, Verified, body_id
from services.ingest.verify.hmacs import any_matches

HEADER: Final = "authorization"
SHORTEST: Final = 16  # characters of a token; shorter ones can be tried out
_FORM: Final = re.compile(r"(?:Bearer|Token)[ \t]+(.+)", re.IGNORECASE)


def key(secret: str) -> bytes:
    """Return the token; raises ValueError when it is too short to be one, without repeating it."""
    text = secret.strip()
    if len(text) < SHORTEST:
        raise ValueError(f"must be a token of at least {SHORTEST} characters; this one has {len(text)}")
    return text.encode()


def verify(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- nothing here has a time
    """Return the proof; raises SignatureRejected when the token is missing or nobody's."""
    header = delivery.headers.get(HEADER, "").strip()
    if not header:
        raise SignatureRejected(
            "The header Authorization is missing; let the webhook send it: Authorization: Bearer <the source's secret>."
        )
    found = _FORM.fullmatch(header)
    given = (found[1] if found else header).strip().encode(errors="surrogatepass")
    # Hashes are of one length, so not even the token's length can be measured.
    if not any_matches([_hash(key) for key in keys], [_hash(given)]):
        raise SignatureRejected(
            "Authorization has no token of this source. Check that both sides have the same secret."
        )
    return Verified(delivery_id=body_id(delivery.body))


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
