"""A feed: RSS and Atom by way of feedparser, JSON Feed 1.1. It names the newest articles, not all.

Each entry becomes an item of JSON Feed, whatever it was written in; `adapt/feed.py` reads that. Feeds are read in a
thread: feedparser takes a second for a megabyte, and deliveries do not wait for it.
"""

import asyncio
import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin

import feedparser

from services.ingest.adapt.fields import moment_of
from services.ingest.adapt.text import from_html
from services.ingest.reconcile import CmsUnreadable, Item, Mention, Mentions
from services.ingest.reconcile.web import MIB, Answer, Web

MOST: Final = 5_000  # entries that are looked at
MOST_BYTES: Final = 4 * MIB  # what is written to be slow takes six seconds for a megabyte
_NO_FEED: Final = "That is no feed: neither RSS nor Atom nor JSON Feed."
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.]\d+)?)?)?")  # a date without a zone
_PICTURES: Final = re.compile(r"image/|\.(?:jpe?g|png|webp|avif|gif)(?:$|\?)", re.IGNORECASE)


class Feed:
    """One feed by its address."""

    def __init__(self, web: Web, *, url: str) -> None:
        """Prepare."""
        self._web, self._url = web, url

    async def mentions(self) -> Mentions:
        """Return the feed's entries; see `Namer`."""
        answer = await self._web.get(self._url)
        if len(answer.body) > MOST_BYTES:
            raise CmsUnreadable(f"The feed has more than {MOST_BYTES // MIB} MiB; let it have fewer entries.")
        return Mentions(await asyncio.to_thread(mentions_in, answer, self._url), is_complete=False)


def mentions_in(answer: Answer, base: str) -> tuple[Mention, ...]:
    """Return what a feed names, the first MOST entries; raises CmsUnreadable when it is none.

    Args:
        base: where it is: addresses in it may be relative.
    """
    items = _of_json_feed(answer.json()) if answer.body.lstrip()[:1] == b"{" else _of_xml(answer)
    mentions = (mention for item in items if (mention := _mention(item, base)) is not None)
    return tuple(mention for mention, _ in zip(mentions, range(MOST), strict=False))


def _mention(item: Item, base: str) -> Mention | None:
    """Return an item with the address that it has, and when it last changed; None when it has no address."""
    written = item.get("url") or item.get("external_url") or item.get("id")
    if not isinstance(written, str) or not written.strip():
        return None
    try:
        url = urljoin(base, written.strip())
    except ValueError:
        return None
    moments = (moment_of(item.get(name)) for name in ("date_modified", "date_published"))
    changed_at = next((each for each in moments if isinstance(each, datetime)), None)
    return Mention(url, changed_at, {**item, "url": url})


def _of_json_feed(feed: Mapping[str, Any]) -> Iterator[Item]:
    items = feed.get("items")
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(items, list):
        raise CmsUnreadable(_NO_FEED)
    for_all = {name: feed[name] for name in ("language", "authors") if name in feed} | {"_credit": feed.get("title")}
    for item in items:
        if isinstance(item, dict):
            yield for_all | item


def _of_xml(answer: Answer) -> Iterator[Item]:
    content_type = answer.headers.get("content-type", "application/xml")
    # Sanitising is ours to do, and theirs takes players and editors' comments out.
    parsed: Any = feedparser.parse(
        answer.body, response_headers={"content-type": content_type}, sanitize_html=False, resolve_relative_uris=False
    )
    if not parsed.get("version"):
        raise CmsUnreadable(_NO_FEED)
    for_all = {"language": parsed.feed.get("language"), "_credit": from_html(_text(parsed.feed, "title"))}
    for entry in parsed.entries:
        yield _without_nothing({**for_all, **_item(entry, is_rss=parsed.version.startswith("rss"))})


def _item(entry: Any, *, is_rss: bool) -> Item:  # Any: feedparser's dictionaries are not typed
    """Return an entry of RSS or Atom in the words of JSON Feed."""
    description, (kind, whole) = _text(entry, "summary"), _whole(entry, is_rss=is_rss)
    return {
        "id": _text(entry, "id") or _text(entry, "guid"),
        "url": _text(entry, "link"),
        "title": _title(entry),
        kind: whole,
        "summary": from_html(description) if description != whole else "",
        "_description": description,
        "date_published": _date(entry, "published") or _date(entry, "created"),
        "date_modified": _date(entry, "updated"),
        "authors": [{"name": name, "url": url} for name, url in _authors(entry)],
        "tags": [_text(each, "term") for each in entry.get("tags", ()) if not _text(each, "scheme").startswith("urn:")],
        "image": _picture(entry),
        "_post_id": _text(entry, "post-id"),  # WordPress.com's and Jetpack's own: `com-wordpress:feed-additions:1`
    }


def _title(entry: Any) -> str:
    """Return the title as plain text; RSS does not say whether its own is HTML, and mostly it is."""
    title = _text(entry, "title")
    return title if _text(entry.get("title_detail", {}), "type") == "text/plain" else from_html(title)


def _authors(entry: Any) -> Iterator[tuple[str, str]]:
    """Give names and addresses; where an e-mail address stands by a name, feedparser may cut it into the name."""
    for each in entry.get("authors", ()):
        yield _text(entry, "author") if "email" in each else _text(each, "name"), _text(each, "href")


def _whole(entry: Any, *, is_rss: bool) -> tuple[str, str]:
    """Return the whole text, and how it is written: RSS's content:encoded, Atom's content.

    What feedparser calls plain content in RSS is only a second description, such as a picture's.
    """
    for each in entry.get("content", ()):
        is_plain = _text(each, "type") == "text/plain"
        if not (is_rss and is_plain) and _text(each, "value").strip():
            return ("content_text" if is_plain else "content_html"), _text(each, "value")
    return "content_html", ""


def _date(entry: Any, name: str) -> str:
    """Return a date as ISO 8601 has it, with its zone unless it was written without one; else as it was written."""
    if name not in entry:  # feedparser would give another date in its place
        return ""
    written, parsed = _text(entry, name).strip(), entry.get(f"{name}_parsed")
    if _ISO.fullmatch(written):
        return written
    try:
        found = parsedate_to_datetime(written)
    except ValueError:
        found = None
    if found is not None and found.tzinfo is None and not written.endswith("-0000"):  # RFC 5322 3.3: that is UTC
        return found.isoformat()
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat() if parsed else written
    except (ValueError, OverflowError):
        return written


def _picture(entry: Any) -> str:
    """Return the first picture that goes with an entry: an enclosure, or one of Media RSS."""
    candidates: Sequence[Any] = [*entry.get("media_content", ()), *entry.get("enclosures", ())]
    for each in candidates:
        url = _text(each, "url") or _text(each, "href")
        if _text(each, "medium") == "image" or _PICTURES.match(_text(each, "type")) or _PICTURES.search(url):
            return url
    return next((_text(each, "url") for each in entry.get("media_thumbnail", ())), "")


def _text(entry: Any, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _without_nothing(item: Item) -> Item:
    return {name: value for name, value in item.items() if value not in (None, "", [])}
