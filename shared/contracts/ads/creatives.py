"""`[site.NAME.ads.creatives.NAME]`: advertisements of the house, or sold by it: pictures or HTML on its own hosts.

A political one needs what Regulation (EU) 2024/900 asks for, or the configuration is refused: Article 11 for what
stands beside it, Article 12 for the transparency notice.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.ads.slots import POSITION, PageKind, Position
from shared.contracts.base import Contract, PathWord

Address = Annotated[str, StringConstraints(pattern=r"^(?:https?://[^\s\"'<>]+|/[^/\s\"'<>][^\s\"'<>]*|/)$")]


class CreativeImage(Contract):
    """One picture of an advertisement; each width of the screen gets the largest one that fits."""

    src: Address = Field(description="A path of the site, or an address on one of `own_hosts`.")
    width: int = Field(ge=1, le=4000)
    height: int = Field(ge=1, le=4000)


class TransparencyConfig(Contract):
    """Who is behind a political advertisement (Regulation (EU) 2024/900, Articles 11 and 12)."""

    model_config = ConfigDict(str_strip_whitespace=True)  # a blank says nothing

    sponsor: str = Field(min_length=1, description="Who ordered it.")
    sponsor_email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", description="Their e-mail address.")
    sponsor_address: str = Field(min_length=1, description="Where they are established.")
    controlled_by: str = Field(default="", description="Who ultimately controls the sponsor, when somebody does.")
    paid_by: str = Field(default="", description="Who pays, when it is not the sponsor.")
    process: str = Field(min_length=1, description="The election, referendum or law-making that it is linked to.")
    process_url: Address | None = Field(default=None, description="Official information on how to take part in it.")
    amount: str = Field(min_length=1, description="What is paid or given for it, all in all.")
    amount_basis: str = Field(min_length=1, description="How that was calculated.")
    funding: Literal["public", "private", "public and private"] = Field(description="Where the money comes from.")
    funding_from: Literal["EU", "outside the EU", "EU and outside"] = Field(
        description="And from which side of the border."
    )
    targeting: str = Field(
        min_length=1, description='How those who see it are chosen by personal data; "none" for everybody.'
    )
    complaints: str = Field(min_length=1, description="Where readers report an advertisement that breaks the rules.")
    suspended_before: str = Field(default="", description="Earlier publications that were stopped, and why.")


class CreativeConfig(Contract):
    """One advertisement."""

    images: tuple[CreativeImage, ...] = Field(default=(), description="The same in several sizes.")
    alt: str = Field(default="", max_length=300, description="What stands in the picture; needed with `images`.")
    html: str = Field(default="", description="Instead of pictures. `{click}` stands for the counted link.")
    width: int = Field(default=0, ge=0, le=4000, description="Of `html`, px.")
    height: int = Field(default=0, ge=0, le=4000, description="Of `html`, px.")
    url: Address = Field(description="Where a click leads.")
    weight: int = Field(default=1, ge=1, le=100, description="How often it is shown, beside the others that fit.")
    starts_at: date | AwareDatetime | None = Field(default=None, description="A day, or a moment with its zone.")
    ends_at: date | AwareDatetime | None = Field(default=None, description="The last day, or a moment with its zone.")
    positions: tuple[Position, ...] = Field(default=(), description="Only there; default: wherever it fits.")
    pages: tuple[PageKind, ...] = Field(default=(), description="Only on these kinds of page.")
    sections: tuple[PathWord, ...] = Field(default=(), description="Only in these sections.")
    political: bool = Field(default=False, description="Then `transparency`, `starts_at` and `ends_at` are needed.")
    transparency: TransparencyConfig | None = Field(default=None, description="A table of its own.")

    @model_validator(mode="after")
    def _showable(self) -> "CreativeConfig":
        if bool(self.images) == bool(self.html):
            raise ValueError("needs either images or html")
        if self.images and not self.alt:
            raise ValueError("needs alt: what readers hear who cannot see the picture")
        if self.html and not (self.width and self.height):
            raise ValueError("needs width and height of its html in px, so that its room is known")
        if self.starts_at and self.ends_at and _is_before(self.ends_at, self.starts_at):
            raise ValueError(f"ends before it begins: starts_at = {self.starts_at}, ends_at = {self.ends_at}")
        if unknown := [name for name in self.positions if not POSITION.fullmatch(name)]:
            raise ValueError(f"there is no position {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _lawful(self) -> "CreativeConfig":
        if self.transparency and not self.political:
            raise ValueError("has transparency but not political = true")
        if self.political and not (self.transparency and self.starts_at and self.ends_at):
            raise ValueError(
                "is political, so Regulation (EU) 2024/900 wants starts_at, ends_at and a table transparency with "
                "sponsor, sponsor_email, sponsor_address, process, amount, amount_basis, funding, funding_from, "
                "targeting, complaints"
            )
        return self


def _is_before(one: date, other: date) -> bool:
    """Compare by the moment where both have one, else by the day."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return _day(one) < _day(other)


def _day(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when
