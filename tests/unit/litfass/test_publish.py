"""Publish, retract and release by hand."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from litfass.house import House, NoSuchArticle
from litfass.manuscript import ManuscriptFault
from litfass.operate.publish import HAND, publish, release, retract
from shared.contracts import paths
from shared.contracts.base import UrlPath
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site

NOBODY = "http://127.0.0.1:9"  # the discard port: an edge that is down
PATH = UrlPath("/sport/der-markt-bekommt-ein-dach/")
TEXT = '+++\nsection = "Sport"\n+++\n# Der Markt bekommt ein Dach\n\nIm Mai wird gebaut.\n'


@pytest.fixture
def house(redis: Redis, redis_config: RedisConfig, tmp_path: Path) -> House:
    return a_house(redis, redis_config, tmp_path)


def a_house(redis: Redis, redis_config: RedisConfig, folder: Path, **sources: object) -> House:
    config = LitfassConfig.model_validate(
        {
            "redis": redis_config.model_dump(),
            "pages": {"edge": NOBODY},
            "site": {SITE: a_site().model_dump(mode="json")},
            "source": sources,
        }
    )
    return House(config, redis, Articles(redis, shards=1), PageStore((folder / "site").as_uri()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dach.md"
    path.write_text(TEXT)
    return path


def edited(file: Path, text: str, *, after_s: int) -> Path:
    before = file.stat().st_mtime
    file.write_text(text)
    os.utime(file, (before + after_s, before + after_s))
    return file


async def test_a_file_is_published_as_a_delivery_would_be(house, file):
    answer = await publish(house, file, site=SITE)
    assert (answer["status"], answer["url"]) == ("accepted", f"https://kurier.example{PATH}")
    (document,) = await house.articles.newest(SITE, [answer["article_id"]])
    assert (document.article.source, document.article.source_id) == (HAND, "dach")


async def test_it_belongs_to_the_sites_first_source_when_there_is_one(redis, redis_config, tmp_path, file):
    house = a_house(redis, redis_config, tmp_path, cms={"site": SITE, "adapter": "ghost", "allow_unsigned": True})
    answer = await publish(house, file, site=SITE)
    (document,) = await house.articles.newest(SITE, [answer["article_id"]])
    assert document.article.source == "cms"


async def test_a_file_for_later_waits_and_is_published_when_its_embargo_is_taken_out(house, file):
    file.write_text(TEXT.replace('section = "Sport"', 'section = "Sport"\nembargoed_until = "+2h"'))
    waiting = await publish(house, file, site=SITE)
    assert waiting["status"] == "scheduled"
    assert waiting["public_at"] > datetime.now(UTC).isoformat()
    answer = await publish(house, edited(file, TEXT, after_s=60), site=SITE)
    assert answer["status"] == "accepted"
    (document,) = await house.articles.newest(SITE, [answer["article_id"]])
    assert document.state == "public"


async def test_the_same_file_again_changes_nothing(house, file):
    first = await publish(house, file, site=SITE)
    again = await publish(house, file, site=SITE)
    assert (again["status"], again["article_id"]) == ("unchanged", first["article_id"])


async def test_an_edit_keeps_the_day_of_publication(house, file):
    os.utime(file, (1_700_000_000, 1_700_000_000))
    first = await publish(house, file, site=SITE)
    (before,) = await house.articles.newest(SITE, [first["article_id"]])
    answer = await publish(house, edited(file, TEXT + "\nOder nie.\n", after_s=60), site=SITE)
    (after,) = await house.articles.newest(SITE, [first["article_id"]])
    assert answer["status"] == "accepted"
    assert after.article.published_at == before.article.published_at
    assert len(after.article.body) == len(before.article.body) + 1


async def test_an_older_file_does_not_win_and_says_why(house, file):
    await publish(house, file, site=SITE)
    answer = await publish(
        house, edited(file, '+++\nupdated_at = "-9d"\npublished_at = "-9d"\n+++\n# Alt', after_s=0), site=SITE
    )
    assert answer["status"] == "stale"
    assert "something newer is published" in answer["warnings"][-1]


async def test_a_fault_names_the_line_of_the_file(house, file):
    file.write_text('+++\nsection = "stadt"\nkind = "roman"\n+++\n# x')
    with pytest.raises(ManuscriptFault, match=r"dach\.md:3: kind: must be one of article"):
        await publish(house, file, site=SITE)


async def test_a_retraction_is_a_kill_that_no_file_lifts(house, file):
    article_id = (await publish(house, file, site=SITE))["article_id"]
    await retract(house, PATH, note="Das Dach war ein Scherz.", wait_s=0)
    (document,) = await house.articles.newest(SITE, [article_id])
    assert (document.state, document.note) == ("killed", "Das Dach war ein Scherz.")
    answer = await publish(house, edited(file, TEXT + "\nDoch.\n", after_s=60), site=SITE)
    assert answer["status"] == "killed"
    assert f"litfass release {article_id}" in answer["warnings"][-1]


async def test_a_retraction_says_whether_it_is_proved_done(house, file):
    article_id = (await publish(house, file, site=SITE))["article_id"]
    await house.store.put(SITE, paths.page_file(PATH), b"the page")
    waiting = await retract(house, article_id, note="", wait_s=0)
    assert (waiting["status"], waiting["is_gone"]) == ("killed", False)
    assert "it is on its way" in waiting["warnings"][0]
    await house.store.delete(SITE, [paths.page_file(PATH)])  # as render does
    await house.store.put(SITE, paths.gone_path(PATH), b"the note")
    done = await retract(house, article_id, note="", wait_s=0)
    assert done["is_gone"]
    assert done["proof"]["is_complete"] is False, "nobody could ask the edge"
    assert f"{NOBODY} does not answer" in done["proof"]["left"][0]


async def test_after_a_release_the_file_is_taken_again(house, file):
    await publish(house, file, site=SITE)
    await retract(house, PATH, note="", wait_s=0)
    assert (await release(house, PATH))["status"] == "released"
    assert (await release(house, PATH))["status"] == "not killed"
    assert (await publish(house, file, site=SITE))["status"] == "accepted"


async def test_what_is_no_article_says_so(house):
    with pytest.raises(NoSuchArticle, match="is no article here"):
        await retract(house, "/sport/nie-gesehen/", note="")
