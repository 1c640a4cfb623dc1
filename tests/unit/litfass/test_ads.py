"""`litfass ads explain`: the same reasons as render's."""

import pytest
from redis.asyncio import Redis

from litfass.house import House, NoSuchArticle
from litfass.operate.ads import NoPageWithAds, explain
from litfass.operate.check import check
from litfass.operate.publish import publish, retract
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import PROSE, SITE, a_site


@pytest.fixture
def house(redis: Redis, redis_config: RedisConfig, tmp_path) -> House:
    config = LitfassConfig.model_validate(
        {"redis": redis_config.model_dump(), "site": {SITE: a_site().model_dump(mode="json")}}
    )
    return House(config, redis, Articles(redis, shards=1), PageStore((tmp_path / "site").as_uri()))


@pytest.fixture
async def article(house, tmp_path) -> str:
    """The address of an article of six long paragraphs."""
    file = tmp_path / "dach.md"
    file.write_text('+++\nsection = "Sport"\n+++\n# Der Markt\n\n' + "\n\n".join([f"{PROSE} {PROSE}."] * 6))
    return (await publish(house, file, site=SITE))["url"]


async def test_every_place_of_an_article_has_its_reason_and_its_numbers(house, article):
    answer = await explain(house, article, environ={})
    places = {place["where"].partition(":")[0]: place for place in answer["places"]}
    assert answer["url"] == article
    assert places["top"]["accepted"]
    assert places["above 2"] | {"where": ""} == {
        "where": "", "accepted": False, "position": "", "rule": "too_soon", "have": 74, "need": 120,
        "why": "only 74 words before it, 120 are needed",
    }  # fmt: skip
    assert places["above 3"]["position"] == "in-article-1"
    assert answer["slots"] == sum(place["accepted"] for place in answer["places"])


@pytest.mark.parametrize("page", ["/", "https://kurier.example/", "/sport/", "/2026/11/"])
async def test_a_list_is_explained_too(house, page):
    answer = await explain(house, page, environ={})
    assert {key: value for key, value in answer["places"][0].items() if key in {"where", "accepted"}} == {
        "where": "top",
        "accepted": True,
    }


async def test_what_is_no_page_says_so(house, article):
    with pytest.raises(NoSuchArticle):
        await explain(house, "/nirgends/", environ={})
    await retract(house, article, note="", wait_s=0)
    with pytest.raises(NoPageWithAds, match="litfass why"):
        await explain(house, article, environ={})


async def test_check_names_what_is_wrong_in_ads_txt(redis, redis_config, tmp_path):
    site = a_site(ads={"ads_txt": {"records": ["google.com, pub-1, DIREKT"]}})
    config = LitfassConfig(redis=redis_config, site={SITE: site})
    house = House(config, redis, Articles(redis, shards=1), PageStore((tmp_path / "site").as_uri()))
    faults = await check(house, repair=False, progress=lambda _: None)
    assert [fault for fault in faults if "ads" in fault] == [
        "kurier: ads.ads_txt.records: line 1, 'google.com, pub-1, DIREKT': 'DIREKT' is neither DIRECT nor RESELLER"
    ]
