"""Pins: which article an editor wants at which position of a list, from when to when.

    set, remove     by an editor, at once                     `litfass pins`, /admin/pins
    look            by the timers: pins begin and end         timers.py

A pin is no part of an article and comes from no document: it is kept by itself, survives a rebuild, and goes with a
kill (place.lua). What is pinned now stands in `pinned:<list>`; a change of it counts and is announced as one of the
list. (ADR-0019)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.feed.index import script
from shared.contracts import lists
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import LISTS_STREAM, Keys, shard_of
from shared.contracts.lists import ListName
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import LitfassError

LAST_POSITION: Final = 50
ALWAYS: Final = "-"  # in a record: no beginning, or no end

_PIN: Final = script("pin.lua")


class PinRefused(LitfassError):
    """The article, the list, the position or the time is none that can be pinned."""

    reason = "pin_refused"


@dataclass(frozen=True)
class Pin:
    """One wish of an editor.

    Args:
        position: from 1; of two pins at one position the later one stands first, the other behind it.
        from_ms: when it begins, milliseconds since 1970; None = at once.
        until_ms: when it ends by itself; None = when it is taken away.
    """

    article_id: ArticleId
    list: ListName
    position: int = 1
    from_ms: int | None = None
    until_ms: int | None = None

    def is_shown(self, now_ms: int) -> bool:
        """Say whether its time is now."""
        return (self.from_ms or 0) <= now_ms and not self.is_over(now_ms)

    def is_over(self, now_ms: int) -> bool:
        """Say whether its time is over."""
        return self.until_ms is not None and self.until_ms <= now_ms


@dataclass(frozen=True)
class Look:
    """What a look at the clock found.

    Args:
        is_changed: whether a list shows other pins now.
        next_ms: when the next pin begins or ends.
        due_ms: the latest moment that changed something; None when nothing did.
    """

    is_changed: bool
    next_ms: int | None
    due_ms: int | None


class Pins:
    """The pins of all sites. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int, clock: Clock = system_clock) -> None:
        self._client, self._shards, self._clock = client, shards, clock

    async def set(self, site: SiteName, pin: Pin) -> bool:
        """Pin an article, instead of where it was pinned in that list before; say whether a list changed now.

        Raises PinRefused for a list, a position or a time that cannot be, and for an article that nobody may see.
        """
        now_ms = self._clock()
        if fault := fault_of(pin, now_ms):
            raise PinRefused(fault)
        arguments: list[str | int] = [lists.pin_score(pin.position, now_ms), _text(pin.from_ms), _text(pin.until_ms)]
        outcome, _, _ = await self._call(site, now_ms, "set", pin.article_id, pin.list, *arguments)
        if outcome in {"changed", "unchanged"}:
            return outcome == "changed"
        if outcome == "too_many":
            raise PinRefused("Too many articles are pinned; take some away: litfass pins remove.")
        what = {"killed": "was taken back for good", "unpublished": "is not published"}.get(outcome, "is not known")
        raise PinRefused(f"The article {pin.article_id} {what}, so it cannot be pinned.")

    async def remove(self, site: SiteName, article_id: ArticleId, name: ListName | None = None) -> bool:
        """Take an article's pin off a list, or off all; say whether there was one."""
        outcome, _, _ = await self._call(site, self._clock(), "remove", article_id, name or "", 0, "", "")
        return outcome != "unknown"

    async def look(self, site: SiteName, *, as_of_ms: int | None = None) -> Look:
        """Show the pins whose time it is, now or (for `rebuild --as-of`) at another moment."""
        now_ms = self._clock() if as_of_ms is None else as_of_ms
        outcome, next_ms, due_ms = await self._call(site, now_ms, "look", "", "", 0, "", "")
        return Look(outcome == "changed", int(next_ms) if next_ms else None, int(due_ms) if due_ms else None)

    async def all(self, site: SiteName) -> list[Pin]:
        """Return every pin that is shown or will be, by list and position."""
        with away():
            found: dict[Any, Any] = await self._client.hgetall(self._keys(site).pins(site))  # bytes: see `connect`
        scored = [each for key, text in found.items() for each in _read(ArticleId(key.decode()), text.decode())]
        now_ms = self._clock()
        ordered = sorted(scored, key=lambda each: (each[1].list, each[0], each[1].article_id))
        return [pin for _, pin in ordered if not pin.is_over(now_ms)]

    async def _call(
        self, site: SiteName, now_ms: int, what: str, article_id: str, name: str, *wish: str | int
    ) -> tuple[str, str, str]:
        keys = self._keys(site)
        places = [
            keys.pins(site),
            keys.versions(site),
            keys.stream(LISTS_STREAM),
            keys.list(site, ""),
            keys.article(ArticleId(article_id)),
        ]
        answer = await _PIN.call(self._client, places, [site, now_ms, what, article_id, name, *wish])
        outcome, next_ms, due_ms = (part.decode() for part in answer)
        return outcome, next_ms, due_ms

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))


def fault_of(pin: Pin, now_ms: int) -> str:
    """Say why a pin cannot be; empty = it can."""
    if not lists.takes_pins(pin.list):
        return f"Nothing can be pinned to {pin.list!r}; to recent, section:…, tag:…, author:… and breaking one can."
    if not 1 <= pin.position <= LAST_POSITION:
        return f"A position is from 1 to {LAST_POSITION}, not {pin.position}."
    if pin.is_over(now_ms):
        return "This pin would be over already; say a later end."
    if pin.from_ms is not None and pin.until_ms is not None and pin.until_ms <= pin.from_ms:
        return "This pin would end before it begins."
    if pin.list == lists.BREAKING and pin.until_ms is None:
        return "Breaking news must end by itself: say until when."
    return ""


def _text(ms: int | None) -> str:
    return ALWAYS if ms is None else str(ms)


def _read(article_id: ArticleId, record: str) -> Sequence[tuple[int, Pin]]:
    """Return score and pin of each line of an article's record."""
    pins = []
    for line in record.split("\n"):
        name, score, from_ms, until_ms = line.split(" ")
        begins, ends = (None if text == ALWAYS else int(text) for text in (from_ms, until_ms))
        pins.append((int(score), Pin(article_id, ListName(name), lists.position_of(int(score)), begins, ends)))
    return pins
