"""Real services behind a real Varnish with the VCL that we ship: fragments put in, purges, grace, and what is gone."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.render.purge.header import HeaderCache
from shared.contracts.edge import CacheConfig
from shared.contracts.keys import Keys
from tests.support.newsroom import Newsroom, free_port
from tests.support.varnish import Varnish
from tests.support.world import say, until

pytestmark = [pytest.mark.needs("varnishd"), pytest.mark.serial]

KEYS = Keys("s1")
DEAD = f"http://127.0.0.1:{free_port()}"  # a second cache, which nobody ever started


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    varnish = Varnish(room.folder / "varnish", **room.ports)
    room.edge = varnish.url
    room.environ |= {
        "LITFASS_EDGE__ESI": "true",
        "LITFASS_EDGE__CACHE__DEAD__URL": DEAD,
        "LITFASS_EDGE__CACHE__FRONT__URL": varnish.url,
    }
    try:
        varnish.start()
        room.start()
        yield room
    finally:
        varnish.stop()
        room.close()


@pytest.fixture
async def world(room: Newsroom) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=room.edge, timeout=10, headers={"host": "kurier.example"}) as client:
        await until(lambda: _is(client, "/imprint/", 200))  # Varnish has found the page server
        yield client


async def _is(world: httpx.AsyncClient, path: str, status: int, word: str = "") -> bool:
    answer = await world.get(path)
    return answer.status_code == status and word in answer.text


async def requests_of(room: Newsroom) -> float:
    """How many answers the page server gave."""
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{room.url('render')}/metrics")).text
    rows = [line for line in metrics.splitlines() if line.startswith("litfass_render_requests_total{")]
    return sum(float(row.rpartition(" ")[2]) for row in rows)


async def published(room: Newsroom, world: httpx.AsyncClient, id_: str, **article: Any) -> str:
    """Publish an article and let its page be in the cache; return its path."""
    taken = await say(world, "published", f"p-{id_}", id_=id_, slug=f"artikel-{id_}", **article)
    await room.drained()
    await until(lambda: _all_told(room))
    path = str(httpx.URL(taken["url"]).path)
    assert (await world.get(path)).status_code == 200
    return path


async def _all_told(room: Newsroom) -> bool:
    with room.redis() as client:
        return client.zcard(KEYS.purges("front")) == 0


async def test_a_page_comes_with_its_fragments_and_what_is_for_caches_stays_there(room, world):
    path = await published(room, world, "1", headline="Ein Dach für den Markt")
    await until(lambda: _is(world, path, 200, 'class="box recent'))
    answer = await world.get(path)
    assert "<esi:" not in answer.text
    assert "<!--#" not in answer.text
    assert answer.text.count("</html>") == 1
    assert 'aria-label="' in answer.text
    assert answer.headers["cache-control"] == "public, max-age=5"
    for header in ("etag", "surrogate-key", "cache-tag", "surrogate-control", "xkey", "age", "x-varnish", "via"):
        assert header not in answer.headers
    conditional = await world.get(path, headers={"if-none-match": "*"})
    assert conditional.status_code in {200, 304}
    assert (await world.get(path, headers={"accept-encoding": "gzip"})).headers["content-encoding"] == "gzip"


async def test_the_page_server_is_asked_once_whatever_readers_bring_along(room, world):
    path = await published(room, world, "2")
    before = await requests_of(room)
    for number in range(20):
        answer = await world.get(f"{path}?utm_source={number}", headers={"cookie": f"a={number}"})
        assert answer.status_code == 200
    assert await requests_of(room) == before


async def test_an_update_is_seen_within_moments_although_the_page_was_to_be_kept(room, world):
    path = await published(room, world, "3", headline="Alte Fassung")
    await until(lambda: _is(world, "/", 200, "Alte Fassung"))
    await say(world, "updated", "u-3", id_="3", slug="artikel-3", headline="Neue Fassung", revision=2)
    await until(lambda: _is(world, path, 200, "Neue Fassung"))
    await until(lambda: _is(world, "/", 200, "Neue Fassung"))  # the list's page
    other = await published(room, world, "4", headline="Die Nächste")
    await until(lambda: _is(world, path, 200, "Die Nächste"))  # a fragment in the page
    assert other != path


async def test_a_killed_page_is_gone_within_moments_and_for_good_also_when_everything_is_down(room, world):
    path = await published(room, world, "5", headline="Geheimwort im Rathaus")
    other = await published(room, world, "6", headline="Bleibt stehen")
    taken = await say(world, "killed", "k-5", id="5", note="War falsch.", revision=2)
    await until(lambda: _is(world, path, 410, "War falsch."))
    await until(lambda: _is_proved(room, taken["article_id"]))  # ingest looked at every place, through the cache
    assert "Geheimwort" not in (await world.get(path)).text

    room.kill("render")
    try:
        for _ in range(5):
            assert (await world.get(path)).status_code == 410
            answer = await world.get(other)
            assert (answer.status_code, "Bleibt stehen" in answer.text) == (200, True)
        assert (await world.get("/nie/gesehen/")).status_code == 503
    finally:
        room.launch("render")
        room.wait_ready("render")
    await until(lambda: _is(world, "/nie/gesehen/", 404))


async def test_once_a_kill_is_proved_no_list_feed_sitemap_or_other_page_in_the_cache_leads_to_the_article(room, world):
    now = datetime.now(UTC)  # else it would be too old for the news sitemap
    fresh = {"published_at": now.isoformat(), "updated_at": now.isoformat()}
    path = await published(room, world, "9", headline="Geheimwort im Stadtrat", tags=["Dach"], **fresh)
    other = await published(room, world, "10", headline="Die Feuerwehr feiert", **fresh)
    month = f"{now.astimezone(ZoneInfo('Europe/Berlin')):%Y-%m}"
    shown = [
        other, "/", "/stadt/", "/tag/dach/", f"/stadt/{month[:4]}/{month[5:]}/", "/_fragments/recent.html",
        "/feed.xml", "/stadt/feed.atom", "/tag/dach/feed.json", f"/sitemap-{month}.xml", "/news-sitemap.xml",
    ]  # fmt: skip
    for place in shown:  # then it is in the cache
        await until(lambda place=place: _is(world, place, 200, path))
    taken = await say(world, "killed", "k-9", id="9", revision=2)
    await until(lambda: _is(world, path, 410))
    await room.drained()
    await until(lambda: _is_free_of(room, taken["article_id"]))
    for place in shown:
        assert path not in (await world.get(place)).text, f"{place}: the first reader after the proof"


async def test_a_cache_that_is_dead_delays_no_other_and_is_told_later(room, world):
    await published(room, world, "7")
    with room.redis() as client:
        assert client.zcard(KEYS.purges("front")) == 0
        assert client.zcard(KEYS.purges("dead")) > 0


async def test_a_cache_of_a_kind_of_its_own_is_told_in_its_words(room, world):
    path = await published(room, world, "11")
    before = await requests_of(room)
    config = CacheConfig(kind="header", url=room.edge, header="xkey-purge", soft_header="xkey-softpurge")
    await HeaderCache(config).purge([f"p-kurier{path}"], hard=True)
    assert (await world.get(path)).status_code == 200
    assert await requests_of(room) > before


async def test_only_who_may_purge_can(room, world):
    path = await published(room, world, "8")
    before = await requests_of(room)
    through_a_proxy = {"x-forwarded-for": "203.0.113.7", "xkey-purge": "site-kurier"}
    assert (await world.request("PURGE", "/", headers=through_a_proxy)).status_code == 403
    assert (await world.request("PURGE", "/")).status_code == 400
    assert (await world.get(path)).status_code == 200
    assert await requests_of(room) == before
    assert (await world.request("PURGE", "/", headers={"xkey-purge": "site-kurier"})).status_code == 200
    assert (await world.get(path)).status_code == 200
    assert await requests_of(room) > before


async def test_what_is_not_for_the_outside_is_not_there(world):
    for path in ("/metrics", "/admin/timeline/kurier/a1", "/health/ready"):
        assert (await world.get(path)).status_code == 404


async def _is_free_of(room: Newsroom, article_id: str) -> bool:
    """Whether the cache was told of a kill, and proved to have nothing left of it."""
    with room.redis() as client:
        waiting = client.zrange(KEYS.purges("front"), 0, -1)
    return not [each for each in waiting if each.startswith(b"1 hard") and article_id.encode() in each]


async def _is_proved(room: Newsroom, article_id: str) -> bool:
    with room.redis() as client:
        return client.zscore(KEYS.retractions(), article_id) is None
