"""Is everything as it should be? Configuration, Redis, and files = documents."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Final

from litfass.house import House
from services.ingest.vendors import source_faults
from services.render.rerender import pages_left
from services.render.sellers import faults_of
from shared.contracts import paths
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.document import Document
from shared.runtime.broker import away, closing, connect, server_faults
from shared.runtime.trim import signal_fields

BATCH: Final = 200
_REVISION = re.compile(rb'<meta name="litfass:revision" content="(\d+)" data-tie="([^"]*)"')

Progress = Callable[[int], None]


async def check(house: House, *, repair: bool, progress: Progress) -> list[str]:
    """Return every fault found, in words. Raises RedisAway and StoreAway.

    Args:
        repair: signal every article whose files are not what its document says.
        progress: called with the number of articles looked at since the last call.
    """
    faults = source_faults(house.config)
    faults += [f"Redis: {fault}" for fault in await server_faults(house.client, house.config.redis)]
    if there := house.config.redis.syndication:
        async with closing(connect(there)) as client:
            said = await server_faults(client, there, is_refilled=True)
            faults += [f"The partners' Redis: {fault}" for fault in said]
    faults += [f"{name}: {fault}" for name, site in house.config.sites().items() for fault in faults_of(site)]
    for keys in house.shards():
        with away():
            dead = int(await house.client.xlen(keys.stream("dead")))
        if dead:
            faults.append(f"{dead} dead letters are parked; see: litfass dead list")
    for site in house.config.sites():
        if left := await pages_left(house.client, house.articles.keys(site), site):
            faults.append(f"{site}: the theme changed, and {left} pages are still to be written; render is at it")
    async for document in documents(house, progress=progress):
        wrong = await file_faults(house, document)
        faults += wrong
        if wrong and repair:
            await _signal(house, document)
    return faults


async def documents(house: House, *, progress: Progress) -> AsyncIterator[Document]:
    """Give every document of every shard, in no order."""
    for keys in house.shards():
        batch: list[ArticleId] = []
        async for key in house.client.scan_iter(match=f"{keys.article_prefix()}*", count=1000):
            batch.append(ArticleId(key.decode().rpartition(":")[2]))
            if len(batch) == BATCH:
                for document in await _load(house, keys.shard, batch):
                    yield document
                progress(len(batch))
                batch = []
        for document in await _load(house, keys.shard, batch):
            yield document
        progress(len(batch))


async def _load(house: House, shard: str, ids: list[ArticleId]) -> list[Document]:
    site = next(site for site in house.config.sites() if house.articles.keys(site).shard == shard)
    return [document for document in await house.articles.newest(site, ids) if document] if ids else []


async def file_faults(house: House, document: Document) -> list[str]:
    """Say where the files of an article are not what its document says."""
    site, store = document.site, house.store
    if document.state == "public" and document.path:
        page = await store.get(site, paths.page_file(document.path))
        faults = (
            [] if page is not None and _says(page, document) else [f"{document.path}: {_what(page)} ({document.id})"]
        )
        if await store.get(site, paths.gone_path(document.path)):
            faults.append(f"{document.path}: a marker says gone, but it is public ({document.id})")
        return faults
    faults = []
    for path in document.paths:
        if await store.get(site, paths.page_file(path)) is not None:
            faults.append(f"{path}: still there, but the article is {document.state} ({document.id})")
        if document.state == "killed" and await store.get(site, paths.gone_path(path)) is None:
            faults.append(f"{path}: no marker, but the article was killed ({document.id})")
    return faults


def _says(page: bytes, document: Document) -> bool:
    match = _REVISION.search(page)
    return match is not None and (int(match[1]), match[2].decode()) == (document.revision.number, document.revision.tie)


def _what(page: bytes | None) -> str:
    return "missing" if page is None else "shows another revision than the document's"


async def _signal(house: House, document: Document) -> None:
    keys = house.articles.keys(SiteName(document.site))
    with away():
        await house.client.xadd(
            keys.stream("articles-bulk"), signal_fields(document.id, document.site, document.state, document.seq)
        )
