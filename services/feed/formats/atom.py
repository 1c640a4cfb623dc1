"""Atom (RFC 4287), with media:content for pictures. An entry says when it was updated, the feed the latest of them.

What was taken back leaves a tombstone (RFC 6721): the entry's id and when, no word and no link.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.feed.formats import Feed, Publication, id_of, item_id, page_of, rfc3339, summary_of, title_of, updated_at
from services.feed.formats.history import add_history
from services.feed.formats.media import add_picture
from services.feed.formats.xml import NAMESPACES, add, element, serialise
from services.feed.formats.xml import document as xml_document
from shared.contracts.teaser import Teaser

MEDIA_TYPE: Final = "application/atom+xml"
TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"


def item(teaser: Teaser, publication: Publication, content: str = "", /) -> bytes:
    """Return one `<entry>`."""
    language = {"xml:lang": teaser.language} if teaser.language != publication.language else {}
    part = element("entry", language)
    add(part, "id", item_id(teaser, publication))
    add(part, "title", title_of(teaser, publication))
    add(part, "link", rel="alternate", type_="text/html", href=page_of(teaser, publication))
    add(part, "published", rfc3339(teaser.published_at, publication.zone))
    add(part, "updated", rfc3339(updated_at(teaser), publication.zone))
    if summary := summary_of(teaser, publication):
        add(part, "summary", summary)
    if content:
        add(part, "content", content, type_="html")
    for author in teaser.authors:
        person = add(part, "author")
        add(person, "name", author.name)
        if author.url:
            add(person, "uri", publication.url(author.url))
    for tag in teaser.tags:
        add(part, "category", term=tag.name)
    add_picture(part, teaser.image, publication)
    return serialise(part)


def document(feed: Feed, items: Sequence[bytes], updated: datetime, /) -> bytes:
    """Return the whole `<feed>`; its author is the publication, for entries that have none."""
    namespaces = {name: uri for name, uri in NAMESPACES.items() if name in {"xmlns:fh", "xmlns:media"}}
    language = {"xml:lang": feed.publication.language}
    root = element("feed", {"xmlns": NAMESPACES["xmlns:atom"], **namespaces, **language})
    add(root, "id", feed.id)
    add(root, "title", feed.title)
    if feed.description != feed.title:
        add(root, "subtitle", feed.description)
    add(root, "updated", rfc3339(updated, feed.publication.zone))
    add(add(root, "author"), "name", feed.publication.name)
    add(root, "generator", "Litfass")
    add(root, "link", rel="self", type_=MEDIA_TYPE, href=feed.self_url("atom"))
    for rel, href in feed.archive_links("atom").items():
        add(root, "link", rel=rel, type_=MEDIA_TYPE, href=href)
    for hub in feed.hubs:
        add(root, "link", rel="hub", href=hub)
    add(root, "link", rel="alternate", type_="text/html", href=feed.page_url)
    add_history(root, feed)
    if feed.withdrawn:
        root.set("xmlns:at", TOMBSTONES)
    for gone in feed.withdrawn:
        ref = id_of(gone.id, gone.published_at, feed.publication)
        add(root, "at:deleted-entry", ref=ref, when=rfc3339(gone.at, feed.publication.zone))
    return xml_document(root, items)
