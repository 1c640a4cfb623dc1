"""Take secrets and people out of a delivery before it is kept for a look. Pure.

    headers   what proves, opens or names somebody is masked: signatures, tokens, cookies, addresses
    payload   what stands under a private key (`email`, `last_seen`, `token` …); every value that is an e-mail address
    text      every e-mail address, every IPv4 address, every `whsec_…`; for messages, and for what is no JSON

Text that is meant for readers stays as it is in a payload, with an e-mail address that an article names: replayed it
must be the same article. What is *shown* of a payload goes through `masked_text` as well.
"""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.ingest.guards import sender_of, shown

MASK: Final = "[masked]"
MAIL_MASK: Final = "masked@masked.invalid"  # still an e-mail address: who leaves those out goes on doing so
MOST_HEADERS: Final = 80
HEADER_LENGTH: Final = 500  # characters of a value

# A delivery's own id is no secret, although its header is called a key.
_HARMLESS: Final = frozenset({"idempotency-key", "x-contentful-idempotency-key"})
_SECRET_HEADER: Final = re.compile(
    r"signature|secret|token|auth|cookie|session|passw|api-?key|-key$|credential|hmac|jwt"
)
_SENDER_HEADERS: Final = frozenset(
    {"x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip", "fly-client-ip"}
)
_PRIVATE_KEY: Final = re.compile(
    r"e-?mail|e_mail|phone|passw|passphrase|secret|token|api[-_]?key|authori[sz]ation$|cookie|last_?seen|last_?login"
    r"|ip_?addr|remote_?addr|^(?:user_?|client_?|author_?)?ip$|birth|iban",
    re.IGNORECASE,
)
# Each starts only where a word does: a long text without any is read once.
_MAIL: Final = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)(?!/\d)")
_WHSEC: Final = re.compile(r"wh(?:sec|sk)_[A-Za-z0-9+/=_-]+")


def masked_headers(headers: Mapping[str, str], *, keys: Sequence[bytes]) -> dict[str, str]:
    """Return lower-case names to values that anybody may see.

    Args:
        keys: the source's own, which are masked wherever they stand.
    """
    secrets = _spellings(keys)
    return {name: _header(name, value, secrets)[:HEADER_LENGTH] for name, value in list(headers.items())[:MOST_HEADERS]}


def masked_payload(value: object) -> object:
    """Return JSON without private values; what reads it finds the same keys and types."""
    match value:
        case dict():
            return {key: _hidden(each) if _is_private(key) else masked_payload(each) for key, each in value.items()}
        case list():
            return [masked_payload(each) for each in value]
        case str() if "@" in value and _MAIL.fullmatch(value.strip()):
            return MAIL_MASK
        case _:
            return value


def masked_text(text: str, *, keys: Sequence[bytes] = ()) -> str:
    """Return text without e-mail addresses, IPv4 addresses and secrets."""
    text = _without(text, _spellings(keys))
    text = _MAIL.sub(MAIL_MASK, text) if "@" in text else text
    return _IPV4.sub(lambda found: shown(sender_of(found[0], [], trusted=())), text)


def without_keys(text: str, *, keys: Sequence[bytes]) -> str:
    """Return text without a source's own secrets, in whatever spelling they stand there."""
    return _without(text, _spellings(keys))


def _header(name: str, value: str, secrets: Iterable[str]) -> str:
    if name in _SENDER_HEADERS:
        senders = (sender_of(part.strip(), [], trusted=()) for part in value.split(","))
        return ", ".join(shown(sender) for sender in senders)
    if name not in _HARMLESS and _SECRET_HEADER.search(name):
        return MASK
    value = _without(value, secrets)
    return _MAIL.sub(MAIL_MASK, value)


def _is_private(key: object) -> bool:
    return isinstance(key, str) and _PRIVATE_KEY.search(key) is not None


def _hidden(value: object) -> object:
    """Every text in it masked; numbers, true and false say nothing about anybody."""
    match value:
        case dict():
            return {key: _hidden(each) for key, each in value.items()}
        case list():
            return [_hidden(each) for each in value]
        case str() if value:
            return MAIL_MASK if "@" in value else MASK
        case _:
            return value


def _spellings(keys: Sequence[bytes]) -> list[str]:
    """The ways in which a key may stand in a text: as it is, in base64, in hex."""
    found = [base64.b64encode(key).decode().rstrip("=") for key in keys] + [key.hex() for key in keys]
    return found + [key.decode() for key in keys if key.isascii()]


def _without(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _WHSEC.sub(MASK, text)
