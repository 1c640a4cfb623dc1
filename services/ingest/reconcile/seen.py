"""What a sitemap was seen to name: the CMS's own addresses of articles, and which of them answered that they are gone.

An article knows its address here; what it has in its CMS is learned when a sitemap names it.
"""

from collections.abc import Iterable, Mapping

from shared.contracts.base import ArticleId
from shared.contracts.keys import Keys
from shared.runtime.broker import Client, away


class Seen:
    """Of one source. Every method raises RedisAway."""

    def __init__(self, client: Client, keys: Keys, source: str) -> None:
        self._client = client
        self._addresses, self._missed = keys.reconcile_addresses(source), keys.reconcile_missed(source)

    async def addresses(self) -> dict[ArticleId, str]:
        """Return the CMS's own addresses of articles, where they are other than ours."""
        return {ArticleId(key.decode()): url.decode() for key, url in (await self._all(self._addresses)).items()}

    async def remember(self, addresses: Mapping[ArticleId, str]) -> None:
        """Keep the addresses of articles."""
        if addresses:
            with away():
                await self._client.hset(self._addresses, mapping=dict(addresses))

    async def missed(self) -> dict[ArticleId, int]:
        """Return since when the addresses of articles answer that they are gone, milliseconds since 1970."""
        return {ArticleId(key.decode()): int(since) for key, since in (await self._all(self._missed)).items()}

    async def miss(self, article_id: ArticleId, *, now_ms: int) -> None:
        """Note that an article's address answered so, unless it did before."""
        with away():
            await self._client.hsetnx(self._missed, article_id, str(now_ms))

    async def is_there(self, ids: Iterable[ArticleId]) -> None:
        """Note that these are not gone, or that what is to be done was done."""
        if found := list(ids):
            with away():
                await self._client.hdel(self._missed, *found)

    async def _all(self, key: str) -> Mapping[bytes, bytes]:
        with away():
            found: Mapping[bytes, bytes] = await self._client.hgetall(key)
        return found
