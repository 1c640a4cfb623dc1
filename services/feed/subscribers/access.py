"""Who may read Redis itself: a user for each direct subscriber, who can read and acknowledge its own streams, no more.

Users are neither in the append-only file nor replicated: they are made again whenever the server is another one than
before (its run id says so), and whenever a subscriber changed. Groups are made by the command line: who could make
groups could make thousands, and every one would hold up trimming.
"""

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from services.feed.subscribers.registry import Registry
from services.feed.subscribers.relay import forget
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Subscriber
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.logging import get_logger

log = get_logger()

# `client|setinfo` because clients introduce themselves with it. No `xgroup|create`, no command that lists keys.
ALLOWED: Final = ("xreadgroup", "xack", "xautoclaim", "ping", "client|setinfo")
MAIN_GROUP: Final = "main"
EXPIRY_S: Final = 60.0  # seconds between two looks for tokens that have expired


class Access:
    """The users of one Redis. Every method raises RedisAway."""

    def __init__(
        self,
        client: Client,
        shards: Sequence[Keys],
        registry: Registry,
        *,
        former: Client | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """Prepare; from the Redis `former`, where subscribers may have read before, they are kept out."""
        self._client, self._shards, self._registry, self._clock = client, tuple(shards), registry, clock
        self._former = former
        self._applied: tuple[str, int, int] | None = None

    async def keep(self) -> None:
        """Make the users again when the server, a subscriber, or what a token opens is not what it was."""
        with away():
            run_id = str((await self._client.info("server"))["run_id"])
        roll = await self._registry.roll(self._shards[0])
        now = (run_id, roll.version, int(self._clock() / 1000 / EXPIRY_S))
        if now == self._applied:
            return
        direct = [one for one in roll.subscribers if one.is_direct]
        try:
            await self.apply(direct)
            for one in direct if self._former else ():
                await _delete(self._former, one)
        except ResponseError as fault:  # a managed server that forbids ACL, or knows none
            log.warning("subscriber.access_failed", subscribers=len(direct), detail=str(fault))
        self._applied = now

    async def apply(self, subscribers: Iterable[Subscriber]) -> None:
        """Make these users; raises redis.exceptions.ResponseError when the server does not let us."""
        for one in subscribers:
            with away():
                await self._client.execute_command(
                    "ACL", "SETUSER", one.redis_user, *rules(one, self._shards, now_ms=self._clock())
                )

    async def admit(self, subscriber: Subscriber) -> None:
        """Let a new subscriber in: its user, and the group `main`. Raises redis.exceptions.ResponseError."""
        await self.forget(subscriber)  # of one who was called so before
        await self.apply([subscriber])
        await self.make_group(subscriber, MAIN_GROUP)

    async def make_group(self, subscriber: Subscriber, group: str) -> list[str]:
        """Make a group from the oldest entry on; return the streams that had none of that name."""
        made = []
        for keys in self._shards:
            with away(), contextlib.suppress(ResponseError):  # BUSYGROUP: it is there already
                await self._client.xgroup_create(keys.out(subscriber.name), group, id="0", mkstream=True)
                made.append(keys.out(subscriber.name))
        return made

    async def forget(self, subscriber: Subscriber) -> None:
        """Drop what was carried over into a Redis of the partners' own."""
        for keys in self._shards if self._former else ():
            await forget(self._client, keys, subscriber.name)

    async def take_back_embargoed(self, subscriber: Subscriber) -> None:
        """Take out of its streams what is embargoed: it is trusted with that no more."""
        for keys in self._shards:
            with away():
                entries: list[Any] = await self._client.xrange(keys.out(subscriber.name))  # bytes: see `connect`
                embargoed = [id_ for id_, fields in entries if fields.get(b"verb") == b"embargoed"]
                if embargoed:
                    await self._client.xdel(keys.out(subscriber.name), *embargoed)

    async def take_away(self, subscriber: Subscriber) -> None:
        """Delete the user; its connections are closed."""
        await _delete(self._client, subscriber)


async def _delete(client: Client, subscriber: Subscriber) -> None:
    with away():
        await client.execute_command("ACL", "DELUSER", subscriber.redis_user)


def rules(subscriber: Subscriber, shards: Iterable[Keys], *, now_ms: int) -> list[str]:
    """Return what the user may: its tokens that live are its passwords."""
    living = [token for token in subscriber.tokens if token.expires_ms is None or token.expires_ms > now_ms]
    is_open = living and not subscriber.is_paused
    return [
        "reset",
        "on" if is_open else "off",
        *(f"#{token.sha256}" for token in living if "read" in token.scopes),
        *(f"~{keys.out(subscriber.name)}" for keys in shards),
        *(f"+{command}" for command in ALLOWED),
    ]
