"""Superdesk's content API: what it published for our subscriber, with that subscriber's token.

    GET /items?start_date=2026-11-23&include_fields=version,versioncreated,pubstatus,type&max_results=100&page=1
    GET /items/{guid}

Its list goes back seven days unless a date is said, and no further than its search engine counts (10,000): longer
ones are not complete. Source: superdesk-core, content_api/items/service.py and content_api/tokens.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from services.ingest.adapt.fields import moment_of, whole_number
from services.ingest.reconcile import CmsUnreadable, Delivered, Entry, Listing
from services.ingest.reconcile.web import Web

PAGE: Final = 100
MOST_PAGES: Final = 100  # times PAGE are the 10,000 that Elasticsearch counts
FIRST_DAY: Final = "2000-01-01"  # before any Superdesk
WITHDRAWN: Final = frozenset({"canceled", "cancelled"})
_FIELDS: Final = "version,versioncreated,pubstatus,type"
_MISSING: Final = frozenset({404})


class Superdesk:
    """One content API."""

    def __init__(self, web: Web, *, url: str, key: str) -> None:
        """Prepare; `url` is where `/items` is, without the last slash."""
        self._web, self._api, self._headers = web, url.rstrip("/"), {"authorization": f"Token {key}"}

    async def listing(self, since: datetime | None) -> Listing:
        """Return the texts, also those that were taken back; see `Cms`."""
        entries: list[Entry] = []
        first = f"{since.astimezone(UTC):%Y-%m-%d}" if since else FIRST_DAY
        asked = {"start_date": first, "include_fields": _FIELDS, "max_results": str(PAGE)}
        seen = 0
        for page in range(1, MOST_PAGES + 1):
            answer = await self._web.get(f"{self._api}/items", {**asked, "page": str(page)}, headers=self._headers)
            items, total = _items(answer.json())
            seen += len(items)
            entries += [entry for item in items if (entry := _entry(item)) is not None]
            if seen >= total or not items:
                return Listing(tuple(entries), is_complete=seen >= total)
        return Listing(tuple(entries), is_complete=False)

    async def items(self, source_ids: Collection[str]) -> Mapping[str, Delivered | None]:
        """Return items by guid, one by one; see `Cms`. One that was taken back is there, and says so itself."""
        found: dict[str, Delivered | None] = {}
        for guid in source_ids:
            where = f"{self._api}/items/{quote(guid, safe='')}"
            answer = await self._web.get(where, headers=self._headers, also=_MISSING)
            item = None if answer.status in _MISSING else answer.json()
            if item is not None and not isinstance(item, dict):
                raise CmsUnreadable("That is no item of Superdesk's content API.")
            found[guid] = None if item is None else Delivered({**item, "guid": guid})
        return found


def _items(body: Any) -> tuple[list[Mapping[str, object]], int]:
    match body:
        case {"_items": list(items), "_meta": {"total": int(total)}} if all(isinstance(item, dict) for item in items):
            return items, total
        case _:
            raise CmsUnreadable("That is no answer of Superdesk's content API: it has no _items with their _meta.")


def _entry(item: Mapping[str, object]) -> Entry | None:
    """Return a text's entry; pictures and packages are no articles."""
    if item.get("type", "text") != "text":
        return None
    changed_at, status = moment_of(item.get("versioncreated")), item.get("pubstatus")
    return Entry(
        source_id=_guid(item),
        changed_at=None if isinstance(changed_at, str) else changed_at,
        version=whole_number(item.get("version")),
        is_withdrawn=isinstance(status, str) and status.lower() in WITHDRAWN,
    )


def _guid(item: Mapping[str, object]) -> str:
    """The item's guid; the API leaves it out when fields are chosen, and it ends the item's address."""
    for name in ("guid", "_id"):
        value = item.get(name)
        if isinstance(value, str) and value:
            return value
    uri = item.get("uri")
    if isinstance(uri, str) and uri:
        return unquote(uri.rstrip("/").rpartition("/")[2])
    raise CmsUnreadable("An item of Superdesk's content API has neither guid nor uri.")
