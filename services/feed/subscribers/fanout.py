"""The fan-out: one reader a shard turns signals into entries of the streams of everybody whom they concern.

Not a consumer group: it keeps a cursor, which the same script moves that appends (fan.lua). So a crash at any place
neither loses an event nor tells one twice. Which process reads is a lease; should two believe that it is theirs, the
script lets one of them. (ADR-0016)
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.feed.metrics import FeedMetrics
from services.feed.subscribers.events import UNREADABLE
from services.feed.subscribers.happenings import Happening, Happenings
from services.feed.subscribers.lanes import Cursor, Entry, next_entries
from services.feed.subscribers.lease import Lease
from services.feed.subscribers.matching import concerned, has, with_numbers, without
from services.feed.subscribers.registry import Registry, Roll
from services.feed.subscribers.sending import Sender
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import Keys
from shared.contracts.subscribers import PUBLIC_NUMBER, Content, Subscriber, public_name
from shared.runtime.articles import DAY_S
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.failpoints import failpoint
from shared.runtime.logging import get_logger
from shared.runtime.scripts import Call, Script

log = get_logger()

LOOK_AGAIN_S: Final = 1.0  # seconds between two looks for losses
APPENDS_AT_ONCE: Final = 2_000  # entries that one script appends: some 5 ms of Redis' time
EVENTS_AT_ONCE: Final = 100
PAYLOAD_S: Final = 30 * DAY_S  # as long as accept keeps them

_FAN: Final = Script.of("services.feed.subscribers", "fan.lua")
_LOST: Final = Script.of("services.feed.subscribers", "lost.lua")


@dataclass(frozen=True)
class Told:
    """One event, the bitmap of who will have received something of the article, and whom it concerns."""

    happening: Happening
    received: bytes
    to: tuple[Subscriber, ...]


@dataclass(frozen=True)
class Portion:
    """What one script does: some events, and the cursor behind the last of the entries that they came from."""

    told: tuple[Told, ...]
    cursor: Cursor


class FanOut:
    """The fan-out of one shard, as one process does it."""

    def __init__(
        self,
        client: Client,
        keys: Keys,
        registry: Registry,
        *,
        sites: Mapping[SiteName, Any],
        sender: Sender,
        keep: int,
        keep_direct: int | None,
        name: str,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        """Prepare.

        Args:
            keep: entries that a stream keeps about.
            keep_direct: the same where they carry their text; None: nowhere here, partners have a Redis of their own.
        """
        self.shard, self.work = keys.shard, f"feed.fanout.{keys.shard}"
        self._client, self._keys, self._registry = client, keys, registry
        self._sites, self._sender = frozenset(sites), sender
        self._keep, self._keep_direct, self._is_text_here = keep, keep_direct or 0, keep_direct is not None
        self._metrics, self._clock = metrics, clock
        self._happenings = Happenings(client, keys)
        self._lease, self._looked_for_losses = Lease(client, keys.fanout_reader(), name), -LOOK_AGAIN_S
        self._cursor: Cursor | None = None

    async def round(self) -> bool:
        """Wait for signals and tell of them; False when another process is the reader. Raises RedisAway."""
        if not await self._lease.is_ours():
            self._cursor = None  # the other one moves it
            return False
        await self._tell_of_losses()
        self._cursor = self._cursor or await self._stored_cursor()
        entries = await next_entries(self._client, self._keys, self._cursor)
        if not entries:
            return True
        roll = await self._registry.roll(self._keys)
        happenings = await self._happenings.of(entries)
        for portion in _portions(self._told(entries, happenings, roll)):
            failpoint("feed.before-fan")
            if not await self._fan(portion, roll):
                return True
            failpoint("feed.after-fan")
        return True

    async def _tell_of_losses(self) -> None:
        """Say in every stream that something was lost before it could be told; looked at once a second."""
        now = time.monotonic()
        if now - self._looked_for_losses < LOOK_AGAIN_S:
            return
        self._looked_for_losses = now
        with away():
            lost = await self._client.get(self._keys.fanout_lost())
        if not lost:
            return
        roll = await self._registry.roll(self._keys)
        names = [*map(public_name, sorted(self._sites)), *(one.name for one in roll.subscribers)]
        places = [self._keys.fanout_lost(), *map(self._keys.out, names)]
        await _LOST.call(self._client, places, [lost, self._keep])
        log.error("subscriber.events_lost", shard=self.shard, lost=lost.decode(), advice="Readers catch up.")

    async def leave(self) -> None:
        """Let another process be the reader at once. Raises RedisAway."""
        await self._lease.leave()

    def _told(
        self, entries: Sequence[Entry], happenings: Sequence[Happening | None], roll: Roll
    ) -> Iterator[tuple[Entry, Told | None]]:
        """Give each entry with what is told of it; None when there is nothing to tell."""
        received: dict[ArticleId, bytes] = {}  # of articles that come twice: the bitmap was read before the first
        for entry, happening in zip(entries, happenings, strict=True):
            here = received.get(happening.reference.article_id, happening.received) if happening else b""
            if happening is None or happening.reference.site not in self._sites or not _is_news(happening, here):
                self._metrics.fanned.labels("none").inc()
                yield entry, None
                continue
            reference = happening.reference
            there = [one for one in roll.subscribers if roll.began(one) < reference.seq]
            try:
                facts = happening.facts if there else None
            except UNREADABLE as fault:  # another version wrote it; all other events go on
                log.warning("subscriber.event_unreadable", event_id=reference.event_id, fault=type(fault).__name__)
                self._metrics.fanned.labels("none").inc()
                yield entry, None
                continue
            to = concerned(
                there,
                reference.verb,
                site=reference.site,
                facts=facts,
                received=here,
                is_secret=happening.is_secret,
            )
            here = received[reference.article_id] = _received(happening, here, to)
            self._metrics.fanned.labels("told" if to else "nobody").inc()
            yield entry, Told(happening, here, tuple(to))

    async def _fan(self, portion: Portion, roll: Roll) -> bool:
        """Run the script; False when something changed meanwhile, and the round has to begin again."""
        assert self._cursor is not None
        answer = await _FAN.call(self._client, *self._call(portion, roll, await self._texts(portion)))
        if answer != b"done":
            self._cursor = None
            return False
        self._cursor = portion.cursor
        for told in portion.told:
            lateness_s = max(0, self._clock() - told.happening.reference.at_ms) / 1000
            self._metrics.accepted_to_told.observe(lateness_s)
        return True

    async def _texts(self, portion: Portion) -> dict[tuple[str, Content], bytes]:
        """Return the events that go to streams with their text."""
        wanted: dict[Content, list[Happening]] = defaultdict(list)
        for told in portion.told:
            for content in {one.content for one in told.to if self._has_text(one)}:
                wanted[content].append(told.happening)
        texts: dict[tuple[str, Content], bytes] = {}
        for content, happenings in wanted.items():
            events = await self._sender.events(self._keys, [one.reference for one in happenings], content=content)
            for one, event in zip(happenings, events, strict=True):
                if one.made and one.payload:  # it is not kept yet
                    event = self._sender.event(one.reference, (one.payload, []), content=content)  # noqa: PLW2901
                texts[one.reference.event_id, content] = event or b""
        return texts

    def _call(self, portion: Portion, roll: Roll, texts: Mapping[tuple[str, Content], bytes]) -> Call:
        assert self._cursor is not None
        streams: dict[str, int] = {}
        places = [self._keys.fanout(), self._keys.subscribers_state()]
        words: list[str | bytes | int] = []
        for told in portion.told:
            one = told.happening
            article_id = one.reference.article_id
            places += [
                self._keys.article(article_id),
                self._keys.payloads(article_id),
                self._keys.received(article_id),
                self._keys.copies(article_id),
            ]
            event_id = one.reference.event_id if one.payload else ""
            entry = [word for pair in one.reference.to_wire().items() for word in pair]
            words += [event_id, one.made, told.received, int(one.reference.verb == "killed"), len(entry), *entry]
            kinds = self._kinds(told, texts)
            words.append(len(kinds))
            for text, keep, names in kinds:
                numbers = [str(streams.setdefault(name, len(streams) + 1)) for name in names]
                words += [text, keep, " ".join(numbers)]
        places += [self._keys.out(name) for name in streams]
        cursor = self._cursor.write() if self._cursor != Cursor() else ""
        head: list[str | bytes | int] = [cursor, portion.cursor.write(), roll.version, PAYLOAD_S, len(portion.told)]
        return places, [*head, *words]

    def _kinds(self, told: Told, texts: Mapping[tuple[str, Content], bytes]) -> list[tuple[bytes, int, list[str]]]:
        """Return the kinds of entry that an event makes: its text, how many a stream keeps, and in whose streams."""
        reference = told.happening.reference
        public = () if told.happening.is_secret else (public_name(reference.site),)
        indirect = [*public, *(one.name for one in told.to if not self._has_text(one))]
        kinds: list[tuple[bytes, int, list[str]]] = [(b"", self._keep, indirect)]
        direct: dict[Content, list[str]] = defaultdict(list)
        for one in told.to:
            if self._has_text(one):
                direct[one.content].append(one.name)
        for content, names in direct.items():
            if text := texts[reference.event_id, content]:
                kinds.append((text, self._keep_direct, names))
        return kinds

    def _has_text(self, subscriber: Subscriber) -> bool:
        return subscriber.is_direct and self._is_text_here

    async def _stored_cursor(self) -> Cursor:
        with away():
            return Cursor.read((await self._client.get(self._keys.fanout()) or b"").decode())


def _is_news(happening: Happening, received: bytes) -> bool:
    """Say whether anything happened: to be unpublished, an article must be out."""
    return happening.reference.verb != "unpublished" or happening.is_secret or has(received, PUBLIC_NUMBER)


def _received(happening: Happening, before: bytes, to: Iterable[Subscriber]) -> bytes:
    """Return who received something of the article, and whether it is out: the readers' own bit.

    Who had it when it was withdrawn is kept: they are told again when they catch up.
    """
    if happening.payload:
        public = () if happening.is_secret else (PUBLIC_NUMBER,)
        return with_numbers(before, (*public, *(one.number for one in to)))
    return without(before, PUBLIC_NUMBER) if happening.reference.verb == "unpublished" else before


def _portions(row: Iterator[tuple[Entry, Told | None]]) -> Iterator[Portion]:
    """Cut a row of entries into pieces that are small enough for one script."""
    told: list[Told] = []
    appends, cursor = 0, None
    for entry, one in row:
        cursor = entry.cursor
        if one:
            told.append(one)
            appends += 1 + len(one.to)
        if appends >= APPENDS_AT_ONCE or len(told) >= EVENTS_AT_ONCE:
            yield Portion(tuple(told), cursor)
            told, appends, cursor = [], 0, None
    if cursor:
        yield Portion(tuple(told), cursor)
