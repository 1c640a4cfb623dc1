"""Compose services into one process and serve them: one for `litfass ingest`, all three for `litfass up`."""

import socket
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from litfass import __version__
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.broker import closing, connect, require_fit_server
from shared.runtime.errors import RedisAway
from shared.runtime.logging import get_logger
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.serve import serve
from shared.runtime.service import Service, asgi
from shared.runtime.settings import load_config

log = get_logger()

ServiceName = Literal["ingest", "render", "feed"]
# The page server last: it has every path that nobody else wants.
ALL: Final[tuple[ServiceName, ...]] = ("ingest", "feed", "render")
PORTS: Final[Mapping[ServiceName, int]] = {"ingest": 8081, "render": 8082, "feed": 8083}


def configured(path: Path, *, redis_url: str | None, environ: Mapping[str, str]) -> LitfassConfig:
    """Return the configuration, with the command line's Redis; raises ConfigurationFault."""
    changes = {"LITFASS_REDIS__URL": redis_url} if redis_url else {}
    return load_config(path, {**environ, **changes})


def compose(
    names: Sequence[ServiceName], config: LitfassConfig, *, environ: Mapping[str, str], consumer: str
) -> Starlette:
    """Return one ASGI app with these services; raises ConfigurationFault.

    Args:
        consumer: this process among those that read the same streams; the same after a restart.
    """
    client = connect(config.redis)
    registry = CollectorRegistry(auto_describe=True)
    metrics = DeliveryMetrics(registry)
    services: list[Service] = [
        _builder(name)(
            config,
            environ=environ,
            client=client,
            registry=registry,
            delivery_metrics=metrics,
            name=f"{consumer}-{name}",
        )
        for name in names
    ]
    articles = Articles(client, shards=config.redis.shards)
    token = environ.get("LITFASS_ADMIN_TOKEN", "")
    return asgi(
        services, config=config, client=client, articles=articles, registry=registry, metrics=metrics,
        admin_token=token, version=__version__,
    )  # fmt: skip


async def run_service(
    name: ServiceName, config: LitfassConfig, *, host: str, port: int, environ: Mapping[str, str]
) -> None:
    """Run one service until SIGTERM; raises ConfigurationFault when Redis would lose articles.

    A Redis that is away does not stop the start: pages can be served without it.
    """
    await _require_fit(config.redis)
    if name == "feed" and config.redis.syndication:
        await _require_fit(config.redis.syndication, is_refilled=True)
    app = compose([name], config, environ=environ, consumer=consumer_name(port))
    log.info("service.started", service=name, host=host, port=port)
    await serve(app, host=host, port=port, on_stop=app.state.drain)
    log.info("service.stopped", service=name)


async def _require_fit(config: RedisConfig, *, is_refilled: bool = False) -> None:
    async with closing(connect(config)) as client:
        try:
            await require_fit_server(client, config, is_refilled=is_refilled)
        except RedisAway as fault:
            log.warning("redis.away_at_start", detail=str(fault))


def _builder(name: ServiceName) -> Any:  # each `build` returns its own class, all of them a Service
    """The service's `build`; a process loads only the services that it runs."""
    return import_module(f"services.{name}.app").build


def consumer_name(port: int) -> str:
    """A name that no other process on any host has, and that this one has again after a restart."""
    return f"{socket.gethostname()}-{port}"
