"""RSS 2.0 (rssboard.org/rss-specification), with content:encoded, dc:creator, media:content and atom:link.

No `enclosure`: it needs the picture's length, which we do not know; no `ttl`: readers would wait for it.

A description is HTML by the specification ("entity-encoded HTML is allowed"), a title is not, and many readers take it
for HTML all the same: words that look like markup must stay words in both.

RSS has no tombstones: a killed article is for a day a notice of its guid, so that readers overwrite what they have.
"""

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.feed.formats import (
    NEVER,
    NOTICE,
    WITHDRAWN,
    Feed,
    Publication,
    Withdrawn,
    id_of,
    item_id,
    page_of,
    rfc822,
    rfc3339,
    summary_of,
    title_of,
    updated_at,
)
from services.feed.formats.history import add_history
from services.feed.formats.media import add_picture
from services.feed.formats.xml import NAMESPACES, add, clean, element, serialise
from services.feed.formats.xml import document as xml_document
from shared.contracts.teaser import Teaser

MEDIA_TYPE: Final = "application/rss+xml"
_MARKUP: Final = re.compile(r"<(?=[A-Za-z/!?])")  # "5 < 6" begins no tag, so every reader may see it as it is


def item(teaser: Teaser, publication: Publication, content: str = "", /) -> bytes:
    """Return one `<item>`."""
    part = element("item", {})
    add(part, "title", _words(title_of(teaser, publication)))
    add(part, "link", page_of(teaser, publication))
    add(part, "guid", item_id(teaser, publication), isPermaLink="false")
    add(part, "pubDate", rfc822(teaser.published_at, publication.zone))
    add(part, "atom:updated", rfc3339(updated_at(teaser), publication.zone))
    if summary := summary_of(teaser, publication):
        add(part, "description", html.escape(summary, quote=False))
    if content:
        add(part, "content:encoded", content)
    for author in teaser.authors:
        add(part, "dc:creator", author.name)
    for tag in teaser.tags:
        add(part, "category", tag.name)
    add_picture(part, teaser.image, publication)
    return serialise(part)


def document(feed: Feed, items: Sequence[bytes], updated: datetime, /) -> bytes:
    """Return the whole `<rss>`."""
    root = element("rss", {"version": "2.0", **NAMESPACES})
    channel = add(root, "channel")
    add(channel, "title", _words(feed.title))
    add(channel, "link", feed.page_url)
    add(channel, "description", html.escape(feed.description, quote=False))
    add(channel, "language", feed.publication.language)
    if updated != NEVER:
        add(channel, "lastBuildDate", rfc822(updated, feed.publication.zone))
    add(channel, "generator", "Litfass")
    add(channel, "docs", "https://www.rssboard.org/rss-specification")
    add(channel, "atom:link", href=feed.self_url("xml"), rel="self", type_=MEDIA_TYPE)
    for rel, href in feed.archive_links("xml").items():
        add(channel, "atom:link", href=href, rel=rel, type_=MEDIA_TYPE)
    for hub in feed.hubs:
        add(channel, "atom:link", href=hub, rel="hub")
    add_history(channel, feed)
    notices = [_notice(gone, feed.publication) for gone in feed.withdrawn if gone.is_noticed]
    return xml_document(root, [*notices, *items], into=channel)


def _notice(gone: Withdrawn, publication: Publication) -> bytes:
    part = element("item", {})
    add(part, "title", publication.word(WITHDRAWN))
    add(part, "guid", id_of(gone.id, gone.published_at, publication), isPermaLink="false")
    add(part, "pubDate", rfc822(gone.published_at, publication.zone))
    add(part, "atom:updated", rfc3339(gone.at, publication.zone))
    add(part, "description", publication.word(NOTICE))
    return serialise(part)


def _words(title: str) -> str:
    """Return a title that is the same words for readers that take it for text and for those that take it for HTML."""
    return _MARKUP.sub("&lt;", clean(title))
