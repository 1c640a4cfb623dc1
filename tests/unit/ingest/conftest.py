"""The ingest service of a test."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from shared.contracts.config import RedisConfig
from tests.support.ingest import Ingest


@pytest.fixture
async def ingest(redis: Redis, redis_config: RedisConfig) -> AsyncIterator[Ingest]:
    ingest = Ingest(redis, redis_config)
    yield ingest
    await ingest.http.aclose()
