"""The relay: what partners read in a Redis of their own. It carries their streams there, with the text of each event.

The fan-out fills everybody's stream in the newsroom's Redis; this reads those of direct subscribers behind a cursor
that stands in the syndication Redis, in the script that appends there (relay.lua). So a crash of anything at any place
neither loses an event nor tells one twice, and entries have the ids that they have here. Kills overtake: they come from
their lane, not from the streams. (ADR-0028)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from services.feed.metrics import FeedMetrics
from services.feed.subscribers.fanout import PAYLOAD_S
from services.feed.subscribers.lanes import BLOCK_MS, URGENT, signal_of
from services.feed.subscribers.lease import Lease
from services.feed.subscribers.matching import may_hear
from services.feed.subscribers.outbox import Outbox, Row, Stretch
from services.feed.subscribers.places import BEGIN_ID, Place
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.sending import Sender
from shared.contracts.base import ArticleId
from shared.contracts.keys import Keys
from shared.contracts.subscribers import EVENT_FIELD, Subscriber
from shared.contracts.verbs import WITHDRAWALS
from shared.runtime.articles import DAY_S
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import ConfigurationFault
from shared.runtime.failpoints import failpoint
from shared.runtime.logging import get_logger
from shared.runtime.scripts import Script

log = get_logger()

AT_ONCE: Final = 20  # events in one script: an article may have 5 MiB
KILLS: Final = "~kills"  # whose cursor: of the kills' lane; no subscriber can be called so
KEPT_S: Final = PAYLOAD_S + DAY_S  # longer than an entry is kept

_RELAY: Final = Script.of("services.feed.subscribers", "relay.lua")
_TAKE_BACK: Final = Script(
    """
    -- Take the texts of an article out of all streams, as a kill does, and refuse those that are still on their way.
    -- KEYS 1 copies  2 killed     ARGV 1 the sequence up to which  2 kept_s
    for _, copy in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do  -- the streams named there are of this shard
      local stream, entry, told = string.match(copy, '^(%S+) (%S+) (%d+)$')
      if tonumber(told) <= tonumber(ARGV[1]) then redis.call('XDEL', stream, entry) end
    end
    if tonumber(redis.call('GET', KEYS[2]) or 0) < tonumber(ARGV[1]) then
      redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
    end
    return 1
    """
)


@dataclass(frozen=True)
class Cursor:
    """How far a stream is carried over: the last entry, and how many the stream had up to there."""

    id: str = BEGIN_ID
    read: int = 0

    @classmethod
    def read_from(cls, text: str) -> Self:
        """Read what `write` wrote; the beginning for an empty text."""
        id_, _, read = text.partition(" ")
        return cls(id_, int(read)) if text else cls()

    def write(self) -> str:
        """Return it as it is stored."""
        return f"{self.id} {self.read}"


@dataclass(frozen=True)
class Carried:
    """One event for the script; without an id nothing is appended."""

    article_id: ArticleId
    seq: int
    is_kill: bool
    id: str = ""
    has_text: bool = False
    words: tuple[str | bytes, ...] = ()


class Relay:
    """The relay of one shard, as one process does it."""

    def __init__(
        self,
        client: Client,
        there: Client,
        keys: Keys,
        registry: Registry,
        sender: Sender,
        *,
        keep: int,
        name: str,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
    ) -> None:
        """Prepare; `there` is the syndication Redis, which keeps about `keep` entries of a stream."""
        self.shard, self.work = keys.shard, f"feed.relay.{keys.shard}"
        self._client, self._there, self._keys, self._registry, self._sender = client, there, keys, registry, sender
        self._keep, self._metrics, self._clock = keep, metrics, clock
        self._outbox, self._lease = Outbox(client, keys), Lease(client, keys.relay_reader(), name)
        self._cursors: dict[str, str] | None = None

    async def round(self) -> bool:
        """Wait for events and carry them over; False when another process does. Raises RedisAway for either Redis."""
        if not await self._lease.is_ours():
            self._cursors = None  # the other one moves them
            return False
        direct = [one for one in (await self._registry.roll(self._keys)).subscribers if one.is_direct]
        self._cursors = self._cursors or await self._stored_cursors(direct)
        grown, signals = await self._grown([one.name for one in direct])
        if signals and not await self._take_back(signals):
            return True
        for one in direct:
            if self._keys.out(one.name) in grown and not await self._carry(one):
                return True
        return True

    async def leave(self) -> None:
        """Let another process do it at once. Raises RedisAway."""
        await self._lease.leave()

    async def _stored_cursors(self, direct: Sequence[Subscriber]) -> dict[str, str]:
        """Return how far everything is carried over; streams of those who were removed are forgotten."""
        with away():
            rows: Mapping[bytes, bytes] = await self._there.hgetall(self._keys.relayed())
        cursors = {name.decode(): cursor.decode() for name, cursor in rows.items()}
        for name in set(cursors) - {KILLS} - {one.name for one in direct}:
            await forget(self._there, self._keys, name)
            del cursors[name]
        return cursors

    async def _grown(self, names: Sequence[str]) -> tuple[set[str], list[Any]]:
        """Wait a moment; return the streams that have more, and the kills' lane's entries."""
        assert self._cursors is not None
        lane = self._keys.stream(URGENT)
        places = {self._keys.out(name): Cursor.read_from(self._cursors.get(name, "")).id for name in names}
        places[lane] = Cursor.read_from(self._cursors.get(KILLS, "")).id
        with away():
            answer: Any = await self._client.xread(places, count=AT_ONCE, block=BLOCK_MS)
        rows = {key.decode(): entries for key, entries in answer or ()}
        return set(rows), rows.get(lane, [])

    async def _take_back(self, entries: Sequence[Any]) -> bool:
        """Take the texts of killed articles out of all streams, whatever waits to be carried over."""
        signals = [signal_of(fields) for _, fields in entries]
        kills = [Carried(one.article_id, one.seq, is_kill=True) for one in signals if one and one.verb == "killed"]
        return await self._run(KILLS, "", Cursor(entries[-1][0].decode()), kills)

    async def _carry(self, subscriber: Subscriber) -> bool:
        """Carry over what comes next in one stream; False when the cursor is not where it was."""
        assert self._cursors is not None
        stretch = await self._stretch(subscriber)
        references = [row.reference for row in stretch.rows if row.reference and may_hear(subscriber, row.reference)]
        texts = await self._sender.events(self._keys, references, content=subscriber.content)
        events = dict(zip((one.event_id for one in references), texts, strict=True))
        carried = [one for row in stretch.rows if (one := _carried(row, events))]
        failpoint("feed.before-relay")
        cursor = Cursor(stretch.place.id, stretch.place.read)
        if not await self._run(subscriber.name, self._keys.out(subscriber.name), cursor, carried):
            return False
        failpoint("feed.after-relay")
        self._metrics.relayed.labels("carried").inc(len(carried))
        self._metrics.relayed.labels("withdrawn").inc(len(stretch.rows) - len(carried))
        for reference in references:
            self._metrics.accepted_to_relayed.observe(max(0, self._clock() - reference.at_ms) / 1000)
        return True

    async def _stretch(self, subscriber: Subscriber) -> Stretch:
        """Return what comes next; what was trimmed before it was carried over is lost, and that is said."""
        assert self._cursors is not None
        cursor = Cursor.read_from(self._cursors.get(subscriber.name, ""))
        stretch = await self._outbox.behind(subscriber.name, Place(cursor.id, cursor.read), AT_ONCE)
        if not stretch.lost:
            return stretch
        log.error("subscriber.relay_lost", subscriber=subscriber.name, shard=self.shard, lost=stretch.lost)
        self._metrics.relayed.labels("lost").inc(stretch.lost)
        oldest = await self._outbox.oldest(subscriber.name)
        is_said_by_an_entry = oldest.read <= cursor.read
        return stretch if is_said_by_an_entry else await self._outbox.behind(subscriber.name, oldest, AT_ONCE)

    async def _run(self, whose: str, stream: str, cursor: Cursor, carried: Sequence[Carried]) -> bool:
        assert self._cursors is not None
        places = [self._keys.relayed(), stream or self._keys.relayed(), self._keys.fanout()]
        words: list[str | bytes | int] = [whose, self._cursors.get(whose, ""), cursor.write(), self._keep, KEPT_S]
        for one in carried:
            places += [self._keys.copies(one.article_id), self._keys.killed(one.article_id)]
            words += [one.seq, int(one.is_kill), one.id, int(one.has_text), len(one.words), *one.words]
        answer = await _RELAY.call(self._there, places, words)
        if answer == b"newsroom":
            raise ConfigurationFault("[redis] syndication_url leads to the newsroom's own Redis; name another server.")
        if answer != b"done":
            self._cursors = None
            return False
        self._cursors[whose] = cursor.write()
        return True


async def forget(there: Client, keys: Keys, name: str) -> None:
    """Drop a subscriber's stream there, and how far it is carried over: of one who was removed, or has just come.

    Raises RedisAway.
    """
    with away():
        async with there.pipeline(transaction=True) as pipe:
            pipe.unlink(keys.out(name))
            pipe.hdel(keys.relayed(), name)
            await pipe.execute()


async def take_back(there: Client, keys: Keys, article_id: ArticleId, *, seq: int) -> None:
    """Take every text of an article up to a sequence out of the streams there, for a name in it. Raises RedisAway."""
    await _TAKE_BACK.call(there, [keys.copies(article_id), keys.killed(article_id)], [seq, KEPT_S])


def _carried(row: Row, events: Mapping[str, bytes | None]) -> Carried | None:
    """Return what an entry is there; None for what must not, or cannot, be told any more."""
    reference = row.reference
    event = events.get(reference.event_id) if reference else None
    if reference is None or event is None:
        return None
    words: list[str | bytes] = [word for pair in reference.to_wire().items() for word in pair]
    return Carried(
        reference.article_id,
        reference.seq,
        is_kill=reference.verb == "killed",
        id=row.place.id,
        has_text=reference.verb not in WITHDRAWALS,
        words=(*words, EVENT_FIELD, event),
    )
