"""Which articles a question is about: a page of a list, or of what its filters let through.

A filter walks the shortest of the lists that hold everything it wants, by teasers, and no further than LOOKED at a
time: a page may then be short, and `next` leads on.
"""

import asyncio
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from services.feed.query import Query, names_one, wanted_teaser
from services.feed.subscribers.matching import Facts, wants
from shared.contracts import lists
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.lists import ListName, has_months, kind_and_slug
from shared.runtime.clock import milliseconds
from shared.runtime.lists import ListReader, Month, Place, Row, month_bounds, teaser_in

LOOKED: Final = 1_000  # articles that one request looks at
CHUNK: Final = 250
BEGIN_MS, END_MS = -(10**15), 10**15  # before and after everything


@dataclass(frozen=True)
class Found:
    """A page.

    Args:
        next: where to go on; None at the end.
    """

    ids: tuple[ArticleId, ...]
    next: Place | None


class Finder:
    """Finds them. Raises RedisAway."""

    def __init__(self, reader: ListReader) -> None:
        self._reader = reader

    async def find(self, site: SiteName, query: Query, after: Place | None, *, zone: ZoneInfo) -> Found:
        """Return the page behind `after`."""
        base, window = _base(query.list, zone)
        if not query.is_filtered:
            places = await self._reader.page(site, base, after=after, limit=query.limit + 1, month=window)
            here = places[: query.limit]
            end = (here[-1][1], here[-1][0]) if len(places) > query.limit else None
            return Found(tuple(article_id for article_id, _ in here), end)
        if has_months(base):  # ordered by publication, as all lists of filters are
            window = _narrower(window, query)
            base = await self._shortest(site, [base, *names_one(query.wanted)])
        return await self._walk(site, base, query, after, window)

    async def _shortest(self, site: SiteName, names: list[ListName]) -> ListName:
        if len(names) == 1:
            return names[0]
        sizes = await asyncio.gather(*(self._reader.size(site, name) for name in names))
        return min(zip(sizes, names, strict=True))[1]

    async def _walk(
        self, site: SiteName, base: ListName, query: Query, after: Place | None, window: Month | None
    ) -> Found:
        found: list[Row] = []
        looked, here = 0, after
        while rows := await self._reader.rows(site, base, limit=CHUNK, after=here, month=window):
            for row in rows:
                if _lets_through(query, row):
                    if len(found) == query.limit:
                        return Found(tuple(one.id for one in found), (found[-1].score_ms, found[-1].id))
                    found.append(row)
            looked, here = looked + len(rows), (rows[-1].score_ms, rows[-1].id)
            if looked >= LOOKED:
                return Found(tuple(one.id for one in found), here)
        return Found(tuple(one.id for one in found), None)


def _base(name: ListName, zone: ZoneInfo) -> tuple[ListName, Month | None]:
    kind, word = kind_and_slug(name)
    return (lists.RECENT, month_bounds(word, zone)) if kind == "month" else (name, None)


def _narrower(window: Month | None, query: Query) -> Month | None:
    if query.since_ms is None and query.until_ms is None:
        return window
    start, end = window or (BEGIN_MS, END_MS)
    since = BEGIN_MS if query.since_ms is None else query.since_ms
    until = END_MS if query.until_ms is None else query.until_ms
    return max(start, since), max(start, since, min(end, until))


def _lets_through(query: Query, row: Row) -> bool:
    teaser = teaser_in(row.teaser)
    published_ms = milliseconds(teaser.published_at)
    return (
        (query.since_ms is None or published_ms >= query.since_ms)
        and (query.until_ms is None or published_ms < query.until_ms)
        and (not lists.kind_and_slug(query.list)[1] or _is_in(query.list, row))
        and wants(query.wanted, Facts(*wanted_teaser(teaser)))
    )


def _is_in(name: ListName, row: Row) -> bool:
    """Say whether an article of another list is in this one, too; a month is a window already."""
    teaser = teaser_in(row.teaser)
    match kind_and_slug(name):
        case "section", slug:
            return teaser.section == slug
        case "tag", slug:
            return any(tag.slug == slug for tag in teaser.tags)
        case "author", slug:
            return any(author.slug == slug for author in teaser.authors)
        case _:
            return True
