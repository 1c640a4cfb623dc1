"""The few places where text becomes HTML without the template engine.

Everything else that comes from an article is escaped by the engine when the page is written. What a function here
returns is `Markup`: a str that the engine takes as it is.
"""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic_core import to_json

# What would end a <script>, open a comment (and so an include of the edge) or break JavaScript's older parsers.
# Source: HTML Living Standard 4.12.1.3; ECMA-262 before 2019 for the two line separators.
_JSON_ESCAPES: Final = (
    ("&", "\\u0026"),
    ("<", "\\u003c"),
    (">", "\\u003e"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)
_TAG = re.compile(r"<[^>]*>")
_ANCHOR = re.compile(r"<a\b((?:[^<>\"]|\"[^\"]*\")*)>")
_ESI = re.compile(r"<(/?esi:)", re.IGNORECASE)
_REL = re.compile(r"\srel=\"[^\"]*\"")


class Markup(str):
    """HTML that the template engine does not escape again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return itself; this method is how the engine knows."""
        return self


EMPTY: Final = Markup("")


def attribute(text: str) -> Markup:
    """Return text for between double quotes; unlike the engine's own escaping it leaves slashes readable."""
    return Markup(html.escape(text))


def address(url: str) -> Markup:
    """Return a link's or picture's address; empty unless it is http(s) or a path of the site itself."""
    if url.startswith(("https://", "http://")) or (url.startswith("/") and not url.startswith("//")):
        return Markup(html.escape(url))
    return EMPTY


def inert(sanitised: str) -> str:
    """Return sanitised HTML in which no comment, and so no include of the edge (SSI or ESI), can begin."""
    if "<!--" in sanitised:
        sanitised = sanitised.replace("<!--", "&lt;!--")
    return _ESI.sub(r"&lt;\1", sanitised) if "esi:" in sanitised else sanitised


def json_script(data: Mapping[str, object] | Sequence[object]) -> Markup:
    """Return data as JSON that may stand in a `<script>`."""
    text = to_json(data).decode()
    for character, escaped in _JSON_ESCAPES:
        if character in text:
            text = text.replace(character, escaped)
    return Markup(text)


def plain(sanitised: str) -> str:
    """Return the text of inline HTML."""
    text = "".join(_TAG.split(sanitised)) if "<" in sanitised else sanitised  # a third faster than `sub`
    return html.unescape(text) if "&" in text else text


def sponsored_links(sanitised: str) -> str:
    """Return HTML whose links say that somebody paid for them. Source: Google, "Qualify your outbound links"."""
    return _ANCHOR.sub(lambda match: f'<a{_REL.sub("", match[1])} rel="sponsored nofollow">', sanitised)
