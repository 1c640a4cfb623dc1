"""What every test can ask for: a real Valkey, a client with an empty database, programs of the system."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from shared.contracts.config import RedisConfig
from shared.runtime.broker import connect
from tests.support.valkey import Valkey, a_valkey

settings.register_profile("house", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("house")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, in one line, what wants a program that is missing; in CI that is a failure."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if shutil.which(program):
                continue
            message = f"{program} is missing; install it to run this test"
            if os.environ.get("LITFASS_CI") == "1":
                pytest.fail(message, pytrace=False)
            pytest.skip(message)


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """One Valkey a test process, as `litfass up` runs it."""
    with a_valkey() as server:
        yield server


@pytest.fixture
def redis_config(valkey: Valkey) -> RedisConfig:
    """The `[redis]` table that leads to the test's Valkey."""
    return RedisConfig(url=valkey.url)


@pytest.fixture
async def redis(redis_config: RedisConfig) -> AsyncIterator[Redis]:
    """A client with an empty database."""
    client = connect(redis_config)
    await client.flushall()
    yield client
    await client.aclose()
