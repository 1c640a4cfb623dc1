"""Who the subscribers are. Kept on every shard, because every shard's fan-out script looks at their version.

Tokens are returned once, by `add` and `rotate`, and stored as hashes.
"""

import math
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.feed.subscribers.matching import may_hear
from services.feed.subscribers.tokens import by_hash, hash_of, make_token
from shared.contracts import upcast
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Content, Reference, Scope, Subscriber, SubscriberName, Token, Wanted
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.scripts import Script

_CHANGE: Final = Script.of("services.feed.subscribers", "registry.lua")
LOOK_AGAIN_S: Final = 1.0
_FIRST_KEYS: Final = 0  # the shard that gives numbers


class NoSuchSubscriber(LitfassError):
    """There is no subscriber of that name; see: litfass subscribers list."""

    reason = "no_such_subscriber"


class NameTaken(LitfassError):
    """There is a subscriber of that name already."""

    reason = "name_taken"


class ChangedMeanwhile(LitfassError):
    """Somebody else changed this subscriber at the same moment; try again."""

    reason = "changed_meanwhile"


@dataclass(frozen=True)
class Roll:
    """All subscribers of one shard at one version, and from which sequence on each is told."""

    version: int
    subscribers: tuple[Subscriber, ...] = ()
    since: dict[SubscriberName, int] | None = None

    def began(self, subscriber: Subscriber) -> int:
        """Return the sequence at which the subscriber was there already."""
        return (self.since or {}).get(subscriber.name, 0)


