"""`litfass up`: the whole newsroom on one port, with a Valkey of its own, in one process group.

The three services share one process and one loop (ADR-0008): they still meet only in streams and stores, so that
everything seen here is true of three machines. Data stays in the data folder; a second start finds it again.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from litfass.demo_start import seed_demo
from litfass.embedded import EmbeddedValkey
from litfass.run import ALL, compose
from shared.contracts.config import LitfassConfig
from shared.runtime.errors import ConfigurationFault
from shared.runtime.serve import serve
from shared.runtime.settings import load_config

DEFAULT_PORT: Final = 8080
PORTS_TRIED: Final = 50
RUN_FILE: Final = "run.json"  # where a running newsroom is, for the other commands
DEMO_SECRET: Final = "LITFASS_DEMO_SECRET"  # noqa: S105 -- the name of a variable


@dataclass(frozen=True)
class UpOptions:
    """What `litfass up` was told; None = decide yourself."""

    host: str
    port: int | None
    data: Path
    config: Path | None
    redis_url: str | None
    demo: bool | None


async def up(options: UpOptions, *, environ: Mapping[str, str], console: Console) -> None:
    """Run the newsroom until it is told to stop; raises ConfigurationFault with what to do."""
    valkey = None if options.redis_url else EmbeddedValkey(options.data / "valkey")
    options.data.mkdir(parents=True, exist_ok=True)
    if valkey:
        valkey.lock()  # before the port is chosen: a second `up` on this folder should hear of the folder
    port = free_port(options.host, options.port)
    environ = {**environ, **_secret(options.data, environ)}
    try:
        with _config_path(options.config) as path:
            config = _config(path, options, port=port, environ=environ, valkey=valkey)
            if valkey:
                await valkey.start()
            await _run(options, config, path, port=port, environ=environ, valkey=valkey, console=console)
    finally:
        (options.data / RUN_FILE).unlink(missing_ok=True)
        if valkey:
            await valkey.stop()


async def _run(
    options: UpOptions,
    config: LitfassConfig,
    path: Path,
    *,
    port: int,
    environ: Mapping[str, str],
    valkey: EmbeddedValkey | None,
    console: Console,
) -> None:
    app = compose(ALL, config, environ=environ, consumer="up")
    base_url = f"http://{_shown(options.host)}:{port}"
    run = {
        "redis_url": config.redis.url,
        "config": str(path.resolve()),
        "url": base_url,
        "store": config.pages.store,
        "pid": os.getpid(),
    }
    (options.data / RUN_FILE).write_text(json.dumps(run, indent=2) + "\n")
    is_demo = options.demo if options.demo is not None else options.config is None
    tasks = [asyncio.create_task(valkey.keep_running())] if valkey else []

    def on_ready() -> None:
        _greet(console, base_url, config, is_demo=is_demo, data=options.data)
        if is_demo:
            tasks.append(asyncio.create_task(seed_demo(config, data=options.data, console=console)))

    try:
        await serve(app, host=options.host, port=port, on_ready=on_ready)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        console.print("Stopped. Everything is kept in", str(options.data), style="dim")


def free_port(host: str, port: int | None) -> int:
    """Return the port to use: the given one, or the first free one from 8080 on; raises ConfigurationFault."""
    if port is not None:
        if port and not _is_free(host, port):
            raise ConfigurationFault(f"Port {port} on {host} is taken. Stop what uses it, or take another with --port.")
        return port or _any_free(host)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        if _is_free(host, candidate):
            return candidate
    raise ConfigurationFault(f"No port from {DEFAULT_PORT} on is free on {host}. Name one with --port.")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _any_free(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _secret(data: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The demo source's secret: made up at the first start, kept in the data folder."""
    if environ.get(DEMO_SECRET):
        return {}
    file = data / "demo-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return {DEMO_SECRET: file.read_text().strip()}


def _config_path(given: Path | None) -> Any:
    return contextlib.nullcontext(given) if given else as_file(files("litfass").joinpath("demo/litfass.toml"))


def _config(
    path: Path, options: UpOptions, *, port: int, environ: Mapping[str, str], valkey: EmbeddedValkey | None
) -> LitfassConfig:
    """The configuration as this newsroom runs it: its own Redis and files, and the demo's site where it really is."""
    changes: dict[str, str] = {}
    if valkey:
        changes["LITFASS_REDIS__URL"] = valkey.url
        changes["LITFASS_REDIS__DURABILITY"] = "fsync"
    elif options.redis_url:
        changes["LITFASS_REDIS__URL"] = options.redis_url
    if "LITFASS_PAGES__STORE" not in environ:
        changes["LITFASS_PAGES__STORE"] = (options.data / "site").resolve().as_uri()
    config = load_config(path, {**environ, **changes})
    if options.config is None:
        for name in config.site:
            changes[f"LITFASS_SITE__{name.upper()}__URL"] = f"http://{_shown(options.host)}:{port}"
            if (pages := path.parent / "pages").is_dir():
                changes[f"LITFASS_SITE__{name.upper()}__STATIC"] = str(pages)
        config = load_config(path, {**environ, **changes})
    return config


def _shown(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 -- shown, not bound


def _greet(console: Console, url: str, config: LitfassConfig, *, is_demo: bool, data: Path) -> None:
    names = ", ".join(site.name for site in config.site.values())
    console.print(f"\n  [bold]{names}[/bold] is at [link={url}/]{url}/[/link]", highlight=False)
    sources = ", ".join(config.source) or "none yet"
    console.print(f"  A CMS pushes to {url}/webhooks/<source>; sources: {sources}", highlight=False, style="dim")
    if is_demo:
        console.print(
            f"  The demo's secret is in {data / 'demo-secret'}; try examples/send-a-webhook",
            highlight=False,
            style="dim",
        )
    console.print("  Ctrl-C stops it; everything is kept in", str(data), "\n", highlight=False, style="dim")
