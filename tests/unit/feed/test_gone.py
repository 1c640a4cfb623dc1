"""What feeds tell those who have read an article that was taken back since."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from services.feed.formats import atom
from services.feed.rebuild import Rebuild
from shared.contracts.lists import ListName
from shared.runtime.clock import moment
from tests.support.articles import PUBLISHED, SITE, a_document, a_tombstone, an_article
from tests.support.lists import KEYS

ATOM, TOMBSTONES = "{http://www.w3.org/2005/Atom}", f"{{{atom.TOMBSTONES}}}"
DAY_MS = 86_400_000
FEEDS = [ListName(name) for name in ("recent", "section:stadt", "tag:rat")]
ID = "tag:kurier.example,2026:article/a000000000000000000000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site" / SITE


async def written(parts, newsroom, *documents) -> None:
    """Place documents and write every feed of theirs at once."""
    for placed in await newsroom.place(*documents):
        await parts.files.write(SITE, placed.lists, at_once=True)


def tombstones(file: Path) -> list[tuple[str, str]]:
    """The withdrawals of an Atom document: whose, and when."""
    return [
        (gone.get("ref", ""), gone.get("when", "")) for gone in etree.parse(file).iterfind(f"{TOMBSTONES}deleted-entry")
    ]


async def two_articles_one_taken_back(parts, newsroom, state="killed") -> None:
    await written(parts, newsroom, a_document(an_article(number=1)), a_document(an_article(number=2), seq=2))
    await written(parts, newsroom, a_tombstone(an_article(number=1), seq=3, state=state))


@pytest.mark.parametrize("state", ["killed", "unpublished"])
async def test_atom_keeps_a_tombstone_with_the_entrys_id_and_the_moment(parts, newsroom, folder, state):
    await two_articles_one_taken_back(parts, newsroom, state)
    when = moment(newsroom.clock()).astimezone(PUBLISHED.astimezone().tzinfo)
    for path in ("feed.atom", "stadt/feed.atom", "tag/rat/feed.atom"):
        ((ref, at),) = tombstones(folder / path)
        assert ref == ID
        assert datetime.fromisoformat(at) == when
        found = feedparser.parse((folder / path).read_bytes())
        assert not found.bozo
        assert [entry.id[-1] for entry in found.entries] == ["2"]


async def test_a_kill_is_for_a_day_a_notice_without_a_word_or_link_in_rss_and_json(parts, newsroom, folder):
    await two_articles_one_taken_back(parts, newsroom)
    found = feedparser.parse((folder / "feed.xml").read_bytes())
    assert not found.bozo
    notice, other = found.entries
    assert (notice.id, notice.title) == (ID, "Zurückgezogen")
    assert "link" not in notice
    assert datetime(*notice.published_parsed[:6], tzinfo=UTC) == PUBLISHED + timedelta(minutes=1)
    assert other.title.endswith("(2)")
    items = json.loads((folder / "feed.json").read_bytes())["items"]
    assert items[0] == {
        "id": ID,
        "title": "Zurückgezogen",
        "content_text": "Die Redaktion hat diesen Beitrag zurückgezogen.",
        "date_published": "2026-11-21T14:04:00+01:00",
        "date_modified": items[0]["date_modified"],
    }
    for file in folder.rglob("*.*"):
        assert b"neue-bruecke-1/" not in file.read_bytes()
    newsroom.clock.now_ms += DAY_MS
    await parts.files.write_due(SITE)
    assert [entry.id[-1] for entry in feedparser.parse((folder / "feed.xml").read_bytes()).entries] == ["2"]
    assert len(json.loads((folder / "stadt/feed.json").read_bytes())["items"]) == 1
    assert len(tombstones(folder / "feed.atom")) == 1, "Atom remembers for 30 days"


async def test_what_is_only_unpublished_leaves_no_notice(parts, newsroom, folder):
    await two_articles_one_taken_back(parts, newsroom, "unpublished")
    assert [entry.id[-1] for entry in feedparser.parse((folder / "feed.xml").read_bytes()).entries] == ["2"]


async def test_what_is_killed_after_it_was_unpublished_is_told_all_the_same(parts, newsroom, folder):
    await two_articles_one_taken_back(parts, newsroom, "unpublished")
    newsroom.clock.now_ms += 60_000
    (placed,) = await newsroom.place(a_tombstone(an_article(number=1), seq=4))
    assert {"recent", "section:stadt"} <= set(placed.lists)
    await parts.files.write(SITE, placed.lists, at_once=True)
    assert feedparser.parse((folder / "feed.xml").read_bytes()).entries[0].title == "Zurückgezogen"


async def test_a_feed_is_as_young_as_its_last_withdrawal_and_never_now(parts, newsroom, folder):
    await two_articles_one_taken_back(parts, newsroom)
    killed_at = newsroom.clock()
    before = {file: file.read_bytes() for file in folder.rglob("feed.*")}
    newsroom.clock.now_ms += 3_600_000
    await parts.files.write(SITE, FEEDS, at_once=True)
    assert {file: file.read_bytes() for file in folder.rglob("feed.*")} == before
    updated = feedparser.parse((folder / "feed.atom").read_bytes()).feed.updated_parsed
    assert datetime(*updated[:6], tzinfo=UTC) == moment(killed_at).replace(microsecond=0)


async def test_one_that_is_public_again_has_no_tombstone(parts, newsroom, folder):
    await two_articles_one_taken_back(parts, newsroom, "unpublished")
    await written(parts, newsroom, a_document(an_article(number=1), seq=4))
    assert tombstones(folder / "feed.atom") == tombstones(folder / "stadt/feed.atom") == []
    assert await newsroom.redis.hgetall(KEYS.gone(SITE)) == {}


async def test_after_thirty_days_nothing_is_left_of_a_withdrawal(parts, newsroom, redis, folder):
    await two_articles_one_taken_back(parts, newsroom)
    newsroom.clock.now_ms += 30 * DAY_MS
    await parts.files.write(SITE, FEEDS, at_once=True)
    assert tombstones(folder / "feed.atom") == []
    await written(parts, newsroom, a_tombstone(an_article(number=2), seq=5))
    assert list(await redis.hgetall(KEYS.gone(SITE))) == [an_article(number=2).id.encode()]
    assert await redis.zcard(KEYS.gone_from(SITE, "section:stadt")) == 1


async def test_a_tag_that_is_empty_now_is_named_nowhere(parts, newsroom, redis, folder):
    await written(parts, newsroom, a_document(an_article(number=1)))
    await written(parts, newsroom, a_tombstone(an_article(number=1), seq=2))
    assert not (folder / "tag/rat/feed.atom").exists()
    assert not [key for key in await redis.keys("*:gone:*") if b"tag:" in key or b"author:" in key]
    assert b"tag:" not in b"".join(await redis.hvals(KEYS.gone(SITE)))


async def test_a_rebuild_tells_the_same(redis, parts, newsroom, clock, folder):
    for number in (1, 2):
        await newsroom.accept(an_article(number=number))
    await newsroom.accept(an_article(number=1), verb="killed", number=9)
    await two_articles_one_taken_back(parts, newsroom)
    before = {file: file.read_bytes() for file in folder.rglob("feed.atom")}
    rebuild = Rebuild(redis, parts, clock=clock)
    await rebuild.rebuild_lists(SITE, as_of_ms=clock())
    await parts.files.write(SITE, FEEDS, at_once=True)
    assert {file: file.read_bytes() for file in before} == before
