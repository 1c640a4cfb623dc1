"""Comparing signatures: every key with every signature given, in constant time."""

import hmac
from collections.abc import Iterable, Sequence


def key_of_letters(secret: str, *, where: str) -> bytes:
    """Return the raw key of a scheme that takes the secret's own letters; raises ValueError when there are none.

    Args:
        where: what the secret is called in that CMS, for the message.
    """
    text = secret.strip()
    if not text:
        raise ValueError(f"must not be empty; it is what stands under {where}")
    return text.encode()


def any_matches(expected: Iterable[bytes], given: Sequence[bytes]) -> bool:
    """Say whether one of the given signatures is one of those expected."""
    # No early exit: how long this takes must not tell which secret came close.
    matches = [hmac.compare_digest(wanted, offered) for wanted in expected for offered in given]
    return any(matches)


def signatures(keys: Sequence[bytes], signed: Iterable[bytes], *, digest: str) -> list[bytes]:
    """Return the raw signature that each key makes of the parts one after the other."""
    message = b"".join(signed)
    return [hmac.digest(key, message, digest) for key in keys]
