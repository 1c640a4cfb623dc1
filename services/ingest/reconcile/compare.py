"""Their list, our list → what to do. Pure."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.ingest.reconcile import Entry, Kind
from shared.contracts.base import ArticleId
from shared.contracts.document import State
from shared.contracts.revision import Revision
from shared.runtime.clock import milliseconds

# The digest of what reconcile took back itself: nobody else said so, and so the CMS's list may undo it.
TAKEN_BACK: Final = hashlib.sha256(b"taken back by reconcile").hexdigest()[:16]
ALWAYS_FEW: Final = 5  # articles that may be taken back at once, however few there are
FEEDS_ARE_LATE: Final = timedelta(minutes=2)  # a feed's dates and ours are written by different clocks
_COUNTS_READERS: Final = re.compile(r"(?:utm_\w+|fbclid|gclid|mtm_\w+|pk_\w+)(?:=|$)")


@dataclass(frozen=True)
class Ours:
    """What we have of an article, as far as it decides anything.

    Args:
        member: the item that it shows, by the id that the item's own source id gives; None = the only one.
        replaced: the items that it no longer shows because others took their places.
        is_replaced: what was asked for is one of these.
    """

    article_id: ArticleId
    state: State
    revision: Revision
    member: ArticleId | None = None
    replaced: frozenset[ArticleId] = frozenset()
    is_replaced: bool = False


@dataclass(frozen=True)
class Suspect:
    """An article that seems to be otherwise here than there."""

    kind: Kind
    entry: Entry


def suspects(entries: Iterable[Entry], ours: Mapping[str, Ours]) -> Iterator[Suspect]:
    """Give what of their list is worth asking for.

    Args:
        ours: by the CMS's own id.
    """
    for entry in entries:
        kind = judged(entry, ours.get(entry.source_id))
        if kind:
            yield Suspect(kind, entry)


def judged(entry: Entry, mine: Ours | None) -> Kind | None:
    """Say what an article seems to be; None = it is as it should be."""
    if mine is None:
        return None if entry.is_withdrawn else "missing"
    if mine.state == "killed":
        return None  # final, whatever a list says
    if entry.is_withdrawn:  # also of an item that is not shown any more: a kill of it kills the article (ADR-0014)
        return "gone" if mine.state in {"public", "scheduled"} else None
    if mine.is_replaced:
        return None
    if mine.state == "unpublished":
        return "missing" if is_newer(entry, mine.revision) or mine.revision.digest == TAKEN_BACK else None
    return "stale" if is_newer(entry, mine.revision) else None


def is_newer(entry: Entry, mine: Revision) -> bool:
    """Say whether an entry is newer than what we have, by whatever the two can be compared."""
    if mine.scheme == "revision" and entry.version is not None:
        return entry.version > mine.number
    if entry.changed_at is None:
        return False
    if mine.scheme == "updated_at":
        return round(entry.changed_at.timestamp() * 1_000_000) > mine.number
    return milliseconds(entry.changed_at) > mine.time_ms


def would_win(candidate: Revision, mine: Ours | None, *, kills: bool = False) -> bool:
    """Say whether accept would take a candidate; a kill wins over everything but another."""
    if mine is None or mine.state == "killed":
        return mine is None
    return kills or (not mine.is_replaced and candidate.is_newer_than(mine.revision))


def taken_back(mine: Ours, *, asked_ms: int) -> Revision:
    """Return the revision of our own withdrawal: later than what we have, and older than any later edit."""
    time_ms = max(asked_ms, mine.revision.time_ms + 1)
    return mine.revision.model_copy(update={"time_ms": time_ms, "digest": TAKEN_BACK})


def refusal(*, gone: int, ours: int, theirs: int, most_percent: int) -> str:
    """Say why so many articles must not be taken back without a person's yes; empty = they may.

    Args:
        ours: public articles of this source.
        theirs: articles in the CMS's list.
    """
    if gone and not theirs:
        return f"the CMS's list is empty and we have {ours} articles; a CMS that is being moved looks like that"
    most = max(ALWAYS_FEW, ours * most_percent // 100)
    if gone > most:
        return f"{gone} of our {ours} articles would be taken back; without a yes at most {most} are"
    return ""


@dataclass(frozen=True)
class Known:
    """One of our public articles as feeds and sitemaps may name it.

    Args:
        names: its addresses, see `names_of`.
        url: where its CMS has it, as far as we know.
    """

    article_id: ArticleId
    names: frozenset[str]
    url: str


def names_of(url: str) -> frozenset[str]:
    """Return an address as it is compared: without scheme, `www.`, fragment, last slash and what counts readers.

    Of the query the rest stays: with WordPress's plain permalinks it is all there is.
    """
    text, _, query = url.partition("#")[0].partition("?")
    text = (text.partition("://")[2] or text).removeprefix("www.").rstrip("/")
    kept = "&".join(sorted(part for part in query.split("&") if part and not _COUNTS_READERS.match(part)))
    return frozenset({f"{text}?{kept}".rstrip("?").casefold()} - {""})
