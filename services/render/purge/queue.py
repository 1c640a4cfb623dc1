"""What each cache has still to be told. One entry a name: a hundred changes of the front page are one purge.

Members: `<round> soft <site> <name>` and `<round> hard <site> <article> <path>,… <list>,…`. The second round comes
`AGAIN_MS` after the first: a page that was on its way from the page server while its file changed came after that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.contracts.base import ArticleId, SiteName, UrlPath
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import ListName
from shared.contracts.places import Withdrawn
from shared.contracts.signals import PagesWritten
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock
from shared.runtime.delivery import Handle
from shared.runtime.scripts import Script

AGAIN_MS: Final = 2_000

_TAKE: Final = Script.of("services.render.purge", "take.lua")
_SETTLE: Final = Script.of("services.render.purge", "settle.lua")


@dataclass(frozen=True)
class Purge:
    """One thing that a cache has to be told.

    Args:
        name: what changed, to be purged softly.
        withdrawn: an article that must not be seen any more: purged hard, and proved. Then there is no name.
    """

    member: str
    site: SiteName
    name: str = ""
    withdrawn: Withdrawn | None = None


@dataclass(frozen=True)
class Taken:
    """What one loop has in hand.

    Args:
        until_ms: until when nobody else gets it.
        next_ms: when something else is due; None: there is nothing.
    """

    keys: Keys
    purges: Sequence[Purge]
    until_ms: int
    next_ms: int | None


class Purges:
    """The queues of all caches. Every method raises RedisAway."""

    def __init__(self, client: Client, caches: Sequence[str], *, shards: int, clock: Clock) -> None:
        self._client, self._caches, self._shards, self._clock = client, tuple(caches), shards, clock

    async def add(self, pages: Sequence[PagesWritten]) -> None:
        """Let every cache be told of these pages."""
        if not self._caches or not pages:
            return
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for each in pages:
                    keys, now_ms = Keys(shard_of(each.site, self._shards)), self._clock()
                    due = {f"1 {what}": now_ms for what in _members(each)}
                    due |= {f"2 {what}": now_ms + AGAIN_MS for what in _members(each)}
                    for cache in self._caches if due else ():
                        pipe.zadd(keys.purges(cache), due)
                await pipe.execute()

    async def take(self, keys: Keys, cache: str, *, limit: int, lease_ms: int) -> Taken:
        """Return what one cache has to be told now."""
        now_ms = self._clock()
        until_ms = now_ms + lease_ms
        *members, following = await _TAKE.call(self._client, [keys.purges(cache)], [now_ms, limit, until_ms])
        next_ms = int(float(following)) if following else None
        return Taken(keys, [purge_of(member.decode()) for member in members], until_ms, next_ms)

    async def settle(self, taken: Taken, cache: str, purges: Sequence[Purge], *, again_ms: int = 0) -> None:
        """Let these be done, or due at `again_ms`; what changed since they were taken stays due."""
        if purges:
            members = [purge.member for purge in purges]
            await _SETTLE.call(self._client, [taken.keys.purges(cache)], [taken.until_ms, again_ms, *members])


def make_purger(purges: Purges) -> Handle[PagesWritten]:
    """Return what render does with what was written: every cache will be told. Raises RedisAway."""

    async def purge(pages: Sequence[PagesWritten]) -> Sequence[str]:
        await purges.add(pages)
        return ["queued"] * len(pages)

    return purge


def purge_of(member: str) -> Purge:
    """Read a member of a queue."""
    _, mode, site, what, *rest = member.split(" ")
    if mode == "soft":
        return Purge(member, SiteName(site), what)
    paths, lists = ([word for word in words.split(",") if word] for words in (*rest, "", "")[:2])
    return Purge(
        member,
        SiteName(site),
        withdrawn=Withdrawn(
            ArticleId(what),
            SiteName(site),
            tuple(map(UrlPath, paths)),
            tuple(map(ListName, lists)),
            is_killed=bool(lists),
        ),
    )


def _members(pages: PagesWritten) -> list[str]:
    if not pages.gone:
        return [f"soft {pages.site} {name}" for name in pages.names]
    return [f"hard {pages.site} {pages.article_id} {','.join(pages.gone)} {','.join(pages.lists)}"]
