"""What is due: files to be written later, remembered in Redis so that no crash forgets them.

A sorted set a site (`Keys.due` of feed, `Keys.due_pages` of render) holds what is to be written by the time in
milliseconds when it is. Who writes looks again (ADR-0004): what changed meanwhile stays due.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from shared.contracts.base import SiteName
from shared.contracts.keys import Keys, shard_of
from shared.contracts.lists import ListName
from shared.runtime.broker import Client, away
from shared.runtime.errors import RedisAway
from shared.runtime.scripts import Call, Script

_SETTLE: Final = Script.of("shared.runtime", "files_due.lua")


class Made(NamedTuple):
    """What a file was made of.

    Args:
        of: every list in it → that list's version before it was read.
        moved_ms: when the file is due again if one of them has moved since, milliseconds since 1970.
        again_ms: when it is due again although none has; None: never.
    """

    of: Mapping[ListName, int]
    moved_ms: int
    again_ms: int | None = None


class Due:
    """Files that are due, by site. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int, key: Callable[[Keys, SiteName], str]) -> None:
        """Keep them under `key`."""
        self._client, self._shards, self._key = client, shards, key

    async def mark(self, site: SiteName, kind: str, when_ms: Mapping[str, int]) -> None:
        """Have files written at their time in milliseconds, or earlier if that was asked for before."""
        if when_ms:
            with away():
                await self._client.zadd(
                    self._place(site), {kind + name: at_ms for name, at_ms in when_ms.items()}, lt=True
                )

    async def taken(self, site: SiteName, kind: str, *, now_ms: int) -> list[str]:
        """Return what is due by now, without `kind`, in the order of time; it stays due until it is settled."""
        with away():
            members: list[Any] = await self._client.zrange(  # bytes: see `connect`
                self._place(site), "-inf", now_ms, byscore=True
            )
        texts = [member.decode() for member in members]
        return [text.removeprefix(kind) for text in texts if text.startswith(kind)]

    async def settle(self, site: SiteName, kind: str, made: Mapping[str, Made]) -> list[str]:
        """Look again: a file whose lists stand still is due no more, the others are; return those others."""
        places = [self._place(site), Keys(shard_of(site, self._shards)).versions(site)]
        calls: list[Call] = [
            (
                places,
                [kind + name, each.moved_ms, each.again_ms or "", *(part for row in each.of.items() for part in row)],
            )
            for name, each in made.items()
        ]
        answers = await _SETTLE.call_many(self._client, calls) if calls else []
        if fault := next((answer for answer in answers if isinstance(answer, BaseException)), None):
            raise RedisAway(f"Redis did not settle what was due: {fault}") from fault
        return [name for name, has_moved in zip(made, answers, strict=True) if has_moved]

    async def next_ms(self, site: SiteName, kind: str, *, until_ms: int) -> int | None:
        """Return when the next of this kind is due, None when that is later than `until_ms`."""
        only_one = {} if kind else {"offset": 0, "num": 1}  # there may be thousands
        with away():
            rows: list[Any] = await self._client.zrange(
                self._place(site), "-inf", until_ms, byscore=True, withscores=True, **only_one
            )
        return next((int(score) for member, score in rows if member.startswith(kind.encode())), None)

    def _place(self, site: SiteName) -> str:
        return self._key(Keys(shard_of(site, self._shards)), site)
