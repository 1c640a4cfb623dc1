"""Resurfacing by hand: an old article is put on top of its lists again, now or later; its dates stay what they are.

    set, remove    beside the document (resurface.lua), `litfass resurface`, /admin/resurfaced

The wish stands in the article's hash and is part of its document: lists are made from it as from the article's own
`resurface_at`, of which the later counts. It goes with a kill. (ADR-0031)
"""

from services.feed.index import script
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.timeline import KEEP_S

_RESURFACE = script("resurface.lua")


class CannotResurface(LitfassError):
    """The article is none that stands in lists."""

    reason = "cannot_resurface"


class Resurfacing:
    """The wishes of all sites. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int, clock: Clock = system_clock) -> None:
        self._client, self._shards, self._clock = client, shards, clock

    async def set(self, site: SiteName, article_id: ArticleId, at_ms: int | None = None) -> int:
        """Put an article on top of its lists at a moment, milliseconds since 1970 (None: now); return that.

        Raises CannotResurface for an article that nobody may see.
        """
        when_ms = self._clock() if at_ms is None else at_ms
        state = await self._call(site, article_id, str(when_ms))
        if state not in {"public", "scheduled"}:
            what = {"killed": "was taken back for good", "unpublished": "is not published"}.get(state, "is not known")
            raise CannotResurface(f"The article {article_id} {what}, so it stands in no list.")
        return when_ms

    async def remove(self, site: SiteName, article_id: ArticleId) -> bool:
        """Take the wish back, so that it stands where its CMS says; say whether there was one."""
        return await self._call(site, article_id, "") in {"public", "scheduled"}

    async def _call(self, site: SiteName, article_id: ArticleId, when: str) -> str:
        keys = Keys(shard_of(site, self._shards))
        places = [
            keys.article(article_id),
            keys.stream("articles"),
            keys.changed(),
            keys.seq(),
            keys.timeline(article_id),
        ]
        answer: bytes = await _RESURFACE.call(self._client, places, [article_id, site, self._clock(), when, KEEP_S])
        return answer.decode()
