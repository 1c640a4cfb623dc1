"""The page server behind a cache: validators, ages, names, and fragments that the cache puts in."""

import httpx
import pytest
from starlette.applications import Starlette

from services.render.caching import Caching
from services.render.files import FileCache
from services.render.redirects import Redirects
from services.render.serve import PageServer
from shared.contracts import paths
from shared.contracts.edge import CacheConfig, EdgeConfig
from shared.runtime.previews import Previews
from tests.support.articles import SITE, an_id
from tests.unit.render.paper import always_later

PAGE = "/stadt/neue-bruecke-1/"
RECENT = paths.fragment_path("recent")
EDGE = EdgeConfig(esi=True, cache={"front": CacheConfig(url="http://127.0.0.1:6081")})
CAN_ESI = {"surrogate-capability": 'varnish="ESI/1.0"'}


@pytest.fixture
async def reader(paper):
    async with paper.reader() as client:
        yield client


@pytest.fixture
async def cache(paper):
    """A cache that is purged and puts fragments in."""
    newsroom, files = paper.newsroom, FileCache(paper.store, Caching(EDGE), clock=always_later())
    server = PageServer(
        paper.sites, files, newsroom.articles, newsroom.reader, paper.list_files, newsroom.redis, paper.metrics,
        Previews(newsroom.redis, shards=1, clock=newsroom.clock), Redirects(newsroom.redis, shards=1), esi=EDGE.esi,
    )  # fmt: skip
    transport = httpx.ASGITransport(app=Starlette(routes=server.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as client:
        yield client


async def test_who_has_the_page_already_gets_no_second_copy_until_a_fragment_in_it_changes(paper, reader):
    await paper.publish()
    await paper.write_all()
    first = await reader.get(PAGE)
    etag = first.headers["etag"]
    assert etag.startswith('"')  # strong
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await reader.get(PAGE, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert "content-type" not in again.headers
    await paper.store.put(SITE, RECENT, b"<p>Eilmeldung</p>")
    after = await reader.get(PAGE, headers={"if-none-match": etag})
    assert after.status_code == 200
    assert "Eilmeldung" in after.text
    assert after.headers["etag"] != etag


async def test_no_page_knows_what_a_cookie_says_so_a_cache_may_keep_one_for_everybody(paper, cache):
    await paper.publish()
    await paper.write_all()
    for path in (PAGE, "/", "/stadt/"):
        for cookie in ("", "euconsent-v2=CPzHq4APzHq4AAHABBENDZCgAAAAAAAAAAAAAAAA; noads=1"):
            answer = await cache.get(path, headers={"cookie": cookie})
            plain = await cache.get(path)
            assert (answer.content, answer.headers) == (plain.content, plain.headers), path
            assert "cookie" not in answer.headers.get("vary", "")
            assert "set-cookie" not in answer.headers


async def test_a_page_has_the_same_validator_on_demand_as_from_its_file(paper, reader):
    await paper.publish()
    on_demand = (await reader.get(PAGE)).headers["etag"]
    await paper.write_all()
    assert (await reader.get(PAGE)).headers["etag"] == on_demand


async def test_feeds_have_validators_of_their_content(paper, reader):
    await paper.store.put(SITE, "/feed.xml", b"<rss>1</rss>")
    etag = (await reader.get("/feed.xml")).headers["etag"]
    assert (await reader.get("/feed.xml", headers={"if-none-match": etag})).status_code == 304
    await paper.store.put(SITE, "/feed.xml", b"<rss>2</rss>")  # as long as before, within the same second
    assert (await reader.get("/feed.xml", headers={"if-none-match": etag})).status_code == 200


async def test_a_killed_page_is_gone_whatever_the_reader_has(paper, reader):
    await paper.publish()
    await paper.write_all()
    etag = (await reader.get(PAGE)).headers["etag"]
    await paper.store.put(SITE, f"/_gone{PAGE}index.html", b"<p>Die Notiz</p>")
    for known in (etag, "*"):
        assert (await reader.get(PAGE, headers={"if-none-match": known})).status_code == 410


async def test_without_a_cache_that_is_purged_a_page_has_no_names_and_lasts_seconds(paper, reader):
    await paper.publish()
    await paper.write_all()
    answer = await reader.get(PAGE, headers=CAN_ESI)
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert "surrogate-key" not in answer.headers
    assert "esi:" not in answer.text  # a reader who claims to be a cache gets the whole page


async def test_a_cache_that_is_purged_gets_an_age_and_names(paper, cache):
    await paper.publish()
    await paper.write_all()
    answer = await cache.get(PAGE)
    assert "s-maxage=" in answer.headers["cache-control"]
    assert "stale-if-error=" in answer.headers["cache-control"]
    names = answer.headers["surrogate-key"].split(" ")
    assert names[0] == f"a-{an_id()}"
    assert {"f-kurier/recent", "f-kurier/nav", "site-kurier"} <= set(names)
    assert answer.headers["cache-tag"].split(",") == names
    assert "surrogate-control" not in answer.headers  # whole: it did not say that it can ESI


async def test_a_cache_that_puts_fragments_in_gets_shells_and_each_fragment_under_its_own_name(paper, cache):
    await paper.publish()
    await paper.write_all()
    await paper.store.put(SITE, RECENT, b'<p>Neu</p><!--#include virtual="/_fragments/mixed.html" -->')
    shell = await cache.get(PAGE, headers=CAN_ESI)
    assert shell.headers["surrogate-control"] == 'content="ESI/1.0"'
    assert '<esi:include src="/_fragments/recent.html"/>' in shell.text
    assert "<!--#" not in shell.text
    assert "<p>Neu</p>" not in shell.text
    assert not any(name.startswith("f-") for name in shell.headers["surrogate-key"].split(" "))
    fragment = await cache.get(RECENT, headers=CAN_ESI)
    assert fragment.text == '<p>Neu</p><esi:include src="/_fragments/mixed.html"/>'
    assert fragment.headers["surrogate-key"] == f"f-kurier/recent p-kurier{RECENT} site-kurier"
    missing = await cache.get("/_fragments/weg.html", headers=CAN_ESI)
    assert (missing.text, missing.headers["surrogate-key"]) == (
        "\n",
        "f-kurier/weg p-kurier/_fragments/weg.html site-kurier",
    )
    assert "surrogate-control" not in missing.headers  # nothing to put in


@pytest.mark.parametrize(
    "evil",
    [
        '<esi:include src="http://evil.example/"/>',
        '<ESI:vars>$(HTTP_COOKIE)</ESI:vars>',
        '<!--esi <esi:include src="/secret"/>-->',
        "</esi:remove>",
    ],
)  # fmt: skip
async def test_nothing_that_is_written_into_a_page_is_a_directive_of_the_cache(paper, cache, evil):
    """Theme texts, creatives, whatever: not even a file that somebody wrote into the store."""
    await paper.store.put(SITE, f"{PAGE}index.html", f'{evil}<!--#include virtual="{RECENT}" -->'.encode())
    answer = await cache.get(PAGE, headers=CAN_ESI)
    assert answer.text.lower().count("<esi:") == 1
    assert "<!--esi" not in answer.text.lower()
    assert "</esi" not in answer.text.lower()


async def test_a_feed_is_named_after_its_address(paper, cache):
    await paper.store.put(SITE, "/stadt/feed.xml", b"<rss/>")
    answer = await cache.get("/stadt/feed.xml")
    assert answer.headers["surrogate-key"] == "p-kurier/stadt/feed.xml site-kurier"
    assert answer.headers["cache-tag"] == "p-kurier/stadt/feed.xml,site-kurier"


async def test_a_redirect_is_purged_with_its_article(paper, cache):
    await paper.publish()
    await paper.newsroom.accept((await paper.document(an_id())).article.model_copy(update={"slug": "neu"}), number=2)
    answer = await cache.get(PAGE)
    assert answer.status_code == 301
    assert answer.headers["surrogate-key"] == f"a-{an_id()}"
