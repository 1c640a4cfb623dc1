"""What the rules look at in a block: is it running text, how many words, how high on a phone.

Heights are estimates for the default theme at 360 px; a browser says the same within a few percent for text. They only
have to be right enough for a share: what counts is that an advertisement's own height is exact.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from services.render.compose.markup import plain
from shared.contracts.article import Article
from shared.contracts.blocks import (
    AdMarker,
    Block,
    Code,
    Divider,
    Embed,
    Gallery,
    Heading,
    ImageBlock,
    ListBlock,
    Paragraph,
    Quote,
    RawHtml,
    Table,
)
from shared.contracts.media import Image

COLUMN_PX: Final = 328  # of a 360 px phone
LINE_PX: Final = 31
LINE_CHARACTERS: Final = 38
GAP_PX: Final = 21  # between two blocks
IMAGE_RATIO: Final = 2 / 3  # height by width of a picture that does not say its own

TEXT: Final = ""  # the kind of a block that an advertisement may stand beside
SHORT: Final = "short paragraph"
LEADS_ON: Final = "paragraph that ends in a colon"

# A paragraph that is all bold is a heading that nobody marked as one.
_ALL_BOLD: Final = re.compile(r"<(strong|b)>(?:(?!</\1>).)*</\1>[\s:.!?]*", re.DOTALL)
_APART: Final = "\0"  # HTML cannot have it
_BLOCKS_OF_ITS_OWN: Final = re.compile(r"<(?:tr|li|p|dt|dd|summary)\b")


class Read(NamedTuple):
    """One block as the rules see it.

    Args:
        kind: TEXT, SHORT, LEADS_ON, or what it is in words.
        words: that a reader reads; pictures, tables and embeds have none.
        characters: of a paragraph.
        px: its height on a phone, with the space below it.
    """

    kind: str
    words: int
    characters: int
    px: int


Row = tuple[str, int, int, int]  # a Read without its names: in a text there are many, and naming each takes its time


def read_all(blocks: Sequence[Block], *, neighbour_characters: int) -> list[Row]:
    """Return what the rules look at in each block.

    Half of what an article's slots cost is reading its paragraphs: all of them in one go, and by columns.
    """
    htmls = [block.html for block in blocks if type(block) is Paragraph]
    whole = plain(_APART.join(htmls))
    texts = whole.split(_APART)
    if len(texts) != len(htmls):  # none, or one has in it what stands between them
        texts = [plain(html) for html in htmls]
        whole = _APART.join(texts)
    kinds = [_kind_of_paragraph(html, text, neighbour_characters) for html, text in zip(htmls, texts, strict=True)]
    words = [text.count(" ", 1, -1) + 1 for text in texts] if _is_even(whole, texts) else map(words_in, texts)
    lengths = [*map(len, texts)]
    heights = [-(-length // LINE_CHARACTERS) * LINE_PX + GAP_PX for length in lengths]
    rows = zip(kinds, words, lengths, heights, strict=True)
    return [next(rows) if type(block) is Paragraph else _read_other(block) for block in blocks]


def read(block: Block, *, neighbour_characters: int) -> Read:
    """Return what the rules look at in one block."""
    return Read(*read_all([block], neighbour_characters=neighbour_characters)[0])


def _kind_of_paragraph(html: str, text: str, neighbour_characters: int) -> str:
    if html[:1] == "<" and _ALL_BOLD.fullmatch(html):
        return "heading"
    if text[-1:] == ":":
        return LEADS_ON
    return SHORT if len(text) < neighbour_characters else TEXT


def words_in(text: str) -> int:
    """Return how many words a text has. Most have single spaces, and counting them takes a tenth of splitting."""
    return text.count(" ", 1, -1) + 1 if _is_even(text, [text]) else len(text.split())


def _is_even(whole: str, texts: Sequence[str]) -> bool:
    """Say whether texts have single spaces only, and none is empty: so they are nearly always."""
    return not ("\n" in whole or "\t" in whole or "" in texts or "  " in whole)


def _read_other(block: Block) -> Read:
    match block:
        case Heading():
            return Read("heading", 0, 0, _lines(plain(block.html), 28) * 30 + 34)
        case Quote():
            text = plain(block.html)
            return Read("quote", words_in(text), 0, _lines(text, 32) * 30 + 2 * GAP_PX)
        case ListBlock():
            texts = [plain(item) for item in block.items]
            px = sum(_lines(text, 35) * LINE_PX + 8 for text in texts) + GAP_PX
            return Read("list", sum(map(words_in, texts)), 0, px)
        case ImageBlock():
            return Read("picture", 0, 0, _picture_px(block.image))
        case Gallery():
            return Read("gallery", 0, 0, sum(map(_picture_px, block.images)))
        case Embed():
            return Read("embed", 0, 0, 150)
        case Code():
            return Read("listing", 0, 0, (block.text.count("\n") + 1) * 26 + 32 + GAP_PX)
        case Divider():
            return Read("divider", 0, 0, 77)
        case Table() | RawHtml():
            rows = len(_BLOCKS_OF_ITS_OWN.findall(block.html))
            return Read("table" if isinstance(block, Table) else "box", 0, 0, max(1, rows) * 40 + GAP_PX)
        case Paragraph() | AdMarker():  # read() and the walk take them
            return Read("marker", 0, 0, 0)


def kind_of(block: Block) -> str:
    """Return what a block is, in words."""
    return read(block, neighbour_characters=1).kind or "paragraph"


def head_px(article: Article) -> int:
    """Return how high on a phone is what stands above the text: headline, standfirst, byline, the leading picture."""
    px = 150 + _lines(article.headline, 20) * 36 + _lines(article.standfirst, 34) * 29
    return px + (_picture_px(article.image) if article.image else 0)


def _lines(text: str, characters: int) -> int:
    return -(-len(text) // characters)


def _picture_px(image: Image) -> int:
    ratio = image.height / image.width if image.width and image.height else IMAGE_RATIO
    width = min(image.width or COLUMN_PX, COLUMN_PX)
    return round(min(width * ratio, 600)) + (_lines(image.caption, 50) * 21 + 8 if image.caption else 0) + GAP_PX
