"""What does a reader's request cost, at the page server and at the edge?

    the page server     against a Starlette route under the same Granian that answers the same bytes from memory
    nginx with SSI      against the same nginx, configuration and files with SSI switched off

Our page server looks at the file (and for a marker that beats it) every time, and at its fragments every few
milliseconds (ADR-0022). `wrk` does the asking, one thread and 16 connections; without that program our own client
does, which is slower.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Final

from bench import material
from bench.house import House, launch, stop, wait_for
from bench.load import send_all
from bench.measure import Row, in_turns, medians
from tests.support.newsroom import free_port
from tests.support.nginx import Nginx

ARTICLES: Final = 40
ROUNDS: Final = 5
SECONDS: Final = 2  # a round
CONNECTIONS: Final = 16
REQUESTS: Final = 4_000  # a round without wrk
PATH: Final = material.path_of(7, prefix="r")
_RATE: Final = re.compile(r"Requests/sec: +([\d.]+)")


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Publish some articles, then read one of them over and over."""
    if not shutil.which("wrk"):
        note("wrk is missing (apt-get install wrk); our own client asks instead, and takes most of a core for it")
    with House(with_bare=False) as house:
        newsroom = house.newsroom
        requests = material.posts("/webhooks/cms", range(ARTICLES), prefix="r")
        send_all(newsroom.ports["ingest"], requests, connections=4)
        house.drained()
        with house.connection(newsroom.ports["render"]) as pages:
            status, answer = pages.ask(material.get(PATH))
        assert status == 200, answer[:500]
        yield from _page_server(newsroom.ports["render"], house.folder, answer)
        if shutil.which("nginx"):
            yield from _edge(house.folder, newsroom.site.parent)
        else:
            note("nginx is missing (apt-get install nginx); the edge is not measured")


def _page_server(port: int, folder: Path, answer: bytes) -> Iterator[Row]:
    body = answer.partition(b"\r\n\r\n")[2]
    page, static_port, log = folder / "page.html", free_port(), folder / "static.log"
    page.write_bytes(body)
    static = launch([sys.executable, "-m", "bench.static_page", str(page), str(static_port)], log)
    try:
        wait_for(f"http://127.0.0.1:{static_port}{PATH}", static, log)
        rates = medians(in_turns({"floor": lambda: _rate(static_port), "ours": lambda: _rate(port)}, rounds=ROUNDS))
    finally:
        stop(static)
    yield Row("page server", "/s", rates["ours"], rates["floor"], 0.7, f"{len(body) / 1024:.0f} KB; floor: from memory")


class _WithoutSsi(Nginx):
    """The same edge that sends the shells of pages as they are."""

    def start(self) -> None:
        super().start()
        config = self.folder / "litfass.conf"
        config.write_text(config.read_text().replace("ssi on;", "ssi off;"))
        self.stop()
        self._relaunch()

    def _relaunch(self) -> None:
        command = ["nginx", "-e", str(self.folder / "error.log"), "-p", str(self.folder), "-c", "nginx.conf"]
        self._process = subprocess.Popen(command, cwd=self.folder)
        wait_for(f"{self.url}{PATH}", self._process, self.folder / "error.log")


def _edge(folder: Path, store: Path) -> Iterator[Row]:
    with_ssi, without = Nginx(folder / "nginx", root=store), _WithoutSsi(folder / "nginx-plain", root=store)
    try:
        with_ssi.start()
        without.start()
        works = {"floor": lambda: _rate(without.port), "ours": lambda: _rate(with_ssi.port)}
        rates = medians(in_turns(works, rounds=ROUNDS))
    finally:
        with_ssi.stop()
        without.stop()
    yield Row("nginx, fragments put in (SSI)", "/s", rates["ours"], rates["floor"], 0.25, "floor: the same without")


def _rate(port: int) -> float:
    """Return requests a second for the page, after a moment of warming up."""
    if not shutil.which("wrk"):
        started = time.perf_counter()
        statuses, _ = send_all(port, repeat(material.get(PATH), REQUESTS), connections=CONNECTIONS)
        assert statuses == {200: REQUESTS}, statuses
        return REQUESTS / (time.perf_counter() - started)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{PATH}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "Non-2xx" not in said, said
    found = _RATE.search(said)
    assert found, said
    return float(found[1])
