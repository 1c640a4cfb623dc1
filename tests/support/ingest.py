"""The ingest service over HTTP, in this process, over a real Valkey; its clock stands where a test puts it."""

from collections.abc import Mapping
from typing import Any

import httpx
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.applications import Starlette

from services.ingest.app import build
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.clock import Clock
from shared.runtime.metrics import DeliveryMetrics
from tests.support.articles import SITE, a_site
from tests.support.cms import SECRET, a_delivery, an_article_payload, signed

NOW_S = 1_763_629_200  # 2025-11-20T09:00:00Z
SOURCES: Mapping[str, Any] = {
    "cms": {"site": SITE, "adapter": "standard", "secrets": ["env:CMS_SECRET"]},
    "open": {"site": SITE, "adapter": "standard", "allow_unsigned": True},
}


class Ingest:
    """Sends deliveries as a CMS would."""

    def __init__(
        self,
        redis: Redis,
        config: RedisConfig,
        *,
        environ: Mapping[str, str] | None = None,
        sources: Mapping[str, Any] = SOURCES,
        clock: Clock | None = None,
        peer: str = "127.0.0.1",
    ) -> None:
        self.registry = CollectorRegistry()
        self.now_ms = NOW_S * 1000
        self.clock = clock or (lambda: self.now_ms)
        loaded = LitfassConfig.model_validate(
            {"redis": config.model_dump(), "site": {SITE: a_site().model_dump(mode="json")}, "source": dict(sources)}
        )
        self.service = build(
            loaded, environ={"CMS_SECRET": SECRET, **(environ or {})}, client=redis, registry=self.registry,
            delivery_metrics=DeliveryMetrics(self.registry), clock=self.clock,
        )  # fmt: skip
        transport = httpx.ASGITransport(app=Starlette(routes=list(self.service.routes)), client=(peer, 50000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://ingest.example")

    async def send(
        self, body: bytes, *, to: str = "cms", message_id: str = "msg_1", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a signed body."""
        proof = signed(body, message_id=message_id, at_s=self.clock() // 1000)
        return await self.http.post(f"/webhooks/{to}", content=body, headers={**proof, **(headers or {})})

    async def deliver(self, verb: str = "published", *, message_id: str = "", **fields: Any) -> httpx.Response:
        """Send an article with these fields, as the verb says."""
        payload = an_article_payload(**{"published_at": AT, "updated_at": AT} | fields)
        body = a_delivery(verb, payload, at=AT)
        return await self.send(body, message_id=message_id or f"msg_{verb}_{payload['id']}_{payload.get('revision')}")

    def counted(self, name: str, **labels: str) -> float:
        """The value of a metric."""
        return self.registry.get_sample_value(name, labels) or 0.0


AT = "2025-11-20T09:00:00+00:00"


async def written(redis: Redis) -> list[bytes]:
    """Every key that an accepted delivery would leave; what was refused is only kept for a look."""
    return [key for key in await redis.keys("*") if b":rejected:" not in key]
