"""Why is there an advertisement here, or none? Verdicts → what `?ads=why` and `litfass ads explain` show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.render.compose.ads.plan import PageAds
from services.render.compose.ads.reading import kind_of
from services.render.compose.ads.rules import Rule, Verdict, said
from services.render.compose.ads.slots import Slot
from services.render.compose.markup import plain
from shared.contracts.blocks import Block, Heading, Paragraph, Quote

OPENING: Final = 40  # characters of a block by which one finds it


@dataclass(frozen=True)
class Gap:
    """One place on a page and what was decided about it.

    Args:
        where: in words: "above 3: Der Rat hat am Abend …", or the position.
        position: of the slot, when there is one.
        said: the rule in words, with its numbers.
        have, need: these numbers.
    """

    where: str
    is_accepted: bool
    rule: Rule
    position: str
    said: str
    have: float
    need: float
    type: Literal["gap"] = "gap"  # beside the blocks' own types, as slots


def around(ads: PageAds) -> list[Gap]:
    """Return the places that are neither in the text nor in a list, and what is about the whole page."""
    return [
        _gap(verdict, verdict.position or "the whole page")
        for verdict in ads.verdicts
        if verdict.gap == 0 or (verdict.gap < 0 and not verdict.position)
    ]


def in_list(ads: PageAds) -> list[Gap]:
    """Return the places between teasers; numbers count from 1."""
    return [
        _gap(verdict, f"above number {verdict.gap + 1}" if verdict.gap > 0 else verdict.position)
        for verdict in ads.verdicts
        if verdict.gap > 0 or (verdict.gap < 0 and verdict.position)
    ]


def in_text(ads: PageAds) -> Iterator[tuple[Block | Slot, Gap | None]]:
    """Give each part of a body with what was decided about the gap above it; a slot's stands at the block below it."""
    verdicts = {verdict.gap: verdict for verdict in ads.verdicts if verdict.gap}
    number = 0
    for part in ads.blocks:
        if isinstance(part, Slot):
            yield part, None
            continue
        verdict = verdicts.get(number) or (verdicts.get(-1) if number else None)
        yield part, _gap(verdict, f"above {number + 1}: {_opening(part)}") if verdict else None
        number += 1


def gaps_in_text(ads: PageAds) -> list[Gap]:
    """Return the gaps of a text, from the top."""
    return [gap for _, gap in in_text(ads) if gap]


def with_gaps(ads: PageAds) -> Sequence[Block | Slot | Gap]:
    """Return a body with its slots, and in every gap why there is one or none."""
    out: list[Block | Slot | Gap] = []
    for part, gap in in_text(ads):
        if gap and out and isinstance(out[-1], Slot):
            out.insert(-1, gap)
        elif gap:
            out.append(gap)
        out.append(part)
    return out


def _gap(verdict: Verdict, where: str) -> Gap:
    position = verdict.position if verdict.is_accepted else ""
    return Gap(where, verdict.is_accepted, verdict.rule, position, said(verdict), verdict.have, verdict.need)


def _opening(block: Block) -> str:
    if not isinstance(block, Paragraph | Heading | Quote):
        return kind_of(block)
    text = plain(block.html)
    return text if len(text) <= OPENING else text[:OPENING].rpartition(" ")[0] + " …"
