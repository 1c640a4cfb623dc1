"""Sitemaps (sitemaps.org/protocol): one shard a month of publication, and an index of the shards.

`lastmod` is the last significant change and nothing else; there is no `priority` or `changefreq`, which nobody reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from services.feed.formats import Publication, page_of, rfc3339, updated_at
from services.feed.formats.xml import add, clean, element, serialise
from services.feed.formats.xml import document as xml_document
from shared.contracts.teaser import Teaser

MEDIA_TYPE: Final = "application/xml"
MAX_URLS: Final = 50_000  # URLs in one file; the protocol's limit. 50 MB, its other one, are 1,000 bytes for each
_NAMESPACE: Final = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}

INDEX_PATH: Final = "/sitemap.xml"


@dataclass(frozen=True)
class Shard:
    """A file of the index; `part` is 1 unless a month has more URLs than a file may hold."""

    month: str
    part: int
    changed_at: datetime

    @property
    def path(self) -> str:
        """Where the file is."""
        return shard_path(self.month, self.part)


def shard_path(month: str, part: int = 1) -> str:
    """Return where a month's file is: `/sitemap-2026-11.xml`, `/sitemap-2026-11-2.xml`."""
    return f"/sitemap-{month}.xml" if part == 1 else f"/sitemap-{month}-{part}.xml"


def url(teaser: Teaser, publication: Publication) -> bytes:
    """Return one `<url>`; the caller leaves out `noindex` articles."""
    # Escaped by hand: a month has thousands, and the serialiser takes 40 µs for each, this 4.
    changed = rfc3339(updated_at(teaser), publication.zone)
    return f"<url><loc>{escape(clean(page_of(teaser, publication)))}</loc><lastmod>{changed}</lastmod></url>".encode()


def urlset(urls: Sequence[bytes]) -> bytes:
    """Return one shard."""
    return xml_document(element("urlset", _NAMESPACE), urls)


def index(shards: Sequence[Shard], publication: Publication) -> bytes:
    """Return the index of the shards, in their order."""
    return xml_document(element("sitemapindex", _NAMESPACE), [_entry(shard, publication) for shard in shards])


def _entry(shard: Shard, publication: Publication) -> bytes:
    part = element("sitemap", {})
    add(part, "loc", publication.url(shard.path))
    add(part, "lastmod", rfc3339(shard.changed_at, publication.zone))
    return serialise(part)
