"""A place for an advertisement: an empty box with its label and its height, so that nothing moves when it fills."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.render.compose.markup import EMPTY, Markup
from shared.contracts.ads import ScreenConfig, SlotConfig
from shared.contracts.ads.labels import Label

LABEL_PX: Final = 24  # height of the label's line; part of what is reserved


@dataclass(frozen=True)
class Heights:
    """What is reserved at each width of the screen, label included; 0 where the slot is not shown.

    Args:
        phone: below 768 px; in px.
        tablet: from 768 px.
        desktop: from 1100 px.
    """

    phone: int
    tablet: int
    desktop: int

    @classmethod
    def of(cls, config: SlotConfig) -> "Heights":
        """Return the heights of a position."""
        return cls(*(_with_label(screen) for screen in (config.phone, config.tablet, config.desktop)))


def _with_label(screen: ScreenConfig | None) -> int:
    return screen.reserved_px + LABEL_PX if screen and screen.sizes else 0


@dataclass(frozen=True)
class Slot:
    """A place on a page for an advertisement.

    Args:
        position: `top`, `in-article-1` …; unique on its page. Ordinals count from the top, so that reports stay
            comparable after an edit.
        label: "Anzeige".
        language: of the label.
        lazy: what fills it may wait until the reader comes near.
        house: the fragment with the house advertisement; empty when the site has none.
        sizes: for the script of a network, see `network.sizes_of`; empty when there is none.
        hidden: classes for the widths at which it is not shown: `no-phone no-tablet`.
        html: how the theme draws it; the same on every page, so it is drawn once.
    """

    position: str
    label: str
    language: str
    heights: Heights
    lazy: bool = True
    house: str = ""
    sizes: str = ""
    hidden: str = ""
    html: Markup = EMPTY
    type: Literal["slot"] = "slot"  # beside the blocks' own types, so that one template can tell them apart

    @classmethod
    def of(cls, position: str, config: SlotConfig, label: Label, *, house: str = "", sizes: str = "") -> "Slot":
        """Return the slot at `position` that is configured so; its own label goes before the page's."""
        heights = Heights.of(config)
        return cls(
            position=position,
            label=config.label or label[0],
            language=label[1],
            heights=heights,
            lazy=bool(config.lazy),
            house=house,
            sizes=sizes,
            hidden=" ".join(f"no-{name}" for name, height in vars(heights).items() if not height),
        )


@dataclass(frozen=True)
class Slots:
    """The slots of a page that are not in its text; None where there is none.

    Args:
        sidebars: beside the content, from the top.
        before: for each teaser of a list, or section of the front page: the slot before it.
    """

    top: Slot | None = None
    sidebars: Sequence[Slot] = ()
    article_end: Slot | None = None
    sticky: Slot | None = None
    before: Sequence[Slot | None] = ()


NO_SLOTS: Final = Slots()
