"""What was taken back lately, list by list: what feeds have to tell those who have read it already.

place.lua keeps it beside the lists and drops it after 30 days, or when the article is public again: an id, two dates
and the names of the lists, no word of the article. ADR-0024.
"""

from typing import Any, Final

from services.feed.formats import Withdrawn
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import ListName
from shared.runtime.broker import Client, away
from shared.runtime.clock import moment

KEPT_MS: Final = 30 * 86_400_000  # milliseconds that a feed remembers a withdrawal; place.lua has it too
NOTICED_MS: Final = 86_400_000  # milliseconds that formats without a tombstone show a notice of a kill
MOST: Final = 500  # withdrawals in one feed, the newest


class Gone:
    """The withdrawals of all sites. Raises RedisAway."""

    def __init__(self, client: Client, *, shards: int) -> None:
        self._client, self._shards = client, shards

    async def of(self, site: SiteName, name: ListName, *, now_ms: int) -> tuple[Withdrawn, ...]:
        """Return what left the list in the last 30 days because it was taken back, newest first."""
        keys = Keys(shard_of(site, self._shards))
        with away():
            rows: list[Any] = await self._client.zrange(  # bytes: see `connect`
                keys.gone_from(site, name),
                "+inf",
                f"({now_ms - KEPT_MS}",
                desc=True,
                byscore=True,
                offset=0,
                num=MOST,
                withscores=True,
            )
            facts: list[Any] = await self._client.hmget(keys.gone(site), [row[0] for row in rows]) if rows else []
        return tuple(
            _withdrawn(ArticleId(row[0].decode()), int(row[1]), fact.decode(), now_ms)
            for row, fact in zip(rows, facts, strict=True)
            if fact
        )


def _withdrawn(article_id: ArticleId, at_ms: int, fact: str, now_ms: int) -> Withdrawn:
    published_ms, state, *_ = fact.split()
    is_noticed = state == "killed" and now_ms - at_ms < NOTICED_MS
    return Withdrawn(article_id, moment(int(published_ms)), moment(at_ms), is_noticed=is_noticed)
