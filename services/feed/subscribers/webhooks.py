"""Webhooks as operators have them: set, rotate the secret, enable again, take away; the log, replays, receipts."""

from collections.abc import Sequence
from typing import Any, Final

from services.feed.outbound.guard import target_of
from services.feed.subscribers.deliver import disabled
from services.feed.subscribers.matching import has
from services.feed.subscribers.outbox import Outbox, reference_in
from services.feed.subscribers.registry import Registry
from services.feed.subscribers.signing import make_secret
from shared.contracts.base import ArticleId
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Secret, Subscriber, Webhook
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import LitfassError

REPLAYED_AT_ONCE: Final = 500


class NoWebhook(LitfassError):
    """The subscriber has no webhook; see: litfass subscribers webhook."""

    reason = "no_webhook"


class Webhooks:
    """The webhooks of all subscribers. Every method raises RedisAway, and NoSuchSubscriber for unknown names."""

    def __init__(
        self, client: Client, registry: Registry, *, is_private_allowed: bool = False, clock: Clock = system_clock
    ) -> None:
        self._client, self._registry, self._clock = client, registry, clock
        self._is_private_allowed = is_private_allowed

    async def put(self, name: str, url: str) -> tuple[Subscriber, str]:
        """Deliver to `url` from now on; return the subscriber and its secret. Raises guard.AddressRefused.

        A new URL keeps the secret that there is, and is enabled.
        """
        target_of(url, is_private_allowed=self._is_private_allowed)
        before = await self._registry.get(name)
        secrets = before.webhook.secrets if before.webhook else (Secret(value=make_secret()),)
        if before.webhook is None:
            for keys in self._registry.shards:
                newest = await Outbox(self._client, keys).newest(name)
                with away():
                    await self._client.hset(keys.endpoint(name), "cursor", newest.id)
        webhook = Webhook(url=url, secrets=secrets)
        after = await self._registry.change(name, lambda one: one.model_copy(update={"webhook": webhook}))
        return after, secrets[0].value

    async def rotate_secret(self, name: str, *, grace_ms: int) -> tuple[Subscriber, str]:
        """Sign with a new secret; with the old one too for `grace_ms`. Raises NoWebhook."""
        now_ms, value = self._clock(), make_secret()

        def rotated(one: Subscriber) -> Subscriber:
            webhook = _webhook_of(one)
            old = [
                secret.model_copy(update={"expires_ms": min(now_ms + grace_ms, secret.expires_ms or now_ms + grace_ms)})
                for secret in webhook.secrets
                if grace_ms and (secret.expires_ms is None or secret.expires_ms > now_ms)
            ]
            secrets = (Secret(value=value), *old)
            return one.model_copy(update={"webhook": webhook.model_copy(update={"secrets": secrets})})

        return await self._registry.change(name, rotated), value

    async def enable(self, name: str) -> Subscriber:
        """Deliver again, what waited too, at once. Raises NoWebhook."""
        _webhook_of(await self._registry.get(name))
        for keys in self._registry.shards:
            with away():
                await self._client.hdel(keys.endpoint(name), "failures", "failing_since", "rests_until")
        return await self._registry.change(name, lambda one: disabled(one, ""))

    async def take_away(self, name: str) -> Subscriber:
        """Deliver no more, and forget what waits."""
        after = await self._registry.change(name, lambda one: one.model_copy(update={"webhook": None}))
        for keys in self._registry.shards:
            with away():
                await self._client.unlink(keys.queue(name), keys.endpoint(name), keys.deliveries(name))
        return after

    async def state(self, name: str) -> dict[str, int]:
        """Return how many deliveries wait, how often it failed in a row, and until when it rests."""
        waiting = failures = rests_until = 0
        for keys in self._registry.shards:
            with away():
                waiting += int(await self._client.zcard(keys.queue(name)))
                row = await self._client.hmget(keys.endpoint(name), "failures", "rests_until")
            failures, rests_until = max(failures, int(row[0] or 0)), max(rests_until, int(row[1] or 0))
        return {"waiting": waiting, "failures": failures, "rests_until_ms": rests_until}

    async def log(self, name: str, *, limit: int, event_id: str = "") -> list[dict[str, str]]:
        """Return attempts, newest first; only those of one event when it is given."""
        await self._registry.get(name)
        found: list[dict[str, str]] = []
        for keys in self._registry.shards:
            with away():
                rows: list[Any] = await self._client.xrevrange(keys.deliveries(name), count=None if event_id else limit)
            found += [{key.decode(): value.decode() for key, value in fields.items()} for _, fields in rows]
        wanted = [row for row in found if not event_id or row["event_id"] == event_id]
        return sorted(wanted, key=lambda row: int(row["at_ms"]), reverse=True)[:limit]

    async def replay(self, name: str, *, since_ms: int = 0, until_ms: int | None = None, event_id: str = "") -> int:
        """Deliver again what the stream has of that time, or one event; return how many. Raises NoWebhook."""
        _webhook_of(await self._registry.get(name))
        count = 0
        for keys in self._registry.shards:
            first, last = f"{since_ms}-0", "+" if until_ms is None else str(until_ms)
            while True:
                with away():
                    rows: list[Any] = await self._client.xrange(keys.out(name), first, last, count=REPLAYED_AT_ONCE)
                ids = [id_.decode() for id_, fields in rows if not event_id or _event_id(fields) == event_id]
                await self._queue(keys, name, ids)
                count += len(ids)
                if len(rows) < REPLAYED_AT_ONCE:
                    break
                first = f"({rows[-1][0].decode()}"
        return count

    async def receipts(self, keys: Keys, article_id: ArticleId) -> list[dict[str, Any]]:
        """Return who received a killed article, and how and when each was told of the kill; empty = not yet."""
        with away():
            received = await self._client.get(keys.received(article_id)) or b""
            told = await self._client.hgetall(keys.receipts(article_id))
        rows = []
        for one in await self._registry.all():
            way, _, at_ms = told.get(one.name.encode(), b"").decode().partition(" ")
            if has(received, one.number):
                rows.append({"subscriber": one.name, "told_by": way, "told_at_ms": int(at_ms) if at_ms else None})
        return rows

    async def _queue(self, keys: Keys, name: str, ids: Sequence[str]) -> None:
        if not ids:
            return
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                pipe.zadd(keys.queue(name), dict.fromkeys(ids, self._clock()))
                pipe.hdel(keys.endpoint(name), *(f"attempt:{id_}" for id_ in ids))
                await pipe.execute()


def _webhook_of(subscriber: Subscriber) -> Webhook:
    if subscriber.webhook is None:
        raise NoWebhook(f"{subscriber.name!r} has no webhook; see: litfass subscribers webhook {subscriber.name} URL")
    return subscriber.webhook


def _event_id(fields: dict[bytes, bytes]) -> str:
    reference = reference_in(fields)
    return reference.event_id if reference else ""
