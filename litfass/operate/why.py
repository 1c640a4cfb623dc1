"""Where is my article? Its state, its addresses, and what happened to it when."""

from datetime import datetime
from typing import Any

from litfass.house import House
from shared.runtime.clock import moment


async def why(house: House, text: str) -> dict[str, Any]:
    """Return state, revision, addresses and timeline of the article that `text` names; raises NoSuchArticle."""
    site, article_id = await house.find(text)
    (document,) = await house.articles.newest(site, [article_id])
    steps = await house.articles.timeline(site, article_id)
    base = house.config.sites()[site].base_url
    return {
        "article_id": article_id,
        "site": site,
        "state": document.state if document else "unknown",
        "headline": document.article.headline if document and document.article else "",
        "revision": document.revision.number if document else None,
        "url": f"{base}{document.path}" if document and document.path else None,
        "old_urls": [f"{base}{path}" for path in document.old_paths] if document else [],
        "note": document.note if document else "",
        "public_at": _iso(document.public_at) if document else None,
        "expires_at": _iso(document.expires_at) if document else None,
        "steps": [_step(step) for step in _with_receipt(steps)],
    }


def _iso(when: datetime | None) -> str | None:
    return when.isoformat(timespec="milliseconds") if when else None


def _with_receipt(steps: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each acceptance is preceded by its receipt: when the webhook's first byte came."""
    rows: list[dict[str, str]] = []
    for step in steps:
        if "verb" in step and step.get("received_ms", "0") != "0":
            rows.append(
                {
                    "what": "received",
                    "at_ms": step["received_ms"],
                    "received_ms": step["received_ms"],
                    "trace": step.get("trace", ""),
                }
            )
        rows.append(step)
    return rows


def _step(step: dict[str, str]) -> dict[str, Any]:
    received, at = int(step.get("received_ms") or 0), int(step["at_ms"])
    return {
        "what": step["what"],
        "verb": step.get("verb", ""),
        "at": moment(at).isoformat(timespec="milliseconds"),
        "after_ms": at - received if received else None,
        "trace_id": step.get("trace", "")[3:35],
        "warnings": [text for text in step.get("warnings", "").split("\n") if text],
    }
