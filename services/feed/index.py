"""The index: sorted sets, teasers, versions and their announcement, changed by scripts and by nothing else.

    place    a document into its lists     place.lua     (handlers)
    over     what has ended or resurfaces  over.lua      (timers)
    draw     the mixed box of a day        draw.lua      (timers)
    swap     all lists at once             swap.lua      (rebuild)
    pin      what editors put where        pin.lua       (pins.py)

Every script changes lists, counts their versions and appends to the stream `lists` in one step. What a script needs
to know of an article's former memberships stands in its record (memberships.py), never in JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal, cast

from redis.exceptions import ResponseError

from services.feed.memberships import Memberships, day_of, lists_in, memberships_of
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.document import Document
from shared.contracts.keys import LISTS_STREAM, Keys, shard_of
from shared.contracts.lists import ListName
from shared.runtime.broker import Client, away, is_away
from shared.runtime.clock import Clock, moment, system_clock
from shared.runtime.errors import RedisAway, Rejected
from shared.runtime.scripts import Call, Script

LATELY: Final = 200  # articles; more than any newsroom publishes in the seconds that a file system holds back

Outcome = Literal["listed", "unlisted", "unchanged", "skipped"]


def script(name: str) -> Script:
    """Return a script of this package, with the functions that all of them share in front."""
    folder = files("services.feed")
    return Script("\n".join(folder.joinpath(part).read_text(encoding="utf-8") for part in ("functions.lua", name)))


_PLACE: Final = script("place.lua")
_OVER: Final = script("over.lua")
_DRAW: Final = script("draw.lua")


class UnknownSite(Rejected):
    """The signal is of a site that the configuration does not have."""

    reason = "unknown_site"


@dataclass(frozen=True)
class Change:
    """A document to be placed, and whose signal asked for it."""

    document: Document
    received_ms: int = 0
    traceparent: str = ""


@dataclass(frozen=True)
class Placed:
    """What became of a change: `skipped` = something newer was placed before."""

    outcome: Outcome
    lists: tuple[ListName, ...] = ()
    months: tuple[str, ...] = ()


@dataclass(frozen=True)
class Day:
    """A day of a site: its date, `yyyy-mm-dd`, and when it begins and ends, milliseconds since 1970."""

    date: str
    start_ms: int
    end_ms: int


class Lists:
    """The lists of all sites, for writing. Every method raises RedisAway."""

    def __init__(
        self, client: Client, sites: Mapping[SiteName, SiteConfig], *, shards: int, clock: Clock = system_clock
    ) -> None:
        self._client = client
        self._sites = sites
        self._shards = shards
        self._clock = clock

    async def place(self, site: SiteName, changes: Sequence[Change]) -> list[Placed]:
        """Put documents of one site into their lists, in order, in one pipeline. Raises UnknownSite."""
        answers = await _PLACE.call_many(self._client, self._place_calls(site, changes))
        return [_placed(answer) for answer in answers]

    async def end_what_is_over(self, site: SiteName) -> list[tuple[ListName, ArticleId, int]]:
        """Take out of `events` and `breaking` what is over, and put on top what resurfaces (`resurfaced`).

        Return list, article and when it was due, milliseconds since 1970.
        """
        keys = self.keys(site)
        places = [
            keys.indexed(site),
            keys.versions(site),
            keys.due(site),
            keys.stream(LISTS_STREAM),
            keys.list(site, ""),
        ]
        now_ms = self._clock()
        day = self.day(site, now_ms)
        flat = await _OVER.call(self._client, places, [site, now_ms, day.date, day.start_ms, day.end_ms])
        rows = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
        return [(ListName(name.decode()), ArticleId(id_.decode()), int(due)) for name, id_, due in rows]

    async def draw_mixed(self, site: SiteName, *, as_of_ms: int | None = None) -> bool:
        """Draw today's mixed box unless it was drawn, and fill its open places; say whether it changed.

        With `as_of_ms`, bring back the box of that moment's day instead (for `rebuild --as-of`).
        """
        keys = self.keys(site)
        day = self.day(site, self._clock() if as_of_ms is None else as_of_ms)
        places = [
            keys.teasers(site),
            keys.versions(site),
            keys.due(site),
            keys.stream(LISTS_STREAM),
            keys.list(site, ""),
        ]
        arguments: list[str | int] = [
            site,
            self._clock(),
            day.date,
            day.start_ms,
            day.end_ms,
            int(as_of_ms is not None),
        ]
        return bool(await _DRAW.call(self._client, places, arguments))

    async def lately_changed(self, site: SiteName) -> tuple[set[ListName], set[str]]:
        """Return the lists and months of the articles that changed last."""
        keys = self.keys(site)
        with away():
            ids: list[Any] = await self._client.zrange(keys.changed(), 0, LATELY - 1, desc=True)
            records: list[Any] = (
                await self._client.hmget(keys.indexed(site), ids) if ids else []
            )  # bytes: see `connect`
        found = [lists_in(record.decode()) for record in records if record]
        return {name for names, _ in found for name in names}, {month for _, month in found if month}

    def keys(self, site: SiteName) -> Keys:
        """Return the keys of the site's shard."""
        return Keys(shard_of(site, self._shards))

    def day(self, site: SiteName, at_ms: int) -> Day:
        """Return the day of a moment in the site's zone."""
        zone = self._site(site).zone
        when = moment(at_ms)
        return Day(when.astimezone(zone).date().isoformat(), *day_of(when, zone))

    def memberships(self, site: SiteName, document: Document, *, now_ms: int | None = None) -> Memberships:
        """Return where `document` belongs now, or at `now_ms`."""
        return memberships_of(document, now_ms=self._clock() if now_ms is None else now_ms, zone=self._site(site).zone)

    def _site(self, site: SiteName) -> SiteConfig:
        try:
            return self._sites[site]
        except KeyError:
            raise UnknownSite(f"There is no [site.{site}] in the configuration any more; drop its messages.") from None

    def _place_calls(self, site: SiteName, changes: Sequence[Change]) -> list[Call]:
        keys, now_ms, zone = self.keys(site), self._clock(), self._site(site).zone
        day = self.day(site, now_ms)
        shared = [
            keys.indexed(site),
            keys.teasers(site),
            keys.versions(site),
            keys.due(site),
            keys.stream(LISTS_STREAM),
        ]
        lists = keys.list(site, "")
        context = (
            f"{site} {now_ms} {day.date} {day.start_ms} {day.end_ms}"  # one word: each argument costs its encoding
        )
        is_told = bool(self._site(site).indexnow.key)
        calls: list[Call] = []
        for change in changes:
            here = memberships_of(change.document, now_ms=now_ms, zone=zone)
            places = [
                *shared, keys.timeline(here.id), lists, keys.pins(site), keys.cancelled(site), keys.gone(site),
                keys.indexnow(site),
            ]  # fmt: skip
            signal: tuple[str | int, ...] = (change.received_ms, change.traceparent, change.document.state)
            calls.append(
                (
                    places,
                    [
                        context,
                        here.id,
                        here.record,
                        here.teaser,
                        *signal,
                        " ".join(told_of(change.document)) if is_told else "",
                    ],
                )
            )
        return calls


def told_of(document: Document) -> tuple[str, ...]:
    """Return the paths that search engines may be told of: where the article is, or was last, first."""
    return tuple(dict.fromkeys(path for path in (document.path, *document.paths) if path))


def _placed(answer: Any) -> Placed:
    if isinstance(answer, ResponseError) and not is_away(answer):
        raise answer  # a bug in the script; the message is judged alone
    if isinstance(answer, BaseException):
        raise RedisAway(f"Redis did not place an article: {answer}") from answer
    outcome, names, months = (part.decode() for part in answer)
    return Placed(cast("Outcome", outcome), tuple(ListName(name) for name in names.split()), tuple(months.split()))
