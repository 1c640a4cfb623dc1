"""A real Valkey for tests, on a Unix socket of its own."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from litfass.embedded import EmbeddedValkey


class Valkey:
    """Start, kill and restart a durable Valkey; synchronous, for fixtures."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedValkey(folder)

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def pid(self) -> int | None:
        return self._server.pid

    def start(self) -> None:
        _run(self._server.start())

    def kill(self) -> None:
        """`kill -9`, as a crash would."""
        process = self._server._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        _run(self._server.stop())


@contextlib.contextmanager
def a_valkey() -> Iterator[Valkey]:
    """A Valkey in a folder of its own, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="litfass-test-"))
    server = Valkey(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _run(work: Coroutine[None, None, None]) -> None:
    """Run in a loop of its own, also when the caller has one."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()
