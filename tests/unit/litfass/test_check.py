"""Is everything as it should be? What `litfass check` finds before anybody starts."""

from pathlib import Path

from redis.asyncio import Redis

from litfass.house import House
from litfass.operate.check import check
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site


def a_house(redis: Redis, redis_config: RedisConfig, folder: Path, *, adapter: str) -> House:
    source = {"site": SITE, "adapter": adapter, "allow_unsigned": True, "options": {"canceled": "killed"}}
    site = {SITE: a_site().model_dump(mode="json")}
    config = LitfassConfig.model_validate({"redis": redis_config.model_dump(), "site": site, "source": {"cms": source}})
    return House(config, redis, Articles(redis, shards=1), PageStore((folder / "site").as_uri()))


async def test_a_source_whose_adapter_cannot_be_used_is_named(redis, redis_config, tmp_path):
    said = {}
    for adapter in ("superdesk", "superdesc", "ghost"):
        house = a_house(redis, redis_config, tmp_path, adapter=adapter)
        said[adapter] = await check(house, repair=False, progress=lambda _: None)
    assert [fault for fault in said["superdesk"] if fault.startswith("source.")] == []
    assert "source.cms.adapter: there is no 'superdesc'; did you mean 'superdesk'?" in said["superdesc"][0]
    assert "source.cms.options.canceled: ghost has no such option" in said["ghost"][0]
