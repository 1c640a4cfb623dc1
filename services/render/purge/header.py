"""Caches that take the names to be purged in a header of one request: Varnish with our VCL, and others.

Sources: docs/vmod_xkey of varnish-modules 0.20 (deploy/varnish has the VCL); Surrogate-Key as Fastly has it.
"""

import asyncio
import http.client
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from services.render.purge import CacheAway
from shared.contracts.base import ArticleId
from shared.contracts.config import SiteConfig
from shared.contracts.edge import CacheConfig
from shared.contracts.places import Place, Withdrawn
from shared.runtime.edge import Edge, EdgeAway, look

TIMEOUT_S: Final = 3.0
HEADER_BYTES: Final = 4_000  # of names in one request; Varnish takes 8,192 a header line by default
AGENT: Final = "litfass-purge"
VARNISH_HARD: Final = "xkey-purge"
VARNISH_SOFT: Final = "xkey-softpurge"


class HeaderCache:
    """One cache."""

    def __init__(self, config: CacheConfig, *, timeout_s: float = TIMEOUT_S) -> None:
        self._where, self._timeout_s = urlsplit(config.url), timeout_s
        self._method, self._path = config.method, config.path
        self._hard, self._soft = config.header, config.soft_header or config.header
        if config.kind == "varnish":
            self._hard, self._soft = VARNISH_HARD, VARNISH_SOFT

    async def purge(self, names: Sequence[str], *, hard: bool) -> None:
        """Purge names. Raises CacheAway."""
        for some in _in_bites(names):
            status = await self._ask(self._method, self._path, {self._hard if hard else self._soft: some})
            if not 200 <= status < 300:
                raise CacheAway(
                    f"{self._where.geturl()}{self._path} answers {status} to a purge ({self._method}); "
                    "may this host purge, and is it asked as the cache wants it (docs/operations/edge-varnish.md)?"
                )

    async def look(self, site: SiteConfig, articles: Sequence[Withdrawn]) -> Mapping[ArticleId, Mapping[Place, str]]:
        """Fetch every place that a cache keeps. Raises CacheAway."""
        try:
            return await asyncio.to_thread(look, Edge(site, edge=self._where.geturl()), articles, only=_is_kept)
        except EdgeAway as cause:
            raise CacheAway(str(cause)) from cause

    async def _ask(self, method: str, path: str, headers: dict[str, str]) -> int:
        try:
            async with asyncio.timeout(self._timeout_s + 1):
                return await asyncio.to_thread(self._blocking, method, path, headers)
        except (OSError, http.client.HTTPException) as cause:  # a timeout is an OSError
            raise CacheAway(f"{self._where.geturl()} does not answer: {cause or type(cause).__name__}") from cause

    def _blocking(self, method: str, path: str, headers: dict[str, str]) -> int:
        host, port = self._where.hostname or "", self._where.port
        if self._where.scheme == "https":
            context = ssl.create_default_context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=self._timeout_s, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        try:
            connection.request(method, path, headers={"User-Agent": AGENT, **headers})
            response = connection.getresponse()
            return response.status  # nobody reads the rest
        finally:
            connection.close()


def _is_kept(place: Place) -> bool:
    return place.kind != "file" and not place.path.startswith("/api/")


def _in_bites(names: Sequence[str]) -> Iterator[str]:
    bite = ""
    for name in names:
        if bite and len(bite) + 1 + len(name) > HEADER_BYTES:
            yield bite
            bite = ""
        bite = f"{bite} {name}" if bite else name
    if bite:
        yield bite
