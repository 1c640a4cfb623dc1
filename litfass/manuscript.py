"""An article as an editor writes it: a file → what the `standard` adapter takes. Reads one file, nothing else.

    FILE.md      front matter and Markdown (CommonMark and tables; HTML in it is shown as text)
    FILE.html    front matter, or none, and HTML
    FILE.json    one ARTICLE, as in docs/howto/connect-standard.md

Front matter is TOML between two lines `+++` at the top; its keys are those of ARTICLE. What is missing is found:
the id in the file's name, the headline in the first heading, the dates in the clock and the file's own time.
A date is TOML's, RFC 3339, or counted from now in the site's zone: "-3d 14:05", "+2d 19:30", "-40m".

In Markdown a paragraph of one picture is a figure with its title as the caption, one of several a gallery; a
quotation's last line "— Name" says who said it; an address in <…> that stands alone is an embed.
"""

import html as entities
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt
from markdown_it.token import Token
from selectolax.lexbor import LexborHTMLParser

from shared.runtime.errors import LitfassError

LARGEST_BYTES: Final = 5 * 2**20  # as one delivery
FENCE: Final = "+++"
_DATES: Final = (
    ("published_at",),
    ("updated_at",),
    ("embargoed_until",),
    ("expires_at",),
    ("resurface_at",),
    ("breaking_until",),
    ("event", "starts_at"),
    ("event", "ends_at"),
    ("correction", "at"),
)
_RELATIVE: Final = re.compile(r"([+-]\d{1,5})([dhm])(?:\s+(\d{1,2}):(\d{2}))?")
_TOML_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")
_CITE: Final = re.compile(r"(?:^|\n)[—–]\s*([^\n]{1,200})$")
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")

Fields = dict[str, Any]  # ARTICLE as JSON; the standard adapter judges what is in it


class ManuscriptFault(LitfassError):
    """The file cannot be read as an article."""

    reason = "manuscript"


@dataclass(frozen=True)
class Manuscript:
    """One article as it was written.

    Args:
        article: ARTICLE without the dates that the file does not say.
        modified: when the file was last written.
        lines: line of each key of the front matter.
    """

    path: Path
    article: Mapping[str, Any]
    modified: datetime
    lines: Mapping[str, int]

    @property
    def id(self) -> str:
        """The article's id among those of its source."""
        return str(self.article["id"])

    def delivery(self, *, now: datetime, published_at: datetime | None = None) -> Fields:
        """Return the body of a delivery.

        Args:
            now: when it is sent.
            published_at: when the article appeared first, if it did: an edit does not make it news again.
        """
        zone = now.tzinfo
        published = self.article.get("published_at") or (published_at or now).astimezone(zone).isoformat()
        changed = min(self.modified, now).astimezone(zone).isoformat(timespec="seconds")
        updated = self.article.get("updated_at") or max(published, changed, key=_instant_or_first)
        verb = "corrected" if self.article.get("correction") else "published"
        data = {**self.article, "published_at": published, "updated_at": updated}
        return {"type": f"article.{verb}", "timestamp": now.isoformat(timespec="milliseconds"), "data": data}

    def where(self, field: str) -> str:
        """Return the place of a field (`data.event.starts_at`) in the file, as messages name it."""
        key = field.removeprefix("data.").partition(".")[0]
        return f"{self.path}:{self.lines[key]}" if key in self.lines else str(self.path)


