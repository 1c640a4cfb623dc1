"""The body of an article: blocks and slots → parts that the theme has a template for.

Blocks whose text a template can print as it stands go through untouched: most of a page costs nothing here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from services.render.compose.ads import Gap, Slot
from services.render.compose.markup import EMPTY, Markup, address, inert, sponsored_links
from services.render.compose.pictures import NO_SERVICE, ImageService, picture_view
from services.render.compose.views import EmbedView, GalleryView, Part, PictureView, UpdateView
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

Rewrite = Callable[[str], str]

# A film's page → its player, where it sets fewest cookies. Ids only: no other part of an address gets through.
_PLAYERS: Final = (
    (
        re.compile(
            r"https?://(?:(?:www\.|m\.)?youtube\.com/(?:watch\?v=|shorts/|live/)|youtu\.be/)([A-Za-z0-9_-]{11})(?:[?&#].*)?"
        ),
        "https://www.youtube-nocookie.com/embed/{}",
    ),
    (re.compile(r"https?://(?:www\.)?vimeo\.com/(\d{1,12})(?:[?#].*)?"), "https://player.vimeo.com/video/{}?dnt=1"),
)


def parts_of(
    blocks: Iterable[Block | Slot | Gap],
    *,
    is_sponsored: bool,
    has_picture: bool,
    images: ImageService = NO_SERVICE,
    anchors: Sequence[str] = (),
    anchored_level: int = 0,
) -> list[Part]:
    """Return the parts of a body.

    Args:
        blocks: in reading order.
        is_sponsored: links then say that they were paid for.
        has_picture: the page showed one already, so that none of the body's is the first.
        images: where pictures come from in other widths.
        anchors: of the headings of the level `anchored_level`, in their order (see live.py).
    """
    composer = _Composer(_sponsored if is_sponsored else inert, eager=not has_picture, images=images)
    composer.anchor(anchors, anchored_level)
    return composer.parts_of(blocks)


class _Composer:
    """Walks through one body; remembers the last heading's level and whether a picture was shown."""

    def __init__(self, rewrite: Rewrite, *, eager: bool, images: ImageService) -> None:
        self._rewrite, self._images = rewrite, images
        self._eager = eager
        self._level = 1
        self._anchors: Iterator[str] = iter(())
        self._anchored_level = 0

    def anchor(self, anchors: Iterable[str], level: int) -> None:
        """Give the headings of a level, from now on, their anchors."""
        self._anchors, self._anchored_level = iter(anchors), level

    def parts_of(self, blocks: Iterable[Block | Slot | Gap]) -> list[Part]:
        parts: list[Part] = []
        for block in blocks:
            if type(block) is Paragraph:  # most of them are
                html = self._rewrite(block.html)
                parts.append(block if html is block.html else block.model_copy(update={"html": html}))
            else:
                parts.extend(self._compose(block))
        return parts

    def _compose(self, block: Block | Slot | Gap) -> Iterable[Part]:
        match block:
            case Slot() | Gap() | Code() | Divider():
                return [block]
            case Paragraph() | Quote() | Table() | RawHtml():
                html = self._rewrite(block.html)
                return [block if html is block.html else block.model_copy(update={"html": html})]
            case Heading():
                return [self._heading(block)]
            case ListBlock():
                items = tuple(map(self._rewrite, block.items))
                return [block if items == block.items else block.model_copy(update={"items": items})]
            case ImageBlock():
                return self._pictures([block.image])
            case Gallery():
                return [GalleryView(type="gallery", pictures=[*self._pictures(block.images)])]
            case Embed():
                return _embed(block)
            case AdMarker():  # said what it had to say when slots were placed
                return ()

    def _heading(self, block: Heading) -> Heading | UpdateView:
        """Return the heading no deeper than one level below the last: readers of screen readers jump by level."""
        self._level = min(block.level, self._level + 1)
        html = self._rewrite(block.html)
        if block.level == self._anchored_level and (anchor := next(self._anchors, "")):
            self._level = 2  # all updates alike, right below the headline
            return UpdateView(type="update", level=2, html=html, anchor=anchor)
        if html is block.html and self._level == block.level:
            return block
        return block.model_copy(update={"html": html, "level": self._level})

    def _pictures(self, images: Iterable[Image]) -> Iterator[PictureView]:
        for image in images:
            view = picture_view(image, eager=self._eager, service=self._images)
            if view:
                self._eager = False
                yield view


def _embed(block: Embed) -> Iterator[EmbedView]:
    url = address(block.url)
    if url:
        host = (urlsplit(block.url).hostname or "").removeprefix("www.")
        yield EmbedView(
            type="embed",
            url=url,
            title=block.title or host,
            provider=block.provider or host,
            player=player_of(block.url),
        )


def player_of(url: str) -> Markup:
    """Return the address of a film's player; empty for everything else."""
    for page, player in _PLAYERS:
        if match := page.fullmatch(url):
            return address(player.format(match[1]))
    return EMPTY


def _sponsored(html: str) -> str:
    return sponsored_links(inert(html))
