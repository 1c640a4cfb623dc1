"""ASCII path words by language: `Bäume` → `baeume` in German, `Åre` → `are` in Swedish and `aare` in Danish."""

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from slugify import slugify

from shared.contracts.base import PATH_WORD_BYTES, PATH_WORD_PATTERN

_PATH_WORD: Final = re.compile(PATH_WORD_PATTERN)
_READ: Final = 400  # characters of a text that a word is made of; four times what fits

# What a language writes for its own letters where ASCII is needed; letters not named lose their marks.
_GERMAN: Final = (
    ("ä", "ae"),
    ("ö", "oe"),
    ("ü", "ue"),
    ("ß", "ss"),
    ("Ä", "ae"),
    ("Ö", "oe"),
    ("Ü", "ue"),
    ("ẞ", "ss"),
)
_DANISH: Final = (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("Æ", "ae"), ("Ø", "oe"), ("Å", "aa"))
_REPLACEMENTS: Final = {"de": _GERMAN, "da": _DANISH, "nb": _DANISH, "nn": _DANISH, "no": _DANISH}


def is_path_word(text: str) -> bool:
    """Say whether `text` can be part of a path as it is."""
    return len(text) <= PATH_WORD_BYTES and _PATH_WORD.match(text) is not None and not text.endswith("\n")


def slug_of(text: str, language: str) -> str:
    """Return a path word for `text`, at most 100 bytes and never empty.

    Args:
        text: a headline, a name; what has no letters or digits at all gets a word made from its hash.
        language: BCP 47.
    """
    return _slug(text[:_READ], language.partition("-")[0].lower())


def mended(slug: str, language: str) -> str:
    """Return a CMS's own slug as a path word: unchanged when it is one; percent-encoded ones are read first."""
    return slug if is_path_word(slug) else slug_of(unquote(slug), language)


@lru_cache(maxsize=4096)  # authors and tags come again and again, and slugify takes 20 µs
def _slug(text: str, language: str) -> str:
    composed = unicodedata.normalize("NFC", text)  # macOS sends "a" and a combining mark
    word = slugify(
        composed, replacements=_REPLACEMENTS.get(language, ()), max_length=PATH_WORD_BYTES, word_boundary=True,
        entities=False, decimal=False, hexadecimal=False,
    )  # fmt: skip
    return word if is_path_word(word) else f"x-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
