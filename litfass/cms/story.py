"""What a CMS has to tell: one article in one of its editions; and how it tells it, as one request."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

Action = Literal["published", "edited", "killed"]
ACTIONS: Final[tuple[Action, ...]] = ("published", "edited", "killed")
NOTE: Final = "This article was sent to try a connection, and is taken back."


@dataclass(frozen=True)
class Story:
    """One article in one edition.

    Args:
        name: which article; every CMS makes an id of its own kind of it.
        edition: what is new in the text.
        published_at: the same in every edition.
        updated_at: orders the editions.
        filler_bytes: how much text stands below the rest.
    """

    name: str
    edition: int
    published_at: datetime
    updated_at: datetime
    section: str = "stadt"
    filler_bytes: int = 0

    @property
    def headline(self) -> str:
        """The same in every edition, so that an edit does not move the article."""
        return f"Trying a connection: {self.name}"

    @property
    def slug(self) -> str:
        """A path word."""
        return f"trying-a-connection-{self.name}"

    @property
    def standfirst(self) -> str:
        """One sentence."""
        return "This article came in by webhook a moment ago."

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text, without markup."""
        filler = "This paragraph is only here to be long. "
        first = f"A CMS sent it, signed as that CMS signs. This is its edition {self.edition}."
        second = "Nobody has to read it; when it is here, the connection works."
        return (first, second, *([filler * (self.filler_bytes // len(filler) + 1)] if self.filler_bytes else []))

    @property
    def html(self) -> str:
        """The text as HTML."""
        return "".join(f"<p>{text}</p>" for text in self.paragraphs)

    def hex_id(self, digits: int = 24) -> str:
        """An id in hex, as many CMSs have them."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:digits]

    def number(self) -> int:
        """A whole number as id, as others have them."""
        return int(self.hex_id(7), 16)


@dataclass(frozen=True)
class Post:
    """One request: its body, the headers that say what it is, and the event in its path where the CMS has it there."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    event: str = ""


Play: TypeAlias = Callable[[Action, Story], Post]


def compact(value: Mapping[str, Any], *, is_ascii: bool = False) -> bytes:
    """JSON as JavaScript writes it (`is_ascii`: as PHP and Python do)."""
    return json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":")).encode()


def in_utc(moment: datetime, *, digits: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """A moment in UTC that ends in Z."""
    return moment.astimezone(UTC).isoformat(timespec=digits).replace("+00:00", "Z")
