"""WordPress's raw database row of a post (`post_title`, `post_content` …), as plugins and WordPress.com send it.

`post_content` is what the editor typed and not what readers see: block markup, shortcodes, and in the classic editor
paragraphs without `<p>`. What WordPress makes only when it shows the page (a list of the latest posts, a contact form)
is not in it and is left out with a warning; whoever needs it sends the object of the REST API (`wordpress`).
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described, in_zone_utc
from services.ingest.adapt.html import blocks_of
from services.ingest.adapt.slugs import mended, slug_of
from services.ingest.adapt.text import from_html
from services.ingest.adapt.times import needed, orders, plausible
from services.ingest.draft import Content, Draft
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Block
from shared.contracts.media import Image

_TEXTS: Final = frozenset({"post_content", "post_excerpt", "post_content_filtered"})
NO_ARTICLES: Final = frozenset(
    [
        "revision",
        "attachment",
        "nav_menu_item",
        "wp_block",
        "wp_template",
        "wp_template_part",
        "wp_navigation",
        "wp_global_styles",
        "wp_font_family",
        "wp_font_face",
        "customize_changeset",
        "oembed_cache",
    ]
)
DEFAULT_CATEGORIES: Final = frozenset({"uncategorized", "allgemein", "uncategorised", "non-classe", "sin-categoria"})
PUBLIC: Final = frozenset({"publish", "future"})

_READ: Final = 1_000_000  # characters of a text in which shortcodes are looked for; longer ones keep theirs
_MOST: Final = 2_000  # captions, embeds, block comments of one text; each is looked for in bounded time
_CAPTION: Final = re.compile(r"\[(?:wp_)?caption\b[^\]]{0,500}\](.{0,9000}?)\[/(?:wp_)?caption\]", re.DOTALL)
_PICTURE: Final = re.compile(r"^\s*((?:<a\b[^>]*>)?\s*<img\b[^>]*>\s*(?:</a>)?)(.*)$", re.DOTALL)
_EMBED: Final = re.compile(r"\[embed\b[^\]]{0,500}\]\s{0,9}(\S{1,2048}?)\s{0,9}\[/embed\]")
# One with attributes, or with a name that nobody would write in brackets: "[sic]" and "[1]" are words of the text.
_SHORTCODE: Final = re.compile(
    r"\[/?([a-zA-Z][a-zA-Z0-9_-]{1,60})(?:\s+[a-zA-Z0-9_-]+\s*=[^\[\]]{0,2000})?\s*/?\](?!\()"
)
_ATTRIBUTE: Final = re.compile(r"\s[a-zA-Z0-9_-]+\s*=")
_KNOWN: Final = frozenset({"gallery", "audio", "video", "playlist", "embed", "caption", "wp_caption", "contact-form"})
_DYNAMIC: Final = re.compile(r"<!--\s*wp:([a-z0-9/-]{1,80})\s[^>]{0,5000}?/-->|<!--\s*wp:([a-z0-9/-]{1,80})\s*/-->")
_STANDS_ALONE: Final = re.compile(
    r"^\s*</?(?:h[1-6]|ul|ol|li|table|blockquote|figure|div|pre|hr|p|dl|section)\b", re.IGNORECASE
)
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*\n")


def content_of(
    row: Fields,
    circumstances: Circumstances,
    *,
    updated_at: datetime | None,
    link: str,
    authors: tuple[Author, ...] = (),
    sections: tuple[str, ...] = (),
    tags: tuple[Tag, ...] = (),
    image: Image | None = None,
) -> Content:
    """Return the article of a row; where a field is at fault, something stands for it.

    Args:
        link: the post's own address, for pictures with relative ones.
    """
    headline = row.fitting("post_title", from_html(row.text("post_title")), length=2_000)
    if not headline:
        row.fault("post_title", "is empty; WordPress allows that, a newspaper does not")
    slug, members_only = row.spare_text("post_name", length=2_000), is_protected(row)
    return Content(
        headline=headline,
        slug=mended(slug, circumstances.language) if slug else slug_of(headline, circumstances.language),
        published_at=first_published(row, "post_date_gmt", circumstances, or_else=updated_at),
        updated_at=updated_at,
        sections=sections,
        standfirst="" if members_only else row.fitting("post_excerpt", _excerpt(row), length=10_000),
        body=() if members_only else _body(row, link),
        authors=authors,
        tags=tags,
        image=None if members_only else image,
        members_only=members_only,
    )


def published(
    findings: Findings, circumstances: Circumstances, *, source_id: str, content: Content, updated_at: datetime | None
) -> Draft:
    """Return the draft of a public post; raises PayloadRejected for the faults that were found."""
    return Draft(
        verb="published",
        source_id=source_id,
        content=content,
        ordered_by=updated_at,
        sent_ms=circumstances.sent_ms,
        warnings=findings.settle(),
    )


def first_published(row: Fields, name: str, circumstances: Circumstances, *, or_else: datetime | None) -> datetime:
    """Return the date at `name`, which means UTC, else when the post was changed; neither is a fault."""
    found = plausible(row, name, utc(row, name), now_ms=circumstances.now_ms) or or_else
    without = f"says no time, and neither does {name.replace('date', 'modified')}; one of them is needed"
    return needed(row, name, found, without=without)


def changed_at(row: Fields, circumstances: Circumstances) -> datetime | None:
    """Return `post_modified_gmt`, which orders the deliveries."""
    return orders(row, "post_modified_gmt", utc(row, "post_modified_gmt"), now_ms=circumstances.now_ms)


def utc(row: Fields, name: str) -> datetime | None:
    """Return a date that means UTC; `0000-00-00 …` and missing ones are None, anything else is a fault."""
    value = row.raw(name)
    if value is None or value == "" or (isinstance(value, str) and value.startswith("0000-00-00")):
        return None
    found = in_zone_utc(value)
    if found is None:
        row.fault(name, f'{described(value)} is no date and time such as "2026-11-23 08:30:00"')
    return found


def public_row(row: Payload) -> Payload:
    """Return a row without what its password hides."""
    return without_text(row) if row.get("post_password") else row


def without_text(row: Payload) -> Payload:
    """Return a row with nothing where its text stands."""
    return {key: "" if key in _TEXTS and isinstance(value, str) else value for key, value in row.items()}


def is_protected(row: Fields) -> bool:
    """Say whether readers need a password; WordPress then shows title and date."""
    if not row.raw("post_password"):
        return False
    row.warn("post_password", "protects the text; only headline and date were taken")
    return True


def rendered(row: Fields, markup: str) -> str:
    """Return editor's markup as HTML, as nearly as can be told without WordPress."""
    if len(markup) > _READ or markup.count("<!--") > _MOST or markup.count("[") > _MOST:
        row.warn("post_content", "is too long to look for shortcodes in it")
        return markup
    dynamic = sorted({found[1] or found[2] for found in _DYNAMIC.finditer(markup)})
    if dynamic:
        row.warn(
            "post_content", f"blocks that WordPress fills when it shows them were left out: {', '.join(dynamic[:9])}"
        )
    if "[" in markup:
        markup = _without_shortcodes(row, _EMBED.sub(r"\n\n\1\n\n", _CAPTION.sub(_figure, markup)))
    return markup if "<!-- wp:" in markup or "<p" in markup.lower() else _with_paragraphs(markup)


