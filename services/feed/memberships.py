"""Which lists an article belongs to, and where in them. Pure: a document, the time and the site's zone decide.

    recent, section:…, tag:…, author:…     by publication, milliseconds since 1970
    corrections                            by the newest correction
    events                                 by the start, until it is over
    breaking                               by its own end, until then
    resurfaced:recent, …                   by when it resurfaces; scripts show it there when its time has come

A withdrawn article belongs to none. `mixed` is drawn, not decided here (mixed.lua).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from shared.contracts import lists
from shared.contracts.article import Article, EventDetails
from shared.contracts.base import ArticleId
from shared.contracts.document import Document
from shared.contracts.lists import ListName, shown_in
from shared.contracts.teaser import teaser_of
from shared.runtime.clock import milliseconds, moment
from shared.runtime.lists import month_of

NOTHING: Final = "-"  # an empty word in the record, which is split at spaces


@dataclass(frozen=True)
class Memberships:
    """Where one version of an article stands.

    Args:
        seq: of the document; a greater one replaces this.
        scores: list → score in milliseconds.
        month: of publication, `yyyy-mm` in the site's zone; empty for a withdrawn article.
        over_ms: when its event is over and it leaves `events`; None when it is not there.
        teaser: what lists show of it, as JSON; empty for a withdrawn article.
    """

    id: ArticleId
    seq: int
    scores: Mapping[ListName, int]
    month: str = ""
    over_ms: int | None = None
    teaser: str = ""

    @property
    def record(self) -> str:
        """What the index remembers of it: `seq month over`, then one line `list score` each; scripts read this."""
        over = NOTHING if self.over_ms is None else str(self.over_ms)
        lines = [f"{self.seq} {self.month or NOTHING} {over}"]
        return "\n".join([*lines, *(f"{name} {score}" for name, score in self.scores.items())])


def lists_in(record: str) -> tuple[list[ListName], str]:
    """Read back from a record which lists it names, and its month (empty for a withdrawn article)."""
    head, *lines = record.split("\n")
    month = head.split(" ")[1]
    names = dict.fromkeys(shown_in(ListName(line.partition(" ")[0])) for line in lines)
    return list(names), "" if month == NOTHING else month


def memberships_of(document: Document, *, now_ms: int, zone: ZoneInfo) -> Memberships:
    """Return where `document` belongs at `now_ms`; the time matters only for what ends."""
    article, path = document.article, document.path
    if document.state != "public" or article is None or path is None:
        return Memberships(document.id, document.seq, {})
    over_ms = over_at_ms(article.event, zone) if article.event else None
    if over_ms is not None and over_ms <= now_ms:
        over_ms = None
    return Memberships(
        id=document.id,
        seq=document.seq,
        scores=_scores(article, document.resurface_at, is_coming=over_ms is not None, now_ms=now_ms),
        month=month_of(moment(milliseconds(article.published_at)), zone),  # of the score: rounding may cross midnight
        over_ms=over_ms,
        teaser=teaser_of(article, path).model_dump_json(),
    )


def over_at_ms(event: EventDetails, zone: ZoneInfo) -> int:
    """Return when an event is over: at its end, or, without a usable one, when the day it starts is over."""
    if event.ends_at and event.ends_at >= event.starts_at:
        return milliseconds(event.ends_at)
    return day_of(event.starts_at, zone)[1]


def day_of(when: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return the day of a moment in `zone`, [start_ms, end_ms); 23 or 25 hours long when clocks change."""
    midnight = when.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return milliseconds(midnight), milliseconds(midnight + timedelta(days=1))


def _scores(article: Article, by_hand: datetime | None, *, is_coming: bool, now_ms: int) -> dict[ListName, int]:
    published = milliseconds(article.published_at)
    names = [lists.RECENT, lists.section(article.section)]
    names += [lists.tag(tag.slug) for tag in article.tags]
    if article.kind != "sponsored":  # whoever paid has no page among the newsroom's
        names += [lists.author(author.slug) for author in article.authors]
    scores = dict.fromkeys(names, published)
    resurfaces = max((milliseconds(when) for when in (article.resurface_at, by_hand) if when), default=0)
    if resurfaces > published:
        scores |= {lists.resurfaced(name): resurfaces for name in names}
    if article.event and is_coming:
        scores[lists.EVENTS] = milliseconds(article.event.starts_at)
    if article.corrections:
        scores[lists.CORRECTIONS] = max(milliseconds(correction.at) for correction in article.corrections)
    if article.breaking_until and milliseconds(article.breaking_until) > now_ms:
        scores[lists.BREAKING] = milliseconds(article.breaking_until)  # place.lua and over.lua read the end there
    return scores
