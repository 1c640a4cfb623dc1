"""Feed documents as files, in a real folder, of lists in a real Valkey."""

import os
from pathlib import Path

import feedparser
import pytest

from services.feed.due import FEED
from services.feed.files import lasting_lists
from services.feed.parts import Parts
from shared.contracts.lists import ListName
from shared.runtime.errors import StoreAway
from shared.runtime.files_due import Made
from tests.support.articles import SITE, a_document, a_site, a_tombstone, an_article
from tests.support.lists import KEYS, Newsroom

RECENT = ListName("recent")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site" / SITE


def titles(folder: Path, path: str) -> list[str]:
    """The headlines in a feed document."""
    return [entry.title for entry in feedparser.parse(folder.joinpath(path).read_bytes()).entries]


async def feeds_due(parts: Parts, clock: Newsroom | None = None) -> set[str]:
    return set(await parts.due.taken(SITE, FEED, now_ms=2**52))


async def test_a_changed_list_is_written_in_every_format_at_its_own_path(parts, newsroom, folder):
    (placed,) = await newsroom.place(a_document())
    assert await parts.files.write(SITE, placed.lists)
    for path in ("feed", "stadt/feed", "tag/bruecke/feed", "author/mara-lindt/feed"):
        assert (
            titles(folder, f"{path}.xml") == titles(folder, f"{path}.atom") == ["Die neue Brücke kommt im Frühjahr (1)"]
        )
        assert (folder / f"{path}.json").exists()
    assert not (folder / "sport").exists()


async def test_the_mixed_box_has_no_feed(parts, newsroom, folder):
    await newsroom.place(a_document())
    await parts.lists.draw_mixed(SITE)
    assert await parts.files.write(SITE, [ListName("mixed")])
    assert not folder.exists()


async def test_a_feed_shows_the_newest_fifty(parts, newsroom, folder):
    await newsroom.place(
        *(a_document(an_article(number=number, headline=str(number)), seq=number) for number in range(1, 61))
    )
    await parts.files.write(SITE, [RECENT])
    assert titles(folder, "feed.xml") == [str(number) for number in range(60, 10, -1)]


async def test_an_equal_document_is_left_alone(parts, newsroom, clock, folder):
    await newsroom.place(a_document())
    await parts.files.write(SITE, [RECENT])
    os.utime(folder / "feed.xml", (1, 1))
    clock.now_ms += 10_000
    await parts.files.write(SITE, [RECENT])
    assert (folder / "feed.xml").stat().st_mtime == 1


async def test_each_change_moves_the_modification_time_by_a_second_so_that_validators_differ(
    parts, newsroom, clock, folder
):
    seconds = []
    for seq in range(1, 4):
        await newsroom.place(a_document(an_article(headline=f"Stand {seq}"), seq=seq))
        await parts.files.write(SITE, [RECENT])
        seconds.append(int((folder / "feed.xml").stat().st_mtime))
        clock.now_ms += 60_000  # past any rest that a slow machine's writing earned
    assert len(set(seconds)) == 3


async def test_a_list_that_was_just_written_becomes_due_and_is_written_then(parts, newsroom, clock, folder):
    await newsroom.place(a_document(an_article(headline="Eins")))
    assert await parts.files.write(SITE, [RECENT])
    await newsroom.place(a_document(an_article(headline="Zwei"), seq=2))
    clock.now_ms += 400
    assert not await parts.files.write(SITE, [RECENT])
    assert parts.files.became_due.is_set()
    await parts.files.write_due(SITE)
    assert titles(folder, "feed.xml") == ["Eins"]
    clock.now_ms += 600
    await parts.files.write_due(SITE)
    assert titles(folder, "feed.xml") == ["Zwei"]
    assert await feeds_due(parts) == set()


async def test_a_kill_does_not_wait(parts, newsroom, folder):
    (placed,) = await newsroom.place(a_document())
    await parts.files.write(SITE, placed.lists)
    (killed,) = await newsroom.place(a_tombstone(seq=2))
    assert await parts.files.write(SITE, killed.lists, at_once=True)
    assert titles(folder, "feed.xml") == titles(folder, "stadt/feed.xml") == ["Zurückgezogen"]
    assert titles(folder, "feed.atom") == []
    assert not (folder / "tag/bruecke/feed.xml").exists()  # an empty section stays, an empty tag goes
    assert not (folder / "author/mara-lindt/feed.json").exists()


