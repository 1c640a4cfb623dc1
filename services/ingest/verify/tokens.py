"""A token that only shows who is calling, for CMSs that cannot sign: it covers neither the body nor the time.

    bearer    `Authorization: Bearer <token>` (RFC 6750)
    in_url    `?token=<token>`, for those that cannot even send a header; it ends in the logs of what stands between

Equal bytes are one delivery.
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

from services.ingest.verify import Delivery, SignatureRejected, Verified, body_id
from services.ingest.verify.hmacs import any_matches, key_of_letters

FEWEST: Final = 16  # letters of a token: it is all that keeps others out


def key(secret: str) -> bytes:
    """Return the token itself; raises ValueError when it is missing or short enough to be guessed."""
    token = key_of_letters(secret, where="the token that the sender was given")
    if len(token) < FEWEST:
        raise ValueError(f"must have at least {FEWEST} characters: a token is all that keeps others out")
    return token


def bearer(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- it has no time
    """Return the proof of a token in `Authorization`. Raises SignatureRejected."""
    require_bearer(delivery, keys=keys)
    return Verified(delivery_id=body_id(delivery.body))


def require_bearer(delivery: Delivery, *, keys: Sequence[bytes]) -> None:
    """Raise SignatureRejected unless `Authorization` has one of the tokens."""
    scheme, _, token = delivery.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignatureRejected("The header Authorization must be Bearer and this source's token.")
    # Headers are read byte by byte (latin-1): back to the bytes that came.
    _require(token.strip().encode("latin-1", errors="replace"), keys, where="Authorization")


def in_url(delivery: Delivery, *, keys: Sequence[bytes], now_s: float) -> Verified:  # noqa: ARG001 -- it has no time
    """Return the proof of a token in the URL. Raises SignatureRejected."""
    try:
        tokens = parse_qs(delivery.target.partition("?")[2], max_num_fields=20).get("token", [])
    except ValueError:
        tokens = []
    if len(tokens) != 1:
        raise SignatureRejected("The URL must end in ?token= and this source's token, once.")
    _require(tokens[0].encode(errors="surrogateescape"), keys, where="the URL")
    return Verified(delivery_id=body_id(delivery.body))


def _require(token: bytes, keys: Sequence[bytes], *, where: str) -> None:
    # Hashes are of one length, so not even the token's length can be measured.
    if not any_matches([_hash(key) for key in keys], [_hash(token)]):
        raise SignatureRejected(
            f"No secret of this source is the token in {where}. Check that both sides have the same secret."
        )


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
