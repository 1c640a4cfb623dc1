"""Webhooks out: every event of a subscriber's stream is delivered to its endpoint, signed, until it is taken.

Each endpoint has a queue of its own in Redis and a task of its own here, so that a dead one delays nobody else. Every
process works at every queue: what is handed out is handed out again when its lease is over (queue.lua), so that a
delivery may come twice, with the same `webhook-id`, but never not at all.
"""

import asyncio
import contextlib
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.feed.metrics import FeedMetrics
from services.feed.outbound.posting import Answer, Poster
from services.feed.settings import FeedSettings
from services.feed.subscribers.following import Follower
from services.feed.subscribers.judging import FAILING_S, Verdict, judge
from services.feed.subscribers.outbox import reference_in
from services.feed.subscribers.registry import ChangedMeanwhile, NoSuchSubscriber, Registry
from services.feed.subscribers.sending import Sender
from services.feed.subscribers.signing import signed_headers
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Reference, Subscriber, Webhook
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock
from shared.runtime.errors import Unavailable
from shared.runtime.failpoints import failpoint
from shared.runtime.logging import get_logger
from shared.runtime.scripts import Script

log = get_logger()

IDLE_S: Final = 5.0  # the longest wait without looking into the queue: a replay fills it behind our back
AWAY_S: Final = 1.0
STOP_S: Final = 5.0  # that deliveries in hand have to end when the service stops
MEDIA_TYPE: Final = "application/cloudevents+json; charset=utf-8"

_QUEUE: Final = Script.of("services.feed.subscribers", "queue.lua")
_SETTLE: Final = Script.of("services.feed.subscribers", "settle.lua")


@dataclass(frozen=True)
class Due:
    """One delivery that is due; no reference when its entry cannot be read."""

    keys: Keys
    id: str
    attempt: int
    reference: Reference | None


@dataclass(frozen=True)
class Handful:
    """What was handed out, and when to look again, milliseconds since 1970 (None = when something comes)."""

    due: tuple[Due, ...]
    next_ms: int | None
    failures: int
    failing_since_ms: int


