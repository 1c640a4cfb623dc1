"""The embedded Valkey: alone on its folder, durable, and careful with orphans."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from litfass.embedded import EmbeddedValkey
from shared.contracts.config import RedisConfig
from shared.runtime.broker import closing, connect, server_faults
from shared.runtime.errors import ConfigurationFault


async def test_it_is_fit_to_keep_articles(tmp_path):
    server = EmbeddedValkey(tmp_path)
    await server.start()
    config = RedisConfig(url=server.url)
    async with closing(connect(config)) as client:
        assert await server_faults(client, config) == []
    await server.stop()


async def test_a_second_start_finds_everything(tmp_path):
    for expected in (None, b"da"):
        server = EmbeddedValkey(tmp_path)
        await server.start()
        async with closing(connect(RedisConfig(url=server.url))) as client:
            assert await client.get("artikel") == expected
            await client.set("artikel", "da")
        await server.stop()


async def test_a_folder_in_use_says_who_uses_it(tmp_path):
    server = EmbeddedValkey(tmp_path)
    await server.start()
    with pytest.raises(ConfigurationFault, match=rf"litfass up \(process {os.getpid()}\)"):
        EmbeddedValkey(tmp_path).lock()
    await server.stop()


async def test_the_orphan_of_a_crash_is_shut_down_and_nothing_is_lost(tmp_path):
    orphan = EmbeddedValkey(tmp_path)
    await orphan.start()
    async with closing(connect(RedisConfig(url=orphan.url))) as client:
        await client.set("artikel", "da")
    assert orphan._lock is not None
    orphan._lock.close()  # what a dead parent leaves: a free lock and a running server
    pid = orphan.pid
    server = EmbeddedValkey(tmp_path)
    await server.start()
    assert server.pid != pid
    assert orphan._process is not None
    assert orphan._process.wait(10) == 0
    async with closing(connect(RedisConfig(url=server.url))) as client:
        assert await client.get("artikel") == b"da"
    await server.stop()


async def test_a_deep_folder_is_reached_by_a_short_link(tmp_path):
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    server = EmbeddedValkey(deep)
    await server.start()
    async with closing(connect(RedisConfig(url=server.url))) as client:
        assert await client.ping()
    await server.stop()
    assert not Path(server.url.removeprefix("unix://")).exists()


async def test_it_is_started_again_when_it_exits(tmp_path):
    server = EmbeddedValkey(tmp_path)
    await server.start()
    first = server.pid
    assert first is not None
    keeper = asyncio.create_task(server.keep_running())
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20), closing(connect(RedisConfig(url=server.url))) as client:
        while server.pid in {None, first} or not await _answers(client):
            await asyncio.sleep(0.02)
    keeper.cancel()
    await server.stop()


async def _answers(client) -> bool:
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False
