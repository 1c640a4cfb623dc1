"""Tell on the stream `pages` what was written, or was found to be right: whoever keeps copies fetches it anew.

After a put that was skipped as well: the worker that did put may have died before it could tell.
"""

import contextlib
from collections.abc import Iterable, Sequence

from services.render.affects import Job
from services.render.caching import article_name, fragment_name, list_name, path_name, site_name
from services.render.listing import file_of
from shared.contracts import lists
from shared.contracts.base import SiteName
from shared.contracts.document import Document
from shared.contracts.keys import PAGES_STREAM, Keys, shard_of
from shared.contracts.lists import ListName
from shared.contracts.signals import PagesWritten
from shared.runtime.broker import Client, away
from shared.runtime.errors import RedisAway


class Written:
    """Appends to `pages`."""

    def __init__(self, client: Client, *, shards: int) -> None:
        self._client, self._shards = client, shards

    async def tell(self, pages: Sequence[PagesWritten]) -> None:
        """Append one entry for each, in one round trip. Raises RedisAway."""
        if not pages:
            return
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for each in pages:
                    pipe.xadd(Keys(shard_of(each.site, self._shards)).stream(PAGES_STREAM), dict(each.to_wire()))
                await pipe.execute()

    async def tell_of_everything(self, site: SiteName) -> None:
        """Tell that something changed that every page of a site may show. Without Redis the ages of pages will do."""
        with contextlib.suppress(RedisAway):
            await self.tell([PagesWritten(site=site, names=(site_name(site),))])


def of_article(document: Document, lists_of_killed: Sequence[ListName] = ()) -> PagesWritten:
    """Return what is told when an article's files say what its document says."""
    names = (article_name(document.id), *(path_name(document.site, path) for path in document.paths))
    gone = () if document.state == "public" else document.paths
    named_in = tuple(dict.fromkeys((lists.RECENT, *lists_of_killed))) if document.state == "killed" else ()
    return PagesWritten(site=document.site, names=names, gone=tuple(gone), lists=named_in, article_id=document.id)


def of_jobs(site: SiteName, jobs: Iterable[Job]) -> PagesWritten:
    """Return what is told when the files of lists were written."""
    return PagesWritten(site=site, names=tuple(dict.fromkeys(_name_of(site, job) for job in jobs)))


def _name_of(site: SiteName, job: Job) -> str:
    return fragment_name(site, file_of(job)) if job.kind in {"fragment", "related"} else list_name(site, job.list)
