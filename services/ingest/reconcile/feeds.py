"""A feed of the CMS: RSS and Atom by way of feedparser, JSON Feed 1.1. It names the newest articles, not all.

What it says of an article is a summary, so nothing is taken from it: it tells that a delivery is missing.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import feedparser

from services.ingest.adapt.fields import moment_of
from services.ingest.reconcile import CmsUnreadable, Mention, Mentions
from services.ingest.reconcile.web import Answer, Web

MOST: Final = 5_000  # entries that are looked at
_WORDPRESS_ID: Final = re.compile(r"[?&](?:p|page_id)=(\d{1,19})$")  # how WordPress writes a guid


class Feed:
    """One feed by its address."""

    def __init__(self, web: Web, *, url: str) -> None:
        """Prepare."""
        self._web, self._url = web, url

    async def mentions(self) -> Mentions:
        """Return the feed's entries; see `Namer`."""
        return Mentions(tuple(mentions_in(await self._web.get(self._url)))[:MOST], is_complete=False)


def mentions_in(answer: Answer) -> Iterator[Mention]:
    """Give what a feed names; raises CmsUnreadable when it is none."""
    if answer.body.lstrip()[:1] == b"{":
        yield from _of_json_feed(answer.json())
        return
    content_type = answer.headers.get("content-type", "application/xml")
    parsed: Any = feedparser.parse(answer.body, response_headers={"content-type": content_type})
    if not parsed.get("version"):
        raise CmsUnreadable("That is no feed: neither RSS nor Atom nor JSON Feed.")
    for entry in parsed.entries:
        if link := entry.get("link") or entry.get("id"):
            changed = next((entry[name] for name in ("updated_parsed", "published_parsed") if name in entry), None)
            changed_at = datetime.fromtimestamp(calendar.timegm(changed), UTC) if changed else None
            yield Mention(link, ids_of(entry.get("id", "")), changed_at)


def _of_json_feed(feed: Mapping[str, Any]) -> Iterator[Mention]:
    items = feed.get("items")
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(items, list):
        raise CmsUnreadable("That is no feed: neither RSS nor Atom nor JSON Feed.")
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("url"), str):
            changed_at = moment_of(item.get("date_modified") or item.get("date_published"))
            changed = None if isinstance(changed_at, str) else changed_at
            yield Mention(item["url"], ids_of(str(item.get("id") or "")), changed)


def ids_of(guid: str) -> tuple[str, ...]:
    """Return what in a feed's own id may be the CMS's: all of it, or the number that WordPress writes into it."""
    number = _WORDPRESS_ID.search(guid)
    return tuple(filter(None, (guid, number[1] if number else "")))
