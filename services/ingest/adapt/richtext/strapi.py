"""Strapi 5's blocks editor (`type`, `children`, marks as booleans), and dynamic zones (`__component`).

Source: https://docs.strapi.io/cms/features/content-type-builder, rich text (blocks); strapi/blocks-react-renderer.
"""

from collections.abc import Mapping
from typing import Final

from services.ingest.adapt.richtext.inline import Mark
from services.ingest.adapt.richtext.node import Kind, Node, items, level_of, mapping, text

_MARKS: Final[Mapping[str, Mark]] = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
}
_KINDS: Final[Mapping[str, Kind]] = {"paragraph": "paragraph", "quote": "quote", "list-item": "item"}
_UNMARKED: Final[frozenset[Mark]] = frozenset()


def read(value: object) -> Node:
    """Return the node of a list of blocks, of one block, of a text, or of a component."""
    if isinstance(value, list):
        return Node("box", children=value)
    if isinstance(value, str):
        return Node("text", text=value)
    data = mapping(value)
    kind, children = text(data.get("type")), items(data.get("children"))
    if kind == "text":
        return Node("text", text=text(data.get("text")), marks=_marks(data))
    if kind in _KINDS:
        return Node(_KINDS[kind], children=children)
    match kind:
        case "link":
            return Node("link", children=children, href=data.get("url"))
        case "heading":
            return Node("heading", children=children, level=level_of(data.get("level")))
        case "list":
            return Node("list", children=children, ordered=data.get("format") == "ordered")
        case "code":
            return Node("code", children=children, language=text(data.get("language")))
        case "image":
            return Node("picture", data=mapping(data.get("image")))
    if "__component" in data:
        return Node("part", data=data, name=text(data.get("__component")).rpartition(".")[2])
    said = [Node("text", text=text(data.get("text")))] if data.get("text") else []
    return Node("unknown", children=children or said, name=kind)


def _marks(data: Mapping[str, object]) -> frozenset[Mark]:
    if len(data) <= 2:  # type and text: most of them
        return _UNMARKED
    return frozenset([mark for name, mark in _MARKS.items() if data.get(name) is True])
