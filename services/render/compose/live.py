"""Live articles: a body whose headings begin updates. Newest first, each with an address and, if it says one, a time.

A CMS sends a live article whole, each time. What stands before the first heading is the summary and stays on top; a
heading that begins with a time of day ("14.05 Uhr: …") says when its update came. Pure.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from services.render.compose.markup import plain
from shared.contracts.article import Article
from shared.contracts.blocks import Block, Heading, ListBlock, Paragraph, Quote

_TIME: Final = re.compile(r"\s*(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?!\d|\.\d)\s*(?:Uhr|h)?\b[\s:–—|-]*")
ANCHOR: Final = "update-"
DAY: Final = 24 * 60  # minutes


@dataclass(frozen=True)
class Update:
    """One update of a live article.

    Args:
        anchor: its place on the page; the same as long as its heading is.
        title: the heading without the time; the whole heading when there is nothing else.
        at: when it came; None when it does not say.
        blocks: the heading and what follows it.
    """

    anchor: str
    title: str
    at: datetime | None
    blocks: Sequence[Block]


def newest_first(article: Article) -> Article:
    """Return a live article with its updates newest first, as their times say; any other as it is.

    Without two times nothing is known of their order: then it is the CMS's.
    """
    if article.kind != "live":
        return article
    summary, sections = _sections(article.body)
    clocks = [clock for clock in map(_clock_of, sections) if clock is not None]
    if _rises(clocks) <= 0:
        return article
    body = [*summary, *(block for section in reversed(sections) for block in section)]
    return article.model_copy(update={"body": tuple(body)})


def updates_of(article: Article, zone: ZoneInfo) -> list[Update]:
    """Return the updates in the order of the page; none for an article that is not live."""
    if article.kind != "live":
        return []
    _, sections = _sections(newest_first(article).body)
    anchors = anchors_of(article)
    times = _moments([_clock_of(section) for section in sections], article.published_at.astimezone(zone).date(), zone)
    return [
        Update(anchor, _title_of(section), at, section)
        for anchor, section, at in zip(anchors, sections, times, strict=True)
    ]


def anchors_of(article: Article) -> list[str]:
    """Return the anchors of the headings that begin updates, in the order of the page."""
    if article.kind != "live":
        return []
    _, sections = _sections(newest_first(article).body)
    anchors: list[str] = []
    seen: dict[str, int] = {}
    for section in reversed(sections):  # from the oldest: a second one of the same words takes nobody's address
        name = hashlib.sha256(_words(section).encode()).hexdigest()[:8]
        seen[name] = seen.get(name, 0) + 1
        anchors.append(f"{ANCHOR}{name}" + (f"-{seen[name]}" if seen[name] > 1 else ""))
    return anchors[::-1]


def level_of(body: Sequence[Block]) -> int:
    """Return the level of the headings that begin updates: the highest that there is; 0 without a heading."""
    return min((block.level for block in body if isinstance(block, Heading)), default=0)


def text_of(update: Update) -> str:
    """Return what an update says below its heading, as text."""
    texts: list[str] = []
    for block in update.blocks[1:]:
        match block:
            case Paragraph() | Quote() | Heading():
                texts.append(plain(block.html))
            case ListBlock():
                texts += map(plain, block.items)
            case _:
                pass
    return " ".join(filter(None, texts))


def _sections(body: Sequence[Block]) -> tuple[list[Block], list[list[Block]]]:
    """Return what stands before the first update, and the updates, each from its heading on."""
    level, summary, sections = level_of(body), list[Block](), list[list[Block]]()
    for block in body:
        if isinstance(block, Heading) and block.level == level:
            sections.append([block])
        else:
            (sections[-1] if sections else summary).append(block)
    return summary, sections


def _words(section: Sequence[Block]) -> str:
    heading = section[0]
    assert isinstance(heading, Heading)
    return plain(heading.html)


def _title_of(section: Sequence[Block]) -> str:
    words = _words(section)
    match = _TIME.match(words)
    return (words[match.end() :].strip() if match else "") or words


def _clock_of(section: Sequence[Block]) -> time | None:
    match = _TIME.match(_words(section))
    return time(int(match["hour"]), int(match["minute"])) if match else None


def _rises(clocks: Sequence[time]) -> int:
    """Return how many steps go forward in time, less those that go back."""
    steps = (_step(one, other) for one, other in pairwise(clocks))
    return sum((step > 0) - (step < 0) for step in steps)


def _step(one: time, other: time) -> int:
    """Return the minutes from one time of day to another, by the shorter way: 23:50 to 0:10 is 20."""
    apart = (other.hour - one.hour) * 60 + other.minute - one.minute
    return (apart + DAY // 2) % DAY - DAY // 2


def _moments(clocks: Sequence[time | None], day: date, zone: ZoneInfo) -> list[datetime | None]:
    """Return the moments of times that stand newest first; the oldest is of the day of publication."""
    found: list[datetime | None] = []
    before: time | None = None
    for clock in reversed(clocks):
        if clock is None:
            found.append(None)
            continue
        if before is not None and clock < before and _step(before, clock) > 0:  # past midnight
            day += timedelta(days=1)
        before = clock
        found.append(datetime.combine(day, clock, tzinfo=zone))
    return found[::-1]
