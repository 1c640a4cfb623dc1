"""Deliveries to subscribers' webhooks, by hand: the log, one event's attempts, replays, and receipts for kills."""

from datetime import datetime
from typing import Any, Final

from litfass.house import House
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.webhooks import Webhooks
from shared.runtime.clock import milliseconds, moment

ALL: Final = 10_000  # as many as the log keeps


async def rows(house: House, name: str, *, limit: int, failed: bool) -> list[dict[str, Any]]:
    """Return the last attempts to deliver to a subscriber, newest first. Raises NoSuchSubscriber."""
    found = await _webhooks(house).log(name, limit=ALL if failed else limit)
    wanted = [row for row in found if not failed or row["outcome"] not in {"delivered", "withdrawn"}]
    return [_row(row) for row in wanted[:limit]]


async def show(house: House, name: str, event_id: str) -> list[dict[str, Any]]:
    """Return every attempt to deliver one event, oldest first. Raises NoSuchSubscriber."""
    return [_row(row) for row in reversed(await _webhooks(house).log(name, limit=ALL, event_id=event_id))]


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
            "at": moment(row["told_at_ms"]).isoformat(timespec="seconds") if row["told_at_ms"] else "",
        }
        for row in found
    ]


def _webhooks(house: House) -> Webhooks:
    return Webhooks(house.client, Registry(house.client, house.shards()))


def _row(row: dict[str, str]) -> dict[str, Any]:
    again_ms = int(row.get("again_ms", 0))
    return {
        "at": moment(int(row["at_ms"])).isoformat(timespec="seconds"),
        "event_id": row["event_id"],
        "article_id": row["article_id"],
        "verb": row["verb"],
        "attempt": int(row["attempt"]),
        "outcome": row["outcome"],
        "status": int(row["status"]),
        "fault": row["fault"],
        "took_ms": int(row["took_ms"]),
        "again_at": moment(again_ms).isoformat(timespec="seconds") if again_ms else "",
    }
