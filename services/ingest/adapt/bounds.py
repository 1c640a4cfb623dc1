"""What an HTML parser can read in bounded time.

html5ever and lexbor, as the standard asks of them, take time that grows with the square of the nesting depth
(100,000 open `<div>`: a minute) and of the attributes of one element (100,000: three seconds), and write unclosed
formatting again into every following paragraph; html5ever also looks back at every `&` (a million: ten seconds).
Articles come nowhere near; an accident or an attack does.
"""

import re
from collections import Counter
from typing import Final

DEPTH: Final = 256  # open elements at one place; the deepest real page that we know of has 40
HARMLESS: Final = 2_000  # tags; however they are nested, they are parsed in 20 ms
TAGS: Final = 200_000  # a data table of 20,000 rows and five columns; parsed in 0.3 s
ATTRIBUTES: Final = 500  # of one element, roughly: words after its name
ENTITIES: Final = 100_000  # `&`: every umlaut of a 5 MB article; parsed in 0.1 s
COPIES: Final = 500_000  # unclosed formatting elements times tags that may get a copy of each

_LONG: Final = re.compile(rf"<[a-zA-Z][^<]{{{2 * ATTRIBUTES}}}")  # what could be crowded at all
_CROWDED: Final = re.compile(
    rf"""<[a-zA-Z](?:[^<>\s"']|"[^"]*"|'[^']*')*+(?:\s++(?:[^<>\s"']|"[^"]*"|'[^']*')++){{{ATTRIBUTES}}}"""
)
_TAG: Final = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*")
_BOX: Final = re.compile(
    r"</?(?:div|section|article|main|header|footer|aside|center|span|font)\b[^>]*+>", re.IGNORECASE
)
# Void elements, and those that the next of their kind closes: they nest only in others, which are counted.
_FLAT: Final = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "param",
        "source",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "track",
        "wbr",
        "/dd",
        "/dt",
        "/li",
        "/option",
        "/p",
        "/tbody",
        "/td",
        "/tfoot",
        "/th",
        "/thead",
        "/tr",
    ]
)
_FORMATTING: Final = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)


def bounded(html: str) -> str | None:
    """Return `html` as it is, without its boxes when only they nest too deep, or None when it stays too much."""
    tags = html.count("<")
    if tags > TAGS or html.count("&") > ENTITIES or (_LONG.search(html) and _CROWDED.search(html)):
        return None
    if tags <= HARMLESS or not _is_deep(html):
        return html
    flat = _BOX.sub(" ", html)
    return None if _is_deep(flat) else flat


def _is_deep(html: str) -> bool:
    """Say whether too many elements may be open at one place.

    A closing tag only counts against an open element of its own name: parsers ignore the others.
    """
    opened: dict[str, int] = {}
    depth = deepest = 0
    tags = " ".join(_TAG.findall(html)).lower().split()
    for tag in tags:
        name = tag[1:]
        if name in _FLAT:
            continue
        if name[0] != "/":
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            if depth > deepest:  # noqa: PLR1730 -- max() would be a third of this loop, and this is every tag of an article
                deepest = depth
        elif opened.get(name[1:], 0) > 0:
            opened[name[1:]] -= 1
            depth -= 1
    return deepest > DEPTH or (deepest * len(tags) > COPIES and _is_overformatted(tags))


def _is_overformatted(tags: list[str]) -> bool:
    opened: Counter[str] = Counter()
    most = 0
    for tag in tags:
        name = tag.lstrip("</")
        if name in _FORMATTING:
            opened[name] = max(0, opened[name] + (-1 if tag[1] == "/" else 1))
            most = max(most, opened.total())
    return most * len(tags) > COPIES
