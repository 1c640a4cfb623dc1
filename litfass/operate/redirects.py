"""The old site's addresses by hand: import a list of `old,new`, look at it, take one away.

read_rows     a file → rows, each with its line                (pure)
linted        rows → those that can be, straightened; faults   (pure)
import_file   both, and into Redis and the page store
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from litfass.house import House
from services.render.redirects import Redirects, normal, write_marker
from services.render.serve import is_clean
from services.render.settings import RenderSettings
from services.render.sites import Site, Sites
from shared.contracts import paths
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.config import SiteConfig
from shared.runtime.errors import LitfassError
from shared.runtime.settings import load_settings

MAX_LENGTH: Final = 2_000  # characters of an address; browsers and caches go not much further
HEADS: Final = frozenset({("old", "new"), ("from", "to"), ("source", "target"), ("alt", "neu")})
BELOW: Final = frozenset({"author", "corrections", "events", "tag"})  # below these only lists' pages are ours
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f\\<>\"]")

Advance = Callable[[int], None]


class BadList(LitfassError):
    """The file is no list of old and new addresses."""

    reason = "bad_list"


class NoSuchRedirect(LitfassError):
    """There is no such old address."""

    reason = "no_such_redirect"


@dataclass(frozen=True)
class Row:
    """One line of the file: where the old address leads."""

    line: int
    old: str
    new: str


@dataclass
class Linted:
    """What a file comes to.

    Args:
        rows: old → new, each leading to its end in one step.
        lines: old → the line that says it.
        faults: lines that were left out, and why.
        warnings: lines that were taken, but should be looked at.
    """

    rows: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


async def import_file(
    house: House, file: Path, *, site: SiteName, dry: bool, environ: Mapping[str, str], progress: Advance
) -> dict[str, Any]:
    """Import a list; the same list again changes nothing. Raises BadList, RedisAway, StoreAway."""
    redirects = _redirects(house)
    known = await redirects.all(site)
    linted = linted_of(read_rows(_text(file), name=str(file)), house.config.sites()[site], known)
    old = list(linted.rows)
    taken = await _addresses_of_articles(house, site, old)
    for each in (each for each in old if each in taken):
        linted.faults.append(f"line {linted.lines[each]}: {each} is the address of an article, and stays its")
    rows = [(each, linted.rows[each]) for each in old if each not in taken]
    counts = {"new": 0, "changed": 0, "unchanged": 0}
    if dry:
        for each, new in rows:
            counts["new" if each not in known else "unchanged" if known[each] == new else "changed"] += 1
    else:
        answers = await redirects.put(site, rows)
        for (each, _), answer in zip(rows, answers, strict=True):
            if answer == "article":  # it came while we looked
                linted.faults.append(f"line {linted.lines[each]}: {each} is the address of an article, and stays its")
            else:
                counts[answer] += 1
        written = [row for row, answer in zip(rows, answers, strict=True) if answer != "article"]
        await write_markers(house, _site(house, site, environ), written, progress=progress)
    return {"rows": len(rows), **counts, "faults": linted.faults, "warnings": linted.warnings}


async def write_markers(house: House, site: Site, rows: Sequence[tuple[str, str]], *, progress: Advance) -> None:
    """Leave a page that leads on at each old address, for when render is down. Raises StoreAway."""
    for old, new in rows:
        await write_marker(site, house.store, old, new)
        progress(1)


async def rows(house: House, site: SiteName) -> list[dict[str, str]]:
    """Return every old address and where it leads."""
    return [{"old": old, "new": new} for old, new in (await _redirects(house).all(site)).items()]


async def remove(house: House, old: str, *, site: SiteName) -> dict[str, str]:
    """Forget an old address. Raises NoSuchRedirect, RedisAway, StoreAway."""
    redirects = _redirects(house)
    for spelling in dict.fromkeys((old, normal(old))):
        if await redirects.remove(site, spelling):
            await house.store.delete(site, [paths.moved_path(UrlPath(spelling))])
            return {"removed": spelling}
    raise NoSuchRedirect(f"{old} is no old address here; see: litfass redirects list")


def read_rows(text: str, *, name: str) -> list[Row]:
    """Read lines `old,new` (or with semicolons or tabs), with a head or without. Raises BadList."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = [(number, cells) for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1)]
    except csv.Error as cause:
        raise BadList(f"{name}: cannot be read as CSV: {cause}") from cause
    found: list[Row] = []
    for number, cells in lines:
        words = [cell.strip() for cell in cells]
        if not any(words) or (not found and tuple(word.lower() for word in words[:2]) in HEADS):
            continue
        if len(words) < 2:
            raise BadList(f"{name}, line {number}: has only one column; every line is `old,new`.")
        found.append(Row(number, words[0], words[1]))
    return found


