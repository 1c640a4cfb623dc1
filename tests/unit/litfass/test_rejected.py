"""What an operator sees of refused deliveries, and does with them."""

import json
from pathlib import Path

import pytest
from redis.asyncio import Redis

from litfass.house import House
from litfass.operate.rejected import NoSuchRejection, listed, replay, row, shown
from services.ingest.faults import PayloadRejected
from shared.contracts.base import SiteName
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.errors import ConfigurationFault
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site
from tests.support.cms import a_delivery, an_article_payload
from tests.support.ingest import AT, SOURCES, Ingest


@pytest.fixture
def house(redis: Redis, redis_config: RedisConfig, tmp_path: Path) -> House:
    config = LitfassConfig.model_validate(
        {"redis": redis_config.model_dump(), "site": {SITE: a_site().model_dump(mode="json")}, "source": dict(SOURCES)}
    )
    return House(config, redis, Articles(redis, shards=1), PageStore((tmp_path / "site").as_uri()))


@pytest.fixture
async def ingest(redis: Redis, redis_config: RedisConfig):
    """One delivery a minute: the second is refused for nothing but that."""
    ingest = Ingest(redis, redis_config, sources={"cms": {**SOURCES["cms"], "deliveries_per_minute": 1}})
    yield ingest
    await ingest.http.aclose()


async def a_refused_article(ingest: Ingest, **fields: object) -> None:
    await ingest.deliver(id="1")
    await ingest.deliver(id="2", headline="Das Dach", **fields)


async def test_a_list_says_when_which_source_and_why(house, ingest):
    await ingest.send(b"{", message_id="m1")
    (rejection,) = await listed(house, "cms")
    assert row(rejection) | {"detail": "", "id": ""} == {
        "id": "", "at": "2025-11-20T09:00:00+00:00", "source": "cms", "status": 400, "reason": "not_readable",
        "can_replay": False, "detail": "",
    }  # fmt: skip
    assert await listed(house, "open") == []


async def test_a_source_that_does_not_exist_is_said_so(house):
    with pytest.raises(ConfigurationFault, match="There is no source 'csm'; there are cms, open"):
        await listed(house, "csm")


async def test_what_is_shown_names_nobody_not_even_in_the_article(house, ingest):
    await a_refused_article(ingest, body="<p>Schreiben Sie an markt@kurier.example.</p>")
    (rejection,) = await listed(house, None)
    answer = await shown(house, rejection.id)
    assert answer["body"]["data"]["headline"] == "Das Dach"
    assert "markt@" not in json.dumps(answer)


async def test_a_replay_publishes_the_article_whole_and_takes_it_off_the_list(house, ingest):
    await a_refused_article(ingest, body="<p>Schreiben Sie an markt@kurier.example.</p>")
    (rejection,) = await listed(house, None)
    (answer,) = await replay(house, rejection.id)
    assert (answer["id"], answer["status"]) == (rejection.id, "accepted")
    (document,) = await house.articles.newest(SiteName(SITE), [answer["article_id"]])
    assert "markt@kurier.example" in document.article.body[0].html
    assert await listed(house, None) == []


async def test_what_is_still_wrong_stays_with_its_fault(house, ingest):
    await ingest.send(a_delivery("published", an_article_payload(headline=None), at=AT))
    (rejection,) = await listed(house, None)
    with pytest.raises(PayloadRejected, match=r"data\.headline"):
        await replay(house, rejection.id)
    (answer,) = await replay(house, "all")
    assert (answer["status"], answer["reason"]) == ("rejected", "invalid_payload")
    assert [each.id for each in await listed(house, None)] == [rejection.id]


async def test_all_means_all_that_can_be_replayed(house, ingest):
    await a_refused_article(ingest)
    await ingest.send(b"{", message_id="m1")
    await ingest.send(b"{}", headers={"webhook-signature": "v1,AAAA"})
    assert [answer["status"] for answer in await replay(house, "all")] == ["accepted"]
    assert sorted(each.reason for each in await listed(house, None)) == ["not_readable", "signature_rejected"]
    assert await replay(house, "all") == []


async def test_an_id_that_nobody_has_says_where_to_look(house):
    with pytest.raises(NoSuchRejection, match="see: litfass rejected list"):
        await shown(house, "1-x")
