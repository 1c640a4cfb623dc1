"""A Varnish with the VCL that we ship, in a folder of its own and without rights."""

import re
import subprocess
from pathlib import Path
from typing import Final

from tests.support.newsroom import free_port
from tests.support.programs import end, wait_for

VCL: Final = Path(__file__).parents[2] / "deploy/varnish"
START_S: Final = 30.0
NOBODY: Final = 9  # the discard port: a service that is down
_BACKEND: Final = re.compile(r'backend (\w+) \{ \.host = "127\.0\.0\.1"; \.port = "\d+";')


class Varnish:
    """Start and stop a cache; services that are not named are down."""

    def __init__(self, folder: Path, **ports: int) -> None:
        self.folder, self.port, self._ports = folder, free_port(), ports
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "varnish.log").read_text(errors="replace")

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "default.vcl").write_text(_BACKEND.sub(self._backend, (VCL / "default.vcl").read_text()))
        command = [
            "varnishd", "-F", "-j", "none", "-n", str(self.folder / "work"), "-a", f"127.0.0.1:{self.port}",
            "-f", str(self.folder / "default.vcl"), "-p", f"vcl_path={VCL}", "-s", "malloc,32m", "-T", "none",
            "-p", "thread_pool_min=10", "-p", "thread_pools=1",
        ]  # fmt: skip
        with (self.folder / "varnish.log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        # 404: it is there, and that is not for the outside
        wait_for(f"{self.url}/health/ready", 404, self._process, log=lambda: self.log, limit_s=START_S)

    def stop(self) -> None:
        if self._process:
            end(self._process)

    def _backend(self, match: re.Match[str]) -> str:
        return f'backend {match[1]} {{ .host = "127.0.0.1"; .port = "{self._ports.get(match[1], NOBODY)}";'
