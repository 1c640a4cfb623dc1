"""One paper as render knows it, and what a test does with it."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from services.render.files import FileCache
from services.render.handlers import ArticleFiles
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.redirects import Redirects
from services.render.serve import PageServer
from services.render.sites import Site, Sites
from shared.contracts.base import SiteName
from shared.contracts.document import Document
from shared.contracts.signals import ListsChanged, Signal
from shared.runtime.delivery import Handle
from shared.runtime.pagestore import PageStore
from shared.runtime.previews import Previews
from tests.support.articles import SITE, an_article
from tests.support.lists import Newsroom


def always_later() -> Callable[[], float]:
    """A clock for a cache of files that looks at everything every time."""
    return itertools.count(1.0).__next__


Meanwhile = Callable[[str], Awaitable[None]]


class BusyStore(PageStore):
    """A store in which something happens right after each put: `meanwhile` is told the path."""

    def __init__(self, url: str, meanwhile: Meanwhile) -> None:
        super().__init__(url)
        self._meanwhile = meanwhile

    async def put(self, site: SiteName, path: str, data: bytes) -> bool:
        is_new = await super().put(site, path, data)
        await self._meanwhile(path)
        return is_new


@dataclass
class Paper:
    """The site, its documents and lists, its files, and who writes and serves them."""

    newsroom: Newsroom
    site: Site
    sites: Sites
    store: PageStore
    files: ArticleFiles
    list_files: ListFiles
    metrics: RenderMetrics
    write: Handle[Signal]
    server: PageServer

    async def signals(self) -> list[Signal]:
        """Every signal so far, kills first."""
        return [signal for lane in ("articles-urgent", "articles") for signal in await self.newsroom.signals(lane)]

    async def publish(self, *numbers: int, **changes: object) -> None:
        """Accept articles and put them into their lists; no file is written."""
        for number in numbers or (1,):
            article = an_article(number=number, **changes)
            await self.newsroom.accept(article)
            await self.newsroom.place(await self.document(article.id))

    async def document(self, article_id) -> Document:
        (document,) = await self.newsroom.articles.newest(SITE, [article_id])
        assert document is not None
        return document

    async def write_all(self) -> Sequence[str]:
        """Let render handle every signal so far."""
        return await self.write(await self.signals())

    async def announced(self) -> list[ListsChanged]:
        return await self.newsroom.announced()

    async def file(self, path: str) -> str:
        """The text of a file; empty when there is none."""
        return (await self.store.get(SITE, path) or b"").decode()

    async def everything(self) -> dict[str, bytes]:
        """All files of the site."""
        return {path: await self.store.get(SITE, path) or b"" async for path in self.store.paths(SITE)}

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[httpx.AsyncClient]:
        """A reader in front of the page server; follows nothing by itself."""
        transport = httpx.ASGITransport(app=Starlette(routes=self.server.routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as client:
            yield client

    def server_over(self, store: PageStore, *, client) -> PageServer:
        """The page server over another store or another Redis."""
        newsroom = self.newsroom
        return PageServer(
            self.sites,
            FileCache(store, clock=always_later()),
            newsroom.articles,
            newsroom.reader,
            self.list_files,
            client,
            self.metrics,
            Previews(client, shards=1, clock=newsroom.clock),
            Redirects(client, shards=1),
        )
