"""Every page store does the same: a local folder and the in-memory one that other tests use."""

import os
import time
from pathlib import Path

import pytest

from shared.contracts.base import SiteName
from shared.runtime.errors import StoreAway
from shared.runtime.pagestore import LEFTOVER_AGE_S, PageStore

SITE = SiteName("kurier")


@pytest.fixture(params=["file", "memory"])
def store(request, tmp_path: Path) -> PageStore:
    return PageStore(tmp_path.as_uri() if request.param == "file" else "memory://")


async def test_what_was_put_is_there_whole(store):
    assert await store.put(SITE, "/stadt/markt/index.html", b"Seite")
    assert await store.get(SITE, "/stadt/markt/index.html") == b"Seite"


async def test_equal_bytes_are_left_alone(store):
    await store.put(SITE, "/index.html", b"Seite")
    assert not await store.put(SITE, "/index.html", b"Seite")
    assert await store.put(SITE, "/index.html", b"Andere")


async def test_what_is_not_there_is_none_and_can_be_deleted(store):
    assert await store.get(SITE, "/nichts/index.html") is None
    await store.delete(SITE, ["/nichts/index.html"])


async def test_a_deleted_file_is_gone_and_its_neighbour_stays(store):
    await store.put(SITE, "/a/index.html", b"a")
    await store.put(SITE, "/b/index.html", b"b")
    await store.delete(SITE, ["/a/index.html"])
    assert (await store.get(SITE, "/a/index.html"), await store.get(SITE, "/b/index.html")) == (None, b"b")


async def test_every_file_of_a_site_is_listed_and_no_other_sites(store):
    await store.put(SITE, "/a/index.html", b"a")
    await store.put(SITE, "/feed.xml", b"f")
    await store.put(SiteName("bote"), "/a/index.html", b"x")
    assert sorted([path async for path in store.paths(SITE)]) == ["/a/index.html", "/feed.xml"]


async def test_a_local_files_time_moves_a_second_at_least_with_every_change(tmp_path):
    store = PageStore(tmp_path.as_uri())
    times = []
    for text in (b"1", b"2", b"3"):
        await store.put(SITE, "/feed.xml", text)
        times.append(int((tmp_path / "kurier/feed.xml").stat().st_mtime))
    assert times[0] < times[1] < times[2]


async def test_leftovers_of_interrupted_puts_are_swept(tmp_path):
    store = PageStore(tmp_path.as_uri())
    await store.put(SITE, "/a/index.html", b"a")
    leftover = tmp_path / "kurier/a/index.html#1"
    leftover.write_bytes(b"half")
    os.utime(leftover, (time.time() - LEFTOVER_AGE_S - 1,) * 2)
    assert await store.sweep_leftovers() == 1
    assert [path.name for path in (tmp_path / "kurier/a").iterdir()] == ["index.html"]


async def test_a_put_that_is_running_is_no_leftover(tmp_path):
    store = PageStore(tmp_path.as_uri())
    running = tmp_path / "kurier/index.html#1"
    running.parent.mkdir()
    running.write_bytes(b"half")
    assert await store.sweep_leftovers() == 0
    assert running.read_bytes() == b"half"


async def test_a_store_that_cannot_be_written_is_away_and_says_where(tmp_path):
    store = PageStore(tmp_path.as_uri())
    (tmp_path / "kurier").write_text("a file where the folder should be")
    with pytest.raises(StoreAway, match=r"kurier/a/index\.html"):
        await store.put(SITE, "/a/index.html", b"a")
