"""Lexical (Payload 3): `{"root": {"children": […]}}`; a text's `format` is a bit mask.

Slate, of older projects, is a list of nodes: texts have no type and their marks as booleans.

Source: https://github.com/facebook/lexical, packages/lexical/src/LexicalConstants.ts (the bits), and Payload's
packages/richtext-lexical/src/features (upload, relationship, block, link, horizontalrule).
"""

from collections.abc import Mapping
from typing import Final

from services.ingest.adapt.richtext.inline import Mark
from services.ingest.adapt.richtext.node import Kind, Node, items, level_of, mapping, text

_BITS: Final[tuple[tuple[int, Mark], ...]] = (
    (1, "strong"),
    (2, "em"),
    (4, "s"),
    (8, "u"),
    (16, "code"),
    (32, "sub"),
    (64, "sup"),
    (128, "mark"),
)
_SLATE: Final[Mapping[str, Mark]] = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
}
_KINDS: Final[Mapping[str, Kind]] = {
    "root": "box",
    "paragraph": "paragraph",
    "quote": "quote",
    "listitem": "item",
    "table": "table",
    "tablerow": "row",
    "horizontalrule": "divider",
    "": "box",
    "blockquote": "quote",
    "li": "item",
}
_TEXTS: Final = frozenset({"", "text", "code-highlight", "hashtag", "mention", "emoji"})
_HEADINGS: Final = frozenset({"heading", "h1", "h2", "h3", "h4", "h5", "h6"})


def read(value: object) -> Node:
    """Return the node of an editor's state, of a Lexical node, or of what was put in its place."""
    if isinstance(value, list):
        return Node("box", children=value)
    if isinstance(value, str):
        return Node("text", text=value)
    data = mapping(value)
    if "root" in data:
        return Node("box", children=(data["root"],))
    kind, children = text(data.get("type")), items(data.get("children"))
    if kind in _TEXTS and not children:
        return Node("text", text=text(data.get("text")), marks=_marks(data))
    if kind in _KINDS:
        return Node(_KINDS[kind], children=children)
    if kind in _HEADINGS:
        return Node("heading", children=children, level=level_of(data.get("tag") or kind))
    return _other(kind, data)


def _other(kind: str, data: Mapping[str, object]) -> Node:
    children, fields = items(data.get("children")), mapping(data.get("fields"))
    match kind:
        case "list" | "ul" | "ol":
            ordered = data.get("listType") == "number" or "ol" in (data.get("tag"), kind)
            return Node("list", children=children, ordered=ordered)
        case "linebreak":
            return Node("text", text="\n")
        case "tab":
            return Node("text", text="\t")
        case "link" | "autolink":
            url = fields.get("url") or data.get("url")
            return Node("link", children=children, href=None if fields.get("linkType") == "internal" else url)
        case "code":
            return Node("code", children=children, language=text(data.get("language")))
        case "tablecell":
            header, spans = data.get("headerState"), {"colspan": data.get("colSpan"), "rowspan": data.get("rowSpan")}
            return Node("cell", children=children, header=isinstance(header, int) and header > 0, data=spans)
        case "upload":
            return Node("picture", data={**mapping(data.get("value")), **_captions(fields)})
        case "block" | "inlineBlock":
            return Node("part", data=fields, name=text(fields.get("blockType")))
        case "youtube" if isinstance(data.get("videoID"), str):
            return Node("part", data={"url": f"https://www.youtube.com/watch?v={data['videoID']}"}, name=kind)
    if "blockType" in data:
        return Node("part", data=data, name=text(data.get("blockType")))
    return Node("unknown", children=children or _said(data), name=kind)


def _captions(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Words that an editor wrote for this place only; the upload's own stay where there are none."""
    return {name: value for name, value in fields.items() if name in {"alt", "caption", "credit"} and value}


def _marks(data: Mapping[str, object]) -> frozenset[Mark]:
    bits = data.get("format")
    if isinstance(bits, int):
        return frozenset(mark for bit, mark in _BITS if bits & bit)
    return frozenset(mark for name, mark in _SLATE.items() if data.get(name) is True)


def _said(data: Mapping[str, object]) -> list[Node]:
    """The text of a node that nobody knows."""
    return [Node("text", text=text(data.get("text")))] if data.get("text") else []
