"""Tells search engines which pages changed, moved or went (indexnow.org), when a site has a key for it.

place.lua queues the paths with the change itself, so that no crash forgets one; ten seconds later they are told
together (outbound/together.py).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.feed.answers import Fault, answering
from services.feed.hosts import Hosts
from services.feed.metrics import FeedMetrics
from services.feed.outbound.posting import Answer, Poster
from services.feed.outbound.together import Together, asked_rest_s, outcome_of
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.logging import get_logger
from shared.runtime.pagestore import PageStore

log = get_logger()

MOST_URLS: Final = 10_000  # in one request; the protocol's limit
SCHEDULE_S: Final = (60, 300, 1_800, 7_200)  # after the first failure in a row, the second …; then every two hours
REFUSED_S: Final = 3_600  # the key was not believed: its file may not be out yet


class IndexNow:
    """The queue of every site that has a key, and the key's file."""

    def __init__(
        self,
        client: Client,
        store: PageStore,
        poster: Poster,
        sites: Mapping[SiteName, SiteConfig],
        *,
        shards: int,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        self._client, self._store, self._poster, self._shards = client, store, poster, shards
        self._metrics, self._clock, self._hosts = metrics, clock, Hosts(sites)
        self._sites = {name: site for name, site in sites.items() if site.indexnow.key}
        self._is_first = True
        paths = sorted({key_path(site) for site in self._sites.values()})
        self.routes = [Route(path, answering(self.show_key)) for path in paths]

    async def tick(self) -> int | None:
        """Tell what is due. Raises Unavailable."""
        if self._is_first:
            for name, site in self._sites.items():
                await self._store.put(name, key_path(site), site.indexnow.key.encode())
            self._is_first = False
        for name, site in self._sites.items():
            await self._tell(name, site)
        return None

    async def show_key(self, request: Request) -> Response:
        """Answer the file that proves that the key is the site's. Raises Fault."""
        site = self._sites.get(self._hosts.site_of(request))
        if site is None or request.url.path != key_path(site):
            raise Fault(404, "No such document", f"There is nothing at {request.url.path}.")
        return PlainTextResponse(site.indexnow.key)

    async def _tell(self, name: SiteName, site: SiteConfig) -> None:
        keys = Keys(shard_of(name, self._shards))
        together = Together(self._client, keys.indexnow(name), keys.indexnow_state(name), clock=self._clock)
        handful = await together.take(MOST_URLS)
        if handful is None:
            return
        body, headers = request_of(site, handful.words), {"Content-Type": "application/json; charset=utf-8"}
        answer = await self._poster.post(str(site.indexnow.endpoint), body, headers)
        rest_s = rest_after(answer, handful.failures)
        outcome = outcome_of(answer, rest_s)
        self._metrics.indexnow.labels(outcome).inc(len(handful.words))
        if not answer.is_good:
            log.warning(
                "indexnow.refused",
                site=name,
                status=answer.status,
                detail=answer.fault,
                outcome=outcome,
                urls=len(handful.words),
            )
        await together.settle(handful, rest_s=rest_s)


def key_path(site: SiteConfig) -> str:
    """Return where the key's file is."""
    return f"/{site.indexnow.key}.txt"


def request_of(site: SiteConfig, paths: Sequence[str]) -> bytes:
    """Return the body that tells of these pages: all of one host, whole addresses."""
    return json.dumps(
        {
            "host": urlsplit(site.base_url).netloc,
            "key": site.indexnow.key,
            "keyLocation": f"{site.base_url}{key_path(site)}",
            "urlList": [f"{site.base_url}{path}" for path in paths],
        }
    ).encode()


def rest_after(answer: Answer, failures: int) -> int:
    """Return how many seconds to wait before the same is told again; 0: it was taken, or never will be.

    Args:
        failures: in a row before this one.
    """
    match answer.status:
        case status if 200 <= status < 300:
            return 0
        case 400 | 422:  # not a request, or not these pages: the same again would be refused again
            return 0
        case 403:
            return REFUSED_S
        case 429 if asked_s := asked_rest_s(answer):
            return asked_s
        case _:
            return SCHEDULE_S[min(failures, len(SCHEDULE_S) - 1)]
