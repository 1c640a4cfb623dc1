"""`litfass subscribers`, by its functions; the command line around them is thin."""

import json

import pytest
from redis.asyncio import Redis

from litfass.house import House
from litfass.operate import subscribers
from litfass.operate.subscribers import UnusableSubscriber
from services.feed.subscribers.registry import NoSuchSubscriber
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site


@pytest.fixture
def house(redis: Redis, redis_config: RedisConfig, tmp_path) -> House:
    config = LitfassConfig(redis=redis_config, site={SITE: a_site()})
    return House(config, redis, Articles(redis, shards=1), PageStore((tmp_path / "site").as_uri()))


async def test_the_token_is_shown_once(house):
    added = await subscribers.add(house, "dpa", wanted={"sections": ["stadt"]}, content="full")
    assert added["token"].startswith("lf_")
    rotated = await subscribers.rotate(house, "dpa", grace_hours=2)
    assert rotated["token"] != added["token"]
    shown = json.dumps(await subscribers.show(house, "dpa")) + json.dumps(await subscribers.rows(house))
    assert added["token"] not in shown
    assert rotated["token"] not in shown
    assert "signing_key" not in shown


async def test_a_list_says_what_each_wants(house):
    await subscribers.add(house, "alle", wanted={}, content="full")
    await subscribers.add(house, "dpa", wanted={"sections": ["stadt", "sport"], "verbs": ["published"]}, content="full")
    await subscribers.pause(house, "dpa", paused=True)
    rows = await subscribers.rows(house)
    assert [(row["name"], row["wants"], row["state"]) for row in rows] == [
        ("alle", "everything", "active"),
        ("dpa", "sections: stadt, sport; verbs: published", "paused"),
    ]


async def test_trust_with_embargoed_articles_is_given_and_taken_by_hand(house):
    assert (await subscribers.add(house, "dpa", wanted={}, content="full"))["embargoed"] is False
    assert (await subscribers.add(house, "agency", wanted={}, content="full", embargoed=True))["embargoed"] is True
    assert (await subscribers.trust(house, "dpa", trusted=True))["embargoed"] is True
    assert [row["content"] for row in await subscribers.rows(house)] == ["full, also embargoed"] * 2
    assert (await subscribers.trust(house, "agency", trusted=False))["embargoed"] is False


async def test_who_reads_redis_itself_does_not_find_what_was_embargoed_after_trust_ended(house):
    await subscribers.add(house, "archive", wanted={}, content="full", direct=True, embargoed=True)
    stream = house.shards()[0].out("archive")
    for verb in ("published", "embargoed"):
        await house.client.xadd(stream, {"verb": verb, "event": "{}"})
    await subscribers.trust(house, "archive", trusted=False)
    assert [fields[b"verb"] for _, fields in await house.client.xrange(stream)] == [b"published"]


@pytest.mark.parametrize(
    ("name", "wanted", "fault"),
    [
        ("dpa", {"sites": ["bote"]}, "no site 'bote'"),
        ("dpa", {"verbs": ["deleted"]}, "verbs"),
        ("dpa", {"sections": ["Stadt!"]}, "sections"),
        ("D P A", {}, "name"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(house, name, wanted, fault):
    with pytest.raises(UnusableSubscriber, match=fault):
        await subscribers.add(house, name, wanted=wanted, content="full")
    assert await subscribers.rows(house) == []


async def test_a_webhook_s_secret_is_shown_once(house):
    await subscribers.add(house, "dpa", wanted={}, content="full")
    put = await subscribers.webhook(house, "dpa", url="https://partner.example/hook", environ={})
    assert put["secret"].startswith("whsec_")
    moved = await subscribers.webhook(house, "dpa", url="https://partner.example/other", environ={})
    shown = await subscribers.webhook(house, "dpa", environ={})
    assert "secret" not in moved
    assert put["secret"] not in json.dumps(shown)
    assert shown["webhook"] == {"url": "https://partner.example/other", "disabled": "", "secrets": 1}
    rotated = await subscribers.rotate_secret(house, "dpa", grace_hours=1, environ={})
    assert rotated["secret"] != put["secret"]
    assert rotated["webhook"]["secrets"] == 2


@pytest.mark.parametrize(
    "url", ["http://partner.example/", "https://partner.example:22/", "https://u:p@partner.example/"]
)
async def test_a_webhook_that_nothing_could_be_delivered_to_is_refused(house, url):
    await subscribers.add(house, "dpa", wanted={}, content="full")
    with pytest.raises(UnusableSubscriber, match="Nothing can be delivered"):
        await subscribers.webhook(house, "dpa", url=url, environ={})


async def test_a_removed_subscriber_is_gone(house):
    await subscribers.add(house, "dpa", wanted={}, content="full")
    await subscribers.remove(house, "dpa")
    with pytest.raises(NoSuchSubscriber):
        await subscribers.show(house, "dpa")
