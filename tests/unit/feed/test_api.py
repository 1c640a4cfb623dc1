"""The pull API and the documents over HTTP, through ASGI, over a real Valkey."""

from collections.abc import AsyncIterator
from datetime import timedelta

import feedparser
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from services.feed.api import Api
from services.feed.documents import Documents
from services.feed.parts import Parts
from shared.contracts.config import RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.broker import closing, connect
from shared.runtime.lists import ListReader
from tests.support.articles import PUBLISHED, SITE, a_document, a_site, an_article, an_event, an_id
from tests.support.lists import Newsroom

ARTICLES = "/api/v1/articles"


def client_of(routes: list) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    return httpx.AsyncClient(transport=transport, base_url="http://kurier.example")


@pytest.fixture
async def web(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    sites = {SITE: a_site(hosts=("www.kurier.example",)), "bote": a_site(name="Der Bote", url="https://bote.example")}
    api = Api(parts.reader, parts.articles, sites, max_age_s=5)
    documents = Documents(parts.store, parts.composers, parts.sitemaps, parts.news, parts.sites, max_age_s=60)
    async with client_of([*api.routes, *documents.routes]) as client:
        yield client


async def publish(newsroom: Newsroom, *articles) -> None:
    """Accept and place articles, as ingest and the lanes do."""
    for article in articles:
        await newsroom.accept(article)
    documents = await newsroom.articles.newest(SITE, [article.id for article in articles])
    await newsroom.place(*documents)


async def withdraw(newsroom: Newsroom, article, verb: str = "unpublished", **changes) -> None:
    await newsroom.accept(article, verb=verb, number=1_000, **changes)
    await newsroom.place(*await newsroom.articles.newest(SITE, [article.id]))


def numbers(answer: httpx.Response) -> list[int]:
    return [int(item["source_id"]) for item in answer.json()["items"]]


def assert_problem(answer: httpx.Response, status: int, detail: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == ("about:blank", status)
    assert detail in body["detail"]
    assert body["title"]


async def test_a_page_has_the_newest_articles_with_url_and_revision(newsroom, web):
    await publish(newsroom, *(an_article(number=number) for number in range(1, 4)))
    answer = await web.get(ARTICLES)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert numbers(answer) == [3, 2, 1]
    assert answer.json()["next"] is None
    first = answer.json()["items"][0]
    assert first["url"] == "https://kurier.example/stadt/neue-bruecke-3/"
    assert first["revision"] == 3
    assert first["headline"] == "Die neue Brücke kommt im Frühjahr (3)"
    assert first["body"][0]["type"] == "paragraph"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("section:sport", [3]),
        ("tag:rat", [4, 3, 1, 2]),
        ("author:mara-lindt", [4, 3, 1, 2]),
        ("month:2026-11", [4, 3, 1]),
        ("month:2026-10", [2]),
        ("month:2031-01", []),
        ("month:0000-01", []),
        ("events", [1, 4]),
        ("tag:unbekannt", []),
        ("corrections", []),
        ("mixed", [4, 3, 1, 2]),
    ],
)
async def test_every_list_can_be_pulled(newsroom, web, parts, name, expected):
    later = an_event(starts_at=PUBLISHED + timedelta(days=20), ends_at=None)
    await publish(
        newsroom,
        an_article(number=1, event=an_event()),
        an_article(number=2, published_at=PUBLISHED - timedelta(days=30)),
        an_article(number=3, section="sport"),
        an_article(number=4, event=later),
    )
    await parts.lists.draw_mixed(SITE)
    answer = await web.get(ARTICLES, params={"list": name})
    assert answer.status_code == 200
    assert numbers(answer) == expected


@pytest.mark.parametrize(
    "name", ["", "nonsense", "section:", "section:Über", "month:2026-13", "recent ", "recent\n", "tag:a/b"]
)
async def test_a_list_that_cannot_exist_is_refused_with_those_that_can(web, name):
    assert_problem(await web.get(ARTICLES, params={"list": name}), 400, "section:…")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1e1", "٣", "1" * 5000])
