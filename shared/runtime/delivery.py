"""What becomes of each message of a stream: done, parked, or pending until it can be.

    Lane.take(entries)      parse each → handle the batch → acknowledge; on a failure each is judged alone
      Rejected                park at once: dead letter + acknowledgement in one script
      Unavailable             keep in hand, pause, probe, go on; never counts against the message
      anything else: a bug    leave pending; claimed again, and parked after MAX_ATTEMPTS deliveries
    Lane.claim_idle()       take over what a dead or failing worker left, from the third delivery on one by one
    Lane.release()          give back at once what is not done (SIGTERM)

Where messages come from is not known here (`consume` brings them), nor what they mean (`handle` does).
More than half of the last 200 failing stops the lane, never the kill lane: then the deploy is bad, not the messages.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock
from shared.runtime.errors import LitfassError, RedisAway, Rejected, Unavailable, Unreadable
from shared.runtime.failpoints import failpoint
from shared.runtime.logging import get_logger
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.quiet import Quiet
from shared.runtime.scripts import Script

log = get_logger()

MAX_ATTEMPTS: Final = 5  # deliveries; more looks like a message that crashes its reader
ALONE_FROM: Final = 3  # deliveries; from then on nobody else should die of it
CLAIM_BATCH: Final = 100
BUDGET_WINDOW: Final = 200  # messages
BUDGET_LEAST: Final = 20  # messages; below that a few bad ones are no verdict
PAUSE_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0)  # the last one repeats
RELEASED_IDLE_MS: Final = 86_400_000  # looks abandoned to every claimer, whatever its threshold
DETAIL_LENGTH: Final = 500

M = TypeVar("M")
Handle = Callable[[Sequence[M]], Awaitable[Sequence[str]]]
Parse = Callable[[Mapping[str, str]], M]
Priority = Literal["urgent", "news", "bulk"]

_PARK = Script.of("shared.runtime", "park.lua")


class DeliverySettings(BaseSettings):
    """How messages are taken; the same for every service of a process."""

    model_config = SettingsConfigDict(env_prefix="LITFASS_DELIVERY_", frozen=True, extra="forbid")

    claim_idle_s: float = Field(
        default=15.0, gt=0, description="Seconds after which a silent worker's messages are taken over."
    )
    batch_size: int = Field(default=200, ge=1, le=1000, description="Messages read at once from a lane of news.")
    bulk_batch_size: int = Field(default=20, ge=1, le=200, description="Messages read at once from the bulk lane.")
    stream_ceiling_bytes: int = Field(
        default=2_000_000_000, ge=1_000_000, description="Bytes at which a stream is cut although messages are pending."
    )


@dataclass(frozen=True)
class Entry:
    """One message as it stands in the stream."""

    id: str
    fields: Mapping[bytes, bytes]
    deliveries: int = 1

    def text(self) -> dict[str, str]:
        """The fields as text; raises Unreadable when they are not UTF-8."""
        try:
            return {name.decode(): value.decode() for name, value in self.fields.items()}
        except UnicodeDecodeError as cause:
            raise Unreadable(f"entry {self.id} is not UTF-8: {cause}") from cause

    @property
    def age_s(self) -> float:
        """Seconds since it was written."""
        return max(0.0, time.time() - int(self.id.partition("-")[0]) / 1000)


@dataclass
class Budget:
    """Counts failures among the last messages; says when it is the deploy that is bad."""

    outcomes: deque[bool] = field(default_factory=lambda: deque(maxlen=BUDGET_WINDOW))

    def spend(self, *, failed: bool) -> None:
        """Note one message."""
        self.outcomes.append(failed)

    @property
    def is_overdrawn(self) -> bool:
        """More than half of the window failed, and the window says something."""
        return len(self.outcomes) >= BUDGET_LEAST and sum(self.outcomes) * 2 > len(self.outcomes)


@dataclass(frozen=True)
class Place:
    """Where a lane reads, as whom, and where it parks."""

    stream: str
    dead: str
    group: str
    consumer: str
    priority: Priority
    batch: int


class Lane(Generic[M]):
    """One stream as one group of one process reads it."""

    def __init__(
        self,
        client: Client,
        place: Place,
        *,
        parse: Parse[M],
        handle: Handle[M],
        quiet: Quiet,
        settings: DeliverySettings,
        metrics: DeliveryMetrics,
        clock: Clock,
    ) -> None:
        self.stream, self.group, self.consumer = place.stream, place.group, place.consumer
        self.priority = place.priority
        self.batch = place.batch
        self.is_stopped = False
        self._client, self._dead, self._clock, self._quiet = client, place.dead, clock, quiet
        self._parse, self._handle = parse, handle
        self._idle_ms = round(settings.claim_idle_s * 1000)
        self._metrics = metrics
        self._labels = (place.stream.rpartition(":")[2], place.group)
        self._budget = Budget()
        self._in_hand: dict[str, int] = {}  # id → deliveries; what heartbeats renew and SIGTERM releases
        self._leaving = asyncio.Event()

    # --- taking messages ---------------------------------------------------------------------------------------------

    async def take(self, entries: Sequence[Entry]) -> None:
        """Deal with messages that were delivered to this consumer, until each is done, parked or given up for now."""
        if self.is_stopped:
            return
        self._in_hand.update((entry.id, entry.deliveries) for entry in entries)
        started = time.perf_counter()
        try:
            if self.priority == "bulk":
                await self._quiet.wait()
                await self._work(entries)
            else:
                with self._quiet.news():
                    await self._work(entries)
        finally:
            self._metrics.batch_seconds.labels(*self._labels).observe(time.perf_counter() - started)
            if not self._leaving.is_set():
                for entry in entries:
                    self._in_hand.pop(entry.id, None)

    async def _work(self, entries: Sequence[Entry]) -> None:
        heartbeat = asyncio.create_task(self._heartbeat())
        try:
            readable = await self._parse_all(entries)
            if readable and not await self._handle_together(readable):
                for entry, message in readable:
                    if not self.is_stopped:  # the rest stays pending for whoever mends the cause
                        await self._handle_alone(entry, message)
        finally:
            heartbeat.cancel()

    async def _parse_all(self, entries: Sequence[Entry]) -> list[tuple[Entry, M]]:
        readable: list[tuple[Entry, M]] = []
        for entry in entries:
            try:
                readable.append((entry, self._parse(entry.text())))
            except (Rejected, ValidationError, ValueError, KeyError, TypeError) as fault:
                await self._park(
                    entry, fault if isinstance(fault, Rejected) else Unreadable(f"entry {entry.id}: {fault}")
                )
        return readable

    async def _handle_together(self, pairs: Sequence[tuple[Entry, M]]) -> bool:
        """Handle the batch at once; False when someone in it must be judged alone."""
        try:
            outcomes = await self._while_unavailable(lambda: self._handle([message for _, message in pairs]))
        except _Leaving:
            return True
        except Exception as fault:  # noqa: BLE001 -- the one place that judges failures
            log.debug(
                "delivery.batch_split", stream=self.stream, group=self.group, messages=len(pairs), fault=repr(fault)
            )
            return False
        await self._done([(entry, outcome) for (entry, _), outcome in zip(pairs, outcomes, strict=True)])
        return True

    async def _handle_alone(self, entry: Entry, message: M) -> None:
        started = time.perf_counter()
        try:
            (outcome,) = await self._while_unavailable(lambda: self._handle([message]))
        except _Leaving:
            return
        except Rejected as fault:
            await self._park(entry, fault)
        except Exception as fault:  # noqa: BLE001 -- the one place that judges failures
            await self._failed(entry, fault)
        else:
            await self._done([(entry, outcome)], took_s=time.perf_counter() - started)

    async def _while_unavailable(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """Repeat `attempt` until what it needs is there again; the attempt itself is the probe."""
        tries = 0
        while True:
            try:
                result = await attempt()
            except Unavailable as fault:
                await self._pause(fault, tries)
                tries += 1
            else:
                if tries:
                    self._metrics.paused.labels(*self._labels).set(0)
                    log.info("delivery.lane_resumed", stream=self.stream, group=self.group, tries=tries)
                return result

    async def _pause(self, fault: Unavailable, tries: int) -> None:
        if not tries:
            self._metrics.paused.labels(*self._labels).set(1)
            log.warning(
                "delivery.lane_paused", stream=self.stream, group=self.group, reason=fault.reason, detail=str(fault)
            )
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._leaving.wait(), PAUSE_S[min(tries, len(PAUSE_S) - 1)])
        if self._leaving.is_set():
            raise _Leaving

    # --- what becomes of them ----------------------------------------------------------------------------------------

    async def _done(self, settled: Sequence[tuple[Entry, str]], *, took_s: float = 0.0) -> None:
        ids = [entry.id for entry, _ in settled]
        failpoint("delivery.before-ack")
        with contextlib.suppress(_Leaving):
            await self._while_unavailable(lambda: self._acknowledge(ids))
        for entry, outcome in settled:
            self._budget.spend(failed=False)
            self._note(entry, outcome, took_s=took_s)

    async def _acknowledge(self, ids: Sequence[str]) -> None:
        with away():
            await self._client.xack(self.stream, self.group, *ids)
        for id_ in ids:
            self._in_hand.pop(id_, None)

    async def _park(self, entry: Entry, fault: LitfassError) -> None:
        arguments: list[str | bytes | int] = [
            self.group, entry.id, fault.reason, str(fault)[:DETAIL_LENGTH], self._clock(), entry.deliveries,
            *(part for name, value in entry.fields.items() for part in (b"m:" + name, value)),
        ]  # fmt: skip
        with contextlib.suppress(_Leaving):
            await self._while_unavailable(lambda: _PARK.call(self._client, [self.stream, self._dead], arguments))
        failpoint("delivery.after-park")
        self._in_hand.pop(entry.id, None)
        self._note(entry, "parked", reason=fault.reason, detail=str(fault))
        self._spend_failure()

    async def _failed(self, entry: Entry, fault: Exception) -> None:
        """Leave a message that met a bug pending, claimable again after a while that doubles."""
        log.error("delivery.handler_failed", stream=self.stream, group=self.group, entry=entry.id, exc_info=fault)
        if entry.deliveries >= MAX_ATTEMPTS:
            await self._park(entry, Broken(f"{type(fault).__name__}: {fault}"))
            return
        wait_ms = min(self._idle_ms, 200 * 2**entry.deliveries)
        with contextlib.suppress(RedisAway):
            await self._renew({entry.id: entry.deliveries}, idle_ms=self._idle_ms - wait_ms)
        self._note(entry, "failed", reason=type(fault).__name__)
        self._spend_failure()

    def _spend_failure(self) -> None:
        self._budget.spend(failed=True)
        if self._budget.is_overdrawn and self.priority != "urgent" and not self.is_stopped:
            self.is_stopped = True
            self._metrics.stopped.labels(*self._labels).set(1)
            log.error(
                "delivery.lane_stopped",
                stream=self.stream,
                group=self.group,
                advice="More than half of the last messages failed. Mend the cause, restart, then: litfass dead replay",
            )

    def _note(self, entry: Entry, outcome: str, *, reason: str = "", detail: str = "", took_s: float = 0.0) -> None:
        self._metrics.settled.labels(*self._labels, outcome, reason).inc()
        log.info(
            "delivery.settled",
            stream=self._labels[0],
            group=self.group,
            entry=entry.id,
            outcome=outcome,
            attempt=entry.deliveries,
            age_s=round(entry.age_s, 4),
            took_s=round(took_s, 4),
            article_id=entry.fields.get(b"article_id", b"").decode(errors="replace"),
            trace_id=entry.fields.get(b"traceparent", b"").decode(errors="replace")[3:35],
            **({"reason": reason, "detail": detail[:DETAIL_LENGTH]} if reason else {}),
        )

    # --- claims ------------------------------------------------------------------------------------------------------

    async def claim_idle(self) -> int:
        """Take over messages that lie idle; return how many. Raises RedisAway."""
        if self.is_stopped:
            return 0
        with away():
            rows = await self._client.xpending_range(self.stream, self.group, "-", "+", CLAIM_BATCH, idle=self._idle_ms)
        waiting = {
            row["message_id"].decode(): int(row["times_delivered"])
            for row in rows
            if row["message_id"].decode() not in self._in_hand
        }
        if waiting:
            with away():
                claimed = await self._client.xclaim(
                    self.stream, self.group, self.consumer, self._idle_ms, list(waiting)
                )
            await self.take_over(
                [Entry(id_.decode(), fields, waiting[id_.decode()] + 1) for id_, fields in claimed if fields]
            )
        return len(waiting)

    async def take_over(self, entries: Sequence[Entry]) -> None:
        """Deal with messages that another worker, or this one in an earlier life, began and did not finish.

        A suspect is handled alone, and its delivery counts only from then on: what waited behind it when its worker
        died is no more suspicious than before.
        """
        suspects = [entry for entry in entries if entry.deliveries >= ALONE_FROM]
        self._in_hand.update((entry.id, entry.deliveries) for entry in entries)
        await self._count({entry.id: entry.deliveries - 1 for entry in suspects})
        together = [entry for entry in entries if entry.deliveries < ALONE_FROM]
        if together:
            await self.take(together)
        for entry in suspects:
            if entry.deliveries > MAX_ATTEMPTS:
                await self._park(entry, Suspect(f"delivered {entry.deliveries - 1} times and never acknowledged"))
            else:
                await self._count({entry.id: entry.deliveries})
                await self.take([entry])

    async def _count(self, deliveries: Mapping[str, int]) -> None:
        """Say how often messages in hand count as delivered."""
        self._in_hand.update(deliveries)
        with contextlib.suppress(RedisAway):  # then they count once more than they should
            await self._renew(deliveries)

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(self._idle_ms / 3000)
            with contextlib.suppress(RedisAway):
                await self._renew(self._in_hand)

    async def _renew(self, ids: Mapping[str, int], *, idle_ms: int = 0) -> None:
        """Say that these are still ours, without counting a delivery."""
        if not ids:
            return
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for id_, deliveries in ids.items():
                    pipe.xclaim(
                        self.stream,
                        self.group,
                        self.consumer,
                        0,
                        [id_],
                        idle=idle_ms,
                        retrycount=deliveries,
                        justid=True,
                    )
                await pipe.execute(raise_on_error=False)

    # --- leaving -----------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Stop waiting for what is away; what is in hand may finish."""
        self._leaving.set()

    async def release(self) -> None:
        """Give back what is still in hand, so that another worker takes it at once; its delivery does not count."""
        with contextlib.suppress(RedisAway):
            await self._renew(
                {id_: max(0, deliveries - 1) for id_, deliveries in self._in_hand.items()}, idle_ms=RELEASED_IDLE_MS
            )
        self._in_hand.clear()


class Broken(Rejected):
    """A handler failed on this message as often as we try."""

    reason = "bug"


class Suspect(Rejected):
    """Workers that took this message never came back."""

    reason = "suspect"


class _Leaving(Exception):
    """The process stops while something is away."""