class Registry:
    """The subscribers of all shards. Every method raises RedisAway."""

    def __init__(self, client: Client, shards: Sequence[Keys], *, clock: Clock = system_clock) -> None:
        self._client, self.shards, self._clock = client, tuple(shards), clock
        self._rolls: dict[str, Roll] = {}
        self._looked_at = -math.inf
        self._active: frozenset[str] = frozenset()
        self._tokens: tuple[int, dict[str, tuple[Subscriber, Token]]] = (-1, {})

    async def roll(self, keys: Keys) -> Roll:
        """Return who subscribes, as of now; read again only when something changed."""
        with away():
            version = int(await self._client.hget(keys.subscribers_state(), "version") or 0)
            known = self._rolls.get(keys.shard)
            if known is not None and known.version == version:
                return known
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.hgetall(keys.subscribers_state())
                pipe.hgetall(keys.subscribers())
                state, rows = await pipe.execute()
        self._rolls[keys.shard] = _roll(state, rows)
        return self._rolls[keys.shard]

    async def all(self) -> tuple[Subscriber, ...]:
        """Return every subscriber, by name."""
        return (await self.roll(self.shards[_FIRST_KEYS])).subscribers

    async def get(self, name: str) -> Subscriber:
        """Return one; raises NoSuchSubscriber."""
        for one in await self.all():
            if one.name == name:
                return one
        raise _unknown(name)

    async def whose(self, token: str) -> tuple[Subscriber, Token] | None:
        """Return whose token this is; None for unknown ones."""
        roll = await self.roll(self.shards[_FIRST_KEYS])
        if self._tokens[0] != roll.version:
            self._tokens = (roll.version, by_hash(roll.subscribers))
        return self._tokens[1].get(hash_of(token))

    async def still_may(self, name: str) -> bool:
        """Say whether a subscriber that was let in may go on; known to about a second."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_AGAIN_S:
            self._looked_at = now
            self._active = frozenset(one.name for one in await self.all() if not one.is_paused)
        return name in self._active

    async def may_hear(self, subscriber: Subscriber, reference: Reference) -> bool:
        """Say whether it may be told what stands in its stream, as of now: it may have been let in long before."""
        if reference.verb != "embargoed":  # nearly always, and then there is nothing to look at
            return True
        return any(may_hear(one, reference) for one in await self.all() if one.name == subscriber.name)

    async def trust(self, name: str, *, trusted: bool) -> Subscriber:
        """Trust a subscriber with articles that are not public yet, or no more. Raises NoSuchSubscriber."""
        return await self.change(name, lambda one: one.model_copy(update={"embargoed": trusted}))

    async def add(
        self,
        name: str,
        *,
        wanted: Wanted,
        content: Content = "full",
        scopes: tuple[Scope, ...] = ("read",),
        is_direct: bool = False,
        embargoed: bool = False,
    ) -> tuple[Subscriber, str]:
        """Add a subscriber, who is told of everything accepted from now on; return it and its token.

        Raises NameTaken.
        """
        token, now_ms = make_token(), self._clock()
        with away():
            number = int(await self._client.hincrby(self.shards[_FIRST_KEYS].subscribers_state(), "number", 1))
        subscriber = Subscriber(
            name=SubscriberName(name),
            number=number,
            wanted=wanted,
            content=content,
            tokens=(Token(sha256=hash_of(token), scopes=scopes, created_ms=now_ms),),
            signing_key=secrets.token_hex(32),
            embargoed=embargoed,
            is_direct=is_direct,
            created_ms=now_ms,
        )
        if not await self._put("", subscriber):
            raise NameTaken(f"There is a subscriber {name!r} already; see: litfass subscribers show {name}")
        return subscriber, token

    async def rotate(self, name: str, *, grace_ms: int) -> tuple[Subscriber, str]:
        """Give the subscriber another token; those before it stay good for `grace_ms`. Raises NoSuchSubscriber."""
        token, now_ms = make_token(), self._clock()

        def rotated(one: Subscriber) -> Subscriber:
            ending = [_ending(old, now_ms + grace_ms) for old in one.tokens if _lives(old, now_ms) and grace_ms > 0]
            scopes = one.tokens[0].scopes if one.tokens else ("read",)
            newest = Token(sha256=hash_of(token), scopes=scopes, created_ms=now_ms)
            return one.model_copy(update={"tokens": (newest, *ending)})

        return await self.change(name, rotated), token

    async def change(self, name: str, how: Callable[[Subscriber], Subscriber]) -> Subscriber:
        """Put `how(subscriber)` in the subscriber's place; raises NoSuchSubscriber, ChangedMeanwhile."""
        there = await self._stored(self.shards[_FIRST_KEYS], name)
        if not there:
            raise _unknown(name)
        changed = how(upcast.read(Subscriber, there))
        if not await self._put(there, changed):
            raise ChangedMeanwhile
        return changed

    async def pause(self, name: str, *, paused: bool) -> Subscriber:
        """Send nothing more to a subscriber, or go on; its streams are filled meanwhile. Raises NoSuchSubscriber."""
        return await self.change(name, lambda one: one.model_copy(update={"is_paused": paused}))

    async def remove(self, name: str) -> None:
        """Take a subscriber and its streams away; raises NoSuchSubscriber, ChangedMeanwhile."""
        if not await self._stored(self.shards[_FIRST_KEYS], name):
            raise _unknown(name)
        for keys in reversed(self.shards):  # the first last: until then it can be tried again
            if not await self._change(keys, name, await self._stored(keys, name), ""):
                raise ChangedMeanwhile

    async def _put(self, before: str, after: Subscriber) -> bool:
        """Put it on the first shard if `before` is there, and then on the others whatever is there."""
        first, *others = self.shards
        if not await self._change(first, after.name, before, after.model_dump_json()):
            return False
        for keys in others:
            await self._change(keys, after.name, await self._stored(keys, after.name), after.model_dump_json())
        return True

    async def _stored(self, keys: Keys, name: str) -> str:
        """Return what is stored, to the letter; empty when nothing is."""
        with away():
            return (await self._client.hget(keys.subscribers(), name) or b"").decode()

    async def _change(self, keys: Keys, name: str, before: str, after: str) -> bool:
        whose = [keys.out(name), keys.queue(name), keys.endpoint(name), keys.deliveries(name)]
        places = [keys.subscribers(), keys.subscribers_state(), keys.seq(), *whose]
        return bool(await _CHANGE.call(self._client, places, [name, before, after]))


def _unknown(name: str) -> NoSuchSubscriber:
    return NoSuchSubscriber(f"There is no subscriber {name!r}; see: litfass subscribers list")


def _roll(state: dict[bytes, bytes], rows: dict[bytes, Any]) -> Roll:
    subscribers = sorted((upcast.read(Subscriber, row) for row in rows.values()), key=lambda one: one.name)
    since = {
        SubscriberName(field.decode().removeprefix("since:")): int(value)
        for field, value in state.items()
        if field.startswith(b"since:")
    }
    return Roll(int(state.get(b"version", 0)), tuple(subscribers), since)


def _ending(token: Token, at_ms: int) -> Token:
    soonest = min(at_ms, token.expires_ms) if token.expires_ms is not None else at_ms
    return token.model_copy(update={"expires_ms": soonest})


def _lives(token: Token, now_ms: int) -> bool:
    return token.expires_ms is None or token.expires_ms > now_ms
