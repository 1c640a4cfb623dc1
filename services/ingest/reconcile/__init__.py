"""reconcile: what a CMS lists against what we have; what is missing, stale or should be gone goes the usual way.

Most CMSs never send a delivery again, so one that met a restart is gone unless somebody looks.

    poller.py     when: every few minutes for the last day, nightly for all; run once however many workers there are
      lease.py      who: one worker at a time, decided in one script
    run.py        one run over a CMS that can be asked: list → compare → fetch by id → accept
      ghost.py · wordpress.py · superdesk.py    what is public, and what it is
    named.py      one run over a feed or a sitemap: list → which article is it? → compare → accept, or say why not
      feeds.py · sitemaps.py    what they name
      pages.py · linked_data.py an article's own page: is it there, and what does it say?
      ids.py        the id that the CMS itself gives an article, as far as anybody can be sure. Pure
      taken.py      what a feed or page says → what the CMS would have delivered. Pure
      absent.py     what a sitemap no longer names; seen.py: what it named before
    for both
      web.py        asking over HTTP: guarded, bounded, patient
      ours.py       what we have of a source
      compare.py    their list, our list → what to do. Pure
      ledger.py     accept what is right, note what was found

What is put right goes through the same accept as a delivery, so nothing newer is overwritten and a kill stays final.
Nothing is ever taken back because it was absent from a list: the CMS is asked for it by its id or address as well,
and a share too large is refused until somebody says yes (ADR-0026).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from services.ingest.adapt import Payload
from shared.runtime.errors import Rejected, Unavailable

Kind = Literal["missing", "stale", "gone"]
Item: TypeAlias = Payload  # an article in the words of JSON Feed 1.1


class CmsAway(Unavailable):
    """The CMS does not answer, or asks for patience."""

    reason = "cms_away"

    def __init__(self, message: str = "", *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CmsRefused(Rejected):
    """The CMS does not let us look: the address or the key is wrong."""

    reason = "cms_refused"


class CmsUnreadable(Rejected):
    """What the CMS answered is not what such a CMS answers."""

    reason = "cms_unreadable"


@dataclass(frozen=True)
class Entry:
    """One line of a CMS's list.

    Args:
        source_id: the CMS's own id, as its adapter takes it.
        changed_at: when it last changed.
        version: the CMS's whole number, when it counts.
        is_withdrawn: the CMS lists it as taken back.
    """

    source_id: str
    changed_at: datetime | None
    version: int | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True)
class Listing:
    """What a CMS says is public; when it is not complete, nothing follows from what is not in it."""

    entries: tuple[Entry, ...]
    is_complete: bool = True


@dataclass(frozen=True)
class Delivered:
    """One article as its adapter takes it, and the event's name that goes with it."""

    payload: Payload
    event: str = ""


class Cms(Protocol):
    """A CMS that can be asked. Every method raises CmsAway, CmsRefused, CmsUnreadable and AddressForbidden."""

    async def listing(self, since: datetime | None) -> Listing:
        """Return what is public and changed since then; None = everything that is public."""

    async def items(self, source_ids: Collection[str]) -> Mapping[str, Delivered | None]:
        """Return articles by their ids, None for what is not public; what could not be asked for is not in it."""


@dataclass(frozen=True)
class Mention:
    """An article that a feed or a sitemap names.

    Args:
        url: absolute, otherwise as it is written there.
        changed_at: None = not said.
        item: what a feed says of it, as `adapt/feed.py` takes it; a sitemap says nothing.
    """

    url: str
    changed_at: datetime | None = None
    item: Item | None = None


@dataclass(frozen=True)
class Mentions:
    """What a feed or a sitemap names; a feed is never complete: it ends after some entries."""

    mentions: tuple[Mention, ...]
    is_complete: bool


class Namer(Protocol):
    """A feed or a sitemap. Raises what a Cms raises."""

    async def mentions(self) -> Mentions:
        """Return every article that it names."""


@dataclass(frozen=True)
class Mismatch:
    """One article that we have otherwise than the CMS.

    Args:
        what: the CMS's id or the address.
        article_id: empty when we never had it.
        outcome: what accept made of it, `found` in a dry run, `reported` where nothing can be done, `refused`.
        detail: for whoever looks into it.
    """

    kind: Kind
    what: str
    article_id: str
    outcome: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """What one run found and did.

    Args:
        theirs: articles in the CMS's list.
        refused: why nothing was taken back; empty = there was no reason to refuse.
    """

    source: str
    scope: Literal["recent", "all"]
    theirs: int
    mismatches: tuple[Mismatch, ...]
    refused: str = ""
