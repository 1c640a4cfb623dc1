"""Programs that a test starts beside itself: wait until they answer, and end them."""

import subprocess
import time
from collections.abc import Callable

import httpx

Process = subprocess.Popen[bytes]


def wait_for(url: str, status: int, process: Process, *, log: Callable[[], str], limit_s: float) -> None:
    """Return once `url` answers with `status`; fail with the log when the program ends, or takes too long."""
    end_s = time.monotonic() + limit_s
    while True:
        try:
            assert httpx.get(url, timeout=2).status_code == status
        except httpx.TransportError:
            assert process.poll() is None, log()
            assert time.monotonic() < end_s, log()
            time.sleep(0.02)
        else:
            return


def end(process: Process) -> None:
    """SIGTERM, and SIGKILL for one that does not listen."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
