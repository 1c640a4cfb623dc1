"""Does ingest's memory stay flat over 100,000 deliveries?

Edits of a few thousand articles, so that only the deliveries grow in number. What counts is the resident memory after
all of them, beside that after the first tenth: by then everything that is kept for good is there.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from bench import material
from bench.house import House
from bench.load import send_all
from bench.measure import Row
from bench.pipeline import CONNECTIONS, WEBHOOKS

DELIVERIES: Final = 100_000
ARTICLES: Final = 2_500
AIM: Final = 1.1


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Send round after round of edits, with render and feed stopped: it is ingest's memory that is asked for."""
    with House(with_bare=False) as house:
        newsroom = house.newsroom
        newsroom.stop("render", "feed")
        pid, sizes = newsroom.processes["ingest"].pid, []
        for revision in range(1, DELIVERIES // ARTICLES + 1):
            requests = material.posts(WEBHOOKS, range(ARTICLES), prefix="m", revision=revision)
            statuses, _ = send_all(newsroom.ports["ingest"], requests, connections=CONNECTIONS)
            assert statuses == {202: ARTICLES}, statuses
            sizes.append(_resident_mib(pid))
            if revision % 10 == 0:
                note(f"{revision * ARTICLES:,} deliveries: {sizes[-1]:.0f} MiB")
        first = sizes[len(sizes) // 10 - 1]
        said = f"{first:.0f} MiB after {DELIVERIES // 10:,}, {sizes[-1]:.0f} MiB after {DELIVERIES:,}"
        yield Row("resident memory, at the end × after a tenth", "×", sizes[-1] / first, aim=AIM, note=said)


def _resident_mib(pid: int) -> float:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
