"""Ours that a whole sitemap no longer names: it is asked whether they are gone.

Its address is asked, and asked again when at least one round of the poller has gone by. Only 404 and 410 both times
take it back, and never more than a share of the source's articles without a person's yes. ADR-0026.
"""

from collections.abc import Collection, Mapping, Sequence

from services.ingest.reconcile import Mentions
from services.ingest.reconcile.compare import Known, names_of
from services.ingest.reconcile.ledger import Ledger, Progress
from services.ingest.reconcile.ours import OurArticles
from services.ingest.reconcile.pages import Pages
from services.ingest.reconcile.seen import Seen
from shared.contracts.base import ArticleId


class Absence:
    """What one run does about it."""

    def __init__(self, ledger: Ledger, ours: OurArticles, seen: Seen, pages: Pages, *, progress: Progress) -> None:
        self._ledger, self._ours, self._seen, self._pages, self._progress = ledger, ours, seen, pages, progress

    async def take_back(
        self,
        named: Mentions,
        known: Sequence[Known],
        addresses: Mapping[ArticleId, str],
        met: Collection[ArticleId],
    ) -> str:
        """Take back what is gone; return why not, if so. The quick look only asks again.

        Args:
            known: our public articles: all, or those of the last hours.
            addresses: where the CMS has them, as far as that was seen.
            met: articles that the list names under an address that we did not know.
        """
        missed, ledger = await self._seen.missed(), self._ledger
        if not ledger.is_bulk and not missed:
            return ""
        ours = known if ledger.is_bulk else await self._ours.known(None, addresses)
        listed = {name for mention in named.mentions for name in names_of(mention.url)}
        absent = {each.article_id: each for each in ours if each.article_id not in met and not each.names & listed}
        if not named.mentions and not ledger.orders.is_confirmed:
            return ledger.refusal(len(absent), len(ours), theirs=0)
        if not ledger.orders.is_dry:
            await self._seen.is_there(missed.keys() - absent.keys())
        gone = [absent[each] for each in missed if each in absent and await self._is_gone(absent[each], missed[each])]
        for article in absent.values() if ledger.is_bulk else ():
            if article.article_id not in missed:
                await self._is_gone(article, None)
        refused = ledger.refusal(len(gone), len(ours), theirs=len(named.mentions))
        await self._withdraw(gone, refused)
        return refused

    async def _is_gone(self, article: Known, since_ms: int | None) -> bool:
        """Ask for an article's address; True when it answered that it is gone before, a round ago at least."""
        ledger, now_ms = self._ledger, self._ledger.clock()
        await self._progress(0)
        is_gone, said = await self._pages.is_gone(article.url)
        if not is_gone:
            if since_ms is not None and not ledger.orders.is_dry:
                await self._seen.is_there([article.article_id])
            ledger.note("gone", article.url, article.article_id, "reported", detail=said)
            return False
        if since_ms is not None and now_ms - since_ms >= ledger.config.every_s * 1000:
            return True
        if since_ms is None:
            if not ledger.orders.is_dry:
                await self._seen.miss(article.article_id, now_ms=now_ms)
            ledger.note("gone", article.url, article.article_id, "reported", detail=f"{said}; the next look asks again")
        return False

    async def _withdraw(self, gone: Sequence[Known], refused: str) -> None:
        ledger, asked_ms = self._ledger, self._ledger.clock()
        rows = await self._ours.states([each.article_id for each in gone])
        for article, mine in zip(gone, rows, strict=True):
            if mine is None or mine.state != "public":
                continue
            if refused:
                ledger.note("gone", article.url, article.article_id, "refused")
            else:
                await ledger.settle("gone", article.url, ledger.withdrawal(mine, asked_ms=asked_ms))
        if gone and not refused and not ledger.orders.is_dry:
            await self._seen.is_there([each.article_id for each in gone])
