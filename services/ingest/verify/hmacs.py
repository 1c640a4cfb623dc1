"""Comparing signatures: every key with every signature given, in constant time; and what such schemes share."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

from services.ingest.verify import Delivery


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


def delivery_id(delivery: Delivery, *names: str, otherwise: str = "") -> str:
    """Return an id for schemes that do not sign the sender's own: of its headers and what was signed, the body.

    So nobody can make one delivery look like another one by changing a header.

    Args:
        names: headers that are equal for every attempt; the first is the sender's id.
        otherwise: what tells deliveries apart when the sender gave no id.
    """
    headers = [delivery.headers.get(name, "") for name in names]
    parts = [*headers, *([] if headers[0] else [otherwise])]
    told = "\x00".join(parts).encode(errors="surrogatepass")
    return f"sha256-{hashlib.sha256(told + bytes(1) + delivery.body).hexdigest()}"
