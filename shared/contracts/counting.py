"""`[site.NAME.counting.PIXEL]`: pictures of one pixel that count readers for VG Wort, IVW and their like."""

import re
from typing import Annotated, Final

from pydantic import Field, StringConstraints, field_validator

from shared.contracts.ads.slots import PageKind
from shared.contracts.article import Kind
from shared.contracts.base import Contract

FIELDS: Final = ("id", "section", "page")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")

PixelAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s\"'<>/]+/[^\s\"'<>]*$")]


class PixelConfig(Contract):
    """One pixel."""

    url: PixelAddress = Field(
        description="Where it is (https), with {id} of the article, {section}, and {page}: front, list or article."
    )
    pages: tuple[PageKind, ...] = Field(default=("article",), description="Kinds of page that have it.")
    kinds: tuple[Kind, ...] = Field(
        default=("article", "event", "live"), description="Kinds of article that have it; sponsored ones by themselves."
    )
    characters: int = Field(
        default=0, ge=0, description="Only articles with a text of so many characters; VG Wort counts from 1800."
    )
    consent: bool = Field(
        default=True, description="Nobody is asked before the reader consented; false only if counsel says so."
    )
    purposes: tuple[int, ...] = Field(default=(1,), description="TCF purposes that need consent; 1 is storage.")
    vendors: tuple[int, ...] = Field(default=(), description="TCF ids of vendors that need it; 730 is INFOnline.")

    @field_validator("url")
    @classmethod
    def _known_fields(cls, value: str) -> str:
        unknown = [name for name in _FIELD.findall(value) if name not in FIELDS]
        if unknown or _FIELD.sub("", value).count("{") or _FIELD.sub("", value).count("}"):
            raise ValueError(f"{value!r} names an unknown field; there are {', '.join(FIELDS)}")
        if "{" in value.split("/", 3)[2]:
            raise ValueError(f"{value!r}: the host must not depend on the page")
        return value
