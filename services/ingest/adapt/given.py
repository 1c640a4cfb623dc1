"""Blocks that the CMS made itself: a list of our own blocks as JSON → the same, checked and sanitised.

What is nearly right is mended: a picture's fields may stand in the block itself, `text` instead of `html` is plain
text, a level out of range is brought into it. An unknown block with `html` or `text` in it keeps its words.
"""

import html as entities
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from services.ingest.adapt import sanitise
from services.ingest.adapt.bounds import bounded
from services.ingest.adapt.embeds import embed_of
from services.ingest.adapt.fields import Fields, described, numbered
from services.ingest.adapt.html import MAX_BLOCKS, blocks_of, says_nothing, stands_alone
from services.ingest.adapt.markers import MARKS
from services.ingest.adapt.pictures import address, image_of
from services.ingest.adapt.text import cleared, lines
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
    Table,
)
from shared.contracts.media import Image

_LEVELS: Final[dict[int, Literal[2, 3, 4, 5, 6]]] = {2: 2, 3: 3, 4: 4, 5: 5, 6: 6}


def given_blocks(fields: Fields, name: str, items: Sequence[object]) -> tuple[Block, ...]:
    """Return the blocks of a list; faults have the exact path of the field (`data.body.3.image.url`)."""
    if len(items) > MAX_BLOCKS:
        fields.fault(name, f"has {len(items)} blocks; at most {MAX_BLOCKS} are possible")
        return ()
    blocks: list[Block] = []
    for where, item in numbered(items, name):
        if isinstance(item, str):
            fields.warn(where, "must be an object; the text was taken as HTML")
            blocks += blocks_of(item, fields.findings, where=fields.where(where))
            continue
        block = fields.of(item, where)
        if block is None:
            fields.fault(where, f"must be an object with a type, not {described(item)}")
            continue
        kind = block.text("type")
        blocks += _MAKERS.get(kind, _unknown)(block)
        block.warn_of_unknown()
    return tuple(blocks)


def picture_at(fields: Fields, name: str) -> Image | None:
    """Return the picture at `name`: an object, or only its address; None when there is none."""
    value = fields.raw(name)
    picture = fields.of({"url": value}, name) if isinstance(value, str) and value.strip() else fields.inner(name)
    if picture is None:
        return None
    image = picture_of(picture)
    picture.warn_of_unknown()
    return image


def picture_of(fields: Fields) -> Image | None:
    """Return the picture that an object describes; None, with a warning, when it has no address to load it from."""
    written = fields.needed_text("url")
    url = address(written)
    alt, caption, credit = fields.text("alt"), fields.text("caption"), fields.text("credit")
    width, height = fields.raw("width"), fields.raw("height")
    image = image_of(url, alt=alt, caption=caption, credit=credit, width=width, height=height) if url else None
    if written and image is None:
        fields.warn("url", f"{described(written)} is no http(s) address; the picture was left out")
    elif image is not None and not image.alt:
        fields.warn("alt", "is missing; readers who cannot see the picture miss it")
    return image


def _markup(block: Fields, *names: str) -> str:
    """Return the markup of the first field that is there, safe to parse but not sanitised; `text` is plain text."""
    for name in names or ("html",):
        value = block.raw(name)
        if value is None:
            continue
        if not isinstance(value, str):
            block.fault(name, f"must be text, not {described(value)}")
            return ""
        manageable = bounded(value)
        if manageable is None:
            block.fault(name, "nests too deep or has too many tags to be part of an article; simplify its HTML")
        return manageable or ""
    plain = block.raw("text")
    if isinstance(plain, str):
        return entities.escape(lines(plain), quote=False).replace("\n", "<br>")
    block.fault(names[0] if names else "html", "is missing")
    return ""


def _through_html(block: Fields, html: str, *, name: str = "html") -> Iterable[Block]:
    return blocks_of(html, block.findings, where=block.where(name))


def _paragraph(block: Fields) -> Iterable[Block]:
    html = _markup(block)
    if "<" in html and stands_alone(html):
        return _through_html(block, html)
    html = sanitise.inline(html)
    return () if says_nothing(html) else (Paragraph(html=html),)


