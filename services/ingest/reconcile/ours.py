"""What we have of one source: states and revisions of articles, and the documents where more is needed."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final, cast

from services.ingest.accept import Intake, article_id_of
from services.ingest.reconcile.compare import Known, Ours, names_of
from shared.contracts import lists
from shared.contracts.base import ArticleId
from shared.contracts.document import Document, State
from shared.contracts.revision import Revision, Scheme
from shared.runtime.articles import Articles
from shared.runtime.broker import Client, away
from shared.runtime.clock import milliseconds
from shared.runtime.lists import ListReader, Place

TOGETHER: Final = 500  # articles in one round trip
MOST_RECENT: Final = 5_000  # articles of the last day; no newsroom writes so many
_FIELDS: Final = ("state", "scheme", "number", "time_ms", "digest", "source", "member", "replaced")


class OurArticles:
    """The articles of one source. Every method raises RedisAway."""

    def __init__(self, client: Client, articles: Articles, reader: ListReader, intake: Intake) -> None:
        self._client, self._articles, self._reader, self._intake = client, articles, reader, intake
        self._keys = articles.keys(intake.site_name)

    def id_of(self, source_id: str) -> ArticleId:
        """Return the id that an article of this source has here."""
        return article_id_of(self._intake.site_name, self._intake.source_name, source_id)

    async def of(self, source_ids: Iterable[str]) -> dict[str, Ours]:
        """Return what we have, by the CMS's own ids; what we never had is not in it."""
        found: dict[str, Ours] = {}
        wanted = iter(source_ids)
        while together := list(islice(wanted, TOGETHER)):
            rows = await self.of_items([self.id_of(each) for each in together])
            found |= {each: row for each, row in zip(together, rows, strict=True) if row is not None}
        return found

    async def of_items(self, ids: Sequence[ArticleId]) -> list[Ours | None]:
        """Return what we have of the articles that items are part of, by the ids that their own source ids give."""
        return [
            row and replace(row, is_replaced=item in row.replaced)
            for item, row in zip(ids, await self.states(await self.homes(ids)), strict=True)
        ]

    async def homes(self, ids: Sequence[ArticleId]) -> list[ArticleId]:
        """Return the articles that items are part of."""
        return await self._articles.homes_of(self._intake.site_name, ids)

    async def public(self, since: datetime | None) -> AsyncIterator[Sequence[Ours]]:
        """Give the public articles of the source: those published since then, or all."""
        async for together in self._ids(since):
            rows = await self.states(together)
            yield [row for row in rows if row is not None and row.state == "public"]

    async def documents(self, ids: Sequence[ArticleId]) -> list[Document]:
        """Return the documents that still have an article in them."""
        found = await self._articles.newest(self._intake.site_name, ids) if ids else []
        return [document for document in found if document is not None and document.article is not None]

    async def known(self, since: datetime | None, addresses: Mapping[ArticleId, str]) -> list[Known]:
        """Return the public articles as feeds and sitemaps may name them: those published since then, or all.

        Args:
            addresses: where the CMS has them, as far as that was seen.
        """
        found: list[Known] = []
        async for together in self.public(since):
            documents = await self.documents([row.article_id for row in together])
            found += [_known(document, self._intake, addresses.get(document.id, "")) for document in documents]
        return found

    async def at(self, urls: Iterable[str]) -> dict[str, ArticleId]:
        """Return the articles that have, or ever had, these addresses on our own site."""
        ours = f"{self._intake.site.base_url}/"
        paths = {url: f"/{url.removeprefix(ours)}" for url in urls if url.startswith(ours)}
        found: dict[str, ArticleId] = {}
        wanted = iter(paths.items())
        while together := dict(islice(wanted, TOGETHER)):
            with away():
                owners = await self._client.hmget(self._keys.urls(self._intake.site_name), list(together.values()))
            found |= {url: ArticleId(owner.decode()) for url, owner in zip(together, owners, strict=True) if owner}
        return found

    async def _ids(self, since: datetime | None) -> AsyncIterator[list[ArticleId]]:
        if since is None:
            keys = self._client.scan_iter(match=f"{self._keys.article_prefix()}*", count=1000)
            together: list[ArticleId] = []
            with away():
                async for key in keys:
                    together.append(ArticleId(key.decode().rpartition(":")[2]))
                    if len(together) == TOGETHER:
                        yield together
                        together = []
            yield together
            return
        after: Place | None = None
        for _ in range(MOST_RECENT // TOGETHER):
            page = await self._reader.page(self._intake.site_name, lists.RECENT, after=after, limit=TOGETHER)
            yield [article_id for article_id, score_ms in page if score_ms >= milliseconds(since)]
            if len(page) < TOGETHER or page[-1][1] < milliseconds(since):
                return
            after = (page[-1][1], page[-1][0])

    async def states(self, ids: Sequence[ArticleId]) -> list[Ours | None]:
        """Return what we have in the order of `ids`, None for what is not of this source."""
        if not ids:
            return []
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for article_id in ids:
                    pipe.hmget(self._keys.article(article_id), _FIELDS)
                rows = await pipe.execute()
        source = self._intake.source_name.encode()
        return [
            _ours(article_id, dict(zip(_FIELDS, row, strict=True))) if row[0] and row[5] == source else None
            for article_id, row in zip(ids, rows, strict=True)
        ]


def _ours(article_id: ArticleId, row: Mapping[str, bytes | None]) -> Ours:
    revision = Revision(
        scheme=cast("Scheme", (row["scheme"] or b"none").decode()),
        number=int(row["number"] or 0),
        time_ms=int(row["time_ms"] or 0),
        digest=(row["digest"] or b"0" * 16).decode(),
    )
    state, member = cast("State", (row["state"] or b"").decode()), (row["member"] or b"").decode()
    replaced = frozenset(ArticleId(item) for item in (row["replaced"] or b"").decode().split())
    return Ours(article_id, state, revision, ArticleId(member) if member else None, replaced)


def _known(document: Document, intake: Intake, address: str) -> Known:
    article = document.article
    assert article is not None
    ours = f"{intake.site.base_url}{document.path}" if document.path else ""
    names = names_of(ours) | names_of(article.canonical_url) | names_of(address)
    return Known(article.id, names, url=address or article.canonical_url or ours)
