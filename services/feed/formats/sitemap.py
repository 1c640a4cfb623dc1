"""Sitemaps (sitemaps.org/protocol): one shard a month of publication, and an index of the shards.

A month that outgrows a file is cut by day, never by rank: an article that comes or goes changes the file of its own
day and no other. `lastmod` is the last significant change and nothing else; there is no `priority` or `changefreq`,
which nobody reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from services.feed.formats import Publication, page_of, rfc3339, updated_at
from services.feed.formats.xml import add, clean, element, serialise
from services.feed.formats.xml import document as xml_document
from shared.contracts.teaser import Teaser

MEDIA_TYPE: Final = "application/xml"
MAX_URLS: Final = 50_000  # URLs in one file; the protocol's limit
MAX_BYTES: Final = 50_000_000  # bytes in one file; the protocol's are 52,428,800
_NAMESPACE: Final = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}

INDEX_PATH: Final = "/sitemap.xml"


class Line(NamedTuple):
    """One article in a sitemap; `day` is that of its publication, `yyyy-mm-dd`. No bytes: it wants no search engine."""

    data: bytes
    day: str
    updated: datetime


@dataclass(frozen=True)
class Shard:
    """A file of the index: `2026-11`, or in a month that is too large for one `2026-11-21`, `2026-11-21-2`."""

    name: str
    changed_at: datetime

    @property
    def path(self) -> str:
        """Where the file is."""
        return shard_path(self.name)

    @property
    def month(self) -> str:
        """The month that it is, or is a part of, `yyyy-mm`."""
        return self.name[:7]


def shard_path(name: str) -> str:
    """Return where a shard's file is: `/sitemap-2026-11.xml`, `/sitemap-2026-11-21.xml`."""
    return f"/sitemap-{name}.xml"


def parts_of(lines: Sequence[Line], *, whole: str, most: int) -> dict[str, list[Line]]:
    """Cut what is too much for one file by day, and a day that is too much by rank; oldest first.

    Args:
        lines: oldest first.
        whole: what the file is called when one is enough; the others are called after their day.
        most: lines in a file.
    """
    if _fits(lines, most):
        return {whole: list(lines)} if lines else {}
    parts: dict[str, list[Line]] = {}
    for day, of_day in groupby(lines, key=lambda line: line.day):
        for number, part in enumerate(_cut(of_day, most), start=1):
            parts[day if number == 1 else f"{day}-{number}"] = part
    return parts


def _fits(lines: Sequence[Line], most: int) -> bool:
    return len(lines) <= most and sum(len(line.data) + 1 for line in lines) <= MAX_BYTES


def _cut(lines: Iterator[Line], most: int) -> Iterator[list[Line]]:
    part: list[Line] = []
    size = 0
    for line in lines:
        if part and (len(part) == most or size + len(line.data) + 1 > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line.data) + 1
    yield part


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
    return index_of([(shard.path, shard.changed_at) for shard in shards], publication)


def index_of(files: Sequence[tuple[str, datetime]], publication: Publication) -> bytes:
    """Return an index of sitemaps, by their path and last change."""
    entries = [_entry(path, changed_at, publication) for path, changed_at in files]
    return xml_document(element("sitemapindex", _NAMESPACE), entries)


def _entry(path: str, changed_at: datetime, publication: Publication) -> bytes:
    part = element("sitemap", {})
    add(part, "loc", publication.url(path))
    add(part, "lastmod", rfc3339(changed_at, publication.zone))
    return serialise(part)
