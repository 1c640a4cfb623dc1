"""Marks and links → inline markup, as blocks hold it.

What is written here passes the sanitiser unchanged (a property test says so), so it need not go through it.
"""

import html as entities
import re
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, Literal, NamedTuple, TypeAlias

from services.ingest.adapt.pictures import MAX_URL
from services.ingest.adapt.text import cleared

Mark: TypeAlias = Literal["strong", "em", "u", "s", "sub", "sup", "mark", "code"]
MARKS: Final[Sequence[Mark]] = ("strong", "em", "u", "s", "mark", "sub", "sup", "code")  # outermost first
# No `user:password@` before the host.
_HREF: Final = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?|mailto:\S+@\S+|/\S*", re.IGNORECASE)
_ENCODED: Final = str.maketrans({'"': "%22", "<": "%3C", ">": "%3E", "\\": "%5C", " ": "%20", "`": "%60"})


class Run(NamedTuple):
    """Text with equal marks; `href` is empty or has passed `followable`."""

    text: str
    marks: frozenset[Mark] = frozenset()
    href: str = ""


def escaped(text: str) -> str:
    """Return plain text as markup; line ends become breaks."""
    clean = cleared(text.replace("\r\n", "\n").replace("\r", "\n"))
    return entities.escape(clean, quote=False).replace("\xa0", "&nbsp;").replace("\n", "<br>")


def followable(url: object) -> str:
    """Return where a link may lead: http(s), mailto, or a path of the site; empty when it may lead nowhere."""
    if not isinstance(url, str):
        return ""
    url = url.strip().translate(_ENCODED)
    if url.startswith("//"):
        url = f"https:{url}"
    elif url.lower().startswith("www."):
        url = f"https://{url}"
    return url if len(url) <= MAX_URL and cleared(url) == url and _HREF.fullmatch(url) else ""


def markup(runs: Sequence[Run]) -> str:
    """Return the markup of runs; neighbours with the same link or marks share one element."""
    if not any(run.marks or run.href for run in runs):  # most of them
        return escaped("".join(run.text for run in runs))
    parts: list[str] = []
    for href, linked in groupby(runs, key=attrgetter("href")):
        inner = _marked(list(linked), MARKS)
        parts.append(f'<a href="{entities.escape(href, quote=False)}">{inner}</a>' if href and inner else inner)
    return "".join(parts)


def _marked(runs: Sequence[Run], marks: Sequence[Mark]) -> str:
    """Return runs with those of their marks that are still to be written, outermost first."""
    if not any(run.marks for run in runs):
        return escaped("".join(run.text for run in runs))
    mark, *others = marks
    parts: list[str] = []
    for has_mark, same in groupby(runs, key=lambda run: mark in run.marks):
        inner = _marked([Run(run.text, run.marks - {mark}) for run in same], others)
        parts.append(f"<{mark}>{inner}</{mark}>" if has_mark and inner else inner)
    return "".join(parts)
