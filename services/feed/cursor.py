"""A place in a list as an opaque word that a client hands back: where a page ended, whoever stands there now."""

import base64
import binascii
import re
from typing import Final

from shared.contracts.base import ArticleId
from shared.runtime.lists import Place

VERSION: Final = "1"
_FORM: Final = re.compile(
    r"1 (?P<list>[a-z0-9:-]{1,120}(?:\.[0-9a-f]{12})?) (?P<score>-?\d{1,16}) (?P<id>a[0-9a-f]{24})"
)


class CursorError(ValueError):
    """The cursor is not one of ours."""


def write(name: str, place: Place) -> str:
    """Return the cursor behind `place` of a list; `name` may end in `.` and a fingerprint of filters."""
    text = f"{VERSION} {name} {place[0]} {place[1]}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, name: str) -> Place:
    """Return the place that `write` was given; raises CursorError with a sentence for the client."""
    match = _FORM.fullmatch(_decoded(cursor))
    if match is None:
        raise CursorError("This cursor is not one of ours: send `next` of the page before, unchanged.")
    theirs, ours = match["list"].partition("."), name.partition(".")
    if theirs[0] != ours[0]:
        raise CursorError(
            f"This cursor belongs to the list {theirs[0]!r}, not to {ours[0]!r}: begin again without a cursor."
        )
    if theirs[2] != ours[2]:
        raise CursorError("This cursor belongs to a page with other filters: begin again without a cursor.")
    return int(match["score"]), ArticleId(match["id"])


def _decoded(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):  # ValueError: not ASCII, before or after
        return ""