def _heading(block: Fields) -> Iterable[Block]:
    level, html = block.whole("level"), sanitise.inline(_markup(block))
    if level is not None and not 2 <= level <= 6:
        block.warn("level", f"{level} is not from 2 to 6; the nearest was taken")
    fitting = _LEVELS[min(max(2 if level is None else level, 2), 6)]
    return () if says_nothing(html) else (Heading(level=fitting, html=html),)


def _image(block: Fields) -> Iterable[Block]:
    image = picture_of(block) if block.raw("image") is None else picture_at(block, "image")
    return (ImageBlock(image=image),) if image else ()


def _gallery(block: Fields) -> Iterable[Block]:
    images: list[Image] = []
    for where, item in numbered(block.items("images"), "images"):
        picture = block.of(item, where)
        if picture is None:
            block.fault(where, f"must be an object with a url, not {described(item)}")
            continue
        image = picture_of(picture)
        picture.warn_of_unknown()
        if image is not None:
            images.append(image)
    if not images:
        block.warn("images", "has no picture; the gallery was left out")
        return ()
    return (Gallery(images=tuple(images)),)


def _list(block: Fields) -> Iterable[Block]:
    ordered, items = block.flag("ordered"), []
    for where, item in numbered(block.items("items"), "items"):
        if not isinstance(item, str):
            block.fault(where, f"must be text, not {described(item)}")
            continue
        manageable = bounded(item)
        if manageable is None:
            block.fault(where, "nests too deep or has too many tags to be part of an article; simplify its HTML")
            continue
        html = sanitise.item(manageable)
        if not says_nothing(html):
            items.append(html)
    if not items:
        block.warn("items", "has no items; the list was left out")
        return ()
    return (ListBlock(ordered=ordered, items=tuple(items)),)


def _quote(block: Fields) -> Iterable[Block]:
    html, cite = sanitise.inline(_markup(block)), block.text("cite")
    return () if says_nothing(html) else (Quote(html=html, cite=cite),)


def _table(block: Fields) -> Iterable[Block]:
    html = sanitise.element(_markup(block))
    if html.startswith("<table") and html.endswith("</table>") and html.count("<table") == 1:
        return (Table(html=html),)
    return _through_html(block, html)


def _embed(block: Fields) -> Iterable[Block]:
    written, title, provider = block.needed_text("url"), block.text("title"), block.text("provider")
    embed = embed_of(written, title=title)
    if embed is None:
        if written:
            block.warn("url", f"{described(written)} is no http(s) address; the embed was left out")
        return ()
    return (Embed(url=embed.url, provider=provider or embed.provider, title=embed.title),)


def _code(block: Fields) -> Iterable[Block]:
    value, language = block.raw("text"), block.text("language", length=40)
    if not isinstance(value, str):
        block.fault("text", "is missing" if value is None else f"must be text, not {described(value)}")
        return ()
    text = cleared(value.replace("\r\n", "\n")).strip("\n")
    return (Code(text=text, language=language),) if text.strip() else ()


def _divider(_: Fields) -> Iterable[Block]:
    return (Divider(),)


def _ad(block: Fields) -> Iterable[Block]:
    mark = block.text("mark")
    if mark in MARKS:
        return (AdMarker.model_validate({"mark": mark}),)
    block.warn("mark", f"{described(mark)} is none of {', '.join(MARKS)}; the marker was left out")
    return ()


def _html(block: Fields) -> Iterable[Block]:
    return _through_html(block, _markup(block))


def _unknown(block: Fields) -> Iterable[Block]:
    kind = block.raw("type")
    what = f"{described(kind)} is none of {', '.join(_MAKERS)}" if kind is not None else "is missing"
    if isinstance(block.raw("html"), str) or isinstance(block.raw("text"), str):
        block.warn("type", f"{what}; its words were kept")
        return _html(block)
    block.warn("type", f"{what}; the block was left out")
    return ()


_MAKERS: Final[dict[str, Callable[[Fields], Iterable[Block]]]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "image": _image,
    "gallery": _gallery,
    "list": _list,
    "quote": _quote,
    "table": _table,
    "embed": _embed,
    "code": _code,
    "divider": _divider,
    "ad": _ad,
    "html": _html,
}
