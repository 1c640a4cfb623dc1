"""`litfass up`: the whole newsroom on one port, with a Valkey of its own, in one process group.

The three services share one process and one loop (ADR-0008): they still meet only in streams and stores, so that
everything seen here is true of three machines. Data stays in the data folder; a second start finds it again.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from litfass.demo_start import seed_demo
from litfass.embedded import EmbeddedValkey
from litfass.ports import claim_port
from litfass.run import ALL, compose
from litfass.running import RUN_FILE, SECRET_FILE, Running, demo_secret, load_as_run
from shared.contracts.config import LitfassConfig
from shared.runtime.serve import serve

DEV_LOOK_S: Final = "0.2"  # seconds between two looks at the themes' files


@dataclass(frozen=True)
class UpOptions:
    """What `litfass up` was told; None = decide yourself.

    Args:
        dev: templates and style sheets are read again when they change.
    """

    host: str
    port: int | None
    data: Path
    config: Path | None
    redis_url: str | None
    demo: bool | None
    dev: bool = False


async def up(options: UpOptions, *, environ: Mapping[str, str], console: Console) -> None:
    """Run the newsroom until it is told to stop; raises ConfigurationFault with what to do."""
    valkey = None if options.redis_url else EmbeddedValkey(options.data / "valkey")
    options.data.mkdir(parents=True, exist_ok=True)
    if valkey:
        valkey.lock()  # before the port is chosen: a second `up` on this folder should hear of the folder
    port, claim = claim_port(options.host, options.port)
    if options.config is None:  # in another configuration nothing would read it
        environ = {**environ, **demo_secret(options.data, environ)}
    if valkey:
        environ = {"LITFASS_INGEST_SPACE_FOLDER": str(options.data.resolve()), **environ}  # Valkey writes to this disk
    if options.dev:
        environ = {**environ, "LITFASS_RENDER_THEME_LOOK_S": DEV_LOOK_S, "LITFASS_RENDER_THEME_SHIPPED": "true"}
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
        claim.close()


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
    running = Running(
        redis_url=config.redis.url,
        config=str(path.resolve()),
        url=base_url,
        store=config.pages.store,
        pid=os.getpid(),
        is_demo_site=options.config is None,
    )
    running.write(options.data)
    is_demo = options.demo if options.demo is not None else options.config is None
    tasks = [asyncio.create_task(valkey.keep_running())] if valkey else []

    def on_ready() -> None:
        _greet(console, base_url, config, data=options.data)
        if is_demo:
            seeding = seed_demo(config, base_url=base_url, environ=environ, data=options.data, console=console)
            tasks.append(asyncio.create_task(seeding))

    try:
        await serve(app, host=options.host, port=port, on_ready=on_ready, on_stop=app.state.drain)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        console.print("Stopped. Everything is kept in", str(options.data), style="dim")


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
    here = f"http://{_shown(options.host)}:{port}"
    if "LITFASS_PAGES__EDGE" not in environ:
        changes["LITFASS_PAGES__EDGE"] = here
    return load_as_run(path, {**environ, **changes}, demo_url=here if options.config is None else "")


def _shown(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 -- shown, not bound


def _greet(console: Console, url: str, config: LitfassConfig, *, data: Path) -> None:
    names = ", ".join(site.name for site in config.site.values())
    console.print(f"\n  [bold]{names}[/bold] is at [link={url}/]{url}/[/link]", highlight=False)
    sources = ", ".join(config.source) or "none yet"
    console.print(f"  A CMS pushes to {url}/webhooks/<source>; sources: {sources}", highlight=False, style="dim")
    if (data / SECRET_FILE).exists():
        console.print(
            f"  The demo's secret is in {data / SECRET_FILE}; try examples/send-a-webhook",
            highlight=False,
            style="dim",
        )
    console.print("  Ctrl-C stops it; everything is kept in", str(data), "\n", highlight=False, style="dim")
