"""The body of an article as HTML for others: no advertisements, no scripts, addresses in full. Pure.

What stands in `html` fields passed ingest's sanitiser; everything else is escaped here.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape, unescape
from typing import Final

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

Absolute = Callable[[str], str]  # a path of the site → its address

_TAG: Final = re.compile(r"<[^>]*>")
_FIGURE: Final = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
_LINK: Final = re.compile(r'(?<=\s)(href|src)="(/(?!/)[^"]*)"')


def html_of(blocks: Iterable[Block], absolute: Absolute) -> str:
    """Return the whole body, one block a line."""
    lines = (line for block in blocks for line in _block(block, absolute))
    return _LINK.sub(lambda match: f'{match[1]}="{escape(absolute(unescape(match[2])))}"', "\n".join(lines))


def text_of(html: str) -> str:
    """Return a body's text without the captions of its pictures, as ninjs counts it."""
    return " ".join(unescape(_TAG.sub(" ", _FIGURE.sub(" ", html))).split())


def _block(block: Block, absolute: Absolute) -> Iterator[str]:
    match block:
        case Paragraph():
            yield f"<p>{block.html}</p>"
        case Heading():
            yield f"<h{block.level}>{block.html}</h{block.level}>"
        case Table() | RawHtml():
            yield block.html
        case ListBlock():
            kind = "ol" if block.ordered else "ul"
            yield f"<{kind}>{''.join(f'<li>{item}</li>' for item in block.items)}</{kind}>"
        case Quote():
            cite = f"<footer>{escape(block.cite)}</footer>" if block.cite else ""
            yield f"<blockquote><p>{block.html}</p>{cite}</blockquote>"
        case ImageBlock():
            yield _figure(block.image, absolute)
        case Gallery():
            yield from (_figure(image, absolute) for image in block.images)
        case Embed():
            if block.url.startswith(("https://", "http://")):
                yield f'<p><a href="{escape(block.url)}">{escape(block.title or block.provider or block.url)}</a></p>'
        case Code():
            yield f"<pre><code>{escape(block.text)}</code></pre>"
        case Divider():
            yield "<hr>"
        case AdMarker():  # the newsroom's own business
            pass


def _figure(image: Image, absolute: Absolute) -> str:
    size = "".join(f' {name}="{value}"' for name, value in (("width", image.width), ("height", image.height)) if value)
    words = " ".join(filter(None, (image.caption, f"({image.credit})" if image.credit else "")))
    caption = f"<figcaption>{escape(words)}</figcaption>" if words else ""
    return f'<figure><img src="{escape(absolute(image.url))}" alt="{escape(image.alt)}"{size}>{caption}</figure>'
