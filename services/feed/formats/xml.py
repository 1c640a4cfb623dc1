"""What the XML formats share: text that XML can hold, and documents put together from serialised items.

Everything is written by xml.etree's serialiser, so a headline with `]]>`, `<` or quotation marks is only text. Names
with a prefix (`dc:creator`) are plain names to it; the document declares their namespaces once.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

# XML 1.0, 2.2: no C0 controls but tab and line ends, no surrogates, no U+FFFE/FFFF; C1 controls are discouraged.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'
NAMESPACES: Final = {
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:fh": "http://purl.org/syndication/history/1.0",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}


def clean(text: str) -> str:
    """Return the text without characters that no XML document may hold."""
    return _FORBIDDEN.sub("", text)


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    """Append an element with cleaned text and attributes; a trailing underscore in a name is dropped (`type_`)."""
    child = SubElement(parent, name, {key.rstrip("_"): clean(value) for key, value in attributes.items()})
    if text:
        child.text = clean(text)
    return child


def element(name: str, attributes: Mapping[str, str]) -> Element:
    """Return an element to add others to."""
    return Element(name, {key: clean(value) for key, value in attributes.items()})


def serialise(part: Element) -> bytes:
    """Return the element as UTF-8, without a declaration."""
    data: bytes = tostring(part, encoding="utf-8", xml_declaration=False)
    return data


def document(root: Element, items: Iterable[bytes], *, into: Element | None = None) -> bytes:
    """Return a document with serialised items at the end of `root`, or of its last child `into` (RSS's channel)."""
    tail = b"".join(f"</{holder.tag}>".encode() for holder in (into, root) if holder is not None)
    (root if into is None else into).text = "\n"  # so that it is never written as an empty element
    head = serialise(root).removesuffix(tail).rstrip()
    return b"".join([DECLARATION, head, b"\n", *(item + b"\n" for item in items), tail, b"\n"])
