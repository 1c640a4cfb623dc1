"""What render does with a signal, and with a change of lists. The only module that the broker calls.

Every writer looks again (ADR-0004): load at sequence s → render → put → read the sequence; not s → once more; only then
is the message acknowledged. What is written is always the newest, so duplicates, reordering and parallel workers
are harmless, and three waiting edits render once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from services.render.affects import Job, jobs_for
from services.render.list_writer import ListWriter
from services.render.metrics import RenderMetrics
from services.render.sites import Site, Sites
from services.render.written import Written, of_article
from shared.contracts import paths
from shared.contracts.base import ArticleId, SiteName, UrlPath
from shared.contracts.document import Document
from shared.contracts.lists import ListName
from shared.contracts.signals import ListsChanged, PagesWritten, Signal
from shared.runtime.articles import Articles
from shared.runtime.clock import Clock
from shared.runtime.delivery import Handle
from shared.runtime.failpoints import failpoint
from shared.runtime.pagestore import PageStore
from shared.runtime.quiet import GiveWay, nobody_waits
from shared.runtime.timeline import Timeline

Foretell = Callable[[Document], Awaitable[None]]  # of a page that is about to be buried


async def nobody_asks(document: Document) -> None:
    """Bury without a word: for rebuilds, after which everything is told anew."""


class ArticleFiles:
    """Puts and takes away the files of articles."""

    def __init__(self, store: PageStore, metrics: RenderMetrics) -> None:
        self._store, self._metrics = store, metrics

    async def write(self, site: Site, document: Document) -> str:
        """Make the files say what `document` says; return the outcome. Raises StoreAway."""
        match document.state:
            case "public":
                return await self._show(site, document)
            case "killed":
                return await self._bury(site, document)
            case _:
                await self._clear(site, document.paths)
                return "removed"

    async def _show(self, site: Site, document: Document) -> str:
        assert document.path is not None
        assert document.article is not None
        started = time.perf_counter()
        ads = site.chrome.ads.of_article(document.article)
        page = site.theme.article_page(site.chrome, document, ads=ads)
        self._metrics.page_seconds.labels("article").observe(time.perf_counter() - started)
        is_new = await self._store.put(site.name, paths.page_file(document.path), page)
        failpoint("render.after-put")
        self._metrics.files.labels("article", "written" if is_new else "equal").inc()
        self._metrics.count_ads(ads)
        here = [paths.gone_path(document.path), paths.moved_path(document.path)]
        await self._store.delete(site.name, here)
        for old in document.old_paths:
            await self._lead_away(site, old, document.path)
        return "rendered" if is_new else "equal"

    async def _lead_away(self, site: Site, old: UrlPath, new: UrlPath) -> None:
        """Leave a page that leads on for when render is down; while it is up it answers 301."""
        await self._store.put(site.name, paths.moved_path(old), site.theme.moved(site.chrome, to=new))
        await self._store.delete(site.name, [paths.page_file(old), paths.gone_path(old)])

    async def _bury(self, site: Site, document: Document) -> str:
        """Marker first: a late write of an old page is then never seen."""
        note = site.theme.gone(site.chrome, note=document.note, withdrawn_at=document.withdrawn_at)
        for path in document.paths:
            await self._store.put(site.name, paths.gone_path(path), note)
        failpoint("render.after-marker")
        for path in document.paths:
            await self._store.delete(site.name, [paths.page_file(path), paths.moved_path(path)])
        self._metrics.files.labels("article", "deleted").inc()
        return "buried"

    async def _clear(self, site: Site, gone: Sequence[UrlPath]) -> None:
        for path in gone:
            await self._store.delete(site.name, [paths.page_file(path), paths.moved_path(path), paths.gone_path(path)])
        self._metrics.files.labels("article", "deleted").inc()


def make_article_writer(
    sites: Sites,
    articles: Articles,
    files: ArticleFiles,
    timeline: Timeline,
    metrics: RenderMetrics,
    clock: Clock,
    *,
    give_way: GiveWay = nobody_waits,
    written: Written | None = None,
) -> Handle[Signal]:
    """Return what render does with signals: write the newest state of each article, once, and tell that it is written.

    Raises Unavailable when Redis or the store is away; the messages stay pending.
    """

    async def told_of(document: Document) -> PagesWritten:
        is_killed = document.state == "killed" and written is not None
        return of_article(document, await articles.lists_of(document.site, document.id) if is_killed else ())

    async def foretell(document: Document) -> None:
        if written:
            await written.tell([await told_of(document)])

    async def write(signals: Sequence[Signal]) -> Sequence[str]:
        outcomes: dict[ArticleId, str] = {}
        pages: list[PagesWritten] = []
        for name in {signal.site for signal in signals}:
            ids = list(dict.fromkeys(signal.article_id for signal in signals if signal.site == name))
            site = sites.named(name)
            if site is None:
                outcomes |= dict.fromkeys(ids, "no_site")
                continue
            found, documents = await write_newest(site, ids, articles, files, metrics, give_way, foretell)
            outcomes |= found
            pages += [await told_of(document) for document in documents]
        failpoint("render.before-written")
        now = clock()
        for signal in signals:
            if signal.received_ms and outcomes[signal.article_id] == "rendered":
                metrics.visible_seconds.observe(max(0, now - signal.received_ms) / 1000)
        noted = timeline.note(signals, [outcomes[signal.article_id] for signal in signals], at_ms=now)
        await asyncio.gather(noted, written.tell(pages) if written else nobody_waits())
        return [outcomes[signal.article_id] for signal in signals]

    return write


async def write_newest(
    site: Site,
    ids: Sequence[ArticleId],
    articles: Articles,
    files: ArticleFiles,
    metrics: RenderMetrics,
    give_way: GiveWay = nobody_waits,
    foretell: Foretell = nobody_asks,
) -> tuple[Mapping[ArticleId, str], Iterable[Document]]:
    """Write, look again, and write again what changed meanwhile; return the outcomes, and what is written now.

    A kill is told before its page goes, too: once that is gone the kill can be proved, which forgets its lists.
    """
    outcomes: dict[ArticleId, str] = {}
    shown: dict[ArticleId, Document] = {}
    todo = list(ids)
    while todo:
        documents = await articles.newest(site.name, todo)
        seen: dict[ArticleId, int] = {}
        for article_id, document in zip(todo, documents, strict=True):
            seen[article_id] = document.seq if document else 0
            if document:
                shown[article_id] = document
            await give_way()
            if document and document.state == "killed":
                await foretell(document)
            outcome = await files.write(site, document) if document else "unknown"
            if outcome != "equal" or article_id not in outcomes:  # what was rendered before the second look stays so
                outcomes[article_id] = outcome
        failpoint("render.before-look-again")
        newest = await articles.seqs(site.name, todo)
        todo = [article_id for article_id, seq in zip(todo, newest, strict=True) if seq != seen[article_id]]
        metrics.looks_again.inc(len(todo))
    return outcomes, shown.values()


def make_lists_handler(sites: Sites, writer: ListWriter) -> Handle[ListsChanged]:
    """Return what render does with changes of lists: have each page and fragment of them written once a batch.

    Raises Unavailable when Redis or the store is away.
    """

    async def handle(changes: Sequence[ListsChanged]) -> Sequence[str]:
        outcomes: dict[SiteName, str] = {}
        for name in {change.site for change in changes}:
            site, own = sites.named(name), [change for change in changes if change.site == name]
            outcomes[name] = await write_lists(site, own, writer) if site else "no_site"
        return [outcomes[change.site] for change in changes]

    return handle


async def write_lists(site: Site, changes: Sequence[ListsChanged], writer: ListWriter) -> str:
    """Have everything written that these changes touch, a kill's part at once; return the outcome."""
    killed = _jobs_of([change for change in changes if change.urgent])
    await writer.write(site, killed, at_once=True)
    is_written = await writer.write(site, _jobs_of(changes) - killed)
    return "listed" if is_written else "due"


def _jobs_of(changes: Sequence[ListsChanged]) -> set[Job]:
    lists = {ListName(name) for change in changes for name in change.lists}
    return set(jobs_for(lists, {month for change in changes for month in change.months}))
