"""All lasting feeds of a site as OPML 2.0 (opml.org/spec2), to subscribe to at once. No date: the bytes stay equal."""

from collections.abc import Sequence
from typing import Final

from services.feed.formats import Feed, Publication
from services.feed.formats.xml import add, document, element, serialise
from shared.contracts.paths import OUTLINE_TYPE

MEDIA_TYPE: Final = OUTLINE_TYPE


def compose(publication: Publication, feeds: Sequence[Feed]) -> bytes:
    """Return an outline a feed, in RSS: the format that every reader of OPML takes."""
    root = element("opml", {"version": "2.0"})
    add(add(root, "head"), "title", publication.name)
    return document(root, [_outline(feed) for feed in feeds], into=add(root, "body"))


def _outline(feed: Feed) -> bytes:
    part = element(
        "outline",
        {
            "type": "rss",
            "text": feed.title,
            "title": feed.title,
            "language": feed.publication.language,
            "xmlUrl": feed.self_url("xml"),
            "htmlUrl": feed.page_url,
        },
    )
    return serialise(part)