class Deliveries:
    """All webhooks of one process."""

    def __init__(
        self,
        client: Client,
        registry: Registry,
        follower: Follower,
        sender: Sender,
        *,
        settings: FeedSettings,
        metrics: FeedMetrics,
        clock: Clock = system_clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client, self._registry, self._follower, self._sender = client, registry, follower, sender
        self._settings, self._metrics, self._clock, self._chance = settings, metrics, clock, chance
        self._poster = Poster(
            timeout_s=settings.webhook_timeout_s,
            is_private_allowed=settings.outbound_private,
            agent="litfass-webhooks/1",
        )
        self._running: dict[str, tuple[Subscriber, asyncio.Task[None]]] = {}
        self._is_stopping = False

    async def keep(self) -> None:
        """Have a task for each endpoint that is to be delivered to, as its subscriber is now. Raises RedisAway."""
        wanted = {one.name: one for one in await self._registry.all() if is_delivered_to(one)}
        for name, (subscriber, task) in list(self._running.items()):
            if wanted.get(subscriber.name) != subscriber or task.done():
                del self._running[name]
                await _end(task)
        for name, subscriber in wanted.items():
            if name not in self._running and not self._is_stopping:
                task = asyncio.create_task(self._deliver_to(subscriber), name=f"feed.webhook.{name}")
                self._running[name] = (subscriber, task)

    def drain(self) -> None:
        """Begin nothing new."""
        self._is_stopping = True

    async def stop(self) -> None:
        """Let what is in hand end, for a moment; the rest is due again when its lease is over."""
        tasks = [task for _, task in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_S)
        for task in tasks:
            await _end(task)
        self._running.clear()

    async def _deliver_to(self, subscriber: Subscriber) -> None:
        while not self._is_stopping:
            try:
                async with self._follower.following(subscriber.name) as followed:
                    while not self._is_stopping:
                        seen = followed.count
                        wait_s = await self.round(subscriber)
                        if wait_s:
                            await followed.past(seen, wait_s)
            except Unavailable:
                await asyncio.sleep(AWAY_S)

    async def round(self, subscriber: Subscriber) -> float:
        """Deliver what is due to one endpoint; return for how many seconds there is nothing to do. Raises RedisAway."""
        waits = [await self._shard_round(subscriber, keys) for keys in self._registry.shards]
        return min(waits)

    async def _shard_round(self, subscriber: Subscriber, keys: Keys) -> float:
        handful = await self._take(subscriber, keys)
        if not handful.due:
            if handful.next_ms is None:
                return IDLE_S
            return min(max(0.01, (handful.next_ms - self._clock()) / 1000), IDLE_S)
        lines: dict[str, list[Due]] = defaultdict(list)  # an article's events one after the other
        for due in handful.due:
            lines[due.reference.article_id if due.reference else due.id].append(due)
        await asyncio.gather(*(self._deliver_line(subscriber, line, handful) for line in lines.values()))
        return 0.0

    async def _deliver_line(self, subscriber: Subscriber, line: Sequence[Due], handful: Handful) -> None:
        for due in line:
            await self._deliver(subscriber, due, handful)

    async def _deliver(self, subscriber: Subscriber, due: Due, handful: Handful) -> None:
        """Make one attempt, and settle it."""
        reference, webhook = due.reference, subscriber.webhook
        assert webhook is not None
        event = None
        if reference is not None and await self._registry.may_hear(subscriber, reference):
            (event,) = await self._sender.events(due.keys, [reference], content=subscriber.content)
        # Killed meanwhile, and the kill has a delivery of its own; or it was embargoed, and trust was taken away.
        if reference is None or event is None:
            await self._settle(subscriber, due, "withdrawn", Verdict("delivered"), Answer())
            return
        started = time.perf_counter()
        answer = await self._poster.post(webhook.url, event, self._headers(reference, event, webhook))
        took_s = time.perf_counter() - started
        verdict = judge(
            answer,
            verb=reference.verb,
            attempt=due.attempt,
            failures=handful.failures,
            now_ms=self._clock(),
            chance=self._chance(),
        )
        self._metrics.deliveries.labels(verdict.outcome).inc()
        self._metrics.delivery_seconds.observe(took_s)
        failures = handful.failures
        failpoint("feed.before-delivery-settled")
        await self._settle(subscriber, due, verdict.outcome, verdict, answer, failures=failures, took_s=took_s)
        if verdict.outcome == "gone":
            await self._disable(subscriber, "it answered 410: it is gone for good")
        elif verdict.outcome != "delivered" and self._has_failed_too_long(handful):
            await self._disable(subscriber, f"it took nothing for {FAILING_S // 3600} hours")

    def _headers(self, reference: Reference, event: bytes, webhook: Webhook) -> dict[str, str]:
        now_ms = self._clock()
        secrets = [one.value for one in webhook.secrets if one.expires_ms is None or one.expires_ms > now_ms]
        signed = signed_headers(f"msg_{reference.event_id}", event, secrets=secrets, now_s=now_ms // 1000)
        return {"Content-Type": MEDIA_TYPE, **signed}

    async def _take(self, subscriber: Subscriber, keys: Keys) -> Handful:
        name = subscriber.name
        lease_ms = round((2 * self._settings.webhook_timeout_s + 10) * 1000)
        places = [keys.out(name), keys.queue(name), keys.endpoint(name)]
        arguments = [self._clock(), self._settings.webhook_at_once, lease_ms]
        next_ms, failures, since, found = await _QUEUE.call(self._client, places, arguments)
        return Handful(
            tuple(Due(keys, id_.decode(), int(attempt), reference_in(_fields(flat))) for id_, attempt, flat in found),
            int(next_ms) if next_ms else None,
            int(failures),
            int(since),
        )

    async def _settle(
        self,
        subscriber: Subscriber,
        due: Due,
        outcome: str,
        verdict: Verdict,
        answer: Answer,
        *,
        failures: int = 0,
        took_s: float = 0.0,
    ) -> None:
        keys, name, reference, now_ms = due.keys, subscriber.name, due.reference, self._clock()
        is_receipt = outcome == "delivered" and reference is not None and reference.verb == "killed"
        entry: dict[str, str | int] = {
            "entry": due.id,
            "event_id": reference.event_id if reference else "",
            "article_id": reference.article_id if reference else "",
            "verb": reference.verb if reference else "",
            "attempt": due.attempt,
            "outcome": outcome,
            "status": answer.status,
            "fault": answer.fault,
            "took_ms": round(took_s * 1000),
            "at_ms": now_ms,
            "again_ms": verdict.again_ms,
        }
        article = reference.article_id if reference else None
        places = [
            keys.queue(name),
            keys.endpoint(name),
            keys.deliveries(name),
            keys.receipts(article) if article else keys.endpoint(name),
        ]
        arguments: list[str | int] = [
            due.id,
            outcome,
            failures + 1,
            verdict.again_ms,
            verdict.rest_until_ms,
            now_ms,
            f"webhook {now_ms}" if is_receipt else "",
            name,
            *(word for pair in entry.items() for word in pair),
        ]
        await _SETTLE.call(self._client, places, arguments)

    def _has_failed_too_long(self, handful: Handful) -> bool:
        return bool(handful.failing_since_ms) and self._clock() - handful.failing_since_ms > FAILING_S * 1000

    async def _disable(self, subscriber: Subscriber, why: str) -> None:
        log.warning("subscriber.webhook_disabled", subscriber=subscriber.name, reason=why)
        with contextlib.suppress(NoSuchSubscriber, ChangedMeanwhile):
            await self._registry.change(subscriber.name, lambda one: disabled(one, why))


def is_delivered_to(subscriber: Subscriber) -> bool:
    """Say whether events are to be delivered to this subscriber's webhook now."""
    return bool(subscriber.webhook and not subscriber.webhook.disabled and not subscriber.is_paused)


def disabled(subscriber: Subscriber, why: str) -> Subscriber:
    """Return the subscriber with its webhook disabled, or enabled (empty)."""
    if subscriber.webhook is None:
        return subscriber
    return subscriber.model_copy(update={"webhook": subscriber.webhook.model_copy(update={"disabled": why})})


def _fields(flat: Sequence[Any]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (bug := task.exception()):
        log.error("subscriber.delivery_failed", task=task.get_name(), detail=repr(bug))
