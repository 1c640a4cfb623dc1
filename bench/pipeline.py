"""How long until a webhook is a page, and how many articles a second does the newsroom take?

The floor (bare.py) and we (ingest, render and feed as three processes) run on one Valkey with `appendfsync always`;
samples and rounds take turns. Visible: a POST is sent, and after its answer the page server is asked again and again
until the page shows this revision. Drained: every group of every stream has acknowledged everything.

    a new page      the page server has no file yet and renders what was just accepted
    an edit         the file is there and must be replaced: the whole way through the stream
    on disk         the same way, seen by looking at the file
"""

import time
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median
from typing import Final

from bench import bare, material
from bench.house import House, until
from bench.load import Connection, send_all
from bench.measure import Row, in_turns, percentile

SAMPLES: Final = 150
WARM_UP: Final = 5  # first connections, first scripts
ROUNDS: Final = 3
ARTICLES: Final = 1500  # a round
CONNECTIONS: Final = 32
BATCH_LINES: Final = 1500
WEBHOOKS: Final = "/webhooks/cms"
_PREFIXES = count()


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Measure latency first, on an almost empty archive, then throughput."""
    with House() as house:
        yield from _latency(house)
        yield from _throughput(house, note)


# --- how long -----------------------------------------------------------------------------------------------------


class Reader:
    """Sends articles to the newsroom, and looks for them."""

    def __init__(self, house: House, ingest: Connection, pages: Connection) -> None:
        self._house, self._ingest, self._pages = house, ingest, pages
        self._numbers = count()
        self._known = 0

    def publish(self) -> None:
        """Have one article that later ones edit."""
        self._send(material.posts(WEBHOOKS, range(1), prefix="known", revision=1))
        self._house.drained()
        self._known = 1

    def new_page_ms(self) -> float:
        number, prefix = next(self._numbers), "new"
        return self._until_shown(number, prefix, revision=1)

    def edit_ms(self) -> float:
        self._known += 1
        return self._until_shown(0, "known", revision=self._known)

    def on_disk_ms(self) -> float:
        number, prefix = next(self._numbers), "disk"
        file = self._house.newsroom.site / material.path_of(number, prefix=prefix).strip("/") / "index.html"
        requests = material.posts(WEBHOOKS, range(number, number + 1), prefix=prefix)
        (request,) = requests
        started = time.perf_counter()
        self._send(iter([request]))
        while not file.exists():
            time.sleep(0.0001)
        return self._rest(started)

    def _until_shown(self, number: int, prefix: str, *, revision: int) -> float:
        (request,) = material.posts(WEBHOOKS, range(number, number + 1), prefix=prefix, revision=revision)
        look, mark = material.get(material.path_of(number, prefix=prefix)), material.marker(number, revision)
        started = time.perf_counter()
        self._send(iter([request]))
        while mark not in self._pages.ask(look)[1]:
            pass
        return self._rest(started)

    def _send(self, requests: Iterator[bytes]) -> None:
        for request in requests:
            status, answer = self._ingest.ask(request)
            assert status == 202, answer

    def _rest(self, started: float) -> float:
        """Return how long it took, after the lists and feeds of it are written: samples do not disturb each other."""
        took_ms = (time.perf_counter() - started) * 1000
        self._house.drained()
        return took_ms


def _latency(house: House) -> Iterator[Row]:
    ports = house.newsroom.ports
    with (
        house.connection(house.bare.port) as floor,
        house.connection(ports["ingest"]) as ingest,
        house.connection(ports["render"]) as pages,
    ):
        reader = Reader(house, ingest, pages)
        reader.publish()
        numbers = count()
        works = {
            "bare": lambda: bare.visible_ms(floor, next(numbers)),
            "a new page": reader.new_page_ms,
            "an edit": reader.edit_ms,
            "on disk": reader.on_disk_ms,
        }
        in_turns(works, rounds=WARM_UP)
        times = in_turns(works, rounds=SAMPLES)
    for what, note in (("a new page", "page server"), ("an edit", "page server"), ("on disk", "file system")):
        yield Row(f"webhook → {what}, p50", "ms", median(times[what]), median(times["bare"]), 1.5, note)
    for what in ("a new page", "an edit", "on disk"):
        yield Row(f"webhook → {what}, p99", "ms", percentile(times[what], 0.99), percentile(times["bare"], 0.99))


# --- how many -----------------------------------------------------------------------------------------------------


def _throughput(house: House, note: Callable[[str], None]) -> Iterator[Row]:
    bare_rates: list[float] = []
    ours: dict[str, list[float]] = {"accepted": [], "pages": [], "drained": [], "imported": [], "import": []}
    for _ in range(ROUNDS):
        bare_rates.append(bare.drained_per_s(house))
        for what, rate in (_sent_one_by_one(house, note) | _sent_as_batch(house)).items():
            ours[what].append(rate)
    floor = median(bare_rates)
    yield Row("articles accepted (202)", "/s", median(ours["accepted"]), floor, note="32 connections")
    yield Row("… and every page written", "/s", median(ours["pages"]), floor, 0.67)
    yield Row("… and all groups drained", "/s", median(ours["drained"]), floor, note="lists and feeds, too")
    yield Row("articles imported, accepted", "/s", median(ours["import"]), floor, note="POST …/batch")
    yield Row("… and every page written", "/s", median(ours["imported"]), floor)


def _sent_one_by_one(house: House, note: Callable[[str], None]) -> dict[str, float]:
    requests = list(material.posts(WEBHOOKS, range(ARTICLES), prefix=f"t{next(_PREFIXES)}"))
    started = time.perf_counter()
    statuses, took_s = send_all(house.newsroom.ports["ingest"], requests, connections=CONNECTIONS)
    assert statuses == {202: ARTICLES}, statuses
    _until_pages_written(house)
    pages_s = time.perf_counter() - started
    house.drained()
    drained_s = time.perf_counter() - started
    note(f"{ARTICLES} articles: accepted in {took_s:.2f} s, pages in {pages_s:.2f} s, drained in {drained_s:.2f} s")
    return {"accepted": ARTICLES / took_s, "pages": ARTICLES / pages_s, "drained": ARTICLES / drained_s}


def _sent_as_batch(house: House) -> dict[str, float]:
    request = material.batch(f"{WEBHOOKS}/batch", range(BATCH_LINES), prefix=f"i{next(_PREFIXES)}")
    with house.connection(house.newsroom.ports["ingest"]) as ingest:
        started = time.perf_counter()
        status, answer = ingest.ask(request)
        accepted_s = time.perf_counter() - started
    assert (status, answer.count(b'"accepted"')) == (200, BATCH_LINES), answer[:500]
    _until_pages_written(house)
    pages_s = time.perf_counter() - started
    house.drained()
    return {"import": BATCH_LINES / accepted_s, "imported": BATCH_LINES / pages_s}


def _until_pages_written(house: House) -> None:
    """Wait until render has acknowledged every article: each page is then put, and was looked at again."""

    def is_done() -> bool:
        return not any(name.startswith("articles") and name.endswith("/render") for name in house.newsroom.unfinished())

    until(is_done, 90, lambda: f"still waiting: {house.newsroom.unfinished()}")
