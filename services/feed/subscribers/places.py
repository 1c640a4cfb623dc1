"""Where a reader of a stream is, as an opaque word: only we can make one, and only its own subscriber can use it.

    1 dpa s1:1767322245123-0:12:345:0 <mac>     version, subscriber, a place for each shard, signature; in base64url

A place counts the entries read, so that what was trimmed before they were is noticed exactly.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

VERSION: Final = "1"
BEGIN_ID: Final = "0-0"
MAX_WORD: Final = 8_192  # characters; the most that headers can hold anyhow
_FORM: Final = re.compile(
    r"1 (?P<name>[~a-z0-9_-]{1,80})(?P<places>(?: s\d{1,4}:\d{1,20}-\d{1,20}:\d{1,16}:\d{1,16}:\d{1,16})*)"
)


class PlaceFault(ValueError):
    """The cursor cannot be used; the message is for the client."""


@dataclass(frozen=True)
class Place:
    """A place in one shard's stream.

    Args:
        id: the last entry read.
        read: how many entries the stream had up to there, trimmed ones included.
        seq: accept sequence of the last entry read.
        until: while catching up, the sequence up to which `changed` is walked; `seq` is how far that is, and `id`
            where the stream goes on afterwards. 0 = not catching up.
    """

    id: str = BEGIN_ID
    read: int = 0
    seq: int = 0
    until: int = 0


Places = Mapping[str, Place]  # by shard


def write(name: str, places: Places, *, key: str) -> str:
    """Return the word for these places of the subscriber `name`; `key` is its signing key."""
    return _write(name, tuple(sorted(places.items())), key)


@lru_cache(maxsize=1_024)  # all clients of one stream are mostly at the same place
def _write(name: str, places: tuple[tuple[str, Place], ...], key: str) -> str:
    parts = [f"{shard}:{one.id}:{one.read}:{one.seq}:{one.until}" for shard, one in places]
    text = " ".join([VERSION, name, *parts])
    return base64.urlsafe_b64encode(f"{text} {_mac(text, key)}".encode()).decode().rstrip("=")


def read(word: str, name: str, *, key: str) -> dict[str, Place]:
    """Return the places that `write` was given; raises PlaceFault with a sentence for the client."""
    text, _, mac = _decoded(word).rpartition(" ")
    match = _FORM.fullmatch(text)
    if match is None:
        raise PlaceFault("This cursor is not one of ours: send `next` of the answer before, unchanged.")
    if match["name"] != name:
        raise PlaceFault("This cursor belongs to another subscriber's stream: begin again without a cursor.")
    if not hmac.compare_digest(mac, _mac(text, key)):
        raise PlaceFault(
            "This cursor was changed, or made for a subscriber of this name that is no more: begin again without one."
        )
    return dict(_place(part) for part in match["places"].split())


def _place(part: str) -> tuple[str, Place]:
    shard, id_, read_, seq, until = part.split(":")
    return shard, Place(id_, int(read_), int(seq), int(until))


def _mac(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def _decoded(word: str) -> str:
    if len(word) > MAX_WORD:
        return ""
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):  # ValueError: not ASCII, before or after
        return ""
