"""Run the feed service as a process of its own: `python -m tests.support.run_feed REDIS_URL STORE_URL NAME`."""

import asyncio
import os
import signal
import sys

from prometheus_client import CollectorRegistry

from services.feed import app
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from shared.runtime.broker import connect
from shared.runtime.metrics import DeliveryMetrics
from tests.support.articles import SITE, a_site


async def main(redis_url: str, store_url: str, name: str) -> None:
    config = LitfassConfig(redis=RedisConfig(url=redis_url), pages=PagesConfig(store=store_url), site={SITE: a_site()})
    client, registry = connect(config.redis), CollectorRegistry()
    service = app.build(
        config,
        environ=os.environ,
        client=client,
        registry=registry,
        delivery_metrics=DeliveryMetrics(registry),
        name=name,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await service.start()
    await stop.wait()
    await service.stop()
    await client.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
