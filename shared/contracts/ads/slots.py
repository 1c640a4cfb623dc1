"""`[site.NAME.ads.slots.POSITION]`: what each position is like.

    top            above everything
    sidebar-1 … 9  beside the text or, on a phone, below it
    in-article     between two paragraphs, as often as the rules allow
    article-end    below the text
    list           between teasers
    sticky         at the lower edge of the screen, until the reader closes it

Sizes are written "300x250", the one that is sold most first. What is reserved is the tallest of them or `height`, so
that nothing on a page ever moves when an advertisement comes; a size that is taller than that is a fault.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Contract, PathWord

PageKind = Literal["front", "list", "article"]
Position = str
Size = Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,3}x[1-9]\d{0,3}$")]

POSITION: Final = re.compile(r"top|sidebar-[1-9]|in-article|article-end|list|sticky")
# Better Ads: a sticky advertisement covers at most 30 % of the screen; the smallest phone in use has 568 px.
STICKY_PX: Final = 150


class ScreenConfig(Contract):
    """One position at one width of the screen; in TOML also just the list of sizes."""

    sizes: tuple[Size, ...] = Field(default=(), description="Width x height in px; none: not at this width.")
    height: int | None = Field(default=None, ge=1, le=2000, description="Reserved px; default: the tallest size's.")

    @model_validator(mode="before")
    @classmethod
    def _sizes_alone(cls, value: Any) -> Any:  # whatever TOML holds
        return {"sizes": value} if isinstance(value, list | tuple) else value

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The sizes as numbers."""
        return tuple((int(width), int(height)) for width, _, height in (size.partition("x") for size in self.sizes))

    @property
    def reserved_px(self) -> int:
        """What is reserved for the creative, without its label."""
        if not self.sizes:
            return 0
        return self.height or max(height for _, height in self.pairs)


def _screen(*sizes: str) -> ScreenConfig:
    return ScreenConfig(sizes=sizes)


class SlotConfig(Contract):
    """One position; what is left out stays as it is by default."""

    enabled: bool | None = Field(default=None, description="Default: true, but false for `sticky`.")
    pages: tuple[PageKind, ...] | None = Field(
        default=None, description="Kinds of page; default: all that can have it. Any of `front`, `list`, `article`."
    )
    sections: tuple[PathWord, ...] | None = Field(default=None, description="Only in these sections; default: in all.")
    phone: ScreenConfig | None = Field(default=None, description='Sizes below 768 px, such as ["320x100", "320x50"].')
    tablet: ScreenConfig | None = Field(default=None, description="Sizes from 768 px on.")
    desktop: ScreenConfig | None = Field(default=None, description="Sizes from 1100 px on.")
    lazy: bool | None = Field(default=None, description="Load it when it comes near; default: all but `top`, `sticky`.")
    label: str | None = Field(default=None, max_length=40, description="Its own word instead of the site's.")

    def changed(self, change: "SlotConfig | None") -> "SlotConfig":
        """Return this with everything that `change` says."""
        if change is None:
            return self
        said = {name: value for name in SlotConfig.model_fields if (value := getattr(change, name)) is not None}
        return self.model_copy(update=said)

    def faults(self) -> list[str]:
        """Say which sizes do not fit into what is reserved."""
        screens = (("phone", self.phone), ("tablet", self.tablet), ("desktop", self.desktop))
        return [
            f"{name}: {size} is taller than the {screen.reserved_px} px that are reserved, so the page would jump"
            for name, screen in screens
            if screen
            for size, (_, height) in zip(screen.sizes, screen.pairs, strict=True)
            if height > screen.reserved_px
        ]


_RECTANGLE: Final = _screen("300x250")
_EVERYWHERE: Final[tuple[PageKind, ...]] = ("front", "list", "article")
_SIDEBAR: Final = SlotConfig(
    enabled=True, pages=_EVERYWHERE, sections=(), phone=_RECTANGLE, tablet=_RECTANGLE, desktop=_RECTANGLE, lazy=True
)
# What is sold most at each width (IAB: 320x100, 728x90, 300x250), in the columns of the default theme.
DEFAULT_SLOTS: Final[Mapping[Position, SlotConfig]] = {
    "top": _SIDEBAR.model_copy(
        update={
            "phone": _screen("320x100", "320x50"),
            "tablet": _screen("728x90"),
            "desktop": _screen("728x90"),
            "lazy": False,
        }
    ),
    "in-article": _SIDEBAR.model_copy(update={"pages": ("article",)}),
    "article-end": _SIDEBAR.model_copy(update={"pages": ("article",)}),
    "list": _SIDEBAR.model_copy(
        update={"pages": ("front", "list"), "tablet": _screen("468x60"), "desktop": _screen("468x60")}
    ),
    "sidebar-1": _SIDEBAR,
    "sidebar-2": _SIDEBAR,
    "sticky": _SIDEBAR.model_copy(
        update={
            "enabled": False,
            "phone": _screen("320x50"),
            "tablet": _screen(),
            "desktop": _screen(),
            "lazy": False,
        }
    ),
}


def position_faults(slots: Mapping[str, SlotConfig]) -> list[str]:
    """Say which positions there are not, and which slots cannot be where they are."""
    faults = [
        f"there is no position {name!r}; there are top, sidebar-1 to sidebar-9, in-article, article-end, list, sticky"
        for name in slots
        if not POSITION.fullmatch(name)
    ]
    return faults + [fault for name, slot in slots.items() for fault in _misplaced(name, slot)]


def _misplaced(name: str, slot: SlotConfig) -> Iterable[str]:
    wrong = {"in-article": {"front", "list"}, "article-end": {"front", "list"}, "list": {"article"}}.get(name, set())
    if there := sorted(wrong & set(slot.pages or ())):
        yield f"{name} cannot be on pages of kind {', '.join(there)}"
    screens = [screen for screen in (slot.phone, slot.tablet, slot.desktop) if screen]
    if name == "sticky" and any(screen.reserved_px > STICKY_PX for screen in screens):
        yield f"sticky may be {STICKY_PX} px high at most: 30 % of a small screen (Better Ads Standards)"
