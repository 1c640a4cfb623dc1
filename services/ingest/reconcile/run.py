"""One run over one source: list → compare → fetch → accept.

    a CMS that can be asked     what is suspicious is fetched by its id and goes the way of a delivery; what is ours
                                and not in a complete list is asked for by its id before it is taken back
    a feed, a sitemap           what is named otherwise than we have it is reported, nothing is taken

Both are the same for a dry run, which stops before accept.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from services.ingest.draft import Ignored
from services.ingest.faults import PayloadRejected
from services.ingest.reconcile import Cms, Delivered, Kind, Listing, Mismatch, Namer, Report
from services.ingest.reconcile.compare import Ours, Suspect, refusal, suspects, taken_back, told, would_win
from services.ingest.reconcile.lease import Scope
from services.ingest.reconcile.ours import OurArticles
from services.ingest.sources import Source
from services.ingest.verify import Verified
from shared.contracts.base import ArticleId
from shared.contracts.config import ReconcileConfig
from shared.runtime.articles import Acceptance, Articles, Candidate
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, moment
from shared.runtime.logging import get_logger
from shared.runtime.trace import traceparent_of

log = get_logger()

TOGETHER: Final = 50  # articles that are fetched and stored before the next are fetched
MOST_ASKED: Final = 5_000  # articles that a CMS is asked for before one of them is taken back
HOUR_MS: Final = 3_600_000
_CHANGES: Final = frozenset({"accepted", "scheduled", "expired"})

Progress = Callable[[int], Awaitable[None]]  # told how many entries were read, and now and then that it goes on
T = TypeVar("T")


@dataclass(frozen=True)
class Orders:
    """How a run is meant.

    Args:
        is_dry: look only.
        is_confirmed: a person said yes to whatever share would be taken back.
    """

    scope: Scope
    is_dry: bool = False
    is_confirmed: bool = False


class Run:
    """One run; made anew for each."""

    def __init__(
        self, source: Source, config: ReconcileConfig, ours: OurArticles, articles: Articles, client: Client, *,
        orders: Orders, clock: Clock, progress: Progress,
    ) -> None:  # fmt: skip
        self._source, self._config, self._ours = source, config, ours
        self._articles, self._client = articles, client
        self._orders, self._clock, self._progress = orders, clock, progress
        self._mismatches: list[Mismatch] = []
        self._traceparent = traceparent_of(None)

    @property
    def _name(self) -> str:
        return self._source.intake.source_name

    def _since(self) -> datetime | None:
        """Back to when; a full hour, so that a list that did not change keeps its address and its ETag."""
        if self._orders.scope == "all":
            return None
        return moment(self._clock() // HOUR_MS * HOUR_MS) - timedelta(hours=self._config.recent_hours)

    async def with_cms(self, cms: Cms) -> Report:
        """Compare with a CMS that can be asked; raises what it raises, and RedisAway."""
        since = self._since()
        listing = await cms.listing(since)
        await self._progress(len(listing.entries))
        mine = await self._ours.of(entry.source_id for entry in listing.entries)
        for together in _in_parts(list(suspects(listing.entries, mine))):
            await self._put_right(cms, together, mine)
        refused = await self._take_back(cms, listing, since)
        return self._report(len(listing.entries), refused)

    async def with_namer(self, namer: Namer) -> Report:
        """Compare with a feed or a sitemap; raises what it raises, and RedisAway."""
        since = self._since()
        named = await namer.mentions()
        await self._progress(len(named.mentions))
        by_id = await self._ours.of({each for mention in named.mentions for each in mention.ids})
        ended = {each for each, mine in by_id.items() if mine.state != "public"}  # on purpose, as far as we know
        known = await self._ours.known(since)
        known += await self._ours.known_of([mine.article_id for mine in by_id.values() if mine.state == "public"])
        mentions = [mention for mention in named.mentions if ended.isdisjoint(mention.ids)]
        for kind, what, article_id in told(mentions, known, since=since, is_complete=named.is_complete):
            self._note(kind, what, article_id, "reported")
        return self._report(len(named.mentions), "")

    # --- what is missing or stale ------------------------------------------------------------------------------------

    async def _put_right(self, cms: Cms, together: Sequence[Suspect], mine: Mapping[str, Ours]) -> None:
        asked_ms = self._clock()
        found = await cms.items([suspect.entry.source_id for suspect in together])
        for suspect in together:
            delivered = found.get(suspect.entry.source_id)
            if delivered is not None:
                await self._deliver(suspect, delivered, mine, asked_ms=asked_ms)
        await self._progress(0)

    async def _deliver(
        self, suspect: Suspect, delivered: Delivered, mine: Mapping[str, Ours], *, asked_ms: int
    ) -> None:
        """Send one article the way of a delivery; `asked_ms` orders it before whatever came meanwhile."""
        what = suspect.entry.source_id
        proof = Verified(delivery_id="", sent_ms=asked_ms)
        circumstances = self._source.circumstances(proof, now_ms=self._clock(), event=delivered.event)
        try:
            made = await self._source.candidate(
                delivered.payload, circumstances, articles=self._articles, delivery_id="",
                traceparent=self._traceparent, bulk=self._orders.scope == "all",
            )  # fmt: skip
        except PayloadRejected as fault:
            self._note(suspect.kind, what, self._ours.id_of(what), fault.reason, detail=str(fault)[:500])
            return
        if isinstance(made, Ignored):
            return
        candidate, _ = made
        have = mine.get(what)
        if have is None or candidate.article_id not in {have.article_id, have.member}:  # several ids, one article
            (have,) = await self._ours.of_items([candidate.article_id])
        if would_win(candidate.revision, have, kills=candidate.verb == "killed"):
            await self._settle(suspect.kind, what, candidate)

    # --- what should be gone -----------------------------------------------------------------------------------------

    async def _take_back(self, cms: Cms, listing: Listing, since: datetime | None) -> str:
        """Take back what is ours and nowhere in the CMS; return why not, if so."""
        if not listing.is_complete:
            return ""
        absent, count = await self._absent(listing, since)
        if since is None and not listing.entries and not self._orders.is_confirmed:
            return self._refusal(len(absent), count, theirs=0)
        asked_ms = self._clock()
        gone = [each async for each in self._not_there(cms, list(islice(absent, MOST_ASKED)))]
        refused = self._refusal(len(gone), count, theirs=1)
        for source_id, article_id in gone:
            if refused:
                self._note("gone", source_id, article_id, "refused")
            else:
                await self._settle("gone", source_id, self._withdrawal(absent[article_id], asked_ms))
        return refused

    async def _absent(self, listing: Listing, since: datetime | None) -> tuple[dict[ArticleId, Ours], int]:
        """Return our public articles that the list does not have, and how many we have at all."""
        listed = set(await self._ours.homes([self._ours.id_of(entry.source_id) for entry in listing.entries]))
        absent, seen = dict[ArticleId, Ours](), set[ArticleId]()
        async for rows in self._ours.public(since):
            seen |= {row.article_id for row in rows}
            absent |= {row.article_id: row for row in rows if row.article_id not in listed}
            await self._progress(0)
        return absent, len(seen)

    def _refusal(self, gone: int, ours: int, *, theirs: int) -> str:
        if self._orders.is_confirmed:
            return ""
        return refusal(gone=gone, ours=ours, theirs=theirs, most_percent=self._config.most_gone_percent)

    async def _not_there(self, cms: Cms, ids: Sequence[ArticleId]) -> AsyncIterator[tuple[str, ArticleId]]:
        """Give (source id, article id) of what the CMS does not have when it is asked for it."""
        for together in _in_parts(ids):
            documents = await self._ours.documents(together)
            wanted = {document.article.source_id: document.id for document in documents if document.article}
            found = await cms.items(wanted)
            for source_id, article_id in wanted.items():
                if source_id in found and found[source_id] is None:
                    yield source_id, article_id
            await self._progress(0)

    def _withdrawal(self, mine: Ours, asked_ms: int) -> Candidate:
        intake = self._source.intake
        return Candidate(
            verb="unpublished",
            article_id=mine.article_id,
            member=mine.member,
            site=intake.site_name,
            source=intake.source_name,
            revision=taken_back(mine, asked_ms=asked_ms),
            received_ms=asked_ms,
            traceparent=self._traceparent,
            bulk=self._orders.scope == "all",
        )

    # --- the same for all --------------------------------------------------------------------------------------------

    async def _settle(self, kind: Kind, what: str, candidate: Candidate) -> None:
        if self._orders.is_dry:
            self._note(kind, what, candidate.article_id, "found")
            return
        acceptance = await self._articles.accept(replace(candidate, republish=False))  # a list lifts no kill
        if acceptance.outcome in _CHANGES:
            self._note(kind, what, candidate.article_id, acceptance.outcome)
            await self._remember(kind, acceptance)

    async def _remember(self, kind: Kind, acceptance: Acceptance) -> None:
        """Write into the article's timeline that it was put right, so that `litfass why` says who did it."""
        key = self._articles.keys(self._source.intake.site_name).timeline(acceptance.article_id)
        step = {"what": "reconciled", "kind": kind, "seq": acceptance.seq, "at_ms": self._clock(), "source": self._name}
        with away():
            await self._client.xadd(key, {**step, "trace": self._traceparent}, maxlen=100, approximate=True)

    def _note(self, kind: Kind, what: str, article_id: str, outcome: str, *, detail: str = "") -> None:
        self._mismatches.append(Mismatch(kind, what, article_id, outcome, detail))
        log.info(
            "reconcile.mismatch_found", source=self._name, kind=kind, what=what[:500], article_id=article_id,
            outcome=outcome, detail=detail,
        )  # fmt: skip

    def _report(self, theirs: int, refused: str) -> Report:
        return Report(self._name, self._orders.scope, theirs, tuple(self._mismatches), refused)


def _in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER))
