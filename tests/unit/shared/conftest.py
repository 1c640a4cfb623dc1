"""What the tests of the store share: it, at a time that the test sets."""

import pytest
from redis.asyncio import Redis

from shared.runtime.articles import Articles
from tests.support.lists import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def articles(redis: Redis, clock: SetClock) -> Articles:
    return Articles(redis, shards=1, clock=clock)
