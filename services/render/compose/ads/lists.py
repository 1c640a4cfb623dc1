"""Front page and lists: after every so many teasers, never after the last ones. ADR-0011."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.render.compose.ads.rules import Verdict
from services.render.compose.ads.text import share_of
from shared.contracts.ads import RulesConfig

POSITION: Final = "list"
TEASER_PX: Final = 145  # of one teaser on a phone: a small picture beside a headline of three lines
TEASERS_AFTER: Final = 2  # a list does not end in an advertisement


def place(groups: Sequence[int], *, rules: RulesConfig, most: int, slot_px: int) -> Iterator[Verdict]:
    """Give the verdict about the gap before each group but the first.

    Args:
        groups: how many teasers stand together: 1 each in a list, on the front page the top and each section.
        most: slots at most.
        slot_px: height of one on a phone, its label included.
    """
    total = sum(groups)
    shown = since = placed = 0
    for gap in range(1, len(groups)):
        shown += groups[gap - 1]
        since += groups[gap - 1]
        share = share_of((placed + 1) * slot_px, total * TEASER_PX)
        if since < rules.list_every:
            yield Verdict("too_near" if placed else "too_soon", gap, "", since, rules.list_every, "teasers")
        elif total - shown < TEASERS_AFTER:
            yield Verdict("too_late", gap, "", total - shown, TEASERS_AFTER, "teasers")
        elif placed >= most:
            yield Verdict("enough", gap, "", placed, most)
        elif share > rules.density:
            yield Verdict("too_dense", gap, "", share, rules.density)
        else:
            placed += 1
            yield Verdict("placed", gap, f"{POSITION}-{placed}", since, rules.list_every, "teasers")
            since = 0
