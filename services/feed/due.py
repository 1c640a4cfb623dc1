"""What is due: files to be written later, remembered in Redis so that no crash forgets them.

`Keys.due(site)` holds `feed:<list>`, `notice:<list>`, `sitemap:<yyyy-mm>`, `sitemap:index` and `news:sitemap` beside
the clock's own `event:<id>`, `breaking:<id>`, `resurface:<id>` and `mixed` (over.lua, draw.lua), each by the time in
milliseconds when it is to be done.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from shared.contracts.base import SiteName
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import ListName
from shared.runtime.broker import Client, away
from shared.runtime.scripts import Call, Script

FEED: Final = "feed:"
NOTICE: Final = "notice:"  # a notice of a kill in this list's feeds is a day old
SITEMAP: Final = "sitemap:"
SITEMAP_INDEX: Final = "index"  # stands where a month would
NEWS: Final = "news:"
NEWS_SITEMAP: Final = "sitemap"

_SETTLE: Final = Script.of("services.feed", "settle.lua")


class Due:
    """Files that are due, by site. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int) -> None:
        self._client = client
        self._shards = shards

    async def mark(self, site: SiteName, kind: str, when_ms: Mapping[str, int]) -> None:
        """Have files written at their time in milliseconds, or earlier if that was asked for before."""
        if when_ms:
            with away():
                await self._client.zadd(
                    self._keys(site).due(site), {kind + name: at_ms for name, at_ms in when_ms.items()}, lt=True
                )

    async def taken(self, site: SiteName, kind: str, *, now_ms: int) -> list[str]:
        """Return what is due by now, without `kind`, in the order of time; it stays due until it is settled."""
        with away():
            members: list[Any] = await self._client.zrange(  # bytes: see `connect`
                self._keys(site).due(site), "-inf", now_ms, byscore=True
            )
        texts = [member.decode() for member in members]
        return [text.removeprefix(kind) for text in texts if text.startswith(kind)]

    async def settle(
        self,
        site: SiteName,
        kind: str,
        versions: Mapping[str, tuple[ListName, int]],
        *,
        now_ms: int,
        again_ms: Mapping[str, int | None] = MappingProxyType({}),
    ) -> None:
        """Look again: take files off whose list is still at the version that they were made of; the others are due.

        Args:
            site: whose files.
            kind: `feed:`, `sitemap:` or `news:`.
            versions: name → its list and that list's version before it was read.
            now_ms: when the others are due.
            again_ms: when a file is due again although its list stands still; without: never.
        """
        keys = self._keys(site)
        places = [keys.due(site), keys.versions(site)]
        calls: list[Call] = [
            (places, [kind + name, at, version, now_ms, again_ms.get(name) or ""])
            for name, (at, version) in versions.items()
        ]
        if calls:
            await _SETTLE.call_many(self._client, calls)

    async def next_ms(self, site: SiteName, kind: str, *, until_ms: int) -> int | None:
        """Return when the next of this kind is due, None when that is later than `until_ms`."""
        with away():
            rows: list[Any] = await self._client.zrange(
                self._keys(site).due(site), "-inf", until_ms, byscore=True, withscores=True
            )
        return next((int(score) for member, score in rows if member.startswith(kind.encode())), None)

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))
