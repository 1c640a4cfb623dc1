"""purge: tell the caches in front what changed.

    queue.py     what each cache has still to be told, in Redis: filled from the stream `pages`
    keep.py      the loop of one cache: take → purge → prove → settle; a cache that is away keeps nobody else waiting
    header.py    how a cache is told that takes names in a header: Varnish, and others

A purge is soft (the old page goes out once more while the new one is fetched) for what changed, hard (at once) for what
was killed or taken away. A kill is done in a cache when every page, list, fragment, feed and sitemap that could name
the article was fetched through that cache and does not; ingest proves the same through the edge. ADR-0022, ADR-0013.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.contracts.base import ArticleId
from shared.contracts.config import SiteConfig
from shared.contracts.places import Place, Withdrawn
from shared.runtime.errors import Unavailable


class CacheAway(Unavailable):
    """A cache does not answer, or does not take purges from us."""

    reason = "cache_away"


class Cache(Protocol):
    """One cache in front of the page server."""

    async def purge(self, names: Sequence[str], *, hard: bool) -> None:
        """Forget everything of these names; soft: keep it until the new one is there. Raises CacheAway."""

    async def look(self, site: SiteConfig, articles: Sequence[Withdrawn]) -> Mapping[ArticleId, Mapping[Place, str]]:
        """Return what is wrong at each place, through the cache, where these may not be seen. Raises CacheAway."""
