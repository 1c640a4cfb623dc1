"""Deliveries to subscribers' webhooks, by hand: the log, one event's attempts, replays, and receipts for kills."""

from datetime import datetime
from typing import Any, Final

from litfass.house import House
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.showing import iso, shown_attempt
from services.feed.subscribers.webhooks import Webhooks
from shared.runtime.clock import milliseconds

ALL: Final = 10_000  # as many as the log keeps


async def rows(house: House, name: str, *, limit: int, failed: bool) -> list[dict[str, Any]]:
    """Return the last attempts to deliver to a subscriber, newest first. Raises NoSuchSubscriber."""
    found = await _webhooks(house).log(name, limit=ALL if failed else limit)
    wanted = [row for row in found if not failed or row["outcome"] not in {"delivered", "withdrawn"}]
    return [shown_attempt(row) for row in wanted[:limit]]


async def show(house: House, name: str, event_id: str) -> list[dict[str, Any]]:
    """Return every attempt to deliver one event, oldest first. Raises NoSuchSubscriber."""
    return [shown_attempt(row) for row in reversed(await _webhooks(house).log(name, limit=ALL, event_id=event_id))]


async def replay(
    house: House, name: str, *, event_id: str = "", since: datetime | None = None, until: datetime | None = None
) -> dict[str, Any]:
    """Deliver one event again, or all of a time. Raises NoSuchSubscriber, NoWebhook."""
    since_ms, until_ms = milliseconds(since) if since else 0, milliseconds(until) if until else None
    count = await _webhooks(house).replay(name, since_ms=since_ms, until_ms=until_ms, event_id=event_id)
    return {"name": name, "replayed": count}


async def receipts(house: House, article: str) -> list[dict[str, Any]]:
    """Return who received a killed article, and how each was told of the kill. Raises NoSuchArticle."""
    site, article_id = await house.find(article)
    found = await _webhooks(house).receipts(house.articles.keys(site), article_id)
    return [
        {
            "subscriber": row["subscriber"],
            "told": row["told_by"] or "not yet",
            "at": iso(row["told_at_ms"]) if row["told_at_ms"] else "",
        }
        for row in found
    ]


def _webhooks(house: House) -> Webhooks:
    return Webhooks(house.client, Registry(house.client, house.shards()))
