"""What travels inside: small notes on streams. They say *that* something changed; the store says what.

A stream entry is a flat map of text, so that `XRANGE` is readable and a script can write it.
"""

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from shared.contracts.base import ARTICLE_ID_PATTERN, ArticleId, Contract, SiteName
from shared.contracts.verbs import Verb


class Signal(Contract):
    """On `articles-urgent`, `articles` and `articles-bulk`: this article changed.

    Args:
        seq: the accept sequence that it stands for; the store's may be higher by now.
        accepted_ms: milliseconds since 1970; publish-to-visible is measured from `received_ms`.
        traceparent: W3C Trace Context, from the webhook on.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    article_id: ArticleId = Field(pattern=ARTICLE_ID_PATTERN)
    site: SiteName
    verb: Verb
    seq: int
    received_ms: int
    accepted_ms: int
    traceparent: str = ""
    event_id: str = Field(default="", description="The event that a delivery made; empty when it made none.")


class ListsChanged(Contract):
    """On `lists`: membership, order or a teaser of these lists changed.

    Args:
        lists: names, space-separated on the wire.
        months: `yyyy-mm` in the site's zone whose part of each list changed, space-separated on the wire.
        article_id: whose change it was; empty when it was the clock's.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    site: SiteName
    lists: tuple[str, ...]
    months: tuple[str, ...] = ()
    article_id: str = ""
    received_ms: int = 0
    traceparent: str = ""

    @classmethod
    def from_wire(cls, fields: Mapping[str, str]) -> Self:
        """Read a stream entry's fields; raises pydantic.ValidationError."""
        data: dict[str, object] = dict(fields)
        data["lists"] = tuple(fields.get("lists", "").split())
        data["months"] = tuple(fields.get("months", "").split())
        return cls.model_validate({name: data[name] for name in cls.model_fields if name in data})
