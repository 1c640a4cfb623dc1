"""Does an import delay news? 50,000 articles come in by batch, and breaking articles beside them.

Floor: webhook → page visible while nothing else happens, on the same newsroom just before. Breaking articles are sent
one after the other as long as the import's lines are taken in, and while its pages are being written; every twentieth
is of this minute, and watched until it leads the front page.
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Final

from bench import material
from bench.house import House, launch
from bench.load import Connection
from bench.measure import Row, percentile
from bench.pipeline import WEBHOOKS

ARTICLES: Final = 50_000
LINES: Final = 2_000  # a batch; some 12 MB
IDLE_SAMPLES: Final = 60
WARM_UP: Final = 5
PAUSE_S: Final = 0.1  # between two breaking articles
ON_FRONT: Final = 20  # each so manyth is looked for on the front page
FRONT_SAMPLES: Final = 10
BUSY: Final = 503
AGAIN_S: Final = 0.05  # before it is sent again; the time counts
FRONT_LOOK_S: Final = 0.002  # it may take a while, and who asks without end holds it up
FRONT_PAUSE_S: Final = 0.5  # before it, so that the front page was not written just now
WRITING_S: Final = 30.0  # how long pages of the import are watched being written, after its last line was taken
AIM: Final = 2.0


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Measure in an idle newsroom, then beside the import."""
    with (
        House(with_bare=False) as house,
        house.connection(house.newsroom.ports["ingest"]) as ingest,
        house.connection(house.newsroom.ports["render"]) as pages,
    ):
        numbers = count()
        idle = [_visible_ms(ingest, pages, next(numbers)) for _ in range(IDLE_SAMPLES)][WARM_UP:]
        house.drained()
        idle_front = [_on_front_ms(ingest, pages, next(numbers)) for _ in range(FRONT_SAMPLES)]
        house.drained()
        port, log = str(house.newsroom.ports["ingest"]), house.folder / "import.log"
        started = time.monotonic()
        importing = launch(
            [sys.executable, "-m", "bench.imports", port], log
        )  # a process: it must not hold up our clock
        beside, front = [], []
        while importing.poll() is None:
            beside.append(_visible_ms(ingest, pages, next(numbers)))
            time.sleep(PAUSE_S)
            if not len(beside) % ON_FRONT:
                front.append(_on_front_ms(ingest, pages, next(numbers)))
        took_s = time.monotonic() - started
        assert importing.returncode == 0, log.read_text()
        note(f"{ARTICLES:,} articles taken in {took_s:.0f} s, {len(beside)} breaking ones beside them")
        writing, end = [], time.monotonic() + WRITING_S
        while time.monotonic() < end and house.newsroom.unfinished():
            writing.append(_visible_ms(ingest, pages, next(numbers)))
            time.sleep(PAUSE_S)
        yield Row("breaking → page, while lines are taken, p50", "ms", median(beside), median(idle), AIM)
        yield Row("breaking → page, while lines are taken, p95", "ms", percentile(beside, 0.95), percentile(idle, 0.95))
        row = "breaking → front page, while lines are taken, p50"
        yield Row(row, "ms", median(front), median(idle_front), note=f"slowest {max(front):.0f} ms")
        if writing:
            yield Row("breaking → page, while pages are written, p50", "ms", median(writing), median(idle), AIM)
        yield Row("articles imported, accepted", "/s", ARTICLES / took_s)


def send_import(port: int) -> None:
    """Send all lines, a batch after the other."""
    connection = Connection(port)
    for first in range(0, ARTICLES, LINES):
        request = material.batch(f"{WEBHOOKS}/batch", range(first, first + LINES), prefix="import")
        status, answer = connection.ask(request)
        assert (status, answer.count(b'"accepted"')) == (200, LINES), answer[:500]
    connection.close()


def _visible_ms(ingest: Connection, pages: Connection, number: int) -> float:
    """Send one breaking article and look until its page shows it; return the milliseconds."""
    (request,) = material.posts(WEBHOOKS, range(number, number + 1), prefix="breaking")
    return _seen_ms(ingest, request, pages, material.path_of(number, prefix="breaking"), number)


def _on_front_ms(ingest: Connection, pages: Connection, number: int) -> float:
    """Send one of this minute and look until the front page shows it; return the milliseconds."""
    time.sleep(FRONT_PAUSE_S)
    now = datetime.now(UTC).isoformat()
    article = material.an_article(number, prefix="front") | {"published_at": now, "updated_at": now}
    request = material.post(WEBHOOKS, material.delivery(article), message_id=f"msg_front_{number}")
    return _seen_ms(ingest, request, pages, "/", number, look_s=FRONT_LOOK_S)


def _seen_ms(
    ingest: Connection, request: bytes, pages: Connection, path: str, number: int, *, look_s: float = 0.0
) -> float:
    look, mark = material.get(path), material.marker(number, 1)
    started = time.perf_counter()
    while (answered := ingest.ask(request))[0] == BUSY:  # as a CMS would
        time.sleep(AGAIN_S)
    assert answered[0] == 202, answered[1]
    while mark not in pages.ask(look)[1]:
        time.sleep(look_s)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    send_import(int(sys.argv[1]))
