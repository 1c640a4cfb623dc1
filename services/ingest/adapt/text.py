"""Plain text from anything: one line, no control characters, nothing that XML could not carry."""

import html
import re
from typing import Final

import nh3

# What JSON may escape and XML 1.0 forbids (section 2.2), and so feeds: controls but tab and line ends, non-characters.
_CONTROLS: Final = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_NO_CHARACTERS: Final = "\ufffe\uffff"
_MAIL: Final = re.compile(r"[<(\[]?(?:mailto:)?[^\s<>()\[\],;@]+@[^\s<>()\[\],;@]+[>)\]]?", re.IGNORECASE)
_SPACES: Final = re.compile(r"\s+")
_NO_MARKUP: Final = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style", "template"}, attributes={})


def cleared(text: str) -> str:
    """Return `text` without what XML could not carry."""
    if text.isprintable():
        return text
    # Bytes are thirty times as quick as a regular expression; in UTF-8 no letter has these among its bytes.
    kept = text.encode(errors="surrogatepass").translate(None, _CONTROLS).decode(errors="surrogatepass")
    for character in _NO_CHARACTERS:
        kept = kept.replace(character, "")
    return kept


def line(text: str) -> str:
    """Return `text` as one tidy line."""
    return text.strip() if text.isprintable() and "  " not in text else _SPACES.sub(" ", cleared(text)).strip()


def without_mail(text: str) -> str:
    """Return a name or credit as one tidy line, without e-mail addresses: those of the staff never leave ingest."""
    return line(_MAIL.sub(" ", text)).strip(" ,;<>()[]") if "@" in text else line(text)


def lines(text: str) -> str:
    """Return `text` with its line ends kept, for editors' notes and code."""
    return cleared(text.replace("\r\n", "\n")).strip()


def from_html(markup: str) -> str:
    """Return what a reader of `markup` would read, as one tidy line; entities become letters."""
    if "<" in markup:
        markup = _NO_MARKUP.clean(markup)
    return line(html.unescape(markup) if "&" in markup else markup)


def shortened(text: str, length: int) -> str:
    """Return `text` cut to at most `length` characters, at a word if there is one, with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
