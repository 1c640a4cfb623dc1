"""Where is my article? What an editor is told of one that waits for its time."""

from pathlib import Path

from redis.asyncio import Redis

from litfass.house import House
from litfass.operate.why import why
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.clock import moment
from shared.runtime.pagestore import PageStore
from shared.runtime.schedule import Schedule
from tests.support.articles import SITE, a_site
from tests.support.candidates import KEYS, A, B, a_candidate
from tests.support.lists import SetClock


def a_house(redis: Redis, redis_config: RedisConfig, folder: Path, clock: SetClock) -> House:
    config = LitfassConfig(redis=redis_config, site={SITE: a_site()})
    return House(config, redis, Articles(redis, shards=1, clock=clock), PageStore((folder / "site").as_uri()))


async def test_an_article_is_found_by_the_id_of_any_item_that_it_is_made_of(
    redis: Redis, redis_config: RedisConfig, tmp_path: Path
):
    house = a_house(redis, redis_config, tmp_path, SetClock())
    await house.articles.accept(a_candidate(A, slug="eins"))
    await house.articles.accept(a_candidate(B, slug="zwei", parent=A))
    assert (await why(house, B))["article_id"] == (await why(house, "/stadt/eins/"))["article_id"] == A


async def test_a_scheduled_article_says_when_it_appears_and_afterwards_how_late_it_was(
    redis: Redis, redis_config: RedisConfig, tmp_path: Path
):
    clock = SetClock()
    house = a_house(redis, redis_config, tmp_path, clock)
    due_ms = clock() + 60_000
    await house.articles.accept(a_candidate(public_ms=due_ms))
    waiting = await why(house, A)
    assert (waiting["state"], waiting["public_at"]) == ("scheduled", moment(due_ms).isoformat(timespec="milliseconds"))
    assert [step["what"] for step in waiting["steps"]] == ["received", "scheduled"]
    clock.now_ms = due_ms + 40
    await Schedule(redis, shards=[KEYS], clock=clock).open_due()
    public = await why(house, "/stadt/markt/")
    assert (public["state"], public["public_at"]) == ("public", None)
    assert [(step["what"], step["after_ms"]) for step in public["steps"]][-1] == ("opened", 40)
