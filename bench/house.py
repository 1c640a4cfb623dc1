"""The newsroom and the floor as processes, on one embedded Valkey (`appendfsync always` for both)."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

import httpx
from redis import Redis

from bench import bare_web, bare_worker
from bench.load import Connection
from bench.material import SECRET
from tests.support.newsroom import Newsroom, free_port

START_S: Final = 20.0
DRAIN_S: Final = 90.0
STOP_S: Final = 10.0
POLL_S: Final = 0.005
# As an operator runs it: not the tests' short claims, and every delivery logged (into a file).
ENVIRON: Final = {
    "CMS_SECRET": SECRET,
    "LITFASS_DELIVERY_CLAIM_IDLE_S": "15",
    "LITFASS_RENDER_MONTH_APART_S": "10",
    "LITFASS_LOG_LEVEL": "info",
}


class Bare:
    """The floor: one process takes webhooks and serves pages, one works on the stream."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.redis_url, self.port, self._folder = redis_url, free_port(), folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._processes = [
            launch([sys.executable, "-m", "bench.bare_web", self.redis_url, str(self.port)], self._folder / "web.log"),
            launch([sys.executable, "-m", "bench.bare_worker", self.redis_url], self._folder / "worker.log"),
        ]
        wait_for(f"http://127.0.0.1:{self.port}/", self._processes[0], self._folder / "web.log")
        with Redis.from_url(self.redis_url) as client:
            until(lambda: client.exists(bare_web.STREAM) == 1, START_S, "the bare worker did not start")

    def stop(self) -> None:
        stop(*self._processes)

    def unfinished(self, client: "Redis") -> int:
        (row,) = client.xinfo_groups(bare_web.STREAM)
        assert row["name"] == bare_worker.GROUP.encode()
        return int(row["pending"]) + int(row["lag"] or 0)


class House:
    """Both pipelines on one Valkey, in a folder of their own."""

    def __init__(self, *, with_bare: bool = True, with_newsroom: bool = True) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="litfass-bench-"))
        self.newsroom = Newsroom(self.folder, environ=ENVIRON)
        self.redis: Redis
        self._with_bare, self._with_newsroom = with_bare, with_newsroom

    def __enter__(self) -> Self:
        try:
            if self._with_newsroom:
                self.newsroom.start()
            else:
                self.newsroom.valkey.start()
            self.redis = Redis.from_url(self.newsroom.valkey.url)
            self.bare = Bare(self.newsroom.valkey.url, self.folder)
            if self._with_bare:
                self.bare.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(AttributeError):
            self.bare.stop()
        self.newsroom.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def drained(self) -> None:
        """Wait until every group of ours has acknowledged everything."""
        until(lambda: not self.newsroom.unfinished(), DRAIN_S, lambda: f"still waiting: {self.newsroom.unfinished()}")

    def bare_drained(self) -> None:
        """Wait until the floor's worker has acknowledged everything."""
        until(lambda: self.bare.unfinished(self.redis) == 0, DRAIN_S, "the bare worker does not get on")

    @contextlib.contextmanager
    def connection(self, port: int) -> Iterator[Connection]:
        connection = Connection(port)
        try:
            yield connection
        finally:
            connection.close()


def launch(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a process whose words go to a file; its settings come from nobody's environment."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("LITFASS_")}
    with log.open("ab") as file:
        return subprocess.Popen(command, env=environ, stdout=file, stderr=file, start_new_session=True)


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until something answers at `url`."""

    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"a process ended: {log.read_text(errors='replace')[-2000:]}")
        try:
            httpx.get(url, timeout=2)
        except httpx.HTTPError:
            return False
        return True

    until(answers, START_S, f"nothing answers at {url}")


def until(holds: Callable[[], bool], seconds: float, complaint: str | Callable[[], str]) -> None:
    """Return as soon as `holds`; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(complaint if isinstance(complaint, str) else complaint())
        time.sleep(POLL_S)


def stop(*processes: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, and wait; what does not go is killed."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
