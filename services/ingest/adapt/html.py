"""CMS HTML → blocks. One pass through the sanitiser, one parse, one walk.

Boxes (`div`, `section` …) are opened, text outside of elements becomes paragraphs, `<br><br>` ends a paragraph, empty
ones are dropped. Pictures, players and lists stand on their own, wherever the CMS put them. What has no block of
its own stays one sanitised element.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.ingest.adapt import figures, markers, sanitise
from services.ingest.adapt.bounds import bounded
from services.ingest.adapt.embeds import embed_of, shows_one_thing
from services.ingest.adapt.fields import Findings
from services.ingest.adapt.text import cleared, from_html
from shared.contracts.blocks import (
    Block,
    Code,
    Divider,
    Heading,
    ImageBlock,
    ListBlock,
    Paragraph,
    Quote,
    RawHtml,
    Table,
)

MAX_BLOCKS: Final = 20_000  # the Bible has 1,189 chapters and 31,102 verses
DEPTH: Final = 64  # boxes in boxes that are opened; the text of deeper ones becomes one paragraph

_STANDS_ALONE: Final = re.compile(
    r"<(?:p|div|h[1-6]|img|figure|table|blockquote|pre|iframe|video|audio|hr|dl|details|section|article|main|header|footer"
    r"|aside|center|nav|address|hgroup|picture)\b"
)
_BREAKS_BEFORE_LIST: Final = re.compile(r"(?:<br>\s*)+(?=</?(?:ul|ol|li)\b)")
_ENDS: Final = re.compile(r"</(?:p|div|h[1-6]|blockquote|figcaption|dd|dt|pre)>\s*")
_BLANKS: Final = ("&nbsp;", "<br>", "<wbr>")
_BLANKS_FIRST: Final = re.compile(r"(?:\s|&nbsp;|<br>|<wbr>)+")
_TAGS: Final = re.compile(r"<[^>]*>")
_NOTHING: Final = re.compile("^(?:\\s|&nbsp;|&shy;|[\u200b-\u200d\u2060\ufeff\u00ad])*$")
_LONE_LINK: Final = re.compile(
    r'^(?:<a\s[^>]*?href="([^"]+)"[^>]*>\s*(?:https?://|www\.)[^<\s]*\s*</a>|(https?://[^<\s]+))$'
)
_SMILEY: Final = re.compile(r'<img(?=[^>]*\sclass="(?:wp-smiley|emoji)")(?:[^>]*\salt="([^"]{0,16})")?[^>]*>')
_LANGUAGE: Final = re.compile(r"language-(\w+)")
_LEVELS: Final[dict[str, Literal[2, 3, 4, 5, 6]]] = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}


def blocks_of(html: str, findings: Findings, *, where: str, base: str = "") -> tuple[Block, ...]:
    """Return the blocks of an article's HTML.

    Args:
        findings: gets warnings about what was left out, and a fault when there is too much of it.
        where: the field's name, for those.
        base: address of the CMS's own page, for pictures with relative addresses.
    """
    html = markers.kept(html)
    manageable = bounded(html)
    if manageable is None:
        findings.fault(where, "nests too deep or has too many tags or entities to be an article; simplify its HTML")
        return ()
    if manageable is not html:
        findings.warn(f"{where}: boxes that nest too deep were opened")
    clean = sanitise.body(manageable)
    if "<" not in clean or "<" not in markers.taken_out(clean)[0]:
        return tuple(_paragraphs_of_plain(clean))
    walk = _Walk(figures.Pictures(findings, where=where, base=base))
    walk.through(_SMILEY.sub(r"\1", clean) if "emoji" in clean or "smiley" in clean else clean)
    if len(walk.blocks) > MAX_BLOCKS:
        findings.fault(where, f"has {len(walk.blocks)} blocks; at most {MAX_BLOCKS} are possible")
        return ()
    return tuple(walk.blocks)


def _paragraphs_of_plain(text: str) -> Iterable[Block]:
    for part in re.split(r"\n\s*\n", text):
        yield from paragraph(part)


@dataclass
class _Walk:
    """The way through one article; `run` collects what belongs to the paragraph that is being read."""

    pictures: "figures.Pictures"
    blocks: list[Block] = field(default_factory=list)
    run: list[LexborNode] = field(default_factory=list)
    depth: int = 0

    def through(self, html: str) -> None:
        body = LexborHTMLParser(html).body
        if body is not None:
            self.box(body)

    def box(self, node: LexborNode) -> None:
        """Open an element: what it holds counts as if it stood outside."""
        if self.depth >= DEPTH:
            self.end()
            self.add(*paragraph(_inline(node)))
            return
        self.depth += 1
        self.end()
        for child in node.iter(include_text=True):
            self.visit(child)
        self.end()
        self.depth -= 1

    def visit(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "-text":
            if self.run or not node.is_empty_text_node:
                self.run.append(node)
        elif tag == "br":
            self.run.append(node)
        elif tag in sanitise.INLINE_TAGS:
            if node.first_child is not None and self.depth < DEPTH and _STANDS_ALONE.search(node.inner_html or ""):
                self.box(node)
            else:
                self.run.append(node)
        else:
            self.end()
            _VISITS.get(tag, _visit_other)(self, node)

    def end(self) -> None:
        """The paragraph that is being read ends here."""
        if self.run:
            run, self.run = self.run, []
            for part in _split_at_breaks(run):
                self.add(*paragraph(part))

    def add(self, *blocks: Block) -> None:
        self.blocks.extend(blocks)


def _split_at_breaks(run: Iterable[LexborNode]) -> list[str]:
    """Return the HTML of paragraphs: two or more `<br>` with nothing between them part them."""
    parts: list[list[str]] = [[]]
    breaks = 0
    for node in run:
        if node.tag == "br":
            breaks += 1
            continue
        html = node.html or ""
        if breaks and _NOTHING.match(html):
            continue
        if breaks > 1:
            parts.append([])
        elif breaks:
            parts[-1].append("<br>")
        breaks = 0
        parts[-1].append(html)
    return ["".join(part) for part in parts]


def paragraph(html: str) -> tuple[Block, ...]:
    """Return the paragraph, or what stands for it, or nothing when it says nothing; below it its markers."""
    html, marks = markers.taken_out(html)
    return (*_words(trimmed(html)), *marks) if marks else _words(trimmed(html))


def _words(html: str) -> tuple[Block, ...]:
    if not html or (html[0] in "<&\u200b\ufeff\u00ad\u2060" and says_nothing(html)):
        return ()
    if html.startswith(("http", "<a")) and (link := _LONE_LINK.match(html)):
        url = (link[1] or link[2]).replace("&amp;", "&")
        embed = embed_of(url) if shows_one_thing(url) else None
        if embed:
            return (embed,)
    return (Paragraph(html=sanitise.sealed(html)),)


def trimmed(html: str) -> str:
    """Return `html` without blanks and line breaks at its ends, however many there are."""
    html = html.strip()
    if not html.startswith(_BLANKS) and not html.endswith(_BLANKS):
        return html
    found = _BLANKS_FIRST.match(html)
    start, end = found.end() if found else 0, len(html)
    while end > start:
        if html[end - 1].isspace():
            end -= 1
            continue
        blank = next((blank for blank in _BLANKS if html.endswith(blank, start, end)), "")
        if not blank:
            break
        end -= len(blank)
    return html[start:end]


def stands_alone(html: str) -> bool:
    """Say whether something in sanitised or simple HTML cannot stand inside a paragraph."""
    return _STANDS_ALONE.search(html.lower()) is not None


def says_nothing(html: str) -> bool:
    """Say whether nobody could read anything in `html`."""
    return _NOTHING.match(_TAGS.sub("", html)) is not None


def _inline(node: LexborNode, *, between: str = "<br><br>") -> str:
    """Return what an element says as inline markup; where its paragraphs ended stands `between`."""
    html = node.inner_html or ""
    if "<" in html and _STANDS_ALONE.search(html):
        html = sanitise.inline(_ENDS.sub(between, html))
    return trimmed(sanitise.sealed(markers.taken_out(html)[0]))


def _visit_paragraph(walk: _Walk, node: LexborNode) -> None:
    html = node.inner_html or ""
    if "<" in html and ("<br" in html or _STANDS_ALONE.search(html)):
        walk.box(node)
    else:
        walk.add(*paragraph(html))


def _visit_heading(walk: _Walk, node: LexborNode) -> None:
    html = _inline(node, between=" ")
    if not says_nothing(html):
        walk.add(Heading(level=_LEVELS[node.tag or "h2"], html=html))
    _add_pictures(walk, node)


def _visit_list(walk: _Walk, node: LexborNode) -> None:
    if figures.is_gallery(node):
        walk.add(*walk.pictures.gallery(node))
        return
    items: list[str] = []
    for child in node.iter(include_text=True):
        html = _item(child)
        if child.tag in {"ul", "ol"} and items:
            items[-1] += html  # a list that stands in a list, not in its item
        elif html:
            items.append(html)
    if items:
        walk.add(ListBlock(ordered=node.tag == "ol", items=tuple(items)))
    _add_pictures(walk, node)


def _item(node: LexborNode) -> str:
    if node.tag == "-text":
        html = (node.html or "").strip()
    else:
        html = (node.inner_html if node.tag == "li" else node.html) or ""
        if _STANDS_ALONE.search(html):
            html = _BREAKS_BEFORE_LIST.sub("", sanitise.item(_ENDS.sub("<br>", html)))
        html = sanitise.sealed(markers.taken_out(html)[0])
    return "" if says_nothing(html) else trimmed(html)


def _visit_quote(walk: _Walk, node: LexborNode) -> None:
    post = figures.post_of(node)
    if post is not None:
        walk.add(post)
        return
    said_by = node.css_first("cite, footer")
    cite = from_html(said_by.inner_html or "").lstrip("—–- ") if said_by is not None else ""
    if said_by is not None:
        said_by.decompose()
    html = _inline(node)
    if not says_nothing(html):
        walk.add(Quote(html=html, cite=cite))
    _add_pictures(walk, node)


def _visit_pre(walk: _Walk, node: LexborNode) -> None:
    text = cleared(node.text()).strip("\n")
    if not text.strip():
        return
    if node.attributes.get("class") == "wp-block-verse":
        walk.add(*paragraph("<br>".join((node.inner_html or "").strip("\n").split("\n"))))
        return
    code = node.css_first("code")
    language = _LANGUAGE.search((code.attributes.get("class") or "") if code is not None else "")
    walk.add(Code(text=text, language=language[1] if language else ""))


def _visit_table(walk: _Walk, node: LexborNode) -> None:
    html = _whole(node)
    if "<img" in html or not says_nothing(html):
        walk.add(Table(html=html))


def _visit_figure(walk: _Walk, node: LexborNode) -> None:
    blocks = walk.pictures.figure(node)
    if blocks is not None:
        walk.add(*blocks)
        return
    caption = node.css_first("figcaption")
    said = _inline(caption, between="<br>") if caption is not None else ""
    if caption is not None:
        caption.decompose()
    walk.box(node)
    walk.add(*paragraph(said))


def _visit_box(walk: _Walk, node: LexborNode) -> None:
    blocks = walk.pictures.box(node)
    if blocks is None:
        walk.box(node)
    else:
        walk.add(*blocks)


def _visit_picture(walk: _Walk, node: LexborNode) -> None:
    image = walk.pictures.image(node)
    if image is not None:
        walk.add(ImageBlock(image=image))


def _visit_player(walk: _Walk, node: LexborNode) -> None:
    walk.add(*walk.pictures.player(node))


def _visit_divider(walk: _Walk, _: LexborNode) -> None:
    walk.add(Divider())


def _visit_nothing(walk: _Walk, node: LexborNode) -> None:
    """A `<source>` or `<figcaption>` without what it belongs to: its words count."""
    walk.box(node)


def _visit_other(walk: _Walk, node: LexborNode) -> None:
    html = _whole(node)
    if "<img" in html or not says_nothing(html):
        walk.add(RawHtml(html=html))


def _whole(node: LexborNode) -> str:
    return sanitise.element(markers.taken_out(node.html or "")[0])


def _add_pictures(walk: _Walk, node: LexborNode) -> None:
    """Pictures cannot stand in a heading, list or quotation: they follow it."""
    if "<img" in (node.inner_html or ""):
        for child in node.css("img"):
            _visit_picture(walk, child)


_BOXES: Final = "div section article main header footer aside center nav address hgroup picture"
_VISITS: Final[dict[str, Callable[[_Walk, LexborNode], None]]] = {
    **dict.fromkeys(_BOXES.split(), _visit_box),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _visit_heading),
    **dict.fromkeys(("ul", "ol"), _visit_list),
    **dict.fromkeys(("iframe", "video", "audio"), _visit_player),
    **dict.fromkeys(("source", "figcaption", "li", "dt", "dd"), _visit_nothing),
    "p": _visit_paragraph,
    "img": _visit_picture,
    "figure": _visit_figure,
    "blockquote": _visit_quote,
    "pre": _visit_pre,
    "table": _visit_table,
    "hr": _visit_divider,
}
