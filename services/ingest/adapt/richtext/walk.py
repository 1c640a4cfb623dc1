"""Nodes → blocks. One walk for all dialects.

Running text outside of paragraphs becomes paragraphs. Pictures, players and tables stand on their own: those inside of
a paragraph, list or quotation follow it. What nests deeper than any editor lets it becomes plain text.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.ingest.adapt.html import trimmed
from services.ingest.adapt.richtext.inline import Mark, Run, escaped, followable, markup
from services.ingest.adapt.richtext.node import Node, Read
from services.ingest.adapt.richtext.parts import add_part, said_in
from services.ingest.adapt.richtext.story import Story
from services.ingest.adapt.text import line
from shared.contracts.blocks import Block

DEPTH: Final = 24  # nodes in nodes; the deepest list that an editor makes by hand has 6 levels of two nodes each
_RUNNING: Final = frozenset({"text", "link", "inline"})
_ALONE: Final = frozenset({"picture", "part", "table", "code", "divider"})
_SPAN: Final = 1_000  # columns or rows of one cell, as HTML has it


def blocks_of(value: object, story: Story, *, read: Read) -> tuple[Block, ...]:
    """Return the blocks of a rich text.

    Args:
        value: the tree as its CMS sends it; anything at all.
        read: its dialect.
    """
    walk = Walk(read, story)
    walk.box([value])
    return story.settled()


def words_of(value: object, *, read: Read) -> str:
    """Return what a reader would read of a rich text, as one line."""
    return line(" ".join(_words(value, read)))


class Walk:
    """The way through one rich text."""

    def __init__(self, read: Read, story: Story, *, depth: int = 0) -> None:
        self._read, self.story, self._depth = read, story, depth

    def box(self, children: Sequence[object]) -> None:
        """Add what stands side by side; running text between other things becomes a paragraph."""
        running: list[Run] = []
        later: list[Node] = []
        for node in self._nodes(children):
            if self.story.is_full():
                return
            if node.kind in _RUNNING:
                running += self._runs([node], later)
                continue
            self._paragraph(running, later)
            self._visit(node)
        self._paragraph(running, later)

    def words(self, value: object) -> str:
        """What a reader would read of a part's rich text, as one line."""
        return words_of(value, read=self._read)

    def deeper(self, children: Sequence[object]) -> None:
        """Add what an element holds; too deep in others it is only its words."""
        if self._depth >= DEPTH:
            self.story.warn("what nests too deep became plain text")
            self.story.paragraph(escaped(line(" ".join(self._texts(children)))))
            return
        Walk(self._read, self.story, depth=self._depth + 1).box(children)

    def _paragraph(self, running: list[Run], later: list[Node]) -> None:
        if running:
            self.story.paragraph(markup(running))
        self._add(later)
        running.clear()

    def _add(self, later: list[Node]) -> None:
        for node in later:
            if not self.story.is_full():
                self._visit(node)
        later.clear()

    def _visit(self, node: Node) -> None:
        later: list[Node] = []
        match node.kind:
            case "paragraph":
                self._paragraph(self._runs(node.children, later), later)
            case "heading":
                self.story.heading(node.level, markup(self._runs(node.children, later)))
            case "quote":
                self.story.quote(self._inside(node.children, later, between="<br><br>"))
            case "list":
                self.story.listing(self._items(node, later, depth=self._depth), ordered=node.ordered)
            case "code":
                self.story.code(node.text or "".join(self._texts(node.children)), language=node.language)
            case "table":
                self.story.table([self._cells(row, later) for row in self._nodes(node.children)])
            case "divider":
                self.story.divider()
            case "picture":
                self.story.image(node.data)
            case "part":
                add_part(node, self)
            case "text" | "link" | "inline":
                self._paragraph(self._runs([node], later), later)
            case "box" | "item" | "row" | "cell":
                self.deeper(node.children)
            case "unknown":
                self._warn_of(node)
                self.deeper(node.children)
        self._add(later)

    def _warn_of(self, node: Node) -> None:
        if node.name:
            kept = "its text was kept" if node.children else "it was left out"
            self.story.warn(f'"{line(node.name)[:60]}" is unknown here; {kept}')

    def _runs(
        self,
        children: Sequence[object],
        later: list[Node],
        *,
        marks: frozenset[Mark] = frozenset(),
        href: str = "",
        depth: int = 0,
    ) -> list[Run]:
        """Return the running text of nodes; `later` gets what cannot stand in it."""
        runs: list[Run] = []
        if depth > DEPTH:
            return [Run(" ".join(self._texts(children)), marks, href)]
        for node in self._nodes(children):
            if node.kind == "text":
                runs.append(Run(node.text, marks | node.marks, href))
                continue
            if node.kind in _ALONE:
                later.append(node)
                continue
            leads_to = href or (followable(node.href) if node.kind == "link" else "")
            if node.kind == "link" and not leads_to:
                self.story.unfollowable(node.href)
            if node.kind == "unknown":
                self._warn_of(node)
            if runs and node.kind not in {"link", "inline", "unknown"}:
                runs.append(Run("\n", marks, href))
            runs += self._runs(node.children, later, marks=marks | node.marks, href=leads_to, depth=depth + 1)
        return runs

    def _inside(self, children: Sequence[object], later: list[Node], *, between: str) -> str:
        """Return the text of a quotation or a cell: its paragraphs parted by `between`, lists as lines."""
        parts: list[str] = []
        running: list[Run] = []
        for node in self._nodes(children):
            if node.kind in _RUNNING:
                running += self._runs([node], later)
                continue
            if node.kind in _ALONE:
                later.append(node)
                continue
            parts.append(markup(running))
            running = []
            parts.append(markup(self._runs(node.children, later, depth=1)))
        parts.append(markup(running))
        return between.join(part for part in map(trimmed, parts) if part)

    def _items(self, node: Node, later: list[Node], *, depth: int) -> list[str]:
        """Return the items of a list as markup, with the lists that stand in them."""
        items: list[str] = []
        for child in self._nodes(node.children):
            if child.kind == "list":  # a list that stands in a list, not in its item
                words, nested = "", self._list(child, later, depth=depth + 1)
            else:
                words, nested = self._item(child, later, depth=depth + 1)
            if items and not words:  # Lexical: an item that only holds a list belongs to the one before it
                items[-1] += nested
            elif words or nested:
                items.append(words + nested)
        return items

    def _item(self, node: Node, later: list[Node], *, depth: int) -> tuple[str, str]:
        """Return an item's own text and the lists in it."""
        if depth > DEPTH:
            self.story.warn("what nests too deep became plain text")
            return escaped(line(" ".join(self._texts([node])))), ""
        inner = list(self._nodes(node.children)) if node.kind == "item" else [node]
        own = [child for child in inner if child.kind != "list"]
        lists = [self._list(child, later, depth=depth) for child in inner if child.kind == "list"]
        return self._inside(own, later, between="<br>"), "".join(lists)

    def _list(self, node: Node, later: list[Node], *, depth: int) -> str:
        items = "".join(f"<li>{item}</li>" for item in self._items(node, later, depth=depth))
        tag = "ol" if node.ordered else "ul"
        return f"<{tag}>{items}</{tag}>" if items else ""

    def _cells(self, row: Node, later: list[Node]) -> list[str]:
        cells = []
        for cell in self._nodes(row.children if row.kind == "row" else [row]):
            tag = "th" if cell.header else "td"
            children = cell.children if cell.kind == "cell" else [cell]
            inner = self._inside(children, later, between="<br>")
            cells.append(f"<{tag}{_spans(cell.data)}>{inner}</{tag}>")
        return cells

    def _nodes(self, children: Sequence[object]) -> Iterator[Node]:
        for child in children:
            yield child if isinstance(child, Node) else self._read(child)

    def _texts(self, children: Sequence[object]) -> Iterator[str]:
        for child in children:
            yield from _words(child, self._read)


def _words(value: object, read: Read) -> Iterator[str]:
    """Give the texts in a tree in order, however deep it is."""
    waiting = [value]
    while waiting:
        child = waiting.pop()
        node = child if isinstance(child, Node) else read(child)
        if node.text:
            yield node.text
        waiting.extend(reversed(said_in(node) if node.kind == "part" else node.children))


def _spans(data: Mapping[str, object]) -> str:
    found = ((name, data.get(name)) for name in ("colspan", "rowspan"))
    return "".join(f' {name}="{span}"' for name, span in found if isinstance(span, int) and 1 < span <= _SPAN)
