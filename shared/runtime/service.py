"""What a service is to whoever runs it, and the part of HTTP that all of them have.

/metrics          Prometheus
/health/live      200 while every subscriber runs; 503 names what ended for good
/health/ready     200: can answer HTTP (lag and a broken theme are metrics, they must not take pages away)
/admin/timeline/{site}/{article}   what happened to an article; wants the token
/openapi.json     what is answered here; /docs for people
/asyncapi         what travels between us and subscribers, as AsyncAPI 3
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shared.contracts import asyncapi
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.config import LitfassConfig
from shared.runtime import admin, openapi
from shared.runtime.articles import Articles
from shared.runtime.broker import Client
from shared.runtime.errors import RedisAway
from shared.runtime.metrics import DeliveryMetrics
from shared.runtime.problems import problem
from shared.runtime.routes import At
from shared.runtime.watch import observe


class Service(Protocol):
    """One of the three. Built by its `app.build`; started and stopped by whoever runs it."""

    name: str
    routes: Sequence[BaseRoute]

    async def start(self) -> None:
        """Begin to work; returns also when Redis is away."""

    async def stop(self) -> None:
        """Finish what is in hand, give back the rest."""

    def faults(self) -> list[str]:
        """Name what ended for good; empty = alive."""


@runtime_checkable
class Draining(Protocol):
    """A service that has answers which never end by themselves."""

    def drain(self) -> None:
        """End them; called before the server stops to listen, because it waits for them."""


def asgi(
    services: Sequence[Service],
    *,
    config: LitfassConfig,
    client: Client,
    articles: Articles,
    registry: CollectorRegistry,
    metrics: DeliveryMetrics,
    admin_token: str = "",
    version: str = "0",
) -> Starlette:
    """Return the ASGI app of one service, or of several in one process; starting it starts them."""
    shards = sorted({articles.keys(site).shard for site in config.sites()})

    async def show_metrics(_: Request) -> Response:
        try:
            await observe(client, shards, metrics)
            metrics.redis_up.set(1)
        except RedisAway:  # the rest is still worth seeing
            metrics.redis_up.set(0)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def live(_: Request) -> Response:
        faults = [f"{service.name}: {fault}" for service in services for fault in service.faults()]
        return JSONResponse(
            {"status": "dead" if faults else "alive", "faults": faults}, status_code=503 if faults else 200
        )

    async def ready(_: Request) -> Response:
        return JSONResponse({"status": "ready", "services": [service.name for service in services]})

    async def timeline(request: Request) -> Response:
        if not admin.is_let_in(request, admin_token):
            return problem(401, "No right to see this", admin.ASK)
        site = SiteName(request.path_params["site"])
        if site not in config.site:
            return problem(404, "No such site", f"There is no site {site!r} in litfass.toml.")
        try:
            steps = await articles.timeline(site, ArticleId(request.path_params["article"]))
        except RedisAway as fault:
            return problem(503, "Redis is away", str(fault))
        return JSONResponse({"article_id": request.path_params["article"], "steps": steps})

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for service in services:
            await service.start()
        try:
            yield
        finally:
            for service in services:
                await service.stop()
            await client.aclose()

    async def nothing_here(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, HTTPException)
        detail = f"{request.method} {request.url.path[:200]} is nothing that is answered here; see /docs."
        return problem(fault.status_code, fault.detail, detail, headers=fault.headers)

    parts = [part for service in services if isinstance(part := getattr(service, "api", None), openapi.Part)]
    names = ", ".join(service.name for service in services)
    house = [
        At("/metrics", show_metrics),
        At("/health/live", live),
        At("/health/ready", ready),
        Route("/admin/timeline/{site}/{article}", timeline),
        At("/asyncapi", _asyncapi_route()),
        *openapi.routes(openapi.document(parts, title=f"Litfass: {names}", version=version)),
    ]
    app = Starlette(
        routes=[*house, *(route for service in services for route in service.routes)],
        lifespan=lifespan,
        exception_handlers={HTTPException: nothing_here},
    )

    def drain() -> None:
        for service in services:
            if isinstance(service, Draining):
                service.drain()

    app.state.drain = drain
    return app


def _asyncapi_route() -> Callable[[Request], Awaitable[Response]]:
    """Return what answers the AsyncAPI document; its JSON is YAML for those who would rather have that."""
    written = asyncapi.FILE.read_bytes()

    async def show(request: Request) -> Response:
        accepted = request.headers.get("accept", "")
        media_type = "application/yaml" if "yaml" in accepted else asyncapi.MEDIA_TYPE
        return Response(written, media_type=media_type, headers={"Vary": "Accept", "Access-Control-Allow-Origin": "*"})

    return show
