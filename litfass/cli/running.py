"""The commands that keep running: the whole newsroom on one port, or one of its services."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from litfass.cli.answers import out
from litfass.cli.options import DATA, ConfigOption, DataOption, HostOption, RedisOption
from shared.runtime.logging import configure

if TYPE_CHECKING:
    from litfass.run import ServiceName

app = typer.Typer()


@app.command()
def up(
    host: HostOption = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", help="Default: 8080, or the next free one.")] = None,
    data: DataOption = DATA,
    config: Annotated[
        Path | None, typer.Option("--config", help="Your litfass.toml; default: a demo newsroom.")
    ] = None,
    redis: Annotated[str | None, typer.Option("--redis", help="Use this Redis instead of an embedded one.")] = None,
    demo: Annotated[
        bool | None, typer.Option("--demo/--no-demo", help="Fill an empty newsroom with demo articles.")
    ] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Read templates and style sheets again when they change.")] = False,
) -> None:
    """Run the whole newsroom on one port; Ctrl-C stops it."""
    from litfass.up import UpOptions
    from litfass.up import up as run_up

    configure(form=os.environ.get("LITFASS_LOG_FORMAT", ""), level=os.environ.get("LITFASS_LOG_LEVEL", "warning"))
    options = UpOptions(host=host, port=port, data=data, config=config, redis_url=redis, demo=demo, dev=dev)
    asyncio.run(run_up(options, environ=os.environ, console=out))


def _service_command(name: "ServiceName", port: int, text: str) -> None:
    def run(
        host: HostOption = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = port,
        config: ConfigOption = None,
        redis: RedisOption = None,
    ) -> None:
        from litfass.run import configured, run_service

        path = config or Path(os.environ.get("LITFASS_CONFIG", "litfass.toml"))
        loaded = configured(path, redis_url=redis, environ=os.environ)
        asyncio.run(run_service(name, loaded, host=host, port=port, environ=os.environ))

    app.command(name=name, help=text)(run)


_service_command("ingest", 8081, "Take deliveries of CMSs.")
_service_command("render", 8082, "Write pages, and serve what is not written yet.")
_service_command("feed", 8083, "Keep the lists; write feeds and sitemaps; answer the API.")
