"""Prove that what was killed is gone: fetch every place where it could be seen, until none of them has it.

A kill leaves its article in a set of open retractions (accept.lua); every ingest process looks there. What is proved
leaves the set, once: then it is counted, and stands in the article's timeline. ADR-0013.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.ingest.metrics import IngestMetrics
from services.ingest.rejected import forget
from shared.contracts.base import ArticleId, SiteName, SourceName, UrlPath
from shared.contracts.config import LitfassConfig
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import ListName
from shared.contracts.places import Withdrawn, places_of
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.edge import Edge, EdgeAway, look
from shared.runtime.logging import get_logger
from shared.runtime.scripts import Script
from shared.runtime.timeline import KEEP_S

log = get_logger()

FIRST_PAUSE_MS: Final = 100  # between two looks at one retraction; each is twice the one before
LONGEST_PAUSE_MS: Final = 30_000
_FIELDS: Final = ("site", "source", "paths", "lists", "member", "replaced")
SHOWN: Final = 5  # places that a log line names

_SETTLE: Final = Script(
    """
    -- Proved: out of the open ones, and noted; once. KEYS 1 retractions  2 article  3 timeline
    -- ARGV 1 id  2 since_ms  3 now_ms  4 keep_s  5 places
    if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
    redis.call('HDEL', KEYS[2], 'lists')
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', '100', '*', 'what', 'proved', 'received_ms', ARGV[2], 'at_ms', ARGV[3],
      'places', ARGV[5])
    redis.call('EXPIRE', KEYS[3], ARGV[4])
    return 1
    """
)


@dataclass(frozen=True, kw_only=True)
class Retraction(Withdrawn):
    """A killed article whose kill is not proved yet.

    Args:
        source: whose it is.
        since_ms: when the kill came, milliseconds since 1970.
        items: the ids that its items' own source ids give; its own among them.
    """

    source: SourceName
    since_ms: int
    items: Sequence[ArticleId] = ()


@dataclass(frozen=True)
class Proof:
    """What a look at all places found.

    Args:
        url: through whom it was looked.
        places: how many were fetched.
        left: where the article still is, or what could not be asked; empty = it is gone.
    """

    url: str
    places: int
    left: tuple[str, ...]


class Retractions:
    """The open retractions of all shards, and the look at the world outside."""

    def __init__(self, client: Client, config: LitfassConfig, *, clock: Clock = system_clock) -> None:
        self._client, self._clock, self._shards = client, clock, config.redis.shards
        self._edges = {name: Edge(site, edge=config.pages.edge) for name, site in config.sites().items()}

    async def open(self) -> list[Retraction]:
        """Return what is not proved yet, the oldest first. Raises RedisAway."""
        found: list[Retraction] = []
        for keys in {shard_of(site, self._shards): self._keys(site) for site in self._edges}.values():
            with away():
                rows: list[Any] = await self._client.zrange(keys.retractions(), 0, -1, withscores=True)
            found += [await self._retraction(keys, ArticleId(id_.decode()), int(since)) for id_, since in rows]
        return sorted(found, key=lambda retraction: retraction.since_ms)

    async def of(self, site: SiteName, article_id: ArticleId) -> Retraction:
        """Return the retraction of one killed article, also when it was proved before. Raises RedisAway."""
        return await self._retraction(self._keys(site), article_id, self._clock())

    async def scrub(self, retraction: Retraction) -> None:
        """Forget what was refused of the article, by each of its items. Raises RedisAway."""
        keys = self._keys(retraction.site)
        for item in retraction.items:
            await forget(self._client, keys, site=retraction.site, source=retraction.source, article_id=item)

    async def look(self, retraction: Retraction) -> Proof:
        """Fetch every place where the article could be seen."""
        edge = self._edges.get(retraction.site)
        if edge is None:  # its site was taken out of the configuration, and its pages are nobody's any more
            return Proof("", 0, ())
        return await asyncio.to_thread(_look, edge, retraction)

    async def settle(self, retraction: Retraction, proof: Proof) -> bool:
        """Note that it is proved; False when somebody else did, or the kill was lifted. Raises RedisAway."""
        keys, id_ = self._keys(retraction.site), retraction.article_id
        places = [keys.retractions(), keys.article(id_), keys.timeline(id_)]
        arguments: list[str | int] = [id_, retraction.since_ms, self._clock(), KEEP_S, proof.places]
        return bool(await _SETTLE.call(self._client, places, arguments))

    async def _retraction(self, keys: Keys, article_id: ArticleId, since_ms: int) -> Retraction:
        with away():
            row = await self._client.hmget(keys.article(article_id), _FIELDS)
        site, source, paths, names, member, replaced = ((value or b"").decode() for value in row)
        return Retraction(
            article_id,
            SiteName(site),
            tuple(UrlPath(path) for path in paths.split("\n") if path),
            tuple(ListName(name) for name in names.split()),
            source=SourceName(source),
            since_ms=since_ms,
            items=tuple(ArticleId(item) for item in dict.fromkeys([article_id, *member.split(), *replaced.split()])),
        )

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))


def _look(edge: Edge, retraction: Retraction) -> Proof:
    """Fetch every place, then those that were named there."""
    try:
        seen = look(edge, [retraction])[retraction.article_id]
    except EdgeAway as fault:
        return Proof(edge.url, len(places_of(retraction)), (str(fault),))
    return Proof(edge.url, len(seen), tuple(filter(None, seen.values())))


class Prover:
    """The loop of one ingest process."""

    def __init__(self, retractions: Retractions, metrics: IngestMetrics, *, clock: Clock) -> None:
        self._retractions, self._metrics, self._clock = retractions, metrics, clock
        self._next: dict[ArticleId, tuple[int, int]] = {}  # when to look again, and the pause before that, in ms

    async def tick(self) -> int | None:
        """Look at each open retraction whose turn it is; return when the next one's is. Raises RedisAway."""
        opened = await self._retractions.open()
        for each in opened:
            if (
                each.article_id not in self._next
            ):  # webhook.py does it after its answer; a crash, a batch or a hand did not
                await self._retractions.scrub(each)
        self._next = {each.article_id: self._next.get(each.article_id, (0, FIRST_PAUSE_MS)) for each in opened}
        for each in opened:
            if self._next[each.article_id][0] <= self._clock():
                await self._look(each)
        return min((when for when, _ in self._next.values()), default=None)

    async def _look(self, retraction: Retraction) -> None:
        proof = await self._retractions.look(retraction)
        took_s = max(0, self._clock() - retraction.since_ms) / 1000
        facts: Mapping[str, object] = {"article_id": retraction.article_id, "places": proof.places, "took_s": took_s}
        if not proof.left:
            del self._next[retraction.article_id]
            if await self._retractions.settle(retraction, proof):
                self._metrics.retraction_complete.observe(took_s)
                log.info("retraction.proved", **facts)
            return
        _, pause_ms = self._next[retraction.article_id]
        if pause_ms >= LONGEST_PAUSE_MS:
            log.warning("retraction.delayed", **facts, left=len(proof.left), first=list(proof.left[:SHOWN]))
        self._next[retraction.article_id] = (self._clock() + pause_ms, min(pause_ms * 2, LONGEST_PAUSE_MS))
