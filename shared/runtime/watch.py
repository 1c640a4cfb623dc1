"""How far behind each group is: asked when somebody looks at /metrics, so that nothing is stale."""

import time
from collections.abc import Iterable
from typing import Any

from redis.exceptions import ResponseError

from shared.contracts.keys import DEAD_STREAM, GROUPS, Keys
from shared.runtime.broker import Client, away
from shared.runtime.metrics import DeliveryMetrics


async def observe(client: Client, shards: Iterable[str], metrics: DeliveryMetrics) -> None:
    """Set the gauges of lag, pending entries, dead letters and what is overdue. Raises RedisAway."""
    dead, overdue_s, open_s = 0, 0.0, 0.0
    with away():
        for shard in shards:
            keys = Keys(shard)
            for stream in GROUPS:
                await _observe_stream(client, keys.stream(stream), stream, metrics)
            dead += int(await client.xlen(keys.stream(DEAD_STREAM)))
            overdue_s = max(overdue_s, await _age_s(client, keys.schedule()))
            open_s = max(open_s, await _age_s(client, keys.retractions()))
    metrics.dead_letters.set(dead)
    metrics.schedule_overdue.set(overdue_s)
    metrics.retraction_open.set(open_s)


async def _age_s(client: Client, key: str) -> float:
    """How long the first of a set by milliseconds has been due; 0 = none is."""
    first: list[tuple[bytes, float]] = await client.zrange(key, 0, 0, withscores=True)
    return max(0.0, time.time() - first[0][1] / 1000) if first else 0.0


async def _observe_stream(client: Client, key: str, stream: str, metrics: DeliveryMetrics) -> None:
    try:
        groups: list[dict[str, Any]] = await client.xinfo_groups(key)
    except ResponseError:  # no such stream yet
        return
    for row in groups:
        group = row["name"].decode()
        if group not in GROUPS[stream]:
            continue
        metrics.lag.labels(stream, group).set(row.get("lag") or 0)
        metrics.pending.labels(stream, group).set(row["pending"])
        age = 0.0
        if row["pending"]:
            summary = await client.xpending(key, group)
            age = (
                max(0.0, time.time() - int(summary["min"].decode().partition("-")[0]) / 1000) if summary["min"] else 0.0
            )
        metrics.oldest_pending.labels(stream, group).set(age)
