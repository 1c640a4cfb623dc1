"""A sitemap of the CMS, or the index of several: addresses and when they changed.

Read with expat and nothing of XML that could grow or lead elsewhere. Source: sitemaps.org/protocol.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from xml.parsers import expat

from services.ingest.adapt.fields import moment_of
from services.ingest.reconcile import CmsUnreadable, Mention, Mentions
from services.ingest.reconcile.web import PAGE_BYTES, Answer, Web, gunzipped

MOST_FILES: Final = 200  # of an index; an index may name 50,000
MOST: Final = 200_000  # addresses
_GZIP: Final = b"\x1f\x8b"
_SPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


class Sitemap:
    """One sitemap by its address."""

    def __init__(self, web: Web, *, url: str) -> None:
        """Prepare."""
        self._web, self._url = web, url

    async def mentions(self) -> Mentions:
        """Return every address; see `Namer`."""
        first = read(await self._web.get(self._url))
        if not first.is_index:
            return Mentions(tuple(first.mentions[:MOST]), is_complete=len(first.mentions) <= MOST)
        found: list[Mention] = []
        for file in first.mentions[:MOST_FILES]:
            found += read(await self._web.get(file.url)).mentions
            if len(found) > MOST:
                break
        is_complete = len(first.mentions) <= MOST_FILES and len(found) <= MOST
        return Mentions(tuple(found[:MOST]), is_complete=is_complete)


@dataclass
class Read:
    """What a file says; of an index, `mentions` are files."""

    is_index: bool = False
    mentions: list[Mention] = field(default_factory=list)


def read(answer: Answer) -> Read:
    """Read a file, also a packed one; raises CmsUnreadable when it is no sitemap, or not whole."""
    is_packed = answer.body.startswith(_GZIP)
    body = gunzipped(answer.body, most_bytes=PAGE_BYTES) if is_packed else answer.body
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as cause:
        raise CmsUnreadable(f"That is no sitemap, or not all of one: {cause}") from cause
    if not reader.is_sitemap:
        raise CmsUnreadable("That is no sitemap: it has neither urlset nor sitemapindex.")
    return reader.found


class _Reader:
    """Walks through one file."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.found, self.is_sitemap = Read(), False
        self._loc, self._lastmod, self._said = "", "", list[str]()

    def _refuse(self, *_: object) -> None:
        raise CmsUnreadable("The sitemap has a document type; nobody needs one, and it may hold anything.")

    def _start(self, name: str, _: object) -> None:
        self._said.clear()
        if _local(name) in {"urlset", "sitemapindex"}:
            self.is_sitemap = True
            self.found.is_index = _local(name) == "sitemapindex"

    def _say(self, text: str) -> None:
        self._said.append(text)

    def _end(self, name: str) -> None:
        match _local(name):
            case "loc":
                self._loc = "".join(self._said).strip()
            case "lastmod":
                self._lastmod = "".join(self._said).strip()
            case "url" | "sitemap":
                if self._loc:
                    self.found.mentions.append(Mention(self._loc, _moment(self._lastmod)))
                self._loc = self._lastmod = ""


def _local(name: str) -> str:
    """The element's name when it is a sitemap's own: pictures have a `loc` as well."""
    space, _, local = name.rpartition(" ")
    return local if space in {"", _SPACE} else ""


def _moment(text: str) -> datetime | None:
    """Read a date, or a date and time (W3C Datetime); a day counts from its start in UTC."""
    if len(text) == 10:  # 2026-11-23
        text = f"{text}T00:00:00+00:00"
    found = moment_of(text)
    return None if isinstance(found, str) else found.astimezone(UTC)
