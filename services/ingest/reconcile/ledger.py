"""Accept what is right, and write down what was found: the same for every kind of list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from services.ingest.reconcile import Kind, Mismatch, Report
from services.ingest.reconcile.compare import Ours, refusal, taken_back
from services.ingest.reconcile.lease import Scope
from services.ingest.sources import Source
from shared.contracts.config import ReconcileConfig
from shared.runtime.articles import Acceptance, Articles, Candidate
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, moment
from shared.runtime.logging import get_logger
from shared.runtime.trace import traceparent_of

log = get_logger()

HOUR_MS: Final = 3_600_000
_CHANGES: Final = frozenset({"accepted", "scheduled", "expired"})

Progress = Callable[[int], Awaitable[None]]  # told how many entries were read, and now and then that it goes on


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


@dataclass
class Ledger:
    """What one run over one source does and finds."""

    source: Source
    config: ReconcileConfig
    articles: Articles
    client: Client
    orders: Orders
    clock: Clock
    mismatches: list[Mismatch] = field(default_factory=list)
    traceparent: str = field(default_factory=lambda: traceparent_of(None))

    @property
    def is_bulk(self) -> bool:
        """All at night waits behind the news."""
        return self.orders.scope == "all"

    def since(self) -> datetime | None:
        """Back to when; a full hour, so that a list that did not change keeps its address and its ETag."""
        if self.orders.scope == "all":
            return None
        return moment(self.clock() // HOUR_MS * HOUR_MS) - timedelta(hours=self.config.recent_hours)

    async def settle(self, kind: Kind, what: str, candidate: Candidate) -> None:
        """Send a candidate to accept, unless this is a dry run; raises RedisAway."""
        if self.orders.is_dry:
            self.note(kind, what, candidate.article_id, "found")
            return
        acceptance = await self.articles.accept(replace(candidate, republish=False))  # a list lifts no kill
        if acceptance.outcome in _CHANGES:
            self.note(kind, what, candidate.article_id, acceptance.outcome)
            await self._remember(kind, acceptance)

    def withdrawal(self, mine: Ours, *, asked_ms: int) -> Candidate:
        """Return what takes one of our articles back."""
        intake = self.source.intake
        return Candidate(
            verb="unpublished",
            article_id=mine.article_id,
            member=mine.member,
            site=intake.site_name,
            source=intake.source_name,
            revision=taken_back(mine, asked_ms=asked_ms),
            received_ms=asked_ms,
            traceparent=self.traceparent,
            bulk=self.is_bulk,
        )

    def refusal(self, gone: int, ours: int, *, theirs: int) -> str:
        """Say why so many must not be taken back; empty = they may."""
        if self.orders.is_confirmed:
            return ""
        return refusal(gone=gone, ours=ours, theirs=theirs, most_percent=self.config.most_gone_percent)

    def note(self, kind: Kind, what: str, article_id: str, outcome: str, *, detail: str = "") -> None:
        """Write down what was found, and what became of it."""
        self.mismatches.append(Mismatch(kind, what, article_id, outcome, detail))
        log.info(
            "reconcile.mismatch_found", source=self.source.intake.source_name, kind=kind, what=what[:500],
            article_id=article_id, outcome=outcome, detail=detail,
        )  # fmt: skip

    def report(self, theirs: int, refused: str) -> Report:
        """Return the end of the run."""
        return Report(self.source.intake.source_name, self.orders.scope, theirs, tuple(self.mismatches), refused)

    async def _remember(self, kind: Kind, acceptance: Acceptance) -> None:
        """Write into the article's timeline that it was put right, so that `litfass why` says who did it."""
        intake = self.source.intake
        key = self.articles.keys(intake.site_name).timeline(acceptance.article_id)
        step: dict[str, str | int] = {"what": "reconciled", "kind": kind, "seq": acceptance.seq, "at_ms": self.clock()}
        with away():
            await self.client.xadd(
                key, {**step, "source": intake.source_name, "trace": self.traceparent}, maxlen=100, approximate=True
            )
