"""How late is an embargoed article, alone and when a thousand end at the same second?

From its due time to its place in the stream, by the clock of the process that published it; and to the file of its
page for those that come alone. Three services, one Valkey with `appendfsync always`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bench import material
from bench.house import House, until
from bench.load import send_all
from bench.measure import Row, percentile
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.keys import Keys

ALONE: Final = 40
APART_S: Final = 0.17  # between two that come alone; no multiple of the pause between two looks
TOGETHER: Final = 1_000
AHEAD_S: Final = 3.0  # that deliveries may take before the first is due
SENT_PER_S: Final = 60.0  # deliveries, at least, also on a machine that has more to do
AIM_MS: Final = 250.0
WAIT_S: Final = 60.0
KEYS: Final = Keys("s1")


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Schedule some one by one, then many for one moment."""
    with House(with_bare=False) as house:
        start = time.time() + AHEAD_S
        alone = _late_ms(house, [start + APART_S * number for number in range(ALONE)], prefix="alone")
        yield Row("one after the other → in the stream, p50", "ms", percentile(alone, 0.5), aim=AIM_MS)
        yield Row("one after the other → in the stream, p99", "ms", percentile(alone, 0.99), aim=AIM_MS)
        house.drained()
        written = [_after_ms(house, number, prefix="alone", what=b"rendered") for number in range(ALONE)]
        yield Row("one after the other → its page's file, p50", "ms", percentile(written, 0.5))
        at = time.time() + AHEAD_S + TOGETHER / SENT_PER_S
        together = _late_ms(house, [at] * TOGETHER, prefix="together")
        yield Row(f"{TOGETHER} at one moment → in the stream, p50", "ms", percentile(together, 0.5), aim=AIM_MS)
        yield Row(f"{TOGETHER} at one moment → in the stream, the last", "ms", max(together), aim=AIM_MS)
        note(f"{len(alone) + len(together)} opened, each once")


def _late_ms(house: House, due_s: Sequence[float], *, prefix: str) -> list[float]:
    """Send an embargoed article for each moment; return how late each was."""
    requests = [
        material.post(
            "/webhooks/cms",
            material.delivery(material.an_article(number, prefix=prefix) | {"embargoed_until": _iso(due)}),
            message_id=f"msg_{prefix}_{number}",
        )
        for number, due in enumerate(due_s)
    ]
    statuses, _ = send_all(house.newsroom.ports["ingest"], requests, connections=8)
    assert statuses == {202: len(requests)}, statuses
    assert time.time() < due_s[0], "sending took so long that the first were due"
    until(lambda: house.redis.zcard(KEYS.schedule()) == 0, WAIT_S, "the schedule was not opened")
    return [_after_ms(house, number, prefix=prefix, what=b"opened") for number in range(len(due_s))]


def _after_ms(house: House, number: int, *, prefix: str, what: bytes) -> float:
    """How long after its due time something happened to an article, by its timeline: once, or this fails."""
    owner: Any = house.redis.hget(KEYS.urls(SiteName("kurier")), material.path_of(number, prefix=prefix))
    steps: Any = house.redis.xrange(KEYS.timeline(ArticleId(owner.decode())))
    (after_ms,) = [int(step[b"at_ms"]) - int(step[b"received_ms"]) for _, step in steps if step[b"what"] == what]
    return float(after_ms)


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, tz=UTC).isoformat(timespec="milliseconds")
