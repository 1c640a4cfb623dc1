"""Counting pixels: which of a site's stand on a page, and which wait there for consent. Pure.

One that needs no consent is a picture in the page, and works without a script. The others are told to `count.js`,
which asks nobody before the reader has consented: nothing in a page depends on who reads it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.render.compose.markup import EMPTY, Markup, attribute, json_script, plain
from shared.contracts.ads.slots import PageKind
from shared.contracts.article import Article
from shared.contracts.blocks import Block, Code, Heading, ListBlock, Paragraph, Quote
from shared.contracts.counting import PixelConfig


@dataclass(frozen=True)
class Counted:
    """What counts the readers of one page.

    Args:
        pixels: addresses of pictures that are asked for at once.
        data_json: what the script is told of those that wait; empty without one.
    """

    pixels: Sequence[Markup] = ()
    data_json: Markup = EMPTY


NOT_COUNTED: Final = Counted()


class Counting:
    """The pixels of one site."""

    def __init__(self, pixels: Mapping[str, PixelConfig], *, cmp: str | None) -> None:
        """Take the site's pixels, and where its consent tool is."""
        self._pixels, self._cmp = [*pixels.values()], cmp

    def of_article(self, article: Article) -> Counted:
        """Return what counts the readers of an article."""
        if not self._pixels:
            return NOT_COUNTED
        length = length_of(article.body) if any(pixel.characters for pixel in self._pixels) else 0
        wanted = (p for p in self._pixels if article.kind in p.kinds and length >= p.characters)
        return self._counted(wanted, "article", {"id": article.id, "section": article.section})

    def of_list(self, page: PageKind, section: str = "") -> Counted:
        """Return what counts the readers of the front page, or of a list's."""
        if not self._pixels:
            return NOT_COUNTED
        return self._counted(self._pixels, page, {"id": page, "section": section or page})

    def _counted(self, pixels: Iterable[PixelConfig], page: PageKind, words: Mapping[str, str]) -> Counted:
        here = [(pixel, pixel.url.format(page=page, **words)) for pixel in pixels if page in pixel.pages]
        waiting = [
            {"url": url, "purposes": pixel.purposes, "vendors": pixel.vendors} for pixel, url in here if pixel.consent
        ]
        data = json_script({"cmp": self._cmp, "pixels": waiting}) if waiting else EMPTY
        return Counted(tuple(attribute(url) for pixel, url in here if not pixel.consent), data)


def length_of(body: Iterable[Block]) -> int:
    """Return how many characters of text there are, spaces included, as VG Wort counts."""
    return sum(map(len, _texts(body)))


def _texts(body: Iterable[Block]) -> Iterator[str]:
    for block in body:
        match block:
            case Paragraph() | Heading() | Quote():
                yield plain(block.html)
            case ListBlock():
                yield from map(plain, block.items)
            case Code():
                yield block.text
            case _:
                pass