def linted_of(found: Sequence[Row], site: SiteConfig, known: Mapping[str, str]) -> Linted:
    """Check rows against the site's own pages, each other, and what is known already.

    A chain is shortened to its end; a loop, and what leads into one, is left out.
    """
    linted = Linted()
    for row in found:
        old, new, fault = old_address(row.old), new_address(row.new, site), ""
        if not old:
            fault = f"{row.old!r} is no address; write a path, or a whole URL"
        elif not new:
            fault = f"{row.new!r} is no address to lead to; write a path of this site, or an https URL"
        elif kept := _kept_by(old, site):
            fault = f"{old} is {kept} here, and cannot lead elsewhere"
        elif old in linted.rows and linted.rows[old] != new:
            fault = f"{old} leads elsewhere already, in line {linted.lines[old]}"
        if fault:
            linted.faults.append(f"line {row.line}: {fault}")
        else:
            linted.rows[old], linted.lines[old] = new, row.line
    _straighten(linted, known)
    return linted


def _straighten(linted: Linted, known: Mapping[str, str]) -> None:
    all_rows = {**known, **linted.rows}
    ends = {old: _end_of(old, all_rows) for old in linted.rows}
    for old, end in ends.items():
        if end is None:
            linted.faults.append(f"line {linted.lines[old]}: {old} leads into a loop")
        elif end != linted.rows[old]:
            linted.warnings.append(f"line {linted.lines[old]}: {old} leads to another old address; it goes to {end}")
    linted.rows = {old: end for old, end in ends.items() if end is not None}


def _end_of(old: str, rows: Mapping[str, str]) -> str | None:
    """Follow an old address to where it ends; None when it comes back."""
    seen, at = {old}, rows[old]
    while (step := normal_of(at)) in rows:
        if step in seen:
            return None
        seen.add(step)
        at = rows[step]
    return None if normal_of(at) in seen else at


def old_address(text: str) -> str:
    """Return the one spelling of an old address: path decoded, query as it is; empty when it is none."""
    parts = _parts(text)
    if parts is None:
        return ""
    path, query = unquote(parts[0]), parts[1]
    if not path.startswith("/") or not is_clean(path) or len(path) + len(query) > MAX_LENGTH:
        return ""
    return f"{normal(path)}?{query}" if query else normal(path)


def new_address(text: str, site: SiteConfig) -> str:
    """Return where a redirect may lead: a path of the site, or an http(s) URL elsewhere; empty when it may not."""
    url = text.removeprefix(site.base_url) if text.startswith(f"{site.base_url}/") else text
    if _UNPRINTABLE.search(url) or len(url) > MAX_LENGTH:
        return ""
    if url.startswith("/") and not url.startswith("//"):
        return url
    parts = _parts(url)
    return url if parts and url.lower().startswith(("https://", "http://")) else ""


def normal_of(new: str) -> str:
    """Return a target as old addresses are spelt, to see whether it is one."""
    path, _, query = new.partition("#")[0].partition("?")
    return f"{normal(unquote(path))}?{query}" if query else normal(unquote(path))


def _kept_by(old: str, site: SiteConfig) -> str:
    path = UrlPath(old.partition("?")[0])
    first = path.strip("/").partition("/")[0]
    if path == "/":
        return "the front page"
    if paths.parse(path, site.sections):
        return "a list's page"
    return "reserved" if first in paths.RESERVED_WORDS - BELOW else ""


def _parts(text: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme and (parts.scheme.lower() not in {"http", "https"} or not parts.hostname):
        return None
    return parts.path or "/", parts.query


async def _addresses_of_articles(house: House, site: SiteName, old: Sequence[str]) -> set[str]:
    taken = set()
    for each in old:
        if await house.articles.owner(site, UrlPath(each.partition("?")[0].rstrip("/") + "/")):
            taken.add(each)
    return taken


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as cause:
        raise BadList(f"{file}: cannot be read ({cause.strerror}).") from cause
    except UnicodeDecodeError as cause:
        raise BadList(f"{file}: byte {cause.start} is not UTF-8; save it as UTF-8.") from cause


def _site(house: House, name: SiteName, environ: Mapping[str, str]) -> Site:
    settings = load_settings(RenderSettings, environ)
    found = Sites.load(house.config, theme_folder=settings.theme_folder).named(name)
    assert found is not None
    return found


def _redirects(house: House) -> Redirects:
    return Redirects(house.client, shards=house.config.redis.shards)
