"""A subscriber's events, page by page, whichever way they are asked for.

start(subscriber, "oldest" | "newest") → places
page(subscriber, places, limit)        → events as JSON, the places behind them, what was lost
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.feed.subscribers.catching_up import changes, told_states
from services.feed.subscribers.outbox import Outbox
from services.feed.subscribers.places import Place, Places
from services.feed.subscribers.sending import Sender
from shared.contracts.base import SiteName
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Subscriber
from shared.runtime.articles import Articles
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock


@dataclass(frozen=True)
class Page:
    """Some events.

    Args:
        lost: how many were trimmed before they were read; from `places` on, what they were about is told again.
        is_last: there was nothing more at that moment.
    """

    items: tuple[bytes, ...]
    places: Places
    lost: int = 0
    is_last: bool = True


class Reading:
    """Reads the streams of all shards. Every method raises RedisAway."""

    def __init__(
        self,
        client: Client,
        shards: Sequence[Keys],
        articles: Articles,
        sender: Sender,
        *,
        sites: Iterable[SiteName],
        clock: Clock = system_clock,
    ) -> None:
        self._client, self._articles, self._sender, self._clock = client, articles, sender, clock
        self._outboxes = {keys.shard: Outbox(client, keys) for keys in shards}
        self._sites = {articles.keys(site).shard: site for site in sites}  # one of each shard, to find its documents

    async def start(self, name: str, where: Literal["oldest", "newest"]) -> dict[str, Place]:
        """Return the places before the oldest entries that are there, or behind the newest."""
        outboxes = self._outboxes.values()
        found = await asyncio.gather(*(getattr(outbox, where)(name) for outbox in outboxes))
        return dict(zip(self._outboxes, found, strict=True))

    async def page(self, subscriber: Subscriber, places: Places, *, limit: int) -> Page:
        """Return at most about `limit` events behind the places.

        The shards take turns by having each its share of a page; between shards there is no order.
        """
        share = -(-limit // len(self._outboxes))
        pages = [
            await self._shard_page(subscriber, outbox, places.get(shard, Place()), share)
            for shard, outbox in self._outboxes.items()
        ]
        together: Mapping[str, Place] = {shard: place for page in pages for shard, place in page.places.items()}
        return Page(
            tuple(item for page in pages for item in page.items),
            together,
            sum(page.lost for page in pages),
            all(page.is_last for page in pages),
        )

    async def _shard_page(self, subscriber: Subscriber, outbox: Outbox, place: Place, limit: int) -> Page:
        shard = outbox.keys.shard
        if place.until:
            changed, place = await changes(self._client, outbox.keys, place, limit=limit)
            documents = await self._articles.newest(self._sites[shard], [article_id for article_id, _ in changed])
            states = told_states(subscriber, documents, [bitmap for _, bitmap in changed], now_ms=self._clock())
            told = [self._sender.state(state, content=subscriber.content) for state in states]
            return Page(tuple(item for item in told if item), {shard: place}, is_last=False)
        stretch = await outbox.behind(subscriber.name, place, limit)
        references = [row.reference for row in stretch.rows if row.reference]
        told = await self._sender.events(outbox.keys, references, content=subscriber.content)
        is_last = len(stretch.rows) < limit and not stretch.lost
        return Page(tuple(item for item in told if item), {shard: stretch.place}, stretch.lost, is_last)
