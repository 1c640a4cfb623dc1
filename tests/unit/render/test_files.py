"""Files of the page store in memory, as long as they are what the store has."""

import pytest

from services.render import files
from services.render.files import LOOK_S, OWN_LOOK_S, FileCache
from shared.runtime.errors import StoreAway
from tests.support.articles import SITE
from tests.unit.render.paper import always_later

PAGE = b'<a><!--#include virtual="/_fragments/recent.html" --></a>'
UNREADABLE = "/proc/self/mem"  # can be seen, cannot be read: a disk with a broken sector


@pytest.fixture
async def cache(paper):
    await paper.store.put(SITE, "/index.html", PAGE)
    await paper.store.put(SITE, "/_fragments/recent.html", b"eins")
    return FileCache(paper.store, clock=always_later())


async def body(cache, path):
    page = await cache.page(SITE, path)
    return page.body if page else None


async def test_a_page_comes_with_its_fragments(cache):
    assert await body(cache, "/index.html") == b"<a>eins</a>"
    assert await cache.raw(SITE, "/index.html") == PAGE


async def test_a_change_of_page_or_fragment_is_seen_at_once(cache, paper):
    await cache.page(SITE, "/index.html")
    await paper.store.put(SITE, "/_fragments/recent.html", b"zwei")  # the same size
    assert await body(cache, "/index.html") == b"<a>zwei</a>"
    await paper.store.put(SITE, "/index.html", PAGE.replace(b"<a>", b"<b>"))
    assert await body(cache, "/index.html") == b"<b>zwei</a>"


async def test_fragments_are_looked_at_a_hundred_times_a_second_and_the_page_itself_every_time(paper, cache):
    now = [0.0]
    cache = FileCache(paper.store, clock=lambda: now[0])
    assert await body(cache, "/index.html") == b"<a>eins</a>"
    await paper.store.put(SITE, "/_fragments/recent.html", b"zwei")
    now[0] += LOOK_S / 2
    assert await body(cache, "/index.html") == b"<a>eins</a>"
    now[0] += LOOK_S / 2
    assert await body(cache, "/index.html") == b"<a>zwei</a>"
    await paper.store.put(SITE, "/index.html", PAGE.replace(b"<a>", b"<b>"))
    assert await body(cache, "/index.html") == b"<b>zwei</a>"
    await paper.store.delete(SITE, ["/index.html"])
    assert await body(cache, "/index.html") is None


async def test_who_asks_within_a_millisecond_of_another_gets_what_that_one_got(paper):
    now = [0.0]
    cache = FileCache(paper.store, clock=lambda: now[0])
    await paper.store.put(SITE, "/index.html", b"old")
    assert cache.just_seen(SITE, "/index.html") is None  # nobody has looked yet
    await cache.page(SITE, "/index.html")
    await paper.store.put(SITE, "/index.html", b"new")
    now[0] += OWN_LOOK_S / 2
    assert cache.just_seen(SITE, "/index.html").body == b"old"
    now[0] += OWN_LOOK_S / 2
    assert cache.just_seen(SITE, "/index.html") is None
    assert (await cache.page(SITE, "/index.html")).body == b"new"
    assert cache.just_seen(SITE, "/index.html").body == b"new"


async def test_a_file_that_was_taken_away_is_gone_at_once(cache, paper):
    await cache.page(SITE, "/index.html")
    await paper.store.delete(SITE, ["/_fragments/recent.html"])
    assert await body(cache, "/index.html") == b"<a></a>"
    await paper.store.delete(SITE, ["/index.html"])
    assert await body(cache, "/index.html") is None


async def test_a_page_without_a_box_that_cannot_be_read_is_better_than_none(cache, tmp_path):
    fragment = tmp_path / "site" / SITE / "_fragments" / "recent.html"
    fragment.unlink()
    fragment.symlink_to(UNREADABLE)
    assert await body(cache, "/index.html") == b"<a></a>"
    with pytest.raises(StoreAway):
        await cache.page(SITE, "/_fragments/recent.html")


async def test_memory_is_bounded(cache, paper, monkeypatch):
    monkeypatch.setattr(files, "CAPACITY", 3)
    for number in range(9):
        await paper.store.put(SITE, f"/{number}/index.html", b"x")
        await cache.page(SITE, f"/{number}/index.html")
    assert (len(cache._pages), len(cache._shells)) == (3, 3)
    assert await body(cache, "/0/index.html") == b"x"


async def test_a_remote_store_is_read_each_time(paper):
    store = type(paper.store)("memory://")
    await store.put(SITE, "/index.html", b"eins")
    cache = FileCache(store, clock=always_later())
    assert await body(cache, "/index.html") == b"eins"
    await store.put(SITE, "/index.html", b"zwei")
    assert await body(cache, "/index.html") == b"zwei"