class OvertakenStore:
    """The page store, and somebody who places an article while a file is being put."""

    def __init__(self, store, meanwhile):
        self._store, self._meanwhile = store, meanwhile

    async def put(self, site, path, data):
        done = await self._store.put(site, path, data)
        if self._meanwhile:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
        return done


async def test_a_writer_that_was_overtaken_sees_it_when_it_looks_again(parts, newsroom, clock, folder):
    async def meanwhile():
        await newsroom.place(a_document(an_article(headline="Neu"), seq=2))

    await newsroom.place(a_document(an_article(headline="Alt")))
    parts.files._store = OvertakenStore(parts.store, meanwhile)
    assert not await parts.files.write(SITE, [RECENT])
    assert await feeds_due(parts) == {"recent"}
    clock.now_ms += 1_000
    await parts.files.write_due(SITE)
    assert titles(folder, "feed.atom") == titles(folder, "feed.xml") == ["Neu"]
    assert await feeds_due(parts) == set()


async def test_what_is_due_stays_due_while_its_list_goes_on_changing(parts, newsroom, clock):
    async def meanwhile():
        await newsroom.place(a_document(an_article(headline="Neu"), seq=2))

    await newsroom.place(a_document())
    await parts.due.mark(SITE, FEED, {"recent": clock(), "section:stadt": clock()})
    parts.files._store = OvertakenStore(parts.store, meanwhile)
    await parts.files.write_due(SITE)
    assert await feeds_due(parts) == {"recent", "section:stadt"}
    clock.now_ms += 1_000
    await parts.files.write_due(SITE)
    assert await feeds_due(parts) == set()


async def test_a_slow_writer_makes_due_again_what_a_faster_one_settled(parts, newsroom, clock):
    async def meanwhile():
        await newsroom.place(a_document(an_article(headline="Neu"), seq=2))
        await parts.due.settle(SITE, FEED, {"recent": Made({RECENT: 2}, clock())})

    await newsroom.place(a_document())
    await parts.due.mark(SITE, FEED, {"recent": clock()})
    parts.files._store = OvertakenStore(parts.store, meanwhile)
    await parts.files.write_due(SITE)
    assert await feeds_due(parts) == {"recent"}


async def test_a_store_that_is_away_leaves_everything_due(parts, newsroom, clock, folder):
    await newsroom.place(a_document())
    await parts.due.mark(SITE, FEED, {"recent": clock()})
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where a folder should be")
    with pytest.raises(StoreAway):
        await parts.files.write_due(SITE)
    assert await feeds_due(parts) == {"recent"}
    folder.unlink()
    await parts.files.write_due(SITE)
    assert len(titles(folder, "feed.xml")) == 1


async def test_writing_takes_no_more_than_its_share_of_the_time(parts, newsroom, clock, monkeypatch):
    times = iter([0.0, 2.0])  # a round of two seconds
    monkeypatch.setattr("services.feed.files.time.perf_counter", lambda: next(times, 2.0))
    await newsroom.place(a_document())
    assert await parts.files.write(SITE, [RECENT])
    clock.now_ms += 3_900
    assert not await parts.files.write(SITE, [ListName("section:stadt")])
    clock.now_ms += 200
    assert await parts.files.write(SITE, [ListName("section:stadt")])


async def test_what_is_sooner_due_is_not_put_off(parts, clock):
    await parts.due.mark(SITE, FEED, {"recent": clock() + 100})
    await parts.due.mark(SITE, FEED, {"recent": clock() + 900})
    assert await parts.due.next_ms(SITE, FEED, until_ms=clock() + 5_000) == clock() + 100
    assert await parts.due.next_ms(SITE, FEED, until_ms=clock() + 50) is None
    assert await parts.due.taken(SITE, FEED, now_ms=clock() + 99) == []


def test_front_page_sections_events_and_corrections_have_a_feed_from_the_start():
    assert lasting_lists(a_site()) == [
        "recent",
        "section:stadt",
        "section:kultur",
        "section:sport",
        "events",
        "corrections",
    ]


async def test_settling_does_not_touch_what_the_clock_has_to_do(parts, newsroom, redis):
    await newsroom.place(a_document())
    await parts.lists.draw_mixed(SITE)
    before = await redis.zrange(KEYS.due(SITE), 0, -1)
    assert b"mixed" in before
    await parts.due.settle(SITE, FEED, {"recent": Made({RECENT: 1}, 7)})
    assert await redis.zrange(KEYS.due(SITE), 0, -1) == before
