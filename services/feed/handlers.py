"""The only module that the broker calls.

    articles, articles-bulk     load the newest document → place it in its lists     "listed", "unlisted", "skipped" …
    articles-urgent             the same, and the feeds are rid of it before the kill counts as done
    lists                       write the feeds of what changed, each once           "written", "due"

A signal only says *that*: of several signals for one article the newest document is placed once, and a signal that
comes late finds its work done ("skipped"). What is away raises Unavailable: the lane pauses, nothing is lost.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from services.feed.files import FeedFiles
from services.feed.index import Change, Lists, Placed
from services.feed.metrics import FeedMetrics
from shared.contracts import upcast
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.lists import ListName
from shared.contracts.signals import ListsChanged, Signal
from shared.runtime.articles import Articles
from shared.runtime.clock import Clock, system_clock
from shared.runtime.failpoints import failpoint

SKIPPED: Final = "skipped"
WRITTEN: Final = "written"
DUE: Final = "due"


def signal_in(fields: Mapping[str, str]) -> Signal:
    """Read an entry of a lane; raises pydantic.ValidationError."""
    return upcast.read(Signal, fields)


class ArticleHandler:
    """Keeps the lists."""

    def __init__(self, articles: Articles, lists: Lists, metrics: FeedMetrics, *, clock: Clock = system_clock) -> None:
        self._articles, self._lists, self._metrics, self._clock = articles, lists, metrics, clock

    async def handle(self, signals: Sequence[Signal]) -> list[str]:
        """Place each article's newest document; return what became of each signal. Raises Unavailable, UnknownSite."""
        placed = await self.place(signals)
        return [placed[key].outcome if (key := id(signal)) in placed else SKIPPED for signal in signals]

    async def place(self, signals: Sequence[Signal]) -> dict[int, Placed]:
        """Place each article once, for the last of its signals; return what became of those, by the signal's `id()`."""
        placed: dict[int, Placed] = {}
        for site, last in _last_signals(signals).items():
            documents = await self._articles.newest(site, list(last))
            known = [(last[document.id], document) for document in documents if document]
            changes = [Change(document, signal.received_ms, signal.traceparent) for signal, document in known]
            results = await self._lists.place(site, changes)
            placed |= {id(signal): result for (signal, _), result in zip(known, results, strict=True)}
            for (signal, _), result in zip(known, results, strict=True):
                self._count(signal, result)
        failpoint("feed.after-index")
        return placed

    def _count(self, signal: Signal, placed: Placed) -> None:
        self._metrics.placed.labels(placed.outcome).inc()
        self._metrics.lists_changed.inc(len(placed.lists))
        if placed.lists:
            self._metrics.publish_to_listed.observe(max(0, self._clock() - signal.received_ms) / 1000)


class UrgentHandler(ArticleHandler):
    """Keeps the lists, and rids the feeds of what was killed at once.

    Their sitemaps follow within a second, by the timers: they hold no text, and a month of them takes long.
    """

    def __init__(
        self, articles: Articles, lists: Lists, files: FeedFiles, metrics: FeedMetrics, *, clock: Clock = system_clock
    ) -> None:
        super().__init__(articles, lists, metrics, clock=clock)
        self._files = files

    async def place(self, signals: Sequence[Signal]) -> dict[int, Placed]:
        """Place, and write the feeds. Raises Unavailable when the store is away, too: then the kill is not done."""
        placed = await super().place(signals)
        changed: dict[SiteName, set[ListName]] = defaultdict(set)
        for signal in signals:
            if id(signal) in placed:
                changed[signal.site].update(placed[id(signal)].lists)
        for site, names in changed.items():
            await self._files.write(site, names, at_once=True)
        return placed


class ListsHandler:
    """Writes the feeds of changed lists."""

    def __init__(self, files: FeedFiles, sites: Sequence[SiteName]) -> None:
        self._files, self._sites = files, frozenset(sites)

    async def handle(self, changes: Sequence[ListsChanged]) -> list[str]:
        """Write every list of the batch once; return what became of each entry. Raises Unavailable."""
        changed: dict[SiteName, set[ListName]] = defaultdict(set)
        for change in changes:
            changed[change.site].update(ListName(name) for name in change.lists)
        done = {site: await self._files.write(site, names) for site, names in changed.items() if site in self._sites}
        return [SKIPPED if change.site not in done else WRITTEN if done[change.site] else DUE for change in changes]


def _last_signals(signals: Sequence[Signal]) -> dict[SiteName, dict[ArticleId, Signal]]:
    """Sort signals by site, the last of each article."""
    last: dict[SiteName, dict[ArticleId, Signal]] = defaultdict(dict)
    for signal in signals:
        last[signal.site][signal.article_id] = signal
    return last
