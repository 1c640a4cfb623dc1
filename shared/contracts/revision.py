"""Which of two deliveries of one article is the newer one.

A revision is (number, tie). The number is the CMS's own whole number or its `updated_at` in microseconds; the
scheme says which. The tie is the delivery's time and the content's hash, and orders edits of one second.
Numbers of two schemes, or a missing number (a bare `article.unpublished`), cannot be compared: then the time decides.
"""

from typing import Literal

from pydantic import Field

from shared.contracts.base import Contract

Scheme = Literal["revision", "updated_at", "none"]
MAX_NUMBER = 2**53 - 1  # what a double, and so Lua and JSON readers, still hold exactly


class Revision(Contract):
    """A place in the order of one article's deliveries.

    Args:
        scheme: what `number` counts; `none` when the delivery named no number.
        number: the CMS's revision, or microseconds since 1970 of its `updated_at`.
        time_ms: when the CMS says it sent this, milliseconds since 1970; the same for every retry.
        digest: 16 hex digits of the content's hash.
    """

    scheme: Scheme
    number: int = Field(ge=0, le=MAX_NUMBER)
    time_ms: int = Field(ge=0, le=MAX_NUMBER)
    digest: str = Field(pattern=r"^[0-9a-f]{16}$")

    @property
    def tie(self) -> str:
        """The second half of the order, as one word."""
        return f"{self.time_ms}-{self.digest}"

    def is_newer_than(self, other: "Revision") -> bool:
        """Say whether this delivery wins over `other`; an equal one does not."""
        return _key(self, other) > _key(other, self)


def _key(one: Revision, other: Revision) -> tuple[int, int, str]:
    comparable = one.scheme == other.scheme != "none"
    return (one.number if comparable else 0, one.time_ms, one.digest)
