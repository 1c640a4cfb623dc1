"""One paper as render knows it, and what a test does with it."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from services.render.files import FileCache
from services.render.handlers import ArticleFiles, make_lists_handler
from services.render.list_writer import ListWriter
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.redirects import Redirects
from services.render.serve import PageServer
from services.render.settings import RenderSettings
from services.render.sites import Site, Sites
from services.render.written import Written
from shared.contracts.base import SiteName
from shared.contracts.document import Document
from shared.contracts.keys import Keys
from shared.contracts.signals import ListsChanged, Signal
from shared.runtime.delivery import Handle
from shared.runtime.files_due import Due
from shared.runtime.pagestore import PageStore
from shared.runtime.previews import Previews
from shared.runtime.quiet import GiveWay, nobody_waits
from tests.support.articles import SITE, an_article
from tests.support.lists import KEYS, Newsroom


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

    def list_writer(
        self, files: ListFiles | None = None, *, give_way: GiveWay = nobody_waits, written: Written | None = None,
        slice_s: float = 60, raises: bool = False, **settings: float,
    ) -> ListWriter:  # fmt: skip
        """Who writes lists; without settings nothing is ever written too lately, in one slice, and nobody rests."""
        at_once = {"front_apart_s": 0, "list_apart_s": 0, "month_apart_s": 0, "list_duty": 1}
        due = Due(self.newsroom.redis, shards=1, key=Keys.due_pages)
        writer = ListWriter(
            self.sites, self.newsroom.reader, files or self.list_files, due, self.metrics,
            settings=RenderSettings(**(at_once | settings)), give_way=give_way, written=written,
            clock=self.newsroom.clock, raises=raises,
        )  # fmt: skip
        writer._slice_s = slice_s
        return writer

    async def write_lists(self, changes: Sequence[ListsChanged], writer: ListWriter | None = None) -> Sequence[str]:
        """Have changes of lists written, and all that is due by now; return what the handler said."""
        writer = writer or self.list_writer()
        outcomes = await make_lists_handler(self.sites, writer)(changes)
        while await self.due(by_now=True):
            await writer.write_due()
        return outcomes

    async def due(self, *, by_now: bool = False) -> list[str]:
        """What is due, now or whenever, in the order of time."""
        until_ms = self.newsroom.clock() if by_now else "+inf"
        rows = await self.newsroom.redis.zrange(KEYS.due_pages(SITE), "-inf", until_ms, byscore=True)
        return [row.decode() for row in rows]

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
