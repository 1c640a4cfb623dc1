"""purge: tell the caches in front what changed.

    queue.py     what each cache has still to be told, in Redis: filled from the stream `pages`
    keep.py      the loop of one cache: take → purge → prove → settle; a cache that is away keeps nobody else waiting
    varnish.py   how Varnish is told

A purge is soft (the old page goes out once more while the new one is fetched) for what changed, hard (at once) for what
was killed or taken away. ADR-0022.
"""

from collections.abc import Sequence
from typing import Protocol

from shared.runtime.errors import Unavailable


class CacheAway(Unavailable):
    """A cache does not answer, or does not take purges from us."""

    reason = "cache_away"


class Cache(Protocol):
    """One cache in front of the page server."""

    async def purge(self, names: Sequence[str], *, hard: bool) -> None:
        """Forget everything of these names; soft: keep it until the new one is there. Raises CacheAway."""

    async def status(self, host: str, path: str) -> int:
        """Return what a reader gets at an address, through the cache. Raises CacheAway."""
