"""What senders sign by mistake: other bytes than they send, or with a secret that they read another way. Pure.

Each mistake comes with words that follow "The signature is right …" and say what to do.
"""

import base64
import json
from collections.abc import Iterator
from typing import Final

MOST_WRITTEN_ANEW: Final = 1024 * 1024  # bytes of a body that is written in two dozen ways
_WRITTEN_ANEW: Final = (
    "over the same JSON written anew ({}): sign exactly the bytes that are sent, and let nothing on the way parse and "
    "write them again."
)


def other_bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Give what may have been signed instead of what was sent."""
    if body.endswith((b"\n", b"\r")):
        yield "without the line end at the body's end: an editor or echo added it.", body.rstrip(b"\r\n")
    else:
        yield "with a line end at the body's end: it was signed with one and sent without.", body + b"\n"
        yield "with a line end at the body's end: it was signed with one and sent without.", body + b"\r\n"
    if b"\r\n" in body:
        yield r"with line ends \n where \r\n were sent.", body.replace(b"\r\n", b"\n")
    elif b"\n" in body:
        yield r"with line ends \r\n where \n were sent.", body.replace(b"\n", b"\r\n")
    if body.startswith(b"\xef\xbb\xbf"):
        yield "without the byte order mark that was sent.", body[3:]
    yield "over an empty body: the body was read once before it was signed.", b""
    if len(body) <= MOST_WRITTEN_ANEW:
        yield from _written_anew(body)


def _written_anew(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the body's JSON as other programs write it."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for words, options in (
        ("compact", {"separators": (",", ":")}),
        ("with blanks", {}),
        ("compact and sorted", {"separators": (",", ":"), "sort_keys": True}),
        ("sorted", {"sort_keys": True}),
        ("indented by 2", {"indent": 2}),
        ("indented by 4", {"indent": 4}),
    ):
        for is_ascii in (False, True):
            text = json.dumps(value, ensure_ascii=is_ascii, **options)
            for slashes in (text, text.replace("/", r"\/")):
                written = slashes.encode(errors="surrogatepass")
                if written != body:
                    yield _WRITTEN_ANEW.format(words), written
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        inner = json.dumps(value["data"], ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
        yield "over `data` alone: sign the whole body.", inner


def other_keys(secret: str) -> Iterator[tuple[str, bytes]]:
    """Give what may have been made of a secret."""
    text = secret.strip()
    bare = text.removeprefix("whsec_")
    yield "used as letters: decode what follows whsec_ from base64 first.", text.encode()
    yield "used as letters without whsec_: decode it from base64 first.", bare.encode()
    yield "and a line end behind it: the sender read it from a file and kept the line end.", text.encode() + b"\n"
    for words, decode in (("base64", _from_base64), ("hex", bytes.fromhex)):
        try:
            yield f"decoded from {words}: the scheme wants the letters as they are.", decode(bare)
        except ValueError:
            continue


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
