"""What travels inside: small notes on streams. They say *that* something changed; the store says what.

A stream entry is a flat map of text, so that `XRANGE` is readable and a script can write it.
"""

from collections.abc import Mapping
from typing import Final, Self

from pydantic import Field

from shared.contracts.base import ARTICLE_ID_PATTERN, ArticleId, Contract, SiteName, UrlPath
from shared.contracts.lists import ListName
from shared.contracts.verbs import ToldVerb

_WORDS_OF_PAGES: Final = ("names", "gone", "lists")


class Signal(Contract):
    """On `articles-urgent`, `articles` and `articles-bulk`: this article changed. On `embargoed`: before its time.

    Args:
        seq: the accept sequence that it stands for; the store's may be higher by now.
        accepted_ms: milliseconds since 1970; publish-to-visible is measured from `received_ms`.
        traceparent: W3C Trace Context, from the webhook on.
        public_ms: of `embargoed`, when the article becomes public, milliseconds since 1970.
        is_secret: nobody outside sees the article, or ever saw it: only subscribers trusted with that are told.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    article_id: ArticleId = Field(pattern=ARTICLE_ID_PATTERN)
    site: SiteName
    verb: ToldVerb
    seq: int
    received_ms: int
    accepted_ms: int
    traceparent: str = ""
    event_id: str = Field(default="", description="The event that a delivery made; empty when it made none.")
    public_ms: int = 0
    is_secret: bool = False


class ListsChanged(Contract):
    """On `lists`: membership, order or a teaser of these lists changed.

    Args:
        lists: names, space-separated on the wire.
        months: `yyyy-mm` in the site's zone whose part of each list changed, space-separated on the wire.
        article_id: whose change it was; empty when it was the clock's.
        urgent: something was killed: what shows these lists is written at once, however lately it was written.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    site: SiteName
    lists: tuple[str, ...]
    months: tuple[str, ...] = ()
    article_id: str = ""
    received_ms: int = 0
    traceparent: str = ""
    urgent: bool = False

    @classmethod
    def from_wire(cls, fields: Mapping[str, str]) -> Self:
        """Read a stream entry's fields; raises pydantic.ValidationError."""
        return cls.model_validate(_with_words(fields, "lists", "months", of=cls))


class PagesWritten(Contract):
    """On `pages`: these pages and fragments were written, or found to be right already.

    Args:
        names: by which caches know them (`services/render/caching.py`), space-separated on the wire.
        gone: paths where a killed or unpublished article must not be seen any more, space-separated on the wire.
        lists: that a killed article was in, `recent` always among them: nothing made of them may lead to it any more;
            empty when it was not killed. Space-separated on the wire.
        article_id: whose page it is; empty when it is a list's or a fragment's.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    site: SiteName
    names: tuple[str, ...]
    gone: tuple[UrlPath, ...] = ()
    lists: tuple[ListName, ...] = ()
    article_id: str = ""

    @classmethod
    def from_wire(cls, fields: Mapping[str, str]) -> Self:
        """Read a stream entry's fields; raises pydantic.ValidationError."""
        return cls.model_validate(_with_words(fields, *_WORDS_OF_PAGES, of=cls))

    def to_wire(self) -> dict[str, str | int]:
        """Return a stream entry's fields."""
        return self.model_dump() | {name: " ".join(getattr(self, name)) for name in _WORDS_OF_PAGES}


def _with_words(fields: Mapping[str, str], *several: str, of: type[Contract]) -> dict[str, object]:
    """Return the fields that a contract knows; those named in `several` are words, space-separated."""
    data = {**fields, **{name: tuple(fields.get(name, "").split()) for name in several}}
    return {name: data[name] for name in of.model_fields if name in data}
