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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.render.compose.ads.reading import LEADS_ON, SHORT, TEXT, Read, read
from services.render.compose.ads.rules import Rule, Verdict
from shared.contracts.ads import RulesConfig
from shared.contracts.blocks import AdMarker, Block

POSITION: Final = "in-article"


@dataclass(frozen=True)
class Column:
    """What shares the main column of a phone with the text, in px.

    Args:
        content: everything that is no advertisement, without the body.
        ads: other advertisements.
        slot: height of one slot in the text, its label included.
    """

    content: int
    ads: int
    slot: int


@dataclass(frozen=True)
class TextAds:
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
    marks = _Marks(blocks) if any(isinstance(block, AdMarker) for block in blocks) else NO_MARKS
    least = rules.neighbour_characters
    reads = [read(block, neighbour_characters=least) for block in blocks if not isinstance(block, AdMarker)]
    walk = _Walk(reads, rules, most, column, marks)
    if barred:
        return walk.result([barred])
    if marks.here:
        return walk.result([*walk.marked()])
    if walk.words < rules.article_words:
        return walk.result([Verdict("article_too_short", -1, POSITION, walk.words, rules.article_words)])
    return walk.result([*walk.automatic()])


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
    """One way through a text, from the top."""

    def __init__(self, reads: Sequence[Read], rules: RulesConfig, most: int, column: Column, marks: _Marks) -> None:
        self._reads, self._rules, self._most, self._column, self._marks = reads, rules, most, column, marks
        self.words = sum([each.words for each in reads])
        self._paragraphs_left = sum([each.kind == TEXT for each in reads])
        self._words_left = self.words
        self._words = self._paragraphs = self._placed = 0
        self._px = column.content + sum([each.px for each in reads])
        self._ads_px = column.ads

    def result(self, verdicts: Sequence[Verdict]) -> TextAds:
        """Return what was decided; call it when the walk is over."""
        since = self._words + self._words_left  # the walk ends above the last block
        return TextAds(verdicts, self.words, since, self._marks.is_open, self._px, self._ads_px)

    def automatic(self) -> Iterator[Verdict]:
        """Decide by the rules."""
        for gap in range(1, len(self._reads)):
            self._step(self._reads[gap - 1])
            refused = self._refusal(gap)
            yield refused or self._place("placed", gap)

    def marked(self) -> Iterator[Verdict]:
        """Decide by the editor's markers, within the caps."""
        last = len(self._reads)
        for gap in sorted({*range(1, last), *self._marks.here}):
            if 0 < gap < last:
                self._step(self._reads[gap - 1])
            if gap not in self._marks.here:
                yield Verdict("markers_decide", gap)
            elif gap in self._marks.off:
                yield Verdict("no_ads_range", gap)
            elif not 0 < gap < last:
                yield Verdict("at_the_edge", gap)
            else:
                yield self._cap(gap) or self._place("marked", gap)

    def _step(self, block: Read) -> None:
        self._words += block.words
        self._words_left -= block.words
        if block.kind == TEXT:
            self._paragraphs += 1
            self._paragraphs_left -= 1

    def _place(self, rule: Rule, gap: int) -> Verdict:
        since, needed = self._words, self._rules.words_between if self._placed else self._rules.words_before
        self._placed += 1
        self._words = self._paragraphs = 0
        self._ads_px += self._column.slot
        return Verdict(rule, gap, f"{POSITION}-{self._placed}", since, needed)

    def _refusal(self, gap: int) -> Verdict | None:
        if gap in self._marks.off:
            return Verdict("no_ads_range", gap)
        return self._neighbour(gap) or self._distance(gap) or self._cap(gap)

    def _neighbour(self, gap: int) -> Verdict | None:
        above, below = self._reads[gap - 1], self._reads[gap]
        if above.kind == TEXT == below.kind:
            return self._clearance(gap) if self._rules.clearance > 1 else None
        for each in (above, below):
            if each.kind == SHORT:
                return Verdict("short_text_beside", gap, "", each.characters, self._rules.neighbour_characters)
            if each.kind not in {TEXT, LEADS_ON}:
                return Verdict("no_text_beside", gap, "", 0, 0, each.kind)
        return Verdict("leads_on", gap)

    def _clearance(self, gap: int) -> Verdict | None:
        needed = self._rules.clearance
        for distance in range(1, needed):
            for index in (gap - 1 - distance, gap + distance):
                if 0 <= index < len(self._reads) and self._reads[index].kind not in {TEXT, SHORT, LEADS_ON}:
                    return Verdict("clearance", gap, "", distance, needed, self._reads[index].kind)
        return None

    def _distance(self, gap: int) -> Verdict | None:
        rules = self._rules
        before: Rule = "too_near" if self._placed else "too_soon"
        words = rules.words_between if self._placed else rules.words_before
        paragraphs = rules.paragraphs_between if self._placed else rules.paragraphs_before
        if self._words < words:
            return Verdict(before, gap, "", self._words, words, "words")
        if self._paragraphs < paragraphs:
            return Verdict(before, gap, "", self._paragraphs, paragraphs, "paragraphs")
        if self._words_left < rules.words_after:
            return Verdict("too_late", gap, "", self._words_left, rules.words_after, "words")
        if self._paragraphs_left < rules.paragraphs_after:
            return Verdict("too_late", gap, "", self._paragraphs_left, rules.paragraphs_after, "paragraphs")
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