def read_manuscript(path: Path, *, now: datetime, zone: ZoneInfo) -> Manuscript:
    """Return what is in a file; raises ManuscriptFault with file, line and what to do.

    Args:
        now: what relative dates are counted from.
        zone: of dates that do not say theirs.
    """
    kind = path.suffix.lower()
    text = _text(path)
    lines: dict[str, int] = {}
    if kind == ".json":
        article = _json(path, text)
    elif kind in {".md", ".html", ".htm"}:
        article, lines, body, first_line = _front_matter(path, text)
        found_headline, html = _markdown(body) if kind == ".md" else _html(body)
        if not str(article.get("headline") or "").strip():
            if not found_headline:
                raise ManuscriptFault(
                    f'{path}:{first_line}: has no headline; begin with a line such as "# Der Markt bekommt ein Dach", '
                    'or write headline = "…" in the front matter.'
                )
            article["headline"] = found_headline
        if "body" in article:
            raise ManuscriptFault(
                f"{path}:{lines.get('body', 1)}: body is what stands below the front matter; take the key out."
            )
        article["body"] = html
    else:
        raise ManuscriptFault(f"{path}: is neither .md, .html nor .json; give it the ending of what is in it.")
    article.setdefault("id", path.stem)
    for keys in _DATES:
        _settle_date(article, keys, now=now.astimezone(zone), zone=zone, at=f"{path}:{lines.get(keys[0], 1)}")
    modified = datetime.fromtimestamp(path.stat().st_mtime, tz=zone)
    return Manuscript(path, article, modified, lines)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as cause:
        raise ManuscriptFault(f"{path}: cannot be read ({cause.strerror}).") from cause
    if len(raw) > LARGEST_BYTES:
        raise ManuscriptFault(f"{path}: has {len(raw) // 2**20} MiB; an article has {LARGEST_BYTES // 2**20} at most.")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as cause:
        line = raw[: cause.start].count(b"\n") + 1
        raise ManuscriptFault(f"{path}:{line}: is not UTF-8; save it with that encoding.") from cause


def _json(path: Path, text: str) -> Fields:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as cause:
        raise ManuscriptFault(f"{path}:{cause.lineno}: is not JSON: {cause.msg} (column {cause.colno}).") from cause
    except RecursionError as cause:
        raise ManuscriptFault(f"{path}: nests too deep to be an article.") from cause
    if not isinstance(found, dict):
        raise ManuscriptFault(f"{path}:1: must be one JSON object, an article as docs/howto/connect-standard.md says.")
    if isinstance(found.get("data"), dict) and "headline" not in found:
        raise ManuscriptFault(f"{path}:1: is a whole delivery; only what is in its `data` belongs here.")
    return found


def _front_matter(path: Path, text: str) -> tuple[Fields, dict[str, int], str, int]:
    """Return the keys, the line of each, the text below, and the line where that begins."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        return {}, {}, text, 1
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == FENCE), None)
    if end is None:
        raise ManuscriptFault(f"{path}:1: the front matter does not end; close it with a line {FENCE}.")
    try:
        found = tomllib.loads("\n".join([*lines[1:end], ""]))
    except tomllib.TOMLDecodeError as cause:
        raise ManuscriptFault(_toml_message(path, str(cause), last=end + 1)) from cause
    places: dict[str, int] = {}
    for number, line in enumerate(lines[1:end], start=2):
        if key := re.match(r"\s*\[*\s*\"?([\w-]+)", line):
            places.setdefault(key[1], number)
    return found, places, "\n".join(lines[end + 1 :]), end + 2


def _toml_message(path: Path, message: str, *, last: int) -> str:
    place = _TOML_PLACE.search(message)
    line = int(place[1]) + 1 if place else last
    said = _TOML_PLACE.sub("", message).removesuffix(" (at end of document)")
    advice = "; a text needs quotation marks" if said.startswith("Invalid value") else ""
    return f"{path}:{line}: the front matter is not TOML: {said}{advice}."


# --- dates -----------------------------------------------------------------------------------------------------------


def _settle_date(article: Fields, keys: Sequence[str], *, now: datetime, zone: ZoneInfo, at: str) -> None:
    """Make a date of any form one with its zone; what is missing stays missing, what is no date is the adapter's."""
    *tables, name = keys
    target: Any = article
    for table in tables:
        target = target.get(table)
        if not isinstance(target, MutableMapping):
            return
    value = target.get(name)
    if isinstance(value, str) and (text := value.strip()):
        value = _written(text, now=now, zone=zone, at=f"{at}: {'.'.join(keys)}")
    if isinstance(value, datetime):
        target[name] = (value if value.tzinfo else value.replace(tzinfo=zone)).isoformat()
    elif isinstance(value, date):
        target[name] = datetime.combine(value, time(), tzinfo=zone).isoformat()


def _written(text: str, *, now: datetime, zone: ZoneInfo, at: str) -> datetime:
    if found := _RELATIVE.fullmatch(text):
        return _from_now(found, now=now, zone=zone, at=at)
    try:
        return datetime.fromisoformat(text)
    except ValueError as cause:
        raise ManuscriptFault(
            f'{at}: "{text}" is no date; write 2026-11-23 09:30, 2026-11-23T09:30:00+01:00, or "-3d 14:05" from now.'
        ) from cause


