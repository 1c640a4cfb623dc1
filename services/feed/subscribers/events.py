"""A reference and its payload as the event that partners get: CloudEvents 1.0, structured JSON. Pure."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from shared.contracts.article import Article, Correction
from shared.contracts.base import UrlPath
from shared.contracts.config import SiteConfig
from shared.contracts.events import (
    SCHEMA_BASE,
    ArticleCorrected,
    ArticleEmbargoed,
    ArticleEvent,
    ArticleKilled,
    ArticleMoved,
    ArticlePublished,
    ArticleTeased,
    ArticleUnpublished,
    ArticleUpdated,
    PublicData,
    TeaserData,
    WithdrawnData,
)
from shared.contracts.revision import Revision
from shared.contracts.subscribers import Content, Reference
from shared.contracts.teaser import teaser_of
from shared.contracts.verbs import ToldVerb
from shared.runtime.articles import unpack
from shared.runtime.clock import moment

# What reading an article raises that another, perhaps newer, version stored.
UNREADABLE: Final = (ValidationError, zlib.error, ValueError)

SCHEMA: Final = f"{SCHEMA_BASE}/article-event.json"
TEASER_SCHEMA: Final = f"{SCHEMA_BASE}/teaser-event.json"

Event = ArticleEvent | ArticleTeased
_PUBLIC: Final[Mapping[str, Callable[..., ArticleEvent]]] = {
    "published": ArticlePublished,
    "updated": ArticleUpdated,
    "corrected": ArticleCorrected,
    "moved": ArticleMoved,
    "embargoed": ArticleEmbargoed,
}
_WITHDRAWN: Final[Mapping[str, Callable[..., ArticleEvent]]] = {
    "unpublished": ArticleUnpublished,
    "killed": ArticleKilled,
}


class Payload(NamedTuple):
    """What accept keeps of a public event: what happened, where the article was then, and the article."""

    verb: ToldVerb
    path: str
    at_ms: int
    blob: bytes

    @classmethod
    def read(cls, value: bytes) -> "Payload":
        """Read it as accept.lua writes it."""
        verb, path, at_ms, blob = value.split(b"\n", 3)
        return cls(verb.decode(), path.decode(), int(at_ms), blob)  # type: ignore[arg-type]  # accept knows the verbs

    def write(self) -> bytes:
        """Write it as accept.lua does."""
        return f"{self.verb}\n{self.path}\n{self.at_ms}\n".encode() + self.blob

    def article(self, corrections: Sequence[Correction] = ()) -> Article:
        """Return the article, with the corrections that are kept beside it."""
        return unpack(self.blob, corrections)


def public_event(
    reference: Reference, article: Article, *, site: SiteConfig, path: str, content: Content = "full"
) -> Event:
    """Return the event of an article that can be read at `path`, or will be when its embargo is over."""
    reason = article.corrections[-1].text if reference.verb == "corrected" and article.corrections else ""
    about: dict[str, Any] = {"revision": article.revision, "url": f"{site.base_url}{path}", "reason": reason}
    until = {} if reference.public_ms is None else {"embargoeduntil": moment(reference.public_ms)}
    if content == "teaser":
        data = TeaserData(teaser=teaser_of(article, UrlPath(path)), **about)
        frame = _frame(reference, site) | {"type": f"article.{reference.verb}", "dataschema": TEASER_SCHEMA}
        return ArticleTeased(data=data, **frame, **until)
    shown = article.model_copy(update={"body": ()}) if content == "summary" else article
    return _PUBLIC[reference.verb](data=PublicData(article=shown, **about), **_frame(reference, site), **until)


def withdrawn_event(reference: Reference, *, site: SiteConfig) -> ArticleEvent:
    """Return the event of a withdrawal; all that it says stands in the reference."""
    data = WithdrawnData(
        article_id=reference.article_id,
        site=reference.site,
        revision=reference.revision or no_revision(reference.at_ms),
        url=f"{site.base_url}{reference.path}" if reference.path else None,
        reason=reference.note,
    )
    return _WITHDRAWN[reference.verb](data=data, **_frame(reference, site))


def as_json(event: Event) -> bytes:
    """Return the event's bytes; an attribute without a value is left out, as CloudEvents wants it."""
    without = {name for name in ("traceparent", "embargoeduntil") if not getattr(event, name, None)}
    return event.model_dump_json(exclude=without or None).encode()


def no_revision(at_ms: int) -> Revision:
    """Return the revision of something whose own is not known any more."""
    return Revision(scheme="none", number=0, time_ms=at_ms, digest="0" * 16)


def _frame(reference: Reference, site: SiteConfig) -> dict[str, Any]:  # the fields that all events share
    return {
        "id": reference.event_id,
        "source": site.base_url,
        "subject": reference.article_id,
        "time": moment(reference.at_ms),
        "dataschema": SCHEMA,
        "traceparent": reference.traceparent,
    }
