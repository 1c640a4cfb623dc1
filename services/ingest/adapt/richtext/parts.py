"""Components of a newsroom's own: Portable Text objects, Lexical blocks, dynamic zones, embedded entries.

Nobody can know what they are called, but what they hold tells what they are. The first that fits is taken:

    code                                     preformatted text
    rows                                     a table
    quote, blockquote                        a quotation, and who said it
    images, gallery, photos, slides          a gallery
    an address of a picture                  a picture, with its caption
    html, embedCode                          HTML
    url, href, videoUrl …                    somebody else's content
    body, text, content, richText            a heading, if there is one, and rich or written text

Of any other one the texts are kept, with a warning.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from services.ingest.adapt.html import blocks_of as blocks_of_html
from services.ingest.adapt.richtext.inline import escaped
from services.ingest.adapt.richtext.node import Node, items, mapping, text
from services.ingest.adapt.richtext.story import Story
from services.ingest.adapt.richtext.written import blocks_of as blocks_of_written
from services.ingest.adapt.text import line

_DIVIDERS: Final = frozenset({"break", "divider", "horizontalrule", "hr", "line", "separator"})
_QUOTES: Final = ("quote", "blockquote", "quotation", "pullquote")
_CITES: Final = ("cite", "author", "attribution", "source", "name", "by")
_GALLERIES: Final = ("images", "gallery", "photos", "pictures", "slides", "files")
_PICTURES: Final = ("image", "media", "picture", "photo", "file", "asset")
_MARKUP: Final = ("html", "embedCode", "embed_code", "embedHtml")
_ADDRESSES: Final = ("url", "href", "embedUrl", "embed_url", "videoUrl", "video_url", "video", "link", "embed", "src")
_TEXTS: Final = ("body", "text", "content", "richText", "rich_text", "richtext", "markdown")
_HEADINGS: Final = ("heading", "title", "headline")
_CAPTIONS: Final = ("caption", "title", "description")
_READ: Final = 4_000  # characters of texts that are kept of something unknown


class Rich(Protocol):
    """The walk that met the part."""

    story: Story

    def deeper(self, children: Sequence[object]) -> None:
        """Add rich text."""

    def words(self, value: object) -> str:
        """What a reader would read of rich text, as one line."""


def add_part(node: Node, walk: Rich) -> None:
    """Add what a component holds."""
    data, story = node.data, walk.story
    story.parts += 1
    if node.name.replace("-", "").replace("_", "").lower() in _DIVIDERS:
        story.divider()
    elif isinstance(data.get("code"), str) and not line(text(data["code"])).startswith("<"):
        story.code(text(data["code"]), language=line(text(data.get("language"))))
    elif items(data.get("rows")):
        story.table([list(_cells(row, walk)) for row in items(data["rows"])])
    elif quote := _said(data, _QUOTES, walk):
        story.quote(escaped(quote), cite=_said(data, _CITES, walk))
    elif not (_has_pictures(data, walk) or _has_address(data, walk)):
        _add_text(node, walk)


def said_in(node: Node) -> Sequence[object]:
    """Return what a component says to readers, where only its words count."""
    names = dict.fromkeys((*_HEADINGS, *_QUOTES, *_TEXTS, *_CAPTIONS))
    return [value for name in names if isinstance(value := node.data.get(name), str | list | dict)]


def _has_pictures(data: Mapping[str, object], walk: Rich) -> bool:
    """Add the pictures of a component, and say whether it has any."""
    for name in _GALLERIES:
        found = [each for each in map(mapping, items(data.get(name))) if each]
        if any(_is_picture(each, walk) for each in found):
            walk.story.gallery(found)
            return True
    if _is_picture(data, walk):
        return walk.story.image(data)
    for name in _PICTURES:
        picture = mapping(data.get(name))
        if picture and _is_picture(picture, walk):
            return walk.story.image(picture, caption=_said(data, _CAPTIONS, walk))
    return False


def _is_picture(data: Mapping[str, object], walk: Rich) -> bool:
    """Say whether the vendor knows this for a picture; a mere `url` may lead anywhere."""
    kind = text(data.get("mimeType")) or text(data.get("mime")) or text(data.get("contentType"))
    if kind and not kind.startswith("image/"):
        return False
    is_file = kind or "asset" in data or "alt" in data or "alternativeText" in data or "width" in data
    return bool(is_file) and walk.story.picture(data) is not None


def _has_address(data: Mapping[str, object], walk: Rich) -> bool:
    """Add embedded content, and say whether there is any."""
    for name in (*_MARKUP, "code"):
        html = data.get(name)
        if isinstance(html, str) and html.strip():
            walk.story.blocks += blocks_of_html(html, walk.story.findings, where=walk.story.where)
            return True
    if any(data.get(name) for name in _TEXTS):
        return False
    return any(walk.story.embed(data.get(name), title=_said(data, _CAPTIONS, walk)) for name in _ADDRESSES)


def _add_text(node: Node, walk: Rich) -> None:
    heading = _said(node.data, _HEADINGS, walk)
    for name in _TEXTS:
        value = node.data.get(name)
        if not isinstance(value, str | list | dict) or not value:
            continue
        walk.story.heading(2, escaped(heading))
        if isinstance(value, str):
            walk.story.blocks += blocks_of_written(value, walk.story.findings, where=walk.story.where)
        else:
            walk.deeper([value])
        return
    texts = [line(each)[:_READ] for key, each in node.data.items() if isinstance(each, str) and _is_said(key, each)]
    kept = "its text was kept" if texts else "it was left out"
    walk.story.warn(f'"{line(node.name)[:60]}" is unknown here; {kept}')
    for each in texts:
        walk.story.paragraph(escaped(each))


def _is_said(key: str, value: str) -> bool:
    """Say whether a text was written for readers: words, and not an id, a key or an address."""
    return not key.startswith("_") and " " in value.strip() and not value.startswith(("{", "["))


def _said(data: Mapping[str, object], names: Sequence[str], walk: Rich) -> str:
    """Return the first of these that says something, as one line."""
    for name in names:
        value = data.get(name)
        words = line(value) if isinstance(value, str) else walk.words(value) if isinstance(value, list | dict) else ""
        if words:
            return words
    return ""


def _cells(row: object, walk: Rich) -> Iterator[str]:
    cells = items(mapping(row).get("cells")) or items(row)
    for cell in cells:
        words = cell if isinstance(cell, str) else walk.words(cell)
        yield f"<td>{escaped(words)}</td>"
