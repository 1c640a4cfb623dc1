"""Where advertisements stand: blocks → blocks with slots between them. The first set of positions.

    top            above everything
    in-article-1…  between two paragraphs of the text
    sidebar-1, -2  beside or, on a phone, below it

A slot is an empty box with its label and its height, so that nothing moves when it fills, and nothing is asked of
anybody else. Ordinals count from the top, so that reports stay comparable after an edit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from services.render.compose.markup import plain
from shared.contracts.article import Ads
from shared.contracts.blocks import Block, ListBlock, Paragraph, Quote

# Real text in the page, in the reader's language. German law wants exactly this word (Landespressegesetze § 10,
# BGH I ZR 2/11); the others are what AdSense's policy accepts.
LABELS: Final[Mapping[str, str]] = {
    "de": "Anzeige", "en": "Advertisement", "es": "Publicidad", "fr": "Publicité", "it": "Pubblicità",
    "nl": "Advertentie", "pl": "Reklama", "pt": "Publicidade", "da": "Annonce", "sv": "Annons", "tr": "Reklam",
    "uk": "Реклама", "ru": "Реклама", "ar": "إعلان",
}  # fmt: skip
LABEL_PX: Final = 24  # height of the label's line; part of what is reserved


@dataclass(frozen=True)
class Heights:
    """What is reserved at each width of the screen, label included.

    Args:
        phone: below 768 px; in px.
        tablet: from 768 px.
        desktop: from 1100 px.
    """

    phone: int
    tablet: int
    desktop: int

    @classmethod
    def of(cls, phone: int, tablet: int, desktop: int) -> "Heights":
        """Return the heights for creatives of these heights in px."""
        return cls(phone + LABEL_PX, tablet + LABEL_PX, desktop + LABEL_PX)


# The size that is sold most at each width, so that what comes usually fits what waits (IAB: 320x100, 728x90, 300x250).
BANNER: Final = Heights.of(100, 90, 90)
RECTANGLE: Final = Heights.of(250, 250, 250)


@dataclass(frozen=True)
class Slot:
    """A place on a page for an advertisement.

    Args:
        position: `top`, `in-article-1` …; unique on its page.
        label: "Anzeige".
        language: of the label.
    """

    position: str
    label: str
    language: str
    heights: Heights
    type: Literal["slot"] = "slot"  # beside the blocks' own types, so that one template can tell them apart


@dataclass(frozen=True)
class Rules:
    """How far advertisements in the text keep from its start, its end and each other.

    Args:
        words_before, paragraphs_before: a reader has begun to read before the first.
        words_between, paragraphs_between: about one and a half screens of a phone.
        words_after, paragraphs_after: the text does not end in an advertisement.
        article_words: shorter articles have none.
        most: at most so many, however long the article.
        neighbour_characters: a shorter paragraph is a caption or a line of a list, no text to stand beside.
    """

    words_before: int = 120
    paragraphs_before: int = 2
    words_between: int = 250
    paragraphs_between: int = 3
    words_after: int = 80
    paragraphs_after: int = 2
    article_words: int = 300
    most: int = 3
    neighbour_characters: int = 40


FIRST_SET: Final = Rules()
REDUCED_MOST: Final = 1  # what `ads = "reduced"` leaves in the text


@dataclass(frozen=True)
class Furniture:
    """The slots around the content; None where there is none."""

    top: Slot | None = None
    sidebar_1: Slot | None = None
    sidebar_2: Slot | None = None


NO_FURNITURE: Final = Furniture()


def label_of(*languages: str) -> tuple[str, str]:
    """Return the label in the first of `languages` that we know the word of, and which that is."""
    known = (language.partition("-")[0].lower() for language in (*languages, "en"))
    return next((LABELS[language], language) for language in known if language in LABELS)


def slots_around(ads: Ads, label: tuple[str, str]) -> Furniture:
    """Return the slots at the top and beside a page."""
    if ads == "none":
        return NO_FURNITURE
    text, language = label
    return Furniture(
        top=Slot("top", text, language, BANNER),
        sidebar_1=Slot("sidebar-1", text, language, RECTANGLE),
        sidebar_2=Slot("sidebar-2", text, language, RECTANGLE) if ads == "default" else None,
    )


def with_slots(
    blocks: Sequence[Block], *, ads: Ads, sensitive: bool, label: tuple[str, str], rules: Rules = FIRST_SET
) -> tuple[Block | Slot, ...]:
    """Return the blocks with slots between them: never beside anything but running text, none near grief."""
    most = 0 if sensitive or ads == "none" else REDUCED_MOST if ads == "reduced" else rules.most
    gaps = _gaps(blocks, rules, most) if most else ()
    if not gaps:
        return tuple(blocks)
    text, language = label
    out: list[Block | Slot] = []
    start = 0
    for number, gap in enumerate(gaps, start=1):
        out += [*blocks[start:gap], Slot(f"in-article-{number}", text, language, RECTANGLE)]
        start = gap
    return (*out, *blocks[start:])


def words_in(block: Block) -> int:
    """Return how many words of text a reader reads in a block; pictures, tables and embeds have none."""
    match block:
        case Paragraph() | Quote():
            return len(plain(block.html).split())
        case ListBlock():
            return sum(len(plain(item).split()) for item in block.items)
        case _:
            return 0


@dataclass
class _Distance:
    """Words and paragraphs since the article's start or the last slot, and those still to come."""

    words: int = 0
    paragraphs: int = 0
    words_left: int = 0
    paragraphs_left: int = 0
    slots: int = field(default=0)

    def step(self, words: int, paragraphs: int) -> None:
        self.words += words
        self.paragraphs += paragraphs
        self.words_left -= words
        self.paragraphs_left -= paragraphs

    def allows(self, rules: Rules) -> bool:
        words, paragraphs = (
            (rules.words_between, rules.paragraphs_between)
            if self.slots
            else (rules.words_before, rules.paragraphs_before)
        )
        return (
            self.words >= words
            and self.paragraphs >= paragraphs
            and self.words_left >= rules.words_after
            and self.paragraphs_left >= rules.paragraphs_after
        )

    def place(self) -> None:
        self.words = self.paragraphs = 0
        self.slots += 1


def _gaps(blocks: Sequence[Block], rules: Rules, most: int) -> tuple[int, ...]:
    """Return before which blocks a slot goes: greedy from the top."""
    words = [words_in(block) for block in blocks]
    if sum(words) < rules.article_words:
        return ()
    is_text = [_is_running_text(block, rules) for block in blocks]
    return tuple(_walk(words, is_text, rules, most))


def _walk(words: Sequence[int], is_text: Sequence[bool], rules: Rules, most: int) -> Iterator[int]:
    distance = _Distance(words_left=sum(words), paragraphs_left=sum(is_text))
    for index in range(1, len(words)):
        distance.step(words[index - 1], is_text[index - 1])
        if is_text[index - 1] and is_text[index] and distance.allows(rules):
            yield index
            distance.place()
            if distance.slots == most:
                return


def _is_running_text(block: Block, rules: Rules) -> bool:
    """Say whether a block is a paragraph that an advertisement may stand beside; one that ends in ":" leads on."""
    if not isinstance(block, Paragraph):
        return False
    text = plain(block.html)
    return len(text) >= rules.neighbour_characters and not text.endswith(":")
