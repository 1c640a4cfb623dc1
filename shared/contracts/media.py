"""Pictures."""

from pydantic import Field

from shared.contracts.base import Contract


class Image(Contract):
    """A picture by its address, with what a reader who cannot see it needs.

    `url` is absolute http(s) or a path of the site itself; width and height are CSS pixels.
    """

    url: str = Field(min_length=1, max_length=2048)
    alt: str = ""
    caption: str = ""
    credit: str = ""
    width: int | None = Field(default=None, ge=1, le=100_000)
    height: int | None = Field(default=None, ge=1, le=100_000)
