"""The text: each gap between two blocks is accepted or refused by the first rule that says no. ADR-0011.

Greedy from the top, so that equal articles have equal slots and text that is added at the end moves none. A gap is
asked, in this order:

    no_ads_range          an editor took the range out
    no_text_beside …      both neighbours are paragraphs of text, long enough, and the upper one does not lead on
    clearance             so many paragraphs between it and a heading, picture, embed, quote, table, list
    too_soon, too_near    words and paragraphs since the start, or since the last one
    too_late              words and paragraphs to the end
    enough, too_dense     the caps: how many, and how much of the column on a phone

Once an editor has set a marker, only markers place; the caps hold for them too.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from services.render.compose.ads.reading import LEADS_ON, SHORT, TEXT, Row, read_all
from services.render.compose.ads.rules import Rule, Verdict
from shared.contracts.ads import RulesConfig
from shared.contracts.blocks import AdMarker, Block

POSITION: Final = "in-article"


class Column(NamedTuple):
    """What shares the main column of a phone with the text, in px.

    Args:
        content: everything that is no advertisement, without the body.
        ads: other advertisements.
        slot: height of one slot in the text, its label included.
    """

    content: int
    ads: int
    slot: int


class TextAds(NamedTuple):
    """What was decided about a text.

    Args:
        verdicts: one for each gap, in order; or one for all of them, whose gap is -1.
        words, words_since: in all, and since the last slot or the start.
        is_open: an editor's `noads` was never closed.
        px: height of the whole column without advertisements.
        ads_px: of the advertisements in it.
    """

    verdicts: Sequence[Verdict]
    words: int
    words_since: int
    is_open: bool
    px: int
    ads_px: int


def place(blocks: Sequence[Block], *, rules: RulesConfig, most: int, column: Column, barred: Verdict | None) -> TextAds:
    """Return the verdicts about every gap of a text.

    Args:
        most: slots at most.
        barred: what refuses the whole text, whatever is in it.
    """
    marks = NO_MARKS
    if has_markers(blocks):
        marks, blocks = _Marks(blocks), without_markers(blocks)
    walk = _Walk(blocks, rules, most, column, marks)
    if barred:
        return walk.result([barred])
    if marks.here:
        return walk.result([*walk.marked()])
    if walk.words < rules.article_words:
        return walk.result([Verdict("article_too_short", -1, POSITION, walk.words, rules.article_words)])
    return walk.result([*walk.automatic()])


def has_markers(blocks: Iterable[Block]) -> bool:
    """Say whether an editor said something about advertising in a text."""
    return AdMarker in map(type, blocks)


def without_markers(blocks: Iterable[Block]) -> Sequence[Block]:
    """Return what readers see of a text."""
    return tuple(block for block in blocks if not isinstance(block, AdMarker))


class _Marks:
    """Where an editor said something; gaps are counted without the markers themselves."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.here: set[int] = set()
        self.off: set[int] = set()
        gap, is_off = 0, False
        for block in blocks:
            if not isinstance(block, AdMarker):
                if is_off:
                    self.off.add(gap)  # the gap above this block
                gap += 1
            elif block.mark == "here":
                self.here.add(gap)
            else:
                is_off = block.mark == "off"
                self.off.add(gap)
        self.is_open = is_off


NO_MARKS: Final = _Marks(())


