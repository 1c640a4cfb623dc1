"""What the feed tests share: one site over a real Valkey and a folder of files, at a time that the test sets."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from tests.support.articles import SITE, a_site
from tests.support.lists import Newsroom, SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def config(redis_config: RedisConfig, tmp_path: Path) -> LitfassConfig:
    return LitfassConfig(redis=redis_config, pages=PagesConfig(store=f"file://{tmp_path}/site"), site={SITE: a_site()})


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def parts(redis: Redis, clock: SetClock, config: LitfassConfig, registry: CollectorRegistry) -> Parts:
    """Everything that the service is made of."""
    return Parts.of(config, FeedSettings(), client=redis, metrics=FeedMetrics(registry), clock=clock)


@pytest.fixture
def newsroom(redis: Redis, clock: SetClock, parts: Parts) -> Newsroom:
    return Newsroom(redis, parts.lists, parts.reader, parts.articles, clock)