def _from_now(found: re.Match[str], *, now: datetime, zone: ZoneInfo, at: str) -> datetime:
    count, unit = int(found[1]), found[2]
    if unit != "d":
        if found[3]:
            raise ManuscriptFault(f'{at}: a time of day goes with days only, such as "-3d 14:05".')
        passed = timedelta(hours=count) if unit == "h" else timedelta(minutes=count)
        return (now.astimezone(UTC) + passed).astimezone(zone)  # an hour is an hour, also when clocks change
    try:
        clock = time(int(found[3]), int(found[4])) if found[3] else now.time().replace(microsecond=0)
    except ValueError as cause:
        raise ManuscriptFault(f"{at}: {found[3]}:{found[4]} is no time of day.") from cause
    return datetime.combine(now.date() + timedelta(days=count), clock, tzinfo=zone)  # days of the calendar: DST moves


def _instant_or_first(text: object) -> datetime:
    """An order of dates; one that cannot be read sorts last, so that the adapter gets to see and name it."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# --- bodies ----------------------------------------------------------------------------------------------------------


def _html(body: str) -> tuple[str, str]:
    """Return the first heading's text and the HTML without it."""
    root = LexborHTMLParser(body).body
    if root is None:
        return "", ""
    heading = root.css_first("h1") or root.css_first("h2")
    headline = " ".join(heading.text().split()) if heading is not None else ""
    if heading is not None:
        heading.decompose()
    return headline, (root.inner_html or "").strip()


def _markdown(body: str) -> tuple[str, str]:
    """Return the first heading's text, when the text begins with one, and the rest as HTML."""
    tokens = _MARKDOWN.parse(body)
    headline = ""
    if tokens and tokens[0].type == "heading_open":
        headline = "".join(_words(tokens[1].children or ()))
        del tokens[:3]
    return headline, "".join(_pieces(tokens))


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "


def _pieces(tokens: Sequence[Token]) -> Iterator[str]:
    """Give the HTML of what stands at the top level, one element after the other."""
    start, depth = 0, 0
    for number, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            piece = tokens[start : number + 1]
            start = number + 1
            yield _paragraph(piece) if piece[0].type == "paragraph_open" else _other(piece)


def _paragraph(tokens: Sequence[Token]) -> str:
    inline = [
        token
        for token in tokens[1].children or ()
        if token.type != "softbreak" and (token.type, token.content.strip()) != ("text", "")
    ]
    pictures = [token for token in inline if token.type == "image"]
    if pictures and len(pictures) == len(inline):
        figures = "".join(map(_figure, pictures))
        return figures if len(pictures) == 1 else f'<figure class="wp-block-gallery">{figures}</figure>\n'
    if len(inline) == 3 and inline[0].type == "link_open" and inline[0].markup == "autolink":
        address = str(inline[0].attrGet("href") or "")
        if address.startswith(("https://", "http://")):
            return f'<iframe src="{entities.escape(address)}"></iframe>\n'
    return _rendered(tokens)


def _figure(picture: Token) -> str:
    """A picture with its title as the caption; the adapter tells a credit at its end apart."""
    src, alt = str(picture.attrGet("src") or ""), "".join(_words(picture.children or ()))
    caption = str(picture.attrGet("title") or "")
    words = f"<figcaption>{entities.escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{entities.escape(src)}" alt="{entities.escape(alt)}">{words}</figure>\n'


def _other(tokens: Sequence[Token]) -> str:
    if tokens[0].type != "blockquote_open":
        return _rendered(tokens)
    last = next((token for token in reversed(tokens) if token.type == "inline"), None)
    said_by = _CITE.search(last.content) if last is not None else None
    if last is None or said_by is None:
        return _rendered(tokens)
    last.content = last.content[: said_by.start()]
    last.children = _MARKDOWN.parseInline(last.content)[0].children
    quote = _rendered(tokens).rstrip().removesuffix("</blockquote>")
    return f"{quote}<cite>{entities.escape(said_by[1])}</cite></blockquote>\n"


def _rendered(tokens: Sequence[Token]) -> str:
    rendered: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return rendered
