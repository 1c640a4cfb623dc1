"""Keep streams short without losing a message: cut only what every known group has acknowledged.

The floor is the oldest *pending* entry, not the last delivered one: entries that a trim takes from under a pending
list are dropped silently by XAUTOCLAIM (tried, ADR-0005). Only at a byte ceiling is more cut; what was cut off is
signalled anew from `changed`, on the bulk lane.
"""

from typing import Any, Final

from redis.exceptions import ResponseError

from shared.contracts.keys import GROUPS, LANES
from shared.runtime.broker import Client, away
from shared.runtime.logging import get_logger
from shared.runtime.metrics import DeliveryMetrics

log = get_logger()

RESIGNAL_BATCH: Final = 500
CEILING_KEEPS: Final = 0.5  # of the entries: cut deep once rather than a little each time


async def trim(client: Client, stream: str, *, ceiling_bytes: int, metrics: DeliveryMetrics) -> int:
    """Cut what nobody needs any more; return how many entries. Raises RedisAway."""
    groups = GROUPS.get(stream.rpartition(":")[2], ())
    with away():
        floor = await _floor(client, stream, groups)
        if floor and (told := await _fanned_out(client, stream)):
            floor = min(floor, told, key=_order)
        cut = int(await client.xtrim(stream, minid=floor, approximate=True)) if floor else 0
        size = await client.memory_usage(stream, samples=5) or 0
    if size > ceiling_bytes:
        cut += await _cut_pending(client, stream, metrics)
    return cut


async def _floor(client: Client, stream: str, groups: tuple[str, ...]) -> str | None:
    """The first entry that some known group still needs; None when a group is missing or nothing was read."""
    try:
        known: dict[str, Any] = {_text(row["name"]): row for row in await client.xinfo_groups(stream)}
    except ResponseError:  # no such stream yet
        return None
    if not groups or not set(groups) <= set(known):
        return None
    floors = []
    for group in groups:
        pending = await client.xpending(stream, group)
        oldest = pending["min"] if pending["pending"] else known[group]["last-delivered-id"]
        floors.append(_text(oldest))
    return min(floors, key=_order)


async def _fanned_out(client: Client, stream: str) -> str | None:
    """The last entry of a lane that was told to subscribers: the fan-out is no group, it keeps a cursor."""
    prefix, _, name = stream.rpartition(":")
    cursor = _text(await client.get(f"{prefix}:fanout") or b"").split() if name in LANES else []
    return cursor[LANES.index(name)] if cursor else None


async def _cut_pending(client: Client, stream: str, metrics: DeliveryMetrics) -> int:
    """Cut the older half although it is pending, and signal what was in it anew."""
    with away():
        length = int(await client.xlen(stream))
        keep = int(length * CEILING_KEEPS)
        oldest = await client.xrange(stream, count=1)
        told = await _fanned_out(client, stream)
        untold = await client.xrange(stream, min=f"({told}", count=1) if told else []
        cut = int(await client.xtrim(stream, maxlen=keep, approximate=False))
        if untold and not await client.xrange(stream, untold[0][0], untold[0][0]):  # subscribers must hear of it
            lost = f"{int(untold[0][1].get(b'seq', b'1')) - 1} {cut}"
            await client.set(f"{stream.rpartition(':')[0]}:fanout-lost", lost, nx=True)
    name = stream.rpartition(":")[2]
    metrics.trimmed.labels(name).inc(cut)
    log.error(
        "delivery.stream_cut", stream=stream, entries=cut, advice="A group is far behind; it catches up from `changed`."
    )
    if cut and oldest and name in LANES:
        await resignal(client, stream.rpartition(":")[0], since_seq=int(oldest[0][1].get(b"seq", b"0")))
    return cut


async def resignal(client: Client, prefix: str, *, since_seq: int) -> int:
    """Append a bulk signal for every article that changed since `since_seq`; return how many. Raises RedisAway."""
    done, start = 0, since_seq
    while True:
        with away():
            rows = await client.zrangebyscore(
                f"{prefix}:changed", start, "+inf", start=0, num=RESIGNAL_BATCH, withscores=True
            )
            async with client.pipeline(transaction=False) as pipe:
                for article_id, _ in rows:
                    pipe.hmget(f"{prefix}:article:{_text(article_id)}", "site", "state", "seq")
                states = await pipe.execute()
                for (article_id, _), (site, state, seq) in zip(rows, states, strict=True):
                    pipe.xadd(
                        f"{prefix}:articles-bulk",
                        signal_fields(_text(article_id), _text(site or b""), _text(state or b""), int(seq or 0)),
                    )
                await pipe.execute()
        done += len(rows)
        if len(rows) < RESIGNAL_BATCH:
            return done
        start = int(rows[-1][1]) + 1


def signal_fields(article_id: str, site: str, state: str, seq: int) -> dict[Any, Any]:
    """The fields of a signal that says: look at this article again."""
    verb = state if state in {"unpublished", "killed"} else "updated"
    return {
        "v": 1,
        "article_id": article_id,
        "site": site,
        "verb": verb,
        "seq": seq,
        "received_ms": 0,
        "accepted_ms": 0,
        "traceparent": "",
    }


def _order(id_: str) -> tuple[int, int]:
    ms, _, n = id_.partition("-")
    return int(ms), int(n or 0)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
