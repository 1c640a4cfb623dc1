"""Bring messages from Redis streams to lanes, and keep that going whatever Redis does. ADR-0005.

FastStream reads batches of new entries (its own parsing is switched off: entries are flat maps). Beside it, per lane:
groups are made at 0 before anything is read, what this consumer left pending when it died is taken first, idle messages
of others are claimed, and a subscriber that Redis killed (NOGROUP after a flush, READONLY after a fail-over, a restart)
is started again.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Sequence
from typing import Any, Final

from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from redis.exceptions import RedisError, ResponseError

from shared.contracts.config import RedisConfig
from shared.contracts.keys import DEAD_STREAM, Group, Keys
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, system_clock
from shared.runtime.delivery import DeliverySettings, Entry, Handle, Lane, M, Parse, Place, Priority
from shared.runtime.errors import RedisAway
from shared.runtime.logging import get_logger
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.quiet import Quiet
from shared.runtime.trim import trim

log = get_logger()

POLL_MS: Final = 200  # how long one read waits in Redis; also how late a stop is noticed
WATCH_S: Final = 0.25  # how often a dead subscriber is looked for
RETRY_S: Final = 0.25  # pause between attempts to start one: READONLY answers at once, for as long as a fail-over takes
GRACE_S: Final = 10.0  # to finish the batch in hand at SIGTERM
TRIM_S: Final = 5.0
COALESCED_BATCH: Final = 1000  # messages; a thousand changes of lists are a few dozen files, twenty are nearly as many


class Consumer:
    """All lanes of one service in one process."""

    def __init__(
        self,
        config: RedisConfig,
        client: Client,
        *,
        group: Group,
        settings: DeliverySettings,
        metrics: DeliveryMetrics,
        clock: Clock = system_clock,
        name: str = "",
    ) -> None:
        """Prepare; nothing is read before `start`.

        Args:
            name: unique among running processes and the same after a restart; default: host and process id.
        """
        self._config, self._client, self._group = config, client, group
        self._settings, self._metrics, self._clock = settings, metrics, clock
        self._name = name or f"{socket.gethostname()}-{os.getpid()}"
        self.quiet = Quiet()
        self._lanes: list[Lane[Any]] = []
        self._subscribers: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._broker: RedisBroker | None = None
        self._is_stopping = False
        self._dead_tasks: list[str] = []

    def subscribe(
        self,
        keys: Keys,
        stream: str,
        *,
        parse: Parse[M],
        handle: Handle[M],
        priority: Priority,
        coalesces: bool = False,
    ) -> None:
        """Handle every message of a stream.

        Args:
            keys: of the shard that has the stream.
            stream: its name.
            parse: reads one message.
            handle: deals with a batch of them.
            priority: what waits for what.
            coalesces: many messages cost `handle` hardly more than one, and it lets news go first by itself; so it
                gets as many as are waiting.
        """
        few = self._settings.bulk_batch_size if priority == "bulk" else self._settings.batch_size
        batch = COALESCED_BATCH if coalesces else few
        place = Place(keys.stream(stream), keys.stream(DEAD_STREAM), self._group, self._name, priority, batch)
        self._lanes.append(
            Lane(
                self._client, place, parse=parse, handle=handle, quiet=self.quiet,
                settings=self._settings, metrics=self._metrics, clock=self._clock,
            )
        )  # fmt: skip

    async def start(self) -> None:
        """Begin to read; returns at once, also when Redis is away."""
        # One connection a subscriber (its pool is plain and would fail, not wait), and some to spare.
        self._broker = RedisBroker(
            self._config.url, logger=logging.getLogger("litfass.faststream"), apply_types=False,
            graceful_timeout=GRACE_S, max_connections=len(self._lanes) + 8, socket_connect_timeout=1.0,
        )  # fmt: skip
        for lane in self._lanes:
            subscriber = self._subscriber(self._broker, lane)
            self._subscribers.append(subscriber)
            self._spawn(self._keep_reading(lane, subscriber), f"read {lane.stream}")
            self._spawn(self._keep_claiming(lane), f"claim {lane.stream}")
        self._spawn(self._keep_trimming(), "trim")

    async def stop(self) -> None:
        """Finish what is in hand, give back the rest. Takes GRACE_S at most."""
        self._is_stopping = True
        for lane in self._lanes:
            lane.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(RedisError, OSError, asyncio.TimeoutError):
            await asyncio.gather(*(subscriber.stop() for subscriber in self._subscribers))
        for lane in self._lanes:
            await lane.release()
        if self._broker is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._broker.stop()

    def faults(self) -> list[str]:
        """Name what no longer works and will not by itself; empty = alive."""
        stopped = [f"{lane.stream}: stopped, too many messages failed" for lane in self._lanes if lane.is_stopped]
        return stopped + self._dead_tasks

    def _spawn(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._on_end)
        self._tasks.append(task)

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self._dead_tasks.append(f"{task.get_name()}: ended by {task.exception()!r}")
            log.error("delivery.task_ended", task=task.get_name(), exc_info=task.exception())

    def _subscriber(self, broker: RedisBroker, lane: Lane[Any]) -> Any:
        async def parse(message: Any) -> RedisBatchStreamMessage:
            nobody: Any = (
                lane.consumer
            )  # acknowledging is ours (AckPolicy.MANUAL), so FastStream's consumer is not used
            return RedisBatchStreamMessage(raw_message=message, body=b"", consumer=nobody, group=lane.group)

        async def decode(message: RedisBatchStreamMessage) -> Any:
            return message.raw_message  # as it came: each entry is judged alone, in `Lane`

        async def take(raw: Any) -> None:
            entries = [Entry(id_.decode(), fields) for id_, fields in zip(raw["message_ids"], raw["data"], strict=True)]
            try:
                await lane.take(entries)
            except Exception:  # FastStream would swallow it; the messages stay pending
                log.exception("delivery.batch_failed", stream=lane.stream, group=lane.group)

        subscriber = broker.subscriber(
            stream=StreamSub(
                lane.stream,
                group=lane.group,
                consumer=lane.consumer,
                batch=True,
                max_records=lane.batch,
                polling_interval=POLL_MS,
            ),
            ack_policy=AckPolicy.MANUAL,
            parser=parse,
            decoder=decode,
        )
        subscriber(take)
        return subscriber

    async def _keep_reading(self, lane: Lane[Any], subscriber: Any) -> None:
        """Start the subscriber, and start it again whenever it died or Redis was away."""
        was_away = True
        while not self._is_stopping:
            try:
                if not subscriber.running or was_away or lane.is_stopped:
                    await self._restart(lane, subscriber)
                    was_away = False
                else:
                    await self._make_group(lane)  # a write, as reading in a group is: READONLY is seen here, too
                await asyncio.sleep(WATCH_S)
            except (RedisAway, ResponseError, RedisError, OSError, TimeoutError) as fault:
                if not was_away:
                    log.warning("delivery.redis_lost", stream=lane.stream, group=lane.group, detail=str(fault))
                    await self._stop_reading(subscriber)  # it would try again without a pause, and take a core for it
                was_away = True
                await asyncio.sleep(RETRY_S)

    async def _stop_reading(self, subscriber: Any) -> None:
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await subscriber.stop()

    async def _restart(self, lane: Lane[Any], subscriber: Any) -> None:
        await self._stop_reading(subscriber)
        if lane.is_stopped:
            return
        await self._make_group(lane)
        await self._take_own(lane)
        assert self._broker is not None
        await self._broker.connect()
        await subscriber.start()
        log.debug("delivery.lane_started", stream=lane.stream, group=lane.group)

    async def _make_group(self, lane: Lane[Any]) -> None:
        """Make the group at 0, before anything is read: FastStream would make it at the end and lose what is there."""
        with away():
            try:
                await self._client.xgroup_create(lane.stream, lane.group, id="0", mkstream=True)
            except ResponseError as fault:
                if "BUSYGROUP" not in str(fault):
                    raise

    async def _take_own(self, lane: Lane[Any]) -> None:
        """Finish what this consumer, under this name, had in hand when it died."""
        after = "0"
        while True:
            with away():
                answer: Any = await self._client.xreadgroup(
                    lane.group, lane.consumer, {lane.stream: after}, count=lane.batch
                )
            rows: Sequence[tuple[bytes, dict[bytes, bytes]]] = answer[0][1] if answer else []
            if not rows:
                return
            after = rows[-1][0].decode()
            with away():
                counted = await self._client.xpending_range(
                    lane.stream, lane.group, rows[0][0].decode(), after, len(rows), consumername=lane.consumer
                )
            deliveries = {row["message_id"]: int(row["times_delivered"]) for row in counted}
            await lane.take_over(
                [Entry(id_.decode(), fields, deliveries.get(id_, 1)) for id_, fields in rows if fields]
            )

    async def _keep_claiming(self, lane: Lane[Any]) -> None:
        while not self._is_stopping:
            await asyncio.sleep(min(1.0, self._settings.claim_idle_s / 3))
            try:
                await lane.claim_idle()
            except (RedisAway, ResponseError) as fault:  # NOGROUP: `_keep_reading` heals it
                log.debug("delivery.claim_failed", stream=lane.stream, detail=str(fault))

    async def _keep_trimming(self) -> None:
        streams = [lane.stream for lane in self._lanes]
        while not self._is_stopping:
            await asyncio.sleep(TRIM_S)
            for stream in streams:
                try:
                    await trim(
                        self._client, stream, ceiling_bytes=self._settings.stream_ceiling_bytes, metrics=self._metrics
                    )
                except (RedisAway, ResponseError) as fault:
                    log.debug("delivery.trim_failed", stream=stream, detail=str(fault))
