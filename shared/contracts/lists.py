"""Names of lists: `recent`, `section:stadt`, `tag:…`, `author:…`, `events`, `corrections`, `mixed`, `month:2026-11`.

`month:…` is the part of `recent` that was published in that month; every other list can be cut by month too.
`breaking`, above every page, has what is pinned to it and what came as breaking news. (ADR-0019, ADR-0030)
"""

import re
from typing import NewType

ListName = NewType("ListName", str)

RECENT = ListName("recent")
EVENTS = ListName("events")
CORRECTIONS = ListName("corrections")
MIXED = ListName("mixed")
BREAKING = ListName("breaking")

# As JSON Schema writes it, too.
NAME_PATTERN = (
    r"^(?:recent|events|corrections|mixed|(?:section|tag|author):[a-z0-9-]{1,100}|month:[0-9]{4}-(?:0[1-9]|1[0-2]))$"
)
_NAME = re.compile(NAME_PATTERN)


def section(slug: str) -> ListName:
    """The articles of one section."""
    return ListName(f"section:{slug}")


def tag(slug: str) -> ListName:
    """The articles with one tag."""
    return ListName(f"tag:{slug}")


def author(slug: str) -> ListName:
    """The articles of one author."""
    return ListName(f"author:{slug}")


def month(year_month: str) -> ListName:
    """The articles of one month, `yyyy-mm` in the site's zone."""
    return ListName(f"month:{year_month}")


def is_list_name(text: str) -> bool:
    """Say whether `text` names a list that could exist."""
    return _NAME.fullmatch(text) is not None


def kind_and_slug(name: ListName) -> tuple[str, str]:
    """Split `section:stadt` into its halves; the second is empty for `recent` and its like."""
    kind, _, slug = name.partition(":")
    return kind, slug


def has_months(name: ListName) -> bool:
    """Say whether the list keeps its older articles in months."""
    return kind_and_slug(name)[0] in {"recent", "section", "tag", "author"}


def takes_pins(name: ListName) -> bool:
    """Say whether articles can be pinned to the list."""
    return name == BREAKING or (is_list_name(name) and has_months(name))


def pinned(name: ListName) -> ListName:
    """The set of articles that are pinned to a list right now, by `pin_score`."""
    return ListName(f"pinned:{name}")


_RESURFACED = "resurfaced:"


def resurfaced(name: ListName) -> ListName:
    """The set of articles that stand higher in a list than their publication says, by when they resurfaced."""
    return ListName(f"{_RESURFACED}{name}")


def shown_in(name: ListName) -> ListName:
    """The list that readers know whose articles a set has: itself, or what a set of resurfaced ones belongs to."""
    return ListName(name.removeprefix(_RESURFACED))


_PIN_STEP = 2**42  # milliseconds; until the year 2109


def pin_score(position: int, set_ms: int) -> int:
    """Order pins by position, from 1; of two at one position the one that was set later stands first."""
    return position * _PIN_STEP - set_ms


def position_of(score: int) -> int:
    """Read back the position from a `pin_score`."""
    return score // _PIN_STEP + 1
