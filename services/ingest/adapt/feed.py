"""One entry of a feed, as an item of JSON Feed 1.1: what RSS, Atom and articles' own pages say is put in these words.

    content_html, content_text      the whole text
    summary                         all there is of many an entry: `summaries` in the source's options says what comes
                                    of it: a teaser with a link to the original (the default), nothing, or `whole`
                                    for feeds whose descriptions are the whole text
    _description                    the summary as it was written, with its markup
    _credit                         the feed's own name: who the article comes from

The article keeps the address of the original as its canonical one. A feed lists what is public: a date to come is a
clock or a zone that is wrong, and means now. Source: jsonfeed.org/version/1.1, Items.
"""

import hashlib
import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings
from services.ingest.adapt.html import blocks_of
from services.ingest.adapt.languages import tag_of
from services.ingest.adapt.people import author, merged, tag
from services.ingest.adapt.pictures import address, image_of, web_address
from services.ingest.adapt.slugs import slug_of
from services.ingest.adapt.text import from_html, line, lines, without_mail
from services.ingest.adapt.times import instant, local_moment
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Block, Paragraph
from shared.contracts.media import Image

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {"summaries": ("teaser", "leave-out", "whole")}
LONGEST_ID: Final = 200  # characters; what is longer is known by its hash
_LINK: Final = re.compile(r"(\s(?:href|src|poster|data-src)\s*=\s*)([\"'])\s*([^\"'<>]{1,2000}?)\s*\2", re.IGNORECASE)
_PASSWORD: Final = "post-password-form"  # noqa: S105 -- a class name: what WordPress shows instead of a protected text


@dataclass(frozen=True)
class Words:
    """What an entry has to read, as HTML."""

    html: str
    is_whole: bool


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings, summaries = Findings(), circumstances.options.get("summaries", "teaser")
    item = Fields(payload, findings)
    words = words_of(payload, summaries=summaries)
    if not words.is_whole and summaries == "leave-out":
        return Ignored("The feed has only a summary of this entry, and the source leaves such entries out.")
    changed_at = _moment(item, "date_modified", circumstances)
    published_at = _moment(item, "date_published", circumstances)
    findings.pardon()  # no date is worth an article
    source_id = id_of(payload)
    if not source_id:
        item.fault("id", "is missing, and so is url: nothing tells this entry from the others")
    first = published_at or changed_at or instant(circumstances.now_ms)
    return Draft(
        verb="published",
        source_id=source_id,
        content=_content(item, words, published_at=first, changed_at=changed_at, circumstances=circumstances),
        ordered_by=changed_at or published_at,
        sent_ms=circumstances.sent_ms,
        warnings=findings.settle(),
    )


def words_of(payload: Payload, *, summaries: str = "") -> Words:
    """Return what an entry has to read; anything of another type is no text."""
    html, text = _text(payload, "content_html"), _text(payload, "content_text")
    if html.strip() and _PASSWORD not in html:
        return Words(html, is_whole=True)
    if text.strip() and not html.strip():
        return Words(_paragraphs(text), is_whole=True)
    description = _text(payload, "_description")
    if summaries == "whole" and description.strip():
        return Words(description, is_whole=True)
    return Words("", is_whole=False)


def id_of(payload: Payload) -> str:
    """Return the entry's own id, else its address; empty = it has neither."""
    for name in ("id", "url"):
        value = payload.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**30:
            value = str(value)  # JSON Feed: "if an ID is presented as a number, it must be coerced to a string"
        if isinstance(value, str) and (text := line(value)):
            return text if len(text) <= LONGEST_ID else f"sha256-{hashlib.sha256(text.encode()).hexdigest()}"
    return ""


def _content(
    item: Fields,
    words: Words,
    *,
    published_at: datetime,
    changed_at: datetime | None,
    circumstances: Circumstances,
) -> Content:
    language = tag_of(_spare(item, "language", 200))
    slugs_in = language or circumstances.language
    headline = item.needed_text("title", length=2_000)
    url = web_address(_spare(item, "url", 2_048))
    summary = _spare(item, "summary", 10_000)
    tags = _tags(item, slugs_in)
    return Content(
        headline=headline,
        slug=slug_of(headline, slugs_in),
        slug_is_made=True,
        published_at=published_at,
        dated_by_cms=True,  # an entry without a date, or with one that moves, was published when we first saw it
        updated_at=changed_at,
        sections=tuple(each.name for each in tags),
        standfirst="" if words.is_whole and _says_the_same(summary, words.html) else summary,
        body=_body(item, words, url),
        authors=_authors(item, slugs_in),
        credit=without_mail(_spare(item, "_credit", 500)),
        tags=tags,
        language=language,
        image=_image(item, url),
        canonical_url=url,
    )


def _body(item: Fields, words: Words, url: str) -> tuple[Block, ...]:
    if not words.is_whole:
        item.warn("content_html", "is missing; the article is a teaser with a link to the original")
        return _link_to(url)
    name = "content_html" if item.raw("content_html") else "content_text" if item.raw("content_text") else "summary"
    blocks = blocks_of(_made_absolute(words.html, url), item.findings, where=name)
    if not blocks and not item.findings.faults:
        item.warn(name, "has nothing to read in it")
    return blocks


def _link_to(url: str) -> tuple[Block, ...]:
    """Return the way to the original, in no language: its host's name."""
    if not url:
        return ()
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    return (Paragraph(html=f'<a href="{entities.escape(url)}">{entities.escape(host)}</a>'),)


def _made_absolute(html: str, base: str) -> str:
    """Return HTML whose links and pictures lead where they did on the original page; it is not sanitised yet."""
    if not base:
        return html

    def absolute(found: re.Match[str]) -> str:
        try:
            return f"{found[1]}{found[2]}{urljoin(base, found[3])}{found[2]}"
        except ValueError:  # no address at all, and so it cannot be made one
            return found[0]

    return _LINK.sub(absolute, html)


def _moment(item: Fields, name: str, circumstances: Circumstances) -> datetime | None:
    """Return a date; one to come is now."""
    found, now = local_moment(item, name, zone=circumstances.zone), instant(circumstances.now_ms)
    if found is not None and found > now:
        item.warn(name, f"{found.isoformat()} is still to come; the entry is public, so now was taken")
        return now
    return found


def _spare(item: Fields, name: str, length: int) -> str:
    return item.spare_text(name, length=length)


def _authors(item: Fields, language: str) -> tuple[Author, ...]:
    people = item.spare_objects("authors") or [one for one in [item.of(item.raw("author"), "author")] if one]
    found = [author(_spare(each, "name", 800), language=language, url=_spare(each, "url", 2_048)) for each in people]
    return merged([each for each in found if each is not None])


def _tags(item: Fields, language: str) -> tuple[Tag, ...]:
    values = item.raw("tags")
    names = [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
    return merged([word for name in names[:100] if (word := tag(from_html(name), language=language)) is not None])


def _image(item: Fields, base: str) -> Image | None:
    for name in ("image", "banner_image"):
        url = address(item.raw(name), base=base)
        if url:
            item.warn(name, "has no description; readers who cannot see the picture miss it")
            return image_of(url)
    return None


def _says_the_same(summary: str, html: str) -> bool:
    """Say whether a summary is only the start of the text, as most feeds' are."""
    start = from_html(html[: 2 * len(summary) + 1_000])
    return start.startswith(re.sub(r"\s*(?:\[…\]|\[\.\.\.\]|…|\.\.\.)$", "", summary))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{entities.escape(each, quote=False)}</p>" for each in lines(text).split("\n") if each.strip())


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    return value if isinstance(value, str) else ""
