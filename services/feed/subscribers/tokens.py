"""Tokens: 256 bits of chance, shown once; their SHA-256 is stored, enough for something that nobody can guess."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

from shared.contracts.subscribers import Scope, Subscriber, Token

PREFIX: Final = "lf_"  # so that scanners of repositories know one when they see it


def make_token() -> str:
    """Return a new token."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what is stored of a token: 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_hash(subscribers: Iterable[Subscriber]) -> dict[str, tuple[Subscriber, Token]]:
    """Return every token's hash with whose it is.

    Looking a hash up takes a time that depends on the hash, from which nobody can work back to a token.
    """
    return {token.sha256: (subscriber, token) for subscriber in subscribers for token in subscriber.tokens}


def opens(token: Token, scope: Scope, *, now_ms: int) -> bool:
    """Say whether a known token is good for `scope` now."""
    return scope in token.scopes and (token.expires_ms is None or now_ms < token.expires_ms)
