"""A whole newsroom of real processes: Valkey, ingest, render, feed, each to be killed and started again."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

import httpx
from redis import Redis

from shared.contracts.base import SiteName
from shared.contracts.keys import GROUPS, Keys
from tests.support.cms import SECRET
from tests.support.valkey import Valkey

Name = Literal["ingest", "render", "feed"]
NAMES: tuple[Name, ...] = ("ingest", "render", "feed")
START_S = 30.0
CONFIG = """
[redis]
url = "{redis_url}"
[pages]
store = "{store}"
edge = "{edge}"
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
static = "{static}"
[site.kurier.sections]
stadt = "Stadt"
sport = "Sport"
kultur = "Kultur"
[source.cms]
site = "kurier"
adapter = "standard"
secrets = ["env:CMS_SECRET"]
"""


def free_port() -> int:
    """A port for a program yet to start: below those that the kernel gives to outgoing connections meanwhile."""
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Newsroom:
    """Start, kill and look at a newsroom in a folder of its own."""

    def __init__(self, folder: Path, *, environ: dict[str, str] | None = None, edge: str = "") -> None:
        self.folder = folder
        self.site = folder / "site" / "kurier"
        self.valkey = Valkey(folder / "v")
        self.ports = {name: free_port() for name in NAMES}
        self.processes: dict[Name, subprocess.Popen[bytes]] = {}
        self.failpoints: dict[Name, str] = dict.fromkeys(NAMES, "")
        quick = {"LITFASS_DELIVERY_CLAIM_IDLE_S": "1", "LITFASS_RENDER_MONTH_APART_S": "1"}  # else tests wait for them
        self.environ = {"CMS_SECRET": SECRET, "LITFASS_LOG_LEVEL": "warning"} | quick | (environ or {})
        self.config = folder / "litfass.toml"
        self.edge = edge or self.url("render")  # who is asked whether a killed article is gone; never the real site

    def write_config(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        static = self.folder / "static"
        static.mkdir(exist_ok=True)
        (static / "imprint.md").write_text("# Impressum\n\nDer Kurier, Marktplatz 1\n")
        text = CONFIG.format(
            redis_url=self.valkey.url, store=(self.folder / "site").as_uri(), static=static, edge=self.edge
        )
        self.config.write_text(text)

    def start(self) -> None:
        self.valkey.start()
        self.write_config()
        for name in NAMES:
            self.launch(name)
        for name in NAMES:
            self.wait_ready(name)

    def launch(self, name: Name) -> None:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LITFASS_")} | self.environ
        if self.failpoints[name]:
            environ["LITFASS_FAILPOINTS"] = self.failpoints[name]
        log = (self.folder / f"{name}.log").open("ab")
        command = [sys.executable, "-m", "litfass", name, "--port", str(self.ports[name]), "--config", str(self.config)]
        self.processes[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
        log.close()

    def wait_ready(self, name: Name) -> None:
        end = time.monotonic() + START_S
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url(name)}/health/ready", timeout=2).status_code == 200:
                    return
            assert self.processes[name].poll() is None, self.log(name)
            assert time.monotonic() < end, f"{name} did not start: {self.log(name)}"
            time.sleep(0.05)

    def url(self, name: Name) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def log(self, name: Name) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def kill(self, name: Name) -> None:
        """`kill -9`."""
        process = self.processes[name]
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def revive(self, name: Name) -> bool:
        """Start again what was killed, by `kill` or a failpoint; False when it lives."""
        code = self.processes[name].poll()
        if code is None:
            return False
        assert code == -signal.SIGKILL, self.log(name)
        self.launch(name)
        return True

    def stop(self, *names: Name) -> None:
        """SIGTERM, and wait."""
        for name in names or NAMES:
            process = self.processes.get(name)
            if process and process.poll() is None:
                process.terminate()
        for name in names or NAMES:
            if process := self.processes.get(name):
                try:
                    process.wait(25)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def close(self) -> None:
        self.stop()
        self.valkey.stop()

    def redis(self) -> Redis:
        return Redis.from_url(self.valkey.url)

    def unfinished(self) -> dict[str, int]:
        """Entries that some group has not yet acknowledged, and pages of lists that are due; empty = drained."""
        keys, left = Keys("s1"), {}
        with self.redis() as client:
            for stream, groups in GROUPS.items():
                if not client.exists(keys.stream(stream)):
                    continue
                rows = {row["name"].decode(): row for row in client.xinfo_groups(keys.stream(stream))}
                for group in groups:
                    row = rows.get(group)
                    waiting = 1 if row is None else int(row["pending"]) + int(row["lag"] or 0)
                    if waiting:
                        left[f"{stream}/{group}"] = waiting
            if due := int(client.zcard(keys.due_pages(SiteName("kurier")))):
                left["due-pages"] = due
        return left

    async def drained(self, deadline_s: float = 60.0) -> None:
        """Wait until everything that was accepted is written."""
        end = time.monotonic() + deadline_s
        while left := self.unfinished():
            assert time.monotonic() < end, f"still waiting: {left}\n" + "\n".join(self.log(name) for name in NAMES)
            await asyncio.sleep(0.05)
