"""JSON Feed 1.1 (jsonfeed.org/version/1.1). It has no tombstones: a killed article is for a day a notice of its id."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from services.feed.formats import (
    NOTICE,
    WITHDRAWN,
    Feed,
    Publication,
    Withdrawn,
    id_of,
    item_id,
    page_of,
    rfc3339,
    summary_of,
    title_of,
    updated_at,
)
from services.feed.formats.xml import clean
from shared.contracts.teaser import Teaser

MEDIA_TYPE: Final = "application/feed+json"
VERSION: Final = "https://jsonfeed.org/version/1.1"


def item(teaser: Teaser, publication: Publication, content: str = "", /) -> bytes:
    """Return one item; without `content` (HTML) it has text, and always some."""
    title, summary = title_of(teaser, publication), summary_of(teaser, publication)
    return _dump(
        {
            "id": item_id(teaser, publication),
            "url": page_of(teaser, publication),
            "title": title,
            "content_html": content,
            "content_text": "" if content else summary or title,
            "summary": summary,
            "image": publication.url(teaser.image.url) if teaser.image else "",
            "date_published": rfc3339(teaser.published_at, publication.zone),
            "date_modified": rfc3339(updated_at(teaser), publication.zone),
            "authors": [_author(author.name, author.url, publication) for author in teaser.authors],
            "tags": [tag.name for tag in teaser.tags],
            "language": teaser.language,
        }
    )


def document(feed: Feed, items: Sequence[bytes], updated: datetime, /) -> bytes:  # noqa: ARG001 -- JSON Feed has no date of its own
    """Return the whole document; one line an item."""
    publication = feed.publication
    head = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.self_url("json"),
        "next_url": feed.archive_links("json").get("prev-archive", ""),
        "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs],
        "description": feed.description if feed.description != feed.title else "",
        "language": publication.language,
        "authors": [{"name": clean(publication.name), "url": publication.url("/")}],
    }
    notices = [_notice(gone, publication) for gone in feed.withdrawn if gone.is_noticed]
    return _dump(head)[:-1] + b',"items":[\n' + b",\n".join([*notices, *items]) + b"\n]}\n"


def _notice(gone: Withdrawn, publication: Publication) -> bytes:
    """Return an item that takes the place of the one that readers have; it leads nowhere."""
    return _dump(
        {
            "id": id_of(gone.id, gone.published_at, publication),
            "title": publication.word(WITHDRAWN),
            "content_text": publication.word(NOTICE),
            "date_published": rfc3339(gone.published_at, publication.zone),
            "date_modified": rfc3339(gone.at, publication.zone),
        }
    )


def _author(name: str, url: str, publication: Publication) -> dict[str, str]:
    return {"name": clean(name), **({"url": publication.url(clean(url))} if url else {})}


def _dump(fields: dict[str, Any]) -> bytes:  # Any: what json.dumps takes
    known = {name: _clean(value) for name, value in fields.items() if value}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [_clean(item) for item in value] if isinstance(value, list) else value
