"""Portable Text (Sanity): a flat list of blocks; lists are blocks with `listItem` and `level`.

Marks are either names of decorators or keys of `markDefs`. Source: https://github.com/portabletext/portabletext,
README (the specification).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from services.ingest.adapt.richtext.inline import Mark
from services.ingest.adapt.richtext.node import Node, items, level_of, mapping, text

LEVELS: Final = 10  # of lists in lists
_MARKS: Final[Mapping[str, Mark]] = {
    "strong": "strong",
    "em": "em",
    "underline": "u",
    "strike-through": "s",
    "strike": "s",
    "sub": "sub",
    "sup": "sup",
    "highlight": "mark",
    "code": "code",
}


def read(value: object) -> Node:
    """Return the node of a list of blocks, of one block, of a span, or of an object of the newsroom's own."""
    if isinstance(value, list):
        return Node("box", children=_grouped(value))
    data = mapping(value)
    kind = text(data.get("_type"))
    if kind == "block" or (not kind and "children" in data):
        return _block(data)
    if kind == "span" or (not kind and "text" in data):
        return Node("text", text=text(data.get("text")), marks=_decorators(data))
    if isinstance(value, str):
        return Node("text", text=value)
    if kind in {"image", "figure"} and "asset" in data:
        return Node("picture", data=data)
    return Node("part", name=kind, data=data) if data else Node("box")


def _block(data: Mapping[str, object]) -> Node:
    style = text(data.get("style")) or "normal"
    children = _spans(data)
    if style == "blockquote":
        return Node("quote", children=children)
    if style[:1] == "h" and style[1:].isdecimal():
        return Node("heading", children=children, level=level_of(style))
    return Node("paragraph", children=children)


def _spans(data: Mapping[str, object]) -> list[object]:
    """Return the children of a block; spans that are part of a link became links."""
    links = {text(each.get("_key")): each for each in map(mapping, items(data.get("markDefs")))}
    children: list[object] = []
    for child in items(data.get("children")):
        span = mapping(child)
        marks = items(span.get("marks"))
        definition = next((links[mark] for mark in marks if isinstance(mark, str) and mark in links), None)
        children.append(child if definition is None else _annotated(child, definition))
    return children


def _annotated(child: object, definition: Mapping[str, object]) -> Node:
    href = definition.get("href") or definition.get("url")
    if href is None and not _is_link(definition):
        return Node("inline", children=(child,))  # a comment, a footnote: what it says of the text is not for readers
    return Node("link", children=(child,), href=href)


def _is_link(definition: Mapping[str, object]) -> bool:
    return "link" in text(definition.get("_type")).lower() or "reference" in definition


def _decorators(data: Mapping[str, object]) -> frozenset[Mark]:
    return frozenset(_MARKS[mark] for mark in items(data.get("marks")) if isinstance(mark, str) and mark in _MARKS)


def _grouped(blocks: Sequence[object]) -> list[object]:
    """Put neighbouring list items into lists."""
    grouped: list[object] = []
    waiting: list[tuple[int, bool, Node]] = []
    for block in blocks:
        data = mapping(block)
        if data.get("listItem") and data.get("_type") == "block":
            level = data.get("level")
            fitting = min(max(level, 1), LEVELS) if isinstance(level, int) else 1
            waiting.append((fitting, data.get("listItem") == "number", Node("item", children=_spans(data))))
            continue
        grouped += _lists(waiting)
        waiting = []
        grouped.append(block)
    return [*grouped, *_lists(waiting)]


def _lists(flat: Sequence[tuple[int, bool, Node]], *, level: int = 1) -> list[Node]:
    """Return flat items as lists; deeper ones stand after the item that they belong to."""
    lists: list[Node] = []
    children: list[Node] = []
    ordered = False
    start = 0
    while start < len(flat):
        depth, is_numbered, item = flat[start]
        end = start + 1
        if depth > level:
            while end < len(flat) and flat[end][0] > level:
                end += 1
            children += _lists(flat[start:end], level=level + 1)
        else:
            if children and is_numbered != ordered and any(child.kind == "item" for child in children):
                lists.append(Node("list", children=tuple(children), ordered=ordered))
                children = []
            ordered = is_numbered
            children.append(item)
        start = end
    if children:
        lists.append(Node("list", children=tuple(children), ordered=ordered))
    return lists
