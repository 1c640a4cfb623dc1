"""Contentful's rich text: `nodeType`, `data`, `content`; texts have `value` and `marks`.

Assets and entries are links that the delivery does not resolve; those that somebody resolved on the way are taken.
Source: https://github.com/contentful/rich-text, packages/rich-text-types/src.
"""

from collections.abc import Callable, Mapping
from typing import Final

from services.ingest.adapt.richtext.inline import Mark
from services.ingest.adapt.richtext.node import Kind, Node, Read, items, level_of, mapping, text

_MARKS: Final[Mapping[str, Mark]] = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "subscript": "sub",
    "superscript": "sup",
    "code": "code",
}
_KINDS: Final[Mapping[str, Kind]] = {
    "document": "box",
    "paragraph": "paragraph",
    "blockquote": "quote",
    "unordered-list": "list",
    "ordered-list": "list",
    "list-item": "item",
    "table": "table",
    "table-row": "row",
    "table-cell": "cell",
    "table-header-cell": "cell",
    "hr": "divider",
}

# A link → what it links to (its fields, of one locale), its content type, and whether it is an asset.
Resolve = Callable[[Mapping[str, object]], tuple[Mapping[str, object], str, bool] | None]


def reader(resolve: Resolve) -> Read:
    """Return the dialect; `resolve` finds what a link leads to, or says None."""

    def read(value: object) -> Node:
        data = mapping(value)
        name, content = text(data.get("nodeType")), items(data.get("content"))
        if isinstance(value, str):
            return Node("text", text=value)
        if name == "text":
            return Node("text", text=text(data.get("value")), marks=_marks(data))
        if name.startswith("heading-"):
            return Node("heading", children=content, level=level_of(name))
        if name in _KINDS:
            return Node(
                _KINDS[name],
                children=content,
                ordered=name == "ordered-list",
                header=name == "table-header-cell",
                data=mapping(data.get("data")),
            )
        if name == "hyperlink":
            return Node("link", children=content, href=mapping(data.get("data")).get("uri"))
        target = mapping(mapping(data.get("data")).get("target"))
        if name.endswith("-hyperlink"):
            return Node("link", children=content, href=_address(target, resolve))
        if name.startswith("embedded-"):
            return _embedded(name, target, resolve)
        said = [Node("text", text=text(data.get("value")))] if data.get("value") else []
        return Node("unknown", children=content or said, name=name)

    return read


def _embedded(name: str, target: Mapping[str, object], resolve: Resolve) -> Node:
    found = resolve(target)
    if found is None:
        return Node("unknown", name=f"{name} {text(mapping(target.get('sys')).get('id'))}".strip())
    fields, kind, is_asset = found
    return Node("picture", data=target) if is_asset else Node("part", data=fields, name=kind or name)


def _address(target: Mapping[str, object], resolve: Resolve) -> object:
    """Return where a link to an entry or asset leads; None when it has no address here."""
    found = resolve(target)
    if found is None:
        return None
    fields, _, is_asset = found
    return mapping(fields.get("file")).get("url") if is_asset else fields.get("url")


def _marks(data: Mapping[str, object]) -> frozenset[Mark]:
    names = (text(mapping(mark).get("type")) for mark in items(data.get("marks")))
    return frozenset(_MARKS[name] for name in names if name in _MARKS)
