"""Take a name out of an article: out of every text of it, and never out of an address. Pure."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.ingest.adapt.slugs import slug_of
from shared.contracts.article import Article

HTML_KEYS: Final = frozenset({"html", "items"})  # hold markup, so that what is put in has to be escaped
# Ids, addresses and words of the contract: another text there would be another article, or a dead link.
KEPT_KEYS: Final = frozenset(
    {"ads", "canonical_url", "id", "kind", "language", "section", "site", "slug", "source", "source_id", "type", "url"}
)


@dataclass(frozen=True)
class Names:
    """Spellings of a name, and what stands in their place.

    Args:
        spellings: whole words as they are written; `Musters` is another one than `Muster`.
        instead: such as `N. N.`, or nothing.
    """

    spellings: Sequence[str]
    instead: str

    def out_of(self, text: str, *, is_html: bool = False) -> str:
        """Return `text` without the name."""
        instead = html.escape(self.instead) if is_html else self.instead
        return self._pattern.sub(lambda _: instead, text)

    def is_in(self, text: str) -> bool:
        """Say whether the name stands in `text`."""
        return self._pattern.search(text) is not None

    def is_in_address(self, path: str, language: str) -> bool:
        """Say whether the name, as a path word, stands in an address."""
        words = f"-{'-'.join(re.split(r'[^a-z0-9]+', path))}-"
        return any(f"-{slug_of(spelling, language)}-" in words for spelling in self.spellings)

    def out_of_article(self, article: Article) -> Article:
        """Return the article without the name; authors and tags of that name get another page."""
        fields = self._clean(article.model_dump(mode="json"), "")
        for kind in ("authors", "tags"):
            for before, after in zip(getattr(article, kind), fields[kind], strict=True):
                if before.name != after["name"]:
                    after["name"] = after["name"].strip() or "N. N."
                    after["slug"] = slug_of(after["name"], article.language)
                    if kind == "authors":
                        after["url"] = ""  # their own page, which is theirs by name
        return Article.model_validate(fields)

    def _clean(self, value: Any, key: str) -> Any:  # any JSON
        match value:
            case dict():
                return {name: self._clean(each, name) for name, each in value.items()}
            case list():
                return [self._clean(each, key) for each in value]
            case str() if key not in KEPT_KEYS:
                return self.out_of(value, is_html=key in HTML_KEYS)
            case _:
                return value

    @property
    def _pattern(self) -> re.Pattern[str]:
        """The longest spelling first; a space is any space, and a letter may be written as HTML writes it."""
        ordered = sorted(self.spellings, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(_as_written, ordered))})(?!\w)")


def _as_written(spelling: str) -> str:
    words = []
    for word in spelling.split():
        forms = dict.fromkeys([word, html.escape(word), html.escape(word).replace("&#x27;", "&#39;")])
        words.append(f"(?:{'|'.join(map(re.escape, forms))})")
    return r"(?:\s|&nbsp;)+".join(words)
