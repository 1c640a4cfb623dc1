"""`litfass pins`, by its functions; the command line around them is thin."""

from datetime import datetime

import pytest
from redis.asyncio import Redis

from litfass.house import House, NoSuchArticle
from litfass.operate import pins, resurface
from services.feed.pins import PinRefused
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site, an_article, an_id
from tests.support.lists import Newsroom, SetClock


@pytest.fixture
async def house(redis: Redis, redis_config: RedisConfig, tmp_path) -> House:
    config = LitfassConfig(redis=redis_config, site={SITE: a_site()})
    articles = Articles(redis, shards=1)
    await Newsroom(redis, None, None, articles, SetClock()).accept(an_article())
    return House(config, redis, articles, PageStore((tmp_path / "site").as_uri()))


async def set_pin(house: House, article: str, **wish):
    return await pins.pin(house, article, **{"name": "recent", "position": 1, "begins": None, "ends": None} | wish)


async def test_an_article_is_pinned_by_its_address_and_a_time_without_a_zone_is_the_sites(house):
    pin = await set_pin(
        house, "https://kurier.example/stadt/neue-bruecke-1/", ends=datetime.fromisoformat("2099-07-01T18:00")
    )
    assert (pin["article_id"], pin["until"]) == (an_id(1), "2099-07-01T16:00:00+00:00")
    assert [(row["headline"], row["shown"]) for row in await pins.rows(house, SITE)] == [
        ("Die neue Brücke kommt im Frühjahr (1)", True)
    ]


async def test_a_pin_that_is_taken_away_is_not_there_to_be_taken_again(house):
    await set_pin(house, an_id(1))
    assert await pins.unpin(house, an_id(1), name=None) == {"removed": an_id(1)}
    with pytest.raises(pins.NotPinned, match="litfass pins list"):
        await pins.unpin(house, an_id(1), name=None)


async def test_an_article_is_put_on_top_by_its_address_and_let_go_again(house):
    at = datetime.fromisoformat("2099-07-01T18:00")
    found = await resurface.resurface(house, "/stadt/neue-bruecke-1/", at=at)
    assert found == {"article_id": an_id(1), "at": "2099-07-01T16:00:00+00:00"}
    (document,) = await house.articles.newest(SITE, [an_id(1)])
    assert document.resurface_at.isoformat() == "2099-07-01T16:00:00+00:00"
    assert await resurface.sink(house, an_id(1)) == {"article_id": an_id(1), "at": None}
    with pytest.raises(resurface.NotResurfaced, match="by hand"):
        await resurface.sink(house, an_id(1))


async def test_what_cannot_be_pinned_is_refused(house):
    with pytest.raises(NoSuchArticle):
        await set_pin(house, "/stadt/gibt-es-nicht/")
    with pytest.raises(PinRefused, match="'mixed'"):
        await set_pin(house, an_id(1), name="mixed")
