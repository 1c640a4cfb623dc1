"""One run over a feed or a sitemap: list → which article is it? → compare → what does it say? → accept, or say why not.

    which article     by the id that the CMS itself gives it (ids.py), else by its address, here or there
    what it says      the feed's entry when that has the whole text, else the article's own page
    gone              what a whole sitemap no longer names (absent.py)

Whatever cannot be sure is reported with what to do. ADR-0026.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

from services.ingest.accept import candidate_of
from services.ingest.adapt.feed import adapt, words_of
from services.ingest.draft import Ignored
from services.ingest.faults import PayloadRejected
from services.ingest.first import dated_first
from services.ingest.reconcile import Entry, Item, Kind, Mention, Namer, Report
from services.ingest.reconcile.absent import Absence
from services.ingest.reconcile.compare import FEEDS_ARE_LATE, Known, Ours, judged, names_of, would_win
from services.ingest.reconcile.ids import is_to_be_proved, source_id_of, source_id_on_page, why_unknown
from services.ingest.reconcile.ledger import Ledger, Progress
from services.ingest.reconcile.ours import OurArticles
from services.ingest.reconcile.pages import Pages
from services.ingest.reconcile.seen import Seen
from services.ingest.reconcile.taken import as_delivered
from services.ingest.verify import Verified
from shared.contracts.article import Article
from shared.contracts.base import ArticleId
from shared.runtime.articles import Candidate

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_SHOWN: Final = frozenset({"public", "scheduled"})


@dataclass(frozen=True)
class Match:
    """Which article a mention means.

    Args:
        source_id: the CMS's own id; empty = nobody can know.
        mine: what we have of it.
        by: how that was found out.
    """

    mention: Mention
    source_id: str = ""
    mine: Ours | None = None
    by: Literal["id", "address", "page"] = "id"


@dataclass(frozen=True)
class Told:
    """What there is to take; `reason` says why there is nothing."""

    item: Item
    reason: str = ""
    match: Match | None = None


class NamedRun:
    """One run; made anew for each."""

    def __init__(self, ledger: Ledger, ours: OurArticles, seen: Seen, pages: Pages, *, progress: Progress) -> None:
        self._ledger, self._ours, self._seen, self._pages, self._progress = ledger, ours, seen, pages, progress
        self._adapter = ledger.source.intake.source.adapter
        self._named: set[ArticleId] = set()  # articles that the list names, under whatever address

    async def compare(self, namer: Namer) -> Report:
        """Compare and put right; raises what the namer raises, and RedisAway."""
        since = self._ledger.since()
        named = await namer.mentions()
        await self._progress(len(named.mentions))
        addresses = await self._seen.addresses()
        known = await self._ours.known(since, addresses)
        matches = await self._matched(list(self._worth_a_look(named.mentions, since)), known, addresses)
        self._named = {match.mine.article_id for match in matches if match.mine is not None}
        if named.is_complete:
            shown = [(each.mine, each.mention.url) for each in matches if each.mine and each.mine.state == "public"]
            await self._learn({mine.article_id: url for mine, url in shown}, addresses)
        newest_first = sorted(matches, key=lambda match: match.mention.changed_at or _LONG_AGO, reverse=True)
        for kind, match in [(kind, match) for match in newest_first if (kind := self._judged(match))]:
            await self._put_right(kind, match)
            await self._progress(0)
        absence = Absence(self._ledger, self._ours, self._seen, self._pages, progress=self._progress)
        refused = await absence.take_back(named, known, addresses, self._named) if named.is_complete else ""
        return self._ledger.report(len(named.mentions), refused)

    # --- which article is it? ----------------------------------------------------------------------------------------

    def _worth_a_look(self, mentions: Sequence[Mention], since: datetime | None) -> Iterator[Mention]:
        """Give what changed lately, or all; an entry of a feed that is all there is may change without a new date."""
        taken: set[str] = set()
        for mention in mentions:
            own = source_id_of(self._adapter, _item_of(mention))
            if own and own in taken:  # the first one is the newest, and two with one id would take turns for ever
                continue
            taken.add(own)
            is_recent = mention.changed_at is not None and since is not None and mention.changed_at >= since
            if since is None or is_recent or self._is_the_source(mention):
                yield mention

    def _is_the_source(self, mention: Mention) -> bool:
        return self._adapter == "feed" and mention.item is not None

    async def _matched(
        self, mentions: Sequence[Mention], known: Sequence[Known], addresses: Mapping[ArticleId, str]
    ) -> list[Match]:
        """Return which articles are meant, in the same order.

        An address says more than an id: guids may be those of another site. Where articles come by the feed alone,
        its ids are all there is.
        """
        by_address = {} if self._adapter == "feed" else await self._at(mentions, known, addresses)
        rules = [source_id_of(self._adapter, _item_of(mention)) for mention in mentions]
        ids = [rule or _own_id(mention) for rule, mention in zip(rules, mentions, strict=True)]
        by_id = await self._ours.of({each for each in ids if each})
        return [
            Match(mention, "", by_address[mention.url], "address")
            if mention.url in by_address
            else Match(mention, own, by_id[own])
            if own in by_id
            else Match(mention, rule)
            for mention, rule, own in zip(mentions, rules, ids, strict=True)
        ]

    async def _at(
        self, mentions: Sequence[Mention], known: Sequence[Known], addresses: Mapping[ArticleId, str]
    ) -> dict[str, Ours]:
        """Return the articles of this source that have these addresses, here or in their CMS."""
        by_name = {name: article_id for article_id, url in addresses.items() for name in names_of(url)}
        by_name |= {name: article.article_id for article in known for name in article.names}
        urls = [mention.url for mention in mentions]
        homes = await self._ours.at(urls)
        homes |= {url: by_name[name] for url in urls for name in names_of(url) if name in by_name}
        rows = {row.article_id: row for row in await self._ours.states([*{*homes.values()}]) if row is not None}
        return {url: rows[article_id] for url, article_id in homes.items() if article_id in rows}

    async def _learn(self, urls: Mapping[ArticleId, str], known: Mapping[ArticleId, str]) -> None:
        """Keep the addresses that articles have in their CMS, where we would not know them."""
        ours = f"{self._ledger.source.intake.site.base_url}/"
        new = {each: url for each, url in urls.items() if known.get(each) != url and not url.startswith(ours)}
        if not self._ledger.orders.is_dry and self._adapter != "feed":
            await self._seen.remember(new)

    def _judged(self, match: Match) -> Kind | None:
        changed_at = match.mention.changed_at
        late = changed_at - FEEDS_ARE_LATE if changed_at is not None else None
        kind = judged(Entry(match.source_id, late), match.mine)
        if kind is None and self._is_the_source(match.mention) and match.mine and match.mine.state in _SHOWN:
            return "stale"  # to be compared by what it says
        return kind

    # --- what is missing or stale ------------------------------------------------------------------------------------

    async def _put_right(self, kind: Kind, match: Match) -> None:
        asked_ms = self._ledger.clock()
        told = await self._told(match)
        match = told.match or match
        article = await self._article(match.mine)
        source_id = match.source_id or (article.source_id if article else "")
        reason = told.reason
        if match.by == "page":
            again = self._judged(match)
            if again is None:
                return  # we have it, under an address that nobody knew
            kind = again
        if article is not None and article.members_only:
            reason = "it is for members, and a list does not say where they read on; send it again from the CMS"
        elif not source_id:
            reason = "; ".join(filter(None, (reason, why_unknown(self._adapter))))
        elif not reason and match.by == "id" and not await self._is_proved(match):
            reason = "its guid does not lead to it, so the number there may be another site's; send it from the CMS"
        if reason:
            article_id = match.mine.article_id if match.mine else ""
            self._ledger.note(kind, match.mention.url, article_id, "reported", detail=reason)
            return
        await self._settle(kind, match, told.item, source_id=source_id, article=article, asked_ms=asked_ms)

    async def _told(self, match: Match) -> Told:
        """Return the feed's entry when that has the whole text, or is all there is, else what the page says."""
        item = _item_of(match.mention)
        if self._is_the_source(match.mention) or words_of(item).is_whole:
            return Told(item)
        page = await self._pages.read(match.mention.url)
        told = Told(_dated({**(page.item or {}), "url": match.mention.url}, match.mention), page.reason)
        own = source_id_on_page(self._adapter, page.links)
        if not own or match.by == "address":
            return told
        mine = (await self._ours.of([own])).get(own)
        if mine is not None:
            self._named.add(mine.article_id)
            await self._learn({mine.article_id: match.mention.url}, {})
        return replace(told, match=Match(match.mention, own, mine, "page"))

    async def _is_proved(self, match: Match) -> bool:
        """Say whether the id is sure; an import keeps the guids of the site where an article came from."""
        where = is_to_be_proved(self._adapter, _item_of(match.mention))
        return not where or await self._pages.leads_to(where, match.mention.url)

    async def _settle(
        self, kind: Kind, match: Match, item: Item, *, source_id: str, article: Article | None, asked_ms: int
    ) -> None:
        ledger, mine, url = self._ledger, match.mine, match.mention.url
        try:
            candidate = await self._candidate(item, source_id=source_id, article=article, asked_ms=asked_ms)
        except PayloadRejected as fault:
            ledger.note(kind, url, self._ours.id_of(source_id), fault.reason, detail=str(fault)[:500])
            return
        if candidate is None or not would_win(candidate.revision, mine):
            return
        is_equal = mine is not None and mine.revision.digest == candidate.revision.digest
        if self._adapter == "feed" and is_equal:
            return  # what is looked at every few minutes is not written every few minutes
        await ledger.settle(kind, url, candidate)
        if match.by == "page":
            await self._learn({candidate.article_id: url}, {})

    async def _candidate(
        self, item: Item, *, source_id: str, article: Article | None, asked_ms: int
    ) -> Candidate | None:
        source, ledger = self._ledger.source, self._ledger
        # Of a feed that is all there is the last look wins; beside a webhook it stands before any delivery.
        around = source.circumstances(Verified("", sent_ms=asked_ms), now_ms=ledger.clock())
        draft = adapt(item, around)
        if isinstance(draft, Ignored):
            return None
        if self._adapter != "feed":
            draft = as_delivered(draft, source_id=source_id, mine=article)
        candidate, _ = candidate_of(
            await dated_first(draft, source.intake, ledger.articles), source.intake, delivery_id="",
            received_ms=ledger.clock(), traceparent=ledger.traceparent, bulk=ledger.is_bulk,
        )  # fmt: skip
        return candidate

    async def _article(self, mine: Ours | None) -> Article | None:
        """Return the article that readers see, or will."""
        if mine is None or mine.state not in _SHOWN:
            return None
        return next((document.article for document in await self._ours.documents([mine.article_id])), None)


def _item_of(mention: Mention) -> Item:
    """Return what a mention says; a sitemap says the address."""
    return mention.item if mention.item is not None else {"url": mention.url}


def _own_id(mention: Mention) -> str:
    """Return an entry's own id: for most CMSs not theirs, but when we have an article of this id it is the same."""
    own = mention.item.get("id") if mention.item is not None else ""
    return own if isinstance(own, str) else ""


def _dated(item: Item, mention: Mention) -> Item:
    """Return what a page says, with the list's date when it says none itself."""
    if item.get("date_modified") or mention.changed_at is None:
        return item
    return {**item, "date_modified": mention.changed_at.isoformat()}
