"""One run over a CMS that can be asked: list → compare → fetch → accept.

What is suspicious is fetched by its id and goes the way of a delivery; what is ours and not in a complete list is
asked for by its id before it is taken back. A dry run is the same and stops before accept.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from services.ingest.draft import Ignored
from services.ingest.faults import PayloadRejected
from services.ingest.reconcile import Cms, Delivered, Listing, Report
from services.ingest.reconcile.compare import Ours, Suspect, suspects, would_win
from services.ingest.reconcile.ledger import Ledger, Progress
from services.ingest.reconcile.ours import OurArticles
from services.ingest.verify import Verified
from shared.contracts.base import ArticleId

TOGETHER: Final = 50  # articles that are fetched and stored before the next are fetched
MOST_ASKED: Final = 5_000  # articles that a CMS is asked for before one of them is taken back

T = TypeVar("T")


class Run:
    """One run; made anew for each."""

    def __init__(self, ledger: Ledger, ours: OurArticles, *, progress: Progress) -> None:
        self._ledger, self._ours, self._progress = ledger, ours, progress

    async def compare(self, cms: Cms) -> Report:
        """Compare with a CMS that can be asked; raises what it raises, and RedisAway."""
        since = self._ledger.since()
        listing = await cms.listing(since)
        await self._progress(len(listing.entries))
        mine = await self._ours.of(entry.source_id for entry in listing.entries)
        for together in _in_parts(list(suspects(listing.entries, mine))):
            await self._put_right(cms, together, mine)
        refused = await self._take_back(cms, listing, since)
        return self._ledger.report(len(listing.entries), refused)

    # --- what is missing or stale ------------------------------------------------------------------------------------

    async def _put_right(self, cms: Cms, together: Sequence[Suspect], mine: Mapping[str, Ours]) -> None:
        asked_ms = self._ledger.clock()
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
        circumstances = self._ledger.source.circumstances(proof, now_ms=self._ledger.clock(), event=delivered.event)
        try:
            made = await self._ledger.source.candidate(
                delivered.payload, circumstances, articles=self._ledger.articles, delivery_id="",
                traceparent=self._ledger.traceparent, bulk=self._ledger.is_bulk,
            )  # fmt: skip
        except PayloadRejected as fault:
            self._ledger.note(suspect.kind, what, self._ours.id_of(what), fault.reason, detail=str(fault)[:500])
            return
        if isinstance(made, Ignored):
            return
        candidate, _ = made
        have = mine.get(what)
        if have is None or candidate.article_id not in {have.article_id, have.member}:  # several ids, one article
            (have,) = await self._ours.of_items([candidate.article_id])
        if would_win(candidate.revision, have, kills=candidate.verb == "killed"):
            await self._ledger.settle(suspect.kind, what, candidate)

    # --- what should be gone -----------------------------------------------------------------------------------------

    async def _take_back(self, cms: Cms, listing: Listing, since: datetime | None) -> str:
        """Take back what is ours and nowhere in the CMS; return why not, if so."""
        if not listing.is_complete:
            return ""
        absent, count = await self._absent(listing, since)
        if since is None and not listing.entries and not self._ledger.orders.is_confirmed:
            return self._ledger.refusal(len(absent), count, theirs=0)
        asked_ms = self._ledger.clock()
        gone = [each async for each in self._not_there(cms, list(islice(absent, MOST_ASKED)))]
        refused = self._ledger.refusal(len(gone), count, theirs=1)
        for source_id, article_id in gone:
            if refused:
                self._ledger.note("gone", source_id, article_id, "refused")
            else:
                await self._ledger.settle(
                    "gone", source_id, self._ledger.withdrawal(absent[article_id], asked_ms=asked_ms)
                )
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


def _in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER))
