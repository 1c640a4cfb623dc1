"""One neutral node: what every dialect's own ones are read into, one level at a time."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from services.ingest.adapt.richtext.inline import Mark

Kind: TypeAlias = Literal[
    "text",  # text, marks
    "link",  # href; children
    "inline",  # children, in the running text
    "box",  # children, as if they stood outside
    "paragraph",
    "heading",  # level
    "quote",
    "code",  # language; children or text
    "list",  # ordered; children are items
    "item",
    "table",  # children are rows
    "row",
    "cell",  # header, data: colspan and rowspan
    "divider",
    "picture",  # data
    "part",  # data: a component of the newsroom's own
    "unknown",  # children
]


_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


class Node(NamedTuple):
    """One node.

    Args:
        children: nodes in the CMS's own form, or `Node`s when the dialect had to put them together.
        href: where a link leads, as the CMS wrote it; None = somewhere inside the CMS that has no address here.
        name: what the CMS calls it, for warnings.
    """

    kind: Kind
    children: Sequence[object] = ()
    text: str = ""
    marks: frozenset[Mark] = frozenset()
    href: object = ""
    level: int = 2
    ordered: bool = False
    header: bool = False
    language: str = ""
    name: str = ""
    data: Mapping[str, object] = _NOTHING


Read: TypeAlias = Callable[[object], Node]  # one dialect; anything at all may come in


def mapping(value: object) -> Mapping[str, object]:
    """Return `value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def items(value: object) -> Sequence[object]:
    """Return `value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: object) -> str:
    """Return `value` when it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def level_of(name: object) -> int:
    """Return the level of `h3`, `heading-3` or 3; what says none is 2, and 1 is the headline's."""
    digits = str(name)[-1:] if isinstance(name, str | int) else ""
    return min(max(int(digits), 2), 6) if digits.isdecimal() and digits.isascii() else 2
