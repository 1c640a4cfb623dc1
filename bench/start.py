"""How long until `litfass up` shows a page again: its second start, with the demo's articles in its data folder?

From the start of the process to the first answer of the front page with status 200. The floor is the same Python
that imports Granian, Starlette and redis-py and ends.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

import httpx

from bench.house import START_S, launch, stop, until
from bench.measure import Row
from tests.support.newsroom import free_port

STARTS: Final = 3
AIM_S: Final = 2.0
IMPORTS: Final = "import granian.server.embed, starlette.applications, redis.asyncio, pydantic_settings"


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Start once to have something to find again, then a few times more."""
    folder = Path(tempfile.mkdtemp(prefix="litfass-bench-"))
    try:
        first_s = _start(folder, is_first=True)
        note(f"the first start, with the demo's articles to be taken in: {first_s:.2f} s until the first page")
        starts, imports = [], []
        for _ in range(STARTS):
            starts.append(_start(folder, is_first=False))
            imports.append(_imports())
        said = f"floor: imports alone, {median(imports):.2f} s"
        yield Row("second start → first page", "s", median(starts), aim=AIM_S, note=said)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, *, is_first: bool) -> float:
    """Start, wait for the front page, stop; return the seconds until the page."""
    port = free_port()
    command = [sys.executable, "-m", "litfass", "up", "--data", str(folder / "data"), "--port", str(port)]
    started = time.perf_counter()
    process = launch(command, folder / "up.log")
    try:
        until(lambda: _shows(port, process, folder), START_S, "`litfass up` shows no page")
        took_s = time.perf_counter() - started
        if is_first:
            until((folder / "data" / "demo.json").exists, START_S, "the demo was not sent")
            until(lambda: b'class="card' in _front(port), START_S, "the demo's articles do not appear")
    finally:
        stop(process)
    return took_s


def _shows(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"`litfass up` ended: {(folder / 'up.log').read_text(errors='replace')[-2000:]}")
    return bool(_front(port))


def _front(port: int) -> bytes:
    """Return the front page; nothing while there is none."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
    except httpx.HTTPError:
        return b""
    return answer.content if answer.status_code == 200 else b""


def _imports() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return time.perf_counter() - started
