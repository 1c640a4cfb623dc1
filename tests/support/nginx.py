"""An nginx over a page store, with the configuration that compose uses, in a folder of its own and without rights."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.support.newsroom import free_port
from tests.support.programs import end, wait_for

TEMPLATE: Final = Path(__file__).parents[2] / "deploy/nginx/templates/litfass.conf.template"
START_S: Final = 10.0
NOBODY: Final = "127.0.0.1:9"  # the discard port: a service that is down
VARIABLE: Final = re.compile(r"\$\{(EDGE_[A-Z_]+)\}")
# What Debian's and the official image's nginx.conf say around it.
FRAME: Final = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 128; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/litfass.conf;
}}
"""


def filled_in(values: Mapping[str, str]) -> str:
    """Return the template with its variables put in, as `envsubst` does; a KeyError names one that is missing."""
    return VARIABLE.sub(lambda match: values[match[1]], TEMPLATE.read_text())


class Nginx:
    """Start and stop an edge; services that are not named are down."""

    def __init__(
        self,
        folder: Path,
        *,
        root: Path,
        site: str = "kurier",
        sites: str = "",
        ingest: str = NOBODY,
        render: str = NOBODY,
        feed: str = NOBODY,
    ) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._values = {
            "EDGE_LISTEN": f"127.0.0.1:{self.port}",
            "EDGE_ROOT": str(root),
            "EDGE_DEFAULT_SITE": site,
            "EDGE_SITES": sites,
            "EDGE_INGEST": ingest,
            "EDGE_RENDER": render,
            "EDGE_FEED": feed,
            "EDGE_RESOLVER": "127.0.0.1",  # never asked: all addresses are numbers
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "error.log").read_text(errors="replace")

    def start(self) -> None:
        user = "user root;" if os.geteuid() == 0 else ""  # else the workers could not enter pytest's folders
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "litfass.conf").write_text(filled_in(self._values))
        (self.folder / "nginx.conf").write_text(FRAME.format(folder=self.folder, user=user))
        command = ["nginx", "-e", str(self.folder / "error.log"), "-p", str(self.folder), "-c", "nginx.conf"]
        self._process = subprocess.Popen(command, cwd=self.folder)
        wait_for(f"{self.url}/health/edge", 200, self._process, log=lambda: self.log, limit_s=START_S)

    def stop(self) -> None:
        if self._process:
            end(self._process)
