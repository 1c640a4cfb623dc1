"""How caches are told: names in headers of bounded length, and what is wrong when it does not take them."""

import asyncio

import pytest

from services.render.purge import CacheAway
from services.render.purge.header import HEADER_BYTES, HeaderCache
from shared.contracts import UrlPath
from shared.contracts.edge import CacheConfig
from shared.contracts.lists import section
from shared.contracts.places import Withdrawn
from tests.support.articles import SITE, a_site, an_id
from tests.support.newsroom import free_port
from tests.support.readers import Pages

PAGE = "/stadt/markt/"
KILLED = Withdrawn(an_id(7), SITE, (UrlPath(PAGE),), (section("stadt"),))


def varnish(url: str) -> CacheConfig:
    return CacheConfig(url=url)


@pytest.fixture
async def asked():
    """A server that takes what comes; yields its address, what it was sent, and the status that it answers."""
    heads: list[str] = []
    status = [200]

    async def answer(reader, writer):
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status[0])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads, status
    server.close()
    await server.wait_closed()


async def test_names_go_in_one_header_soft_or_hard(asked):
    url, heads, _ = asked
    await HeaderCache(varnish(url)).purge(["a-1", "f-kurier/recent"], hard=False)
    await HeaderCache(varnish(url)).purge(["a-2"], hard=True)
    soft, hard = heads
    assert soft.startswith("PURGE / HTTP/1.1\r\n")
    assert "\r\nxkey-softpurge: a-1 f-kurier/recent\r\n" in soft
    assert "\r\nxkey-purge: a-2\r\n" in hard


@pytest.mark.parametrize(("soft_header", "expected"), [("Stale-Key", "Stale-Key"), (None, "Surrogate-Key")])
async def test_another_cache_is_told_by_the_method_path_and_headers_that_it_wants(asked, soft_header, expected):
    url, heads, status = asked
    status[0] = 204
    config = CacheConfig(kind="header", url=url, method="POST", path="/purge", soft_header=soft_header)
    await HeaderCache(config).purge(["a-1"], hard=True)
    await HeaderCache(config).purge(["a-2", "a-3"], hard=False)
    hard, soft = heads
    assert hard.startswith("POST /purge HTTP/1.1\r\n")
    assert "\r\nSurrogate-Key: a-1\r\n" in hard
    assert f"\r\n{expected}: a-2 a-3\r\n" in soft


def test_how_varnish_is_told_is_not_for_the_configuration_to_say():
    with pytest.raises(ValueError, match='method: only for kind = "header"'):
        CacheConfig(url="http://127.0.0.1:6081", method="BAN")


async def test_many_names_are_several_requests(asked):
    url, heads, _ = asked
    names = [f"f-kurier/related/tag/{number:0>60}" for number in range(200)]
    await HeaderCache(varnish(url)).purge(names, hard=False)
    assert len(heads) > 1
    lines = [line for head in heads for line in head.split("\r\n") if line.startswith("xkey-softpurge: ")]
    assert max(map(len, lines)) <= HEADER_BYTES + len("xkey-softpurge: ")
    assert [name for line in lines for name in line.removeprefix("xkey-softpurge: ").split()] == names


async def test_places_are_looked_at_as_readers_do_and_only_those_that_a_cache_keeps():
    pages = Pages()
    pages.pages = {PAGE: (410, b""), "/stadt/": (200, f'<a href="{PAGE}">'.encode())}
    pages.start()
    try:
        found = await HeaderCache(varnish(pages.url)).look(a_site(), [KILLED])
    finally:
        pages.stop()
    wrong = {place.path: what for place, what in found[KILLED.article_id].items() if what}
    assert wrong == {"/stadt/": "/stadt/: leads to it"}
    assert {host for host, _ in pages.asked} == {"kurier.example"}
    asked = [path for _, path in pages.asked]
    assert {PAGE, "/", "/stadt/feed.xml", "/_fragments/related/section/stadt.html"} <= set(asked)
    assert not [path for path in asked if path.startswith("/api/")]


async def test_who_does_not_take_purges_from_us_counts_as_away_and_the_fault_says_so(asked):
    url, _, status = asked
    status[0] = 403
    with pytest.raises(CacheAway, match="403 to a purge"):
        await HeaderCache(varnish(url)).purge(["a-1"], hard=True)


async def test_nobody_there_is_said_with_the_address():
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(CacheAway, match=url):
        await HeaderCache(varnish(url)).purge(["a-1"], hard=True)
    with pytest.raises(CacheAway, match=url):
        await HeaderCache(varnish(url)).look(a_site(), [KILLED])


async def test_one_that_takes_the_connection_and_never_answers_is_given_up():
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    try:
        with pytest.raises(CacheAway, match="timed out"):
            await HeaderCache(varnish(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), timeout_s=0.1).purge(
                ["a-1"], hard=True
            )
    finally:
        server.close()
        await server.wait_closed()
