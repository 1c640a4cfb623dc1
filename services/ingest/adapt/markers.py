"""What editors say about advertising in the text of an article, as comments or shortcodes of their CMS.

    <!-- ad:here -->   [ad:here]      one goes here
    <!-- noads -->     [noads]        none from here on …
    <!-- /noads -->    [/noads]       … to here

The sanitiser takes every comment away, so a marker becomes an element of ours before; it goes with the paragraph that
it stands in, and becomes a block of its own below it. In a list, quotation or table it says nothing.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal, get_args

from shared.contracts.blocks import AdMarker

Mark = Literal["here", "off", "on"]

MARKS: Final[tuple[Mark, ...]] = get_args(Mark)
_MARKS: Final[dict[str, Mark]] = {"ad:here": "here", "noads": "off", "/noads": "on"}
_WRITTEN: Final = re.compile(
    # A shortcode counts only where it stands alone: in `alt="[noads]"` or a sentence about it, it is text.
    r"<!--\s*(?P<comment>ad:here|/?noads)\s*-->"
    r"|(?:(?<=>)|(?<=\n)|^)[ \t]*\[(?P<code>ad:here|/?noads)\](?=\s*(?:<|\n|$))",
    re.IGNORECASE,
)
# The same, quicker: with a text at their start these skip through a page, which no pattern that ignores case does.
_COMMENT: Final = re.compile(r"<!--\s*(?i:ad:here|/?noads)\s*-->")
_CODE: Final = re.compile(r"\[(?i:ad:here|/?noads)\]")
_STANDS_FOR: Final = '<data value="litfass:{}"></data>'
_MARK: Final = re.compile(r'<data value="litfass:(here|off|on)"></data>')


def kept(html: str) -> str:
    """Return HTML in which markers are elements that the sanitiser leaves."""
    if not (("<!--" in html and _COMMENT.search(html)) or ("[" in html and _CODE.search(html))):
        return html
    return _WRITTEN.sub(lambda found: _STANDS_FOR.format(_MARKS[(found["comment"] or found["code"]).lower()]), html)


def taken_out(html: str) -> tuple[str, Iterable[AdMarker]]:
    """Return HTML without markers, and the markers that were in it."""
    if "litfass:" not in html:
        return html, ()
    marks = [AdMarker.model_validate({"mark": mark}) for mark in _MARK.findall(html)]
    return (_MARK.sub("", html), marks) if marks else (html, ())
