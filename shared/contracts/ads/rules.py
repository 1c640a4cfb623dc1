"""`[site.NAME.ads.rules]`, `free`, `sensitive`: how many advertisements, how far apart, and where none."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, ValidationError

from shared.contracts.article import Kind
from shared.contracts.base import Contract, PathWord


class RulesConfig(Contract):
    """How far advertisements in the text keep from its start, its end, each other, and everything that is no text."""

    article_words: int = Field(default=300, ge=0, description="A shorter article has none in its text.")
    words_before: int = Field(default=120, ge=0, description="Words before the first: the reader has begun to read.")
    paragraphs_before: int = Field(default=2, ge=1, description="Paragraphs before the first.")
    words_between: int = Field(default=250, ge=0, description="Words between two: 1.5 to 2 screens of a phone.")
    paragraphs_between: int = Field(default=3, ge=1, description="Paragraphs between two.")
    words_after: int = Field(default=80, ge=0, description="Words after the last.")
    paragraphs_after: int = Field(default=2, ge=1, description="Paragraphs after the last.")
    clearance: int = Field(
        default=1, ge=1, le=5, description="Paragraphs between one and a heading, picture, embed, quote, table or list."
    )
    neighbour_characters: int = Field(
        default=40, ge=1, description="A shorter paragraph is a caption or a line of a list; none stands beside it."
    )
    most: int = Field(default=3, ge=0, le=50, description="In one text at most.")
    reduced_most: int = Field(default=1, ge=0, le=50, description='The same where the article says `ads = "reduced"`.')
    density: float = Field(
        default=0.30, ge=0, le=0.5, description="Share of the main column on a phone at most (Better Ads Standards)."
    )
    list_every: int = Field(default=6, ge=2, description="Teasers between two in a list.")
    list_most: int = Field(default=3, ge=0, le=50, description="In one list at most.")

    def changed(self, changes: Mapping[str, float]) -> "RulesConfig":
        """Return these rules with `changes`; raises ValueError naming the key that is unknown or has no such value."""
        if not changes:
            return self
        try:
            return RulesConfig.model_validate(self.model_dump() | dict(changes))
        except ValidationError as cause:
            faults = (f"overrides.rules.{error['loc'][0]}: {error['msg']}" for error in cause.errors())
            raise ValueError("; ".join(faults)) from cause


class FreeConfig(Contract):
    """Where there is no advertising at all."""

    sections: tuple[PathWord, ...] = Field(default=(), description="Sections without advertising, and their articles.")
    tags: tuple[PathWord, ...] = Field(default=(), description="Articles with one of these tags have none.")
    authors: tuple[PathWord, ...] = Field(default=(), description="Articles by one of these have none.")
    kinds: tuple[Kind, ...] = Field(
        default=("sponsored",), description="Kinds of article without; a page that somebody paid for has no other's."
    )


class SensitiveConfig(Contract):
    """Which articles nobody wants to advertise beside, besides those that the newsroom marks as `sensitive`."""

    sections: tuple[PathWord, ...] = Field(default=(), description="Sections whose articles are sensitive: obituaries.")
    tags: tuple[PathWord, ...] = Field(
        default=(
            "amoklauf", "anschlag", "child-abuse", "katastrophe", "kindesmissbrauch", "missbrauch", "mord", "murder",
            "nachruf", "obituary", "selbstmord", "sexual-abuse", "sexuelle-gewalt", "suicide", "suizid",
            "terroranschlag", "todesanzeigen", "todesfall",
        ),
        description="Tags of disaster, violence and death.",
    )  # fmt: skip
    leaves: Literal["around", "nothing"] = Field(
        default="around",
        description="What stays beside such an article: what is around the text but no sticky, or nothing.",
    )
