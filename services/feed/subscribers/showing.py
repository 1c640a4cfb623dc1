"""Subscribers and deliveries as people see them: everything but secrets. Pure."""

from typing import Any

from shared.contracts.subscribers import Subscriber
from shared.runtime.clock import moment


def shown(subscriber: Subscriber) -> dict[str, Any]:
    """Return what may be shown of a subscriber, as JSON's types."""
    tokens = [
        {
            "scopes": list(token.scopes),
            "created_at": iso(token.created_ms),
            "expires_at": iso(token.expires_ms) if token.expires_ms else None,
        }
        for token in subscriber.tokens
    ]
    fields = subscriber.model_dump(mode="json", exclude={"v", "signing_key", "tokens", "webhook"})
    hook = subscriber.webhook
    webhook = {"url": hook.url, "disabled": hook.disabled, "secrets": len(hook.secrets)} if hook else None
    return {**fields, "tokens": tokens, "webhook": webhook}


def shown_attempt(row: dict[str, str]) -> dict[str, Any]:
    """Return one attempt of the log, as JSON's types."""
    again_ms = int(row.get("again_ms", 0))
    return {
        "at": iso(int(row["at_ms"])),
        "event_id": row["event_id"],
        "article_id": row["article_id"],
        "verb": row["verb"],
        "attempt": int(row["attempt"]),
        "outcome": row["outcome"],
        "status": int(row["status"]),
        "fault": row["fault"],
        "took_ms": int(row["took_ms"]),
        "again_at": iso(again_ms) if again_ms else "",
    }


def iso(ms: int) -> str:
    """Return milliseconds since 1970 as people and JSON write a moment."""
    return moment(ms).isoformat(timespec="seconds")