class _Walk:
    """One way through a text, from the top.

    It is most of what slots cost a page, so the loop over the gaps keeps its numbers in local names.
    """

    def __init__(self, blocks: Sequence[Block], rules: RulesConfig, most: int, column: Column, marks: _Marks) -> None:
        self._rules, self._most, self._column, self._marks = rules, most, column, marks
        self._rows = read_all(blocks, neighbour_characters=rules.neighbour_characters)
        kinds, words, _, heights = zip(*self._rows, strict=True) if self._rows else ((), (), (), ())
        self.words = self._words_since = sum(words)
        self._paragraphs, self._placed = kinds.count(TEXT), 0
        self._px, self._ads_px = column.content + sum(heights), column.ads

    def result(self, verdicts: Sequence[Verdict]) -> TextAds:
        """Return what was decided; call it when the walk is over."""
        return TextAds(verdicts, self.words, self._words_since, self._marks.is_open, self._px, self._ads_px)

    def automatic(self) -> Iterator[Verdict]:
        """Decide by the rules; the first that says no is the reason."""
        rules, off = self._rules, self._marks.off
        clearance, words_after, paragraphs_after = rules.clearance, rules.words_after, rules.paragraphs_after
        early: Rule = "too_soon"
        least, least_of_them = rules.words_before, rules.paragraphs_before
        words, paragraphs = 0, 0  # since the last slot
        words_left, paragraphs_left = self.words, self._paragraphs
        for gap, (above, below) in enumerate(pairwise(self._rows), start=1):
            kind, more, _, _ = above
            words += more
            words_left -= more
            if kind == TEXT:
                paragraphs += 1
                paragraphs_left -= 1
            if gap in off:
                yield Verdict("no_ads_range", gap)
            elif kind != TEXT or below[0] != TEXT:
                yield self._neighbour(gap, above, below)
            elif clearance > 1 and (crowded := self._clearance(gap)):
                yield crowded
            elif words < least:
                yield Verdict(early, gap, "", words, least, "words")
            elif paragraphs < least_of_them:
                yield Verdict(early, gap, "", paragraphs, least_of_them, "paragraphs")
            elif words_left < words_after:
                yield Verdict("too_late", gap, "", words_left, words_after, "words")
            elif paragraphs_left < paragraphs_after:
                yield Verdict("too_late", gap, "", paragraphs_left, paragraphs_after, "paragraphs")
            elif cap := self._cap(gap):
                yield cap
            else:
                self._words_since = words_left
                yield self._place("placed", gap, words, least)
                early, least, least_of_them = "too_near", rules.words_between, rules.paragraphs_between
                words = paragraphs = 0

    def marked(self) -> Iterator[Verdict]:
        """Decide by the editor's markers, within the caps."""
        last, words = len(self._rows), 0
        for gap in sorted({*range(1, last), *self._marks.here}):
            if 0 < gap < last:
                words += self._rows[gap - 1][1]
            if gap not in self._marks.here:
                yield Verdict("markers_decide", gap)
            elif gap in self._marks.off:
                yield Verdict("no_ads_range", gap)
            elif not 0 < gap < last:
                yield Verdict("at_the_edge", gap)
            elif cap := self._cap(gap):
                yield cap
            else:
                self._words_since = self.words - words
                yield self._place("marked", gap, words, 0)

    def _place(self, rule: Rule, gap: int, words: int, least: int) -> Verdict:
        self._placed += 1
        self._ads_px += self._column.slot
        return Verdict(rule, gap, f"{POSITION}-{self._placed}", words, least, "words")

    def _neighbour(self, gap: int, above: Row, below: Row) -> Verdict:
        """Return which neighbour is no text that an advertisement may stand beside; one of them is none."""
        for kind, _, characters, _ in (above, below):
            if kind == SHORT:
                return Verdict("short_text_beside", gap, "", characters, self._rules.neighbour_characters)
            if kind not in {TEXT, LEADS_ON}:
                return Verdict("no_text_beside", gap, "", 0, 0, kind)
        return Verdict("leads_on", gap)

    def _clearance(self, gap: int) -> Verdict | None:
        needed = self._rules.clearance
        for distance in range(1, needed):
            for index in (gap - 1 - distance, gap + distance):
                kind = self._rows[index][0] if 0 <= index < len(self._rows) else TEXT
                if kind not in {TEXT, SHORT, LEADS_ON}:
                    return Verdict("clearance", gap, "", distance, needed, kind)
        return None

    def _cap(self, gap: int) -> Verdict | None:
        if self._placed >= self._most:
            return Verdict("enough", gap, "", self._placed, self._most)
        share = share_of(self._ads_px + self._column.slot, self._px)
        if share > self._rules.density:
            return Verdict("too_dense", gap, "", share, self._rules.density)
        return None


def share_of(ads_px: int, content_px: int) -> float:
    """Return which share of a column advertisements fill."""
    return ads_px / (content_px + ads_px) if ads_px else 0.0
