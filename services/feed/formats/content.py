"""An article's text as HTML for feeds: whole addresses, no scripts, no frames, no advertising. Pure.

What stands in a block has passed ingest's sanitiser; here it only gets its element, and what is plain is escaped.
"""

import html
import re
from collections.abc import Sequence
from typing import Final

from services.feed.formats import Publication
from shared.contracts import blocks
from shared.contracts.article import Article
from shared.contracts.media import Image

MEMBERS: Final = {
    "de": "Der Rest dieses Beitrags ist für Mitglieder.",
    "en": "The rest of this article is for members.",
}
_RELATIVE: Final = re.compile(r"""(\s(?:href|src|poster|cite)=")(/(?!/)[^"]*)""")


def content_of(article: Article, publication: Publication) -> str:
    """Return the article's body; what is for members ends with a note that says so."""
    parts = [_html_of(block, publication) for block in article.body]
    if article.members_only and parts:
        parts.append(f"<p><em>{html.escape(publication.word(MEMBERS))}</em></p>")
    text = "\n".join(filter(None, parts))
    return _RELATIVE.sub(lambda found: found[1] + html.escape(publication.url(html.unescape(found[2]))), text)


def _html_of(block: blocks.Block, publication: Publication) -> str:
    match block:
        case blocks.Paragraph():
            return f"<p>{block.html}</p>"
        case blocks.Heading():
            return f"<h{block.level}>{block.html}</h{block.level}>"
        case blocks.ImageBlock():
            return _figure([block.image], publication)
        case blocks.Gallery():
            return _figure(block.images, publication)
        case blocks.ListBlock():
            name = "ol" if block.ordered else "ul"
            return f"<{name}>{''.join(f'<li>{item}</li>' for item in block.items)}</{name}>"
        case blocks.Quote():
            cite = f"<p><cite>{html.escape(block.cite)}</cite></p>" if block.cite else ""
            return f"<blockquote><p>{block.html}</p>{cite}</blockquote>"
        case blocks.Table() | blocks.RawHtml():
            return block.html
        case blocks.Embed():
            title = html.escape(block.title or block.provider or block.url)
            return f'<p><a href="{html.escape(block.url)}">{title}</a></p>'
        case blocks.Code():
            return f"<pre><code>{html.escape(block.text)}</code></pre>"
        case blocks.Divider():
            return "<hr>"
        case blocks.AdMarker():
            return ""


def _figure(images: Sequence[Image], publication: Publication) -> str:
    return "".join(f"<figure>{_img(image, publication)}{_caption(image)}</figure>" for image in images)


def _img(image: Image, publication: Publication) -> str:
    size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
    return f'<img src="{html.escape(publication.url(image.url))}" alt="{html.escape(image.alt)}"{size}>'


def _caption(image: Image) -> str:
    text = " ".join(filter(None, (image.caption, f"({image.credit})" if image.credit else "")))
    return f"<figcaption>{html.escape(text)}</figcaption>" if text else ""