async def test_an_impossible_limit_is_refused(web, limit):
    assert_problem(await web.get(ARTICLES, params={"limit": limit}), 400, "1 to 100")


async def test_pages_follow_each_other_to_the_end(newsroom, web):
    await publish(newsroom, *(an_article(number=number, published_at=PUBLISHED) for number in range(1, 8)))
    seen, params = [], {"limit": "3"}
    while True:
        answer = await web.get(ARTICLES, params=params)
        seen.append(numbers(answer))
        if (following := answer.json()["next"]) is None:
            break
        params["cursor"] = following
    assert seen == [[7, 6, 5], [4, 3, 2], [1]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_reader_of_pages_misses_and_repeats_nothing_that_stood_still(newsroom, web, data):
    await newsroom.redis.flushall()
    days = st.integers(-3, 0)
    standing = {number: data.draw(days) for number in range(1, 9)}
    fleeting = {number: data.draw(days) for number in range(11, 15)}
    articles = {
        n: an_article(number=n, published_at=PUBLISHED + timedelta(days=day))
        for n, day in (standing | fleeting).items()
    }
    await publish(newsroom, *(articles[number] for number in (*standing, 11, 12)))
    seen, params = [], {"limit": "2"}
    changes = [
        lambda: publish(newsroom, articles[13]),
        lambda: withdraw(newsroom, articles[11]),
        lambda: publish(newsroom, articles[14]),
    ]
    changes.append(lambda: withdraw(newsroom, articles[12]))
    while True:
        answer = await web.get(ARTICLES, params=params)
        seen += numbers(answer)
        if (following := answer.json()["next"]) is None:
            break
        params["cursor"] = following
        if changes and data.draw(st.booleans()):
            await changes.pop()()
    kept = [number for number in seen if number in standing]
    assert kept == sorted(standing, key=lambda number: (standing[number], number), reverse=True)
    assert len(seen) == len(set(seen))


async def test_a_cursor_of_another_list_or_a_forged_one_is_refused(newsroom, web):
    await publish(newsroom, *(an_article(number=number) for number in range(1, 4)))
    following = (await web.get(ARTICLES, params={"limit": "1"})).json()["next"]
    assert_problem(await web.get(ARTICLES, params={"cursor": following, "list": "tag:rat"}), 400, "'recent'")
    assert_problem(await web.get(ARTICLES, params={"cursor": following[:-3]}), 400, "unchanged")
    assert_problem(await web.get(ARTICLES, params={"cursor": ""}), 400, "unchanged")


async def test_one_article_has_its_newest_revision_and_address(newsroom, web):
    await publish(newsroom, an_article())
    await newsroom.accept(an_article(headline="Neu"), number=7)
    body = (await web.get(f"{ARTICLES}/{an_id(1)}")).json()
    assert (body["headline"], body["revision"]) == ("Neu", 7)
    assert body["url"] == "https://kurier.example/stadt/neue-bruecke-1/"


async def test_an_unknown_article_is_404(web):
    assert_problem(await web.get(f"{ARTICLES}/{an_id(9)}"), 404, "no article")
    assert_problem(await web.get(f"{ARTICLES}/x%00y"), 404, "no article")


async def test_an_unpublished_article_is_404_and_in_no_list(newsroom, web):
    await publish(newsroom, an_article())
    await newsroom.accept(an_article(), verb="unpublished", number=2)  # the lists do not know yet
    assert_problem(await web.get(f"{ARTICLES}/{an_id(1)}"), 404, "not published")
    assert numbers(await web.get(ARTICLES)) == []


async def test_a_killed_article_is_410_with_the_editors_note(newsroom, web):
    await publish(newsroom, an_article())
    await withdraw(newsroom, an_article(), verb="killed", note="Falsche Person.")
    assert_problem(await web.get(f"{ARTICLES}/{an_id(1)}"), 410, "Falsche Person.")
    assert numbers(await web.get(ARTICLES)) == []


async def test_the_site_is_the_hosts_or_the_one_asked_for(newsroom, web):
    await publish(newsroom, an_article())
    for host in ("kurier.example", "www.kurier.example:443", "localhost", "[::1", ""):
        assert numbers(await web.get(ARTICLES, headers={"host": host})) == [1], host
    assert numbers(await web.get(ARTICLES, headers={"host": "BOTE.example"})) == []
    assert numbers(await web.get(ARTICLES, params={"site": "kurier"}, headers={"host": "bote.example"})) == [1]
    assert_problem(await web.get(f"{ARTICLES}/{an_id(1)}", params={"site": "bote"}), 404, "'bote'")
    assert_problem(await web.get(ARTICLES, params={"site": "x"}), 400, "kurier, bote")


async def test_who_has_the_answer_is_told_that_it_did_not_change(newsroom, web):
    await publish(newsroom, an_article())
    answer = await web.get(ARTICLES)
    tag = answer.headers["etag"]
    assert "max-age=5" in answer.headers["cache-control"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await web.get(ARTICLES, headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["access-control-allow-origin"] == "*"
    await publish(newsroom, an_article(number=2))
    assert (await web.get(ARTICLES, headers={"if-none-match": tag})).status_code == 200
    assert (await web.head(ARTICLES)).status_code == 200


async def test_without_redis_the_answer_is_503_and_says_when_to_come_back(parts, tmp_path):
    async with closing(connect(RedisConfig(url=f"unix://{tmp_path}/nobody.sock"))) as nobody:
        api = Api(ListReader(nobody, shards=1), Articles(nobody, shards=1), parts.sites, max_age_s=5)
        async with client_of(api.routes) as web:
            for path in (ARTICLES, f"{ARTICLES}/{an_id(1)}"):
                answer = await web.get(path)
                assert_problem(answer, 503, "Try again in 2 seconds")
                assert answer.headers["retry-after"] == "2"
                assert answer.headers["cache-control"] == "no-store"


# --- feeds and sitemaps over HTTP ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/stadt/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/tag/rat/feed.json", "application/feed+json"),
        ("/author/mara-lindt/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/events/feed.xml", "application/rss+xml; charset=utf-8"),
    ],
)
async def test_a_feed_is_the_stored_file_or_the_same_bytes_made_on_the_spot(newsroom, parts, web, path, media_type):
    (placed,) = await newsroom.place(a_document(an_article(event=an_event())))
    made = await web.get(path)
    assert made.status_code == 200
    assert made.headers["content-type"] == media_type
    assert await parts.store.get(SITE, path) is None  # only workers put files
    await parts.files.write(SITE, placed.lists)
    stored = await web.get(path)
    assert (stored.content, stored.headers["etag"]) == (made.content, made.headers["etag"])
    assert stored.content == await parts.store.get(SITE, path)
    assert (await web.get(path, headers={"if-none-match": stored.headers["etag"]})).status_code == 304


async def test_a_feed_of_nothing_exists_for_sections_and_not_for_tags(web):
    assert feedparser.parse((await web.get("/sport/feed.xml")).content).feed.title == "Der Kurier – Sport"
    for path in (
        "/tag/unbekannt/feed.xml",
        f"/tag/{'lang' * 100}/feed.xml",
        "/tag/%E1%B9%B0/feed.xml",
        "/unbekannt/feed.xml",
        "/stadt/ein-artikel/feed.xml",
        "/stadt/feed.csv",
        "/stadt/2026/feed.xml",
    ):
        assert (await web.get(path)).status_code == 404, path


async def test_sitemaps_are_served_from_the_store_and_the_index_always(newsroom, parts, web):
    assert (await web.get("/sitemap.xml")).headers["content-type"] == "application/xml; charset=utf-8"
    await newsroom.place(a_document())
    await parts.sitemaps.write(SITE, ["2026-11"])
    assert b"/stadt/neue-bruecke-1/" in (await web.get("/sitemap-2026-11.xml")).content
    assert b"sitemap-2026-11.xml" in (await web.get("/sitemap.xml")).content
    for path in ("/sitemap-2026-12.xml", "/sitemap-...xml", "/sitemap-x.xml"):
        assert (await web.get(path)).status_code == 404
