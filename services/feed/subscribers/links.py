"""A signed link: opens a subscriber's stream for a while, for clients that cannot send a header (EventSource). Pure.

1.<subscriber>.<expires_ms>.<mac>
"""

import hashlib
import hmac
import re
from typing import Final

_FORM: Final = re.compile(r"1\.(?P<name>[a-z0-9_-]{1,63})\.(?P<expires_ms>\d{1,15})\.(?P<mac>[0-9a-f]{64})")


class LinkFault(ValueError):
    """The link does not open anything; the message is for the client."""


def make_link(name: str, *, expires_ms: int, key: str) -> str:
    """Return what stands after `?link=`; `key` is the subscriber's signing key."""
    return f"1.{name}.{expires_ms}.{_mac(name, expires_ms, key)}"


def named_in(link: str) -> str:
    """Return whose link it says it is; raises LinkFault."""
    return _read(link)["name"]


def check(link: str, *, key: str, now_ms: int) -> None:
    """Raise LinkFault unless the link was made with this key and is still good."""
    match = _read(link)
    expires_ms = int(match["expires_ms"])
    if not hmac.compare_digest(match["mac"], _mac(match["name"], expires_ms, key)):
        raise LinkFault("This link was changed, or its subscriber is no more. Ask for another.")
    if expires_ms <= now_ms:
        raise LinkFault("This link is no longer good. Ask for another.")


def _read(link: str) -> re.Match[str]:
    match = _FORM.fullmatch(link)
    if match is None:
        raise LinkFault("This is no link of ours. Ask for one with POST /api/v1/stream/links.")
    return match


def _mac(name: str, expires_ms: int, key: str) -> str:
    return hmac.new(key.encode(), f"link {name} {expires_ms}".encode(), hashlib.sha256).hexdigest()
