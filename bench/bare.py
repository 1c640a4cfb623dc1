"""What does the work cost with nothing around it: verify, clean, XADD, render, SET, ZADD?

The floor, written for this benchmark and no straw man: raw ASGI under the same Granian (bare_web.py), raw redis-py
with hiredis, one template, and a worker that reads batches and answers each with one pipeline (bare_worker.py).
It has no guard against old deliveries, no dedupe, no lists, no feeds, no files, no second look, no retries, no logs.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median

from bench import material
from bench.house import House
from bench.load import Connection, send_all
from bench.measure import Row, percentile

ARTICLES = 1500
CONNECTIONS = 32
SAMPLES = 100
WARM_UP = 5  # of them; first connections
_PREFIXES = count()


def run(note: Callable[[str], None]) -> Iterator[Row]:  # noqa: ARG001 -- every bench is called alike
    """Measure the floor alone, with an otherwise idle machine."""
    with House(with_newsroom=False) as house, house.connection(house.bare.port) as bare:
        times = [visible_ms(bare, number) for number in range(SAMPLES)][WARM_UP:]
        yield Row("webhook → page visible, p50", "ms", median(times))
        yield Row("webhook → page visible, p99", "ms", percentile(times, 0.99))
        yield Row("articles accepted and drained", "/s", median(drained_per_s(house) for _ in range(3)))


def visible_ms(bare: Connection, number: int) -> float:
    """Send one article and look until it is there; return the milliseconds."""
    prefix = f"b{next(_PREFIXES)}"
    (request,) = material.posts("/webhooks/cms", range(number, number + 1), prefix=prefix)
    look, mark = material.get(material.path_of(number, prefix=prefix)), material.marker(number, 1)
    started = time.perf_counter()
    status, answer = bare.ask(request)
    assert status == 202, answer
    while mark not in bare.ask(look)[1]:
        pass
    return (time.perf_counter() - started) * 1000


def drained_per_s(house: House) -> float:
    """Send many articles and wait until all are pages; return how many a second."""
    requests = list(material.posts("/webhooks/cms", range(ARTICLES), prefix=f"b{next(_PREFIXES)}"))
    started = time.perf_counter()
    statuses, _ = send_all(house.bare.port, requests, connections=CONNECTIONS)
    house.bare_drained()
    assert statuses == {202: ARTICLES}, statuses
    return ARTICLES / (time.perf_counter() - started)
