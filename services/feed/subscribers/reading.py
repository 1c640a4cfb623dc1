"""A subscriber's events, page by page, whichever way they are asked for.

start(subscriber, "oldest" | "newest") → places
page(subscriber, places, limit)        → events as JSON, the places behind them, what was lost
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from services.feed.subscribers.catching_up import changes, told_states
from services.feed.subscribers.outbox import Outbox, Row
from services.feed.subscribers.places import Place, Places
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.sending import Sender
from shared.contracts.base import SiteName
from shared.contracts.keys import Keys
from shared.contracts.subscribers import PUBLIC_NUMBER, Reference, Subscriber
from shared.runtime.articles import Articles
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock

HANDFUL: Final = 10  # entries whose articles are in memory at once
PAGE_BYTES: Final = 4_194_304  # of events; a page with more ends early, an article may have 5 MiB
AT_ONCE: Final = 16  # reads at a time: when thousands come again at once, they leave connections to everybody else


@dataclass(frozen=True)
class Item:
    """One event.

    Args:
        type: `article.published` …
        place: behind it, on its shard.
    """

    type: str
    event: bytes
    shard: str
    place: Place


@dataclass(frozen=True)
class Page:
    """Some events.

    Args:
        lost: how many were trimmed before they were read; from `places` on, what they were about is told again.
        is_last: there was nothing more at that moment.
    """

    items: tuple[Item, ...]
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
        registry: Registry,
        *,
        sites: Iterable[SiteName],
        clock: Clock = system_clock,
    ) -> None:
        self._client, self._articles, self._sender, self._clock = client, articles, sender, clock
        self.registry = registry
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._outboxes = {keys.shard: Outbox(client, keys) for keys in shards}
        self._sites = {articles.keys(site).shard: site for site in sites}  # one of each shard, to find its documents

    async def start(self, name: str, where: Literal["oldest", "newest"]) -> dict[str, Place]:
        """Return the places before the oldest entries that are there, or behind the newest."""
        async with self._turns:
            return {shard: await getattr(outbox, where)(name) for shard, outbox in self._outboxes.items()}

    async def page(self, subscriber: Subscriber, places: Places, *, limit: int) -> Page:
        """Return at most about `limit` events behind the places.

        The shards take turns by having each its share of a page; between shards there is no order.
        """
        share = -(-limit // len(self._outboxes))
        async with self._turns:
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
        if place.until:
            return await self._changed_page(subscriber, outbox.keys, place, limit)
        shard = outbox.keys.shard
        stretch = await outbox.behind(subscriber.name, place, limit)
        items: list[Item] = []
        for start in range(0, len(stretch.rows), HANDFUL):
            rows = stretch.rows[start : start + HANDFUL]
            items += await self._items(subscriber, outbox.keys, rows)
            if sum(len(item.event) for item in items) > PAGE_BYTES and start + HANDFUL < len(stretch.rows):
                return Page(tuple(items), {shard: rows[-1].place}, is_last=False)
        is_last = len(stretch.rows) < limit and not stretch.lost
        return Page(tuple(items), {shard: stretch.place}, stretch.lost, is_last)

    async def _items(self, subscriber: Subscriber, keys: Keys, rows: Sequence[Row]) -> list[Item]:
        """Return the events of some entries, and write down that kills were told."""
        found = [
            (row.reference, row.place)
            for row in rows
            if row.reference and await self.registry.may_hear(subscriber, row.reference)
        ]
        references = [reference for reference, _ in found]
        told = await self._sender.events(keys, references, content=subscriber.content)
        await self._note_kills(subscriber, keys, references)
        return [
            Item(f"article.{reference.verb}", event, keys.shard, behind)
            for (reference, behind), event in zip(found, told, strict=True)
            if event
        ]

    async def _note_kills(self, subscriber: Subscriber, keys: Keys, references: Sequence[Reference]) -> None:
        """Write down that a subscriber was told of kills, unless it is already."""
        killed = [one.article_id for one in references if one.verb == "killed"]
        if not killed or subscriber.number == PUBLIC_NUMBER:
            return
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for article_id in killed:
                    pipe.hsetnx(keys.receipts(article_id), subscriber.name, f"read {self._clock()}")
                await pipe.execute()

    async def _changed_page(self, subscriber: Subscriber, keys: Keys, place: Place, limit: int) -> Page:
        """Return the newest state of what changed next."""
        changed, behind = await changes(self._client, keys, place, limit=limit)
        documents = await self._articles.newest(self._sites[keys.shard], [change.article_id for change in changed])
        items = []
        for state in told_states(subscriber, documents, changed, now_ms=self._clock()):
            if event := self._sender.state(state, content=subscriber.content):
                here = replace(place, seq=state.change.seq)
                items.append(Item(f"article.{state.reference.verb}", event, keys.shard, here))
        return Page(tuple(items), {keys.shard: behind}, is_last=False)