def _body(row: Fields, link: str) -> tuple[Block, ...]:
    value = row.raw("post_content")
    if value is not None and not isinstance(value, str):
        row.fault("post_content", f"must be text, not {described(value)}")
        return ()
    blocks = blocks_of(rendered(row, value or ""), row.findings, where="post_content", base=link)
    if not blocks and not row.findings.faults:
        row.warn("post_content", "has nothing to read in it")
    return blocks


def _excerpt(row: Fields) -> str:
    """Return the excerpt that an editor wrote: the raw column has no other."""
    value = row.raw("post_excerpt")
    return from_html(value) if isinstance(value, str) else ""


def _figure(found: re.Match[str]) -> str:
    picture = _PICTURE.match(found[1])
    if picture is None:
        return found[1]
    return f"\n\n<figure>{picture[1]}<figcaption>{picture[2].strip()}</figcaption></figure>\n\n"


def _without_shortcodes(row: Fields, markup: str) -> str:
    """Return the text without shortcodes; what stands between an opening and a closing one is kept."""
    closed = {name.lower() for name in re.findall(r"\[/([a-zA-Z][a-zA-Z0-9_-]{1,60})\]", markup)}
    names: set[str] = set()

    def taken_out(found: re.Match[str]) -> str:
        name = found[1].lower()
        if name not in closed | _KNOWN and not _ATTRIBUTE.search(found[0]):
            return found[0]
        names.add(name)
        return ""

    markup = _SHORTCODE.sub(taken_out, markup)
    if names:
        row.warn("post_content", f"shortcodes were left out: {', '.join(sorted(names)[:9])}")
    return markup


def _with_paragraphs(markup: str) -> str:
    """Return text of the classic editor with the paragraphs that its blank lines mean (WordPress: `wpautop`)."""
    parts: Sequence[str] = [part.strip() for part in _BLANK_LINE.split(markup)]
    return "\n".join(
        part if _STANDS_ALONE.match(part) else f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts if part
    )
