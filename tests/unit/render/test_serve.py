"""The page server: files with their fragments; on a miss on demand, 301, 404, 410."""

import gzip
from dataclasses import replace

import httpx
import pytest
from redis.asyncio import Redis
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette

from services.render.furniture import write_furniture
from services.render.redirects import Redirects, write_marker
from services.render.serve import is_clean
from services.render.sites import Sites
from shared.contracts import lists, paths
from shared.contracts.ads import AdsConfig
from shared.contracts.config import RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.broker import connect
from shared.runtime.lists import ListReader
from tests.support.articles import SITE, a_document, a_paragraph, an_article, an_id

PAGE = "/stadt/neue-bruecke-1/"


@pytest.fixture
async def reader(paper):
    async with paper.reader() as client:
        yield client


@pytest.fixture
async def cut_off(paper, monkeypatch):
    """A reader whose page server cannot reach Redis."""
    away: Redis = connect(RedisConfig(url="redis://127.0.0.1:9/0"))
    monkeypatch.setattr(paper.newsroom, "articles", Articles(away, shards=1))
    monkeypatch.setattr(paper.newsroom, "reader", ListReader(away, shards=1))
    monkeypatch.setattr(paper.list_files, "_reader", paper.newsroom.reader)
    app = Starlette(routes=paper.server_over(paper.store, client=away).routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kurier.example") as client:
        yield client
    await away.aclose()


async def bulk(paper) -> list[str]:
    return [signal.article_id for signal in await paper.newsroom.signals("articles-bulk")]


# --- what is there ---------------------------------------------------------------------------------------------------


async def test_a_page_is_served_with_its_fragments(paper, reader):
    await paper.publish()
    await paper.write_all()
    await paper.store.put(SITE, paths.fragment_path("recent"), b"<p>Die Neuesten</p>")
    answer = await reader.get(PAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert "<p>Die Neuesten</p>" in answer.text
    assert "<!--#" not in answer.text
    assert await bulk(paper) == []


async def test_a_page_is_served_while_redis_is_away(paper, cut_off):
    await paper.files.write(paper.site, a_document())
    assert (await cut_off.get(PAGE)).status_code == 200


async def test_a_marker_beats_a_file(paper, reader):
    await paper.publish()
    await paper.write_all()
    await paper.store.put(SITE, f"/_gone{PAGE}index.html", b"<p>Die Notiz</p>")
    answer = await reader.get(PAGE)
    assert (answer.status_code, answer.text) == (410, "<p>Die Notiz</p>")
    assert (answer.headers["x-robots-tag"], answer.headers["cache-control"]) == ("noindex", "no-cache")


@pytest.mark.parametrize(
    ("path", "kind", "age"),
    [
        ("/feed.xml", "application/rss+xml", "public, max-age=5"),
        ("/stadt/feed.atom", "application/atom+xml", "public, max-age=5"),
        ("/feed.json", "application/feed+json", "public, max-age=5"),
        ("/robots.txt", "text/plain; charset=utf-8", "public, max-age=5"),
        ("/media/a.svg", "image/svg+xml", "public, max-age=5"),
        ("/media/a.bin7", "application/octet-stream", "public, max-age=5"),
        ("/_static/site.12345678.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
    ],
)
async def test_every_file_has_its_type_and_its_age(paper, reader, path, kind, age):
    await paper.store.put(SITE, path, b"<!--#include virtual='/x' -->")
    answer = await reader.get(path)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (200, kind, age)
    assert answer.content == b"<!--#include virtual='/x' -->"  # only pages have fragments


async def test_a_fragment_alone_may_be_fetched_but_not_indexed_and_a_missing_one_is_empty(paper, reader):
    await paper.store.put(SITE, paths.fragment_path("recent"), b"<p>Die Neuesten</p>")
    answer = await reader.get("/_fragments/recent.html")
    assert (answer.text, answer.headers["x-robots-tag"]) == ("<p>Die Neuesten</p>", "noindex")
    missing = await reader.get("/_fragments/weg.html")
    assert (missing.status_code, missing.text) == (200, "\n")


async def test_a_reader_may_ask_for_the_head_only(paper, reader):
    await paper.publish()
    await paper.write_all()
    answer = await reader.head(PAGE)
    assert answer.status_code == 200
    assert (await reader.post(PAGE)).status_code == 405


# --- on a miss -------------------------------------------------------------------------------------------------------


async def test_a_missing_page_is_rendered_on_demand_and_only_a_signal_is_left(paper, reader):
    await paper.publish()
    answer = await reader.get(PAGE)
    assert answer.status_code == 200
    assert "Die neue Brücke kommt im Frühjahr (1)" in answer.text
    assert "<!--#" not in answer.text
    assert await paper.everything() == {}
    assert await bulk(paper) == [an_id(1)]


async def test_the_signal_of_a_missing_page_makes_the_file(paper, reader):
    await paper.publish()
    await reader.get(PAGE)
    assert await paper.write(await paper.newsroom.signals("articles-bulk")) == ["rendered"]
    assert await paper.file(f"{PAGE}index.html")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ("recent",)),
        ("/stadt/", ("section:stadt",)),
        ("/sport/", ("section:sport",)),
        ("/tag/rat/", ("tag:rat",)),
        ("/author/mara-lindt/", ("author:mara-lindt",)),
        ("/events/", ("events",)),
        ("/corrections/", ("corrections",)),
        ("/2026/11/", ("recent",)),
        ("/stadt/2026/11/", ("section:stadt",)),
    ],
)
async def test_a_missing_list_page_is_rendered_on_demand_and_only_a_change_is_announced(paper, reader, path, names):
    await paper.publish()
    before = len(await paper.announced())
    answer = await reader.get(path)
    assert answer.status_code == 200
    assert await paper.everything() == {}
    announced = (await paper.announced())[before:]
    assert [change.lists for change in announced] == [names]
    assert announced[0].months == (("2026-11",) if "2026" in path else ())


async def test_the_imprint_is_there_before_any_file_is(reader):
    answer = await reader.get("/imprint/")
    assert answer.status_code == 200
    assert "Am Markt 1" in answer.text


@pytest.mark.parametrize(
    "path", ["/tag/weg/", "/author/niemand/", "/2025/01/", "/9999/12/", "/weg/", "/stadt/weg/", "/tag/"]
)
async def test_what_is_nowhere_is_404(paper, reader, path):
    await paper.publish()
    before = len(await paper.announced())
    assert (await reader.get(path)).status_code == 404
    assert len(await paper.announced()) == before
    assert await bulk(paper) == []


async def test_the_404_page_has_the_recent_articles_and_the_sections(paper, reader):
    await paper.publish(*range(1, 10))
    answer = await reader.get("/stadt/vertippt/")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-cache")
    tree = LexborHTMLParser(answer.text)
    assert [link.text() for link in tree.css("main .tags a")] == ["Stadt", "Kultur", "Sport"]
    assert [link.attributes["href"] for link in tree.css("main h3 a")] == [
        f"/stadt/neue-bruecke-{number}/" for number in range(9, 3, -1)
    ]


async def test_a_killed_article_is_410_with_the_note_and_nothing_of_its_text(paper, reader):
    await paper.publish(headline="Geheim")
    await paper.newsroom.accept(an_article(slug="anders", headline="Geheim"), number=2)
    await paper.newsroom.accept(an_article(), verb="killed", number=3, note="War falsch.")
    for path in (PAGE, "/stadt/anders/"):
        answer = await reader.get(path)
        assert answer.status_code == 410
        assert "War falsch." in answer.text
        assert "Geheim" not in answer.text
        assert "Verkehr" not in answer.text
    assert await bulk(paper) == []


async def test_an_unpublished_article_is_404(paper, reader):
    await paper.publish()
    await paper.newsroom.accept(an_article(), verb="unpublished", number=2, note="Nur für uns.")
    answer = await reader.get(PAGE)
    assert answer.status_code == 404
    assert "Nur für uns." not in answer.text


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [PAGE, PAGE.rstrip("/"), "/sport/neue-bruecke-1/", "/sport/neue-bruecke-1"])
async def test_an_old_address_leads_in_one_step_to_the_newest_and_keeps_the_query(paper, reader, asked):
    await paper.publish()
    await paper.newsroom.accept(an_article(section="sport"), number=2)
    await paper.newsroom.accept(an_article(section="kultur"), number=3)
    answer = await reader.get(f"{asked}?utm=brief&x=%C3%BC")
    assert answer.status_code == 301
    assert answer.headers["location"] == "/kultur/neue-bruecke-1/?utm=brief&x=%C3%BC"


async def test_an_address_without_its_slash_gets_one(paper, reader):
    await paper.publish()
    for path in (PAGE, "/stadt/", "/nirgends/"):
        answer = await reader.get(path.rstrip("/"))
        assert (answer.status_code, answer.headers["location"]) == (301, path)


@pytest.mark.parametrize(
    "path",
    [
        "//boese.example/", "//boese.example", "/stadt//neue-bruecke-1/", "/stadt/../_gone/x/", "/../../etc/passwd",
        "/.git/config", "/a\\..\\b/", "/a\0/", "/a\r\nSet-Cookie:x/", "/index.html", f"{PAGE}index.html",
        "/index.html#1", f"/_gone{PAGE}", f"/_gone{PAGE}index.html", f"/_moved{PAGE}", "/a#1", f"{PAGE}?a", "/a?b",
    ],
)  # fmt: skip
async def test_strange_addresses_lead_nowhere(paper, path):
    """`path` as the server hands it on: decoded."""
    await paper.publish()
    await paper.write_all()
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [],
        "query_string": b"",
        "path": path,
    }
    status = 0

    async def send(message):
        nonlocal status
        status = message.get("status", status)

    await Starlette(routes=paper.server.routes)(scope, None, send)
    assert status == 404


def test_paths_that_could_be_ours_are_clean():
    assert is_clean("/stadt/neue-bruecke-1/")
    assert not any(is_clean(path) for path in ("//a", "/a/../b", "/.a", "/index.html#1", "/a\\b", "/a\n"))


# --- when something is away ------------------------------------------------------------------------------------------


async def test_nothing_to_show_and_redis_away_is_503_with_when_to_come_back(cut_off):
    answer = await cut_off.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-litfass-reason"] == "redis_away"
    assert "Gerade nicht erreichbar" in answer.text


async def test_a_moved_page_leads_on_while_redis_is_away(paper, cut_off):
    await paper.store.put(SITE, f"/_moved{PAGE}index.html", b"weiter")
    answer = await cut_off.get(PAGE)
    assert (answer.status_code, answer.text) == (200, "weiter")


async def test_a_strange_address_is_the_written_404_page_while_redis_is_away(paper, cut_off):
    await write_furniture(paper.site, paper.store)
    answer = await cut_off.get("/media/weg.png")
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text


async def test_the_imprint_is_there_whatever_is_away(paper, cut_off):
    assert "Am Markt 1" in (await cut_off.get("/imprint/")).text


async def test_a_page_whose_file_cannot_be_read_is_rendered_on_demand(paper, reader, tmp_path):
    await paper.publish()
    await paper.write_all()
    file = tmp_path / "site" / SITE / PAGE.strip("/") / "index.html"
    file.unlink()
    file.symlink_to("/proc/self/mem")
    answer = await reader.get(PAGE)
    assert answer.status_code == 200
    assert "Die neue Brücke" in answer.text
    feed = tmp_path / "site" / SITE / "feed.xml"
    feed.symlink_to("/proc/self/mem")
    assert (await reader.get("/feed.xml")).status_code == 503


# --- weight ----------------------------------------------------------------------------------------------------------


async def test_the_front_page_is_light(paper, reader):
    await paper.publish(*range(1, 41))
    await write_furniture(paper.site, paper.store)
    for name in (lists.RECENT, lists.MIXED):
        fragment = paper.site.theme.fragment(
            paper.site.chrome, str(name), teasers=await paper.newsroom.reader.teasers(SITE, lists.RECENT, limit=12)
        )
        await paper.store.put(SITE, paths.fragment_path(str(name)), fragment)
    page = (await reader.get("/")).content
    assert len(gzip.compress(page)) <= 15 * 1024
    assert b"<script" not in page.replace(b'<script type="application/ld+json">', b"")


# --- why is there an advertisement, or none? -------------------------------------------------------------------------


async def test_an_article_says_at_every_place_why_and_is_neither_kept_nor_indexed(paper, reader):
    await paper.publish(1, body=(a_paragraph(words=90),) * 6)
    await paper.write_all()
    answer = await reader.get(PAGE, params={"ads": "why"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    tree = LexborHTMLParser(answer.text)
    assert tree.css_first('meta[name="robots"]').attributes["content"] == "noindex"
    gaps = [node.text(strip=True, separator=" ") for node in tree.css(".text .gap")]
    assert len(gaps) == 5
    assert "only 90 words before it, 120 are needed too_soon" in gaps[0]
    assert gaps[1].startswith("in-article-1 all rules hold")
    assert "top" in tree.css_first(".why").text()
    assert "<!--#" not in answer.text
    assert "gap" not in await paper.file(f"{PAGE}index.html")


@pytest.mark.parametrize("path", ["/", "/stadt/"])
async def test_a_list_says_it_too(paper, reader, path):
    await paper.publish(*range(1, 9))
    answer = await reader.get(path, params={"ads": "why"})
    assert answer.headers["cache-control"] == "no-store"
    assert 'class="gap' in answer.text


async def test_whoever_asks_why_of_what_is_no_page_is_answered_as_always(paper, reader):
    assert (await reader.get("/nirgends/?ads=why")).status_code == 404
    assert (await reader.get(f"{PAGE}?ads=why")).status_code == 404
    assert (await reader.get("/imprint/?ads=why")).status_code == 200
    await paper.publish(1, 2)
    await paper.newsroom.accept(an_article(), verb="killed", number=3)
    assert (await reader.get(f"{PAGE}?ads=why")).status_code == 410


async def test_a_site_may_keep_its_reasons_to_itself(paper, reader, monkeypatch):
    config = paper.site.config.model_copy(update={"ads": AdsConfig(why=False)})
    monkeypatch.setattr(paper, "sites", Sites({SITE: replace(paper.site, config=config)}))
    app = Starlette(routes=paper.server_over(paper.store, client=paper.newsroom.redis).routes)
    await paper.publish()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kurier.example") as client:
        assert "gap" not in (await client.get(f"{PAGE}?ads=why")).text


async def test_slots_and_refusals_are_counted_when_a_page_is_written(paper):
    await paper.publish(1, body=(a_paragraph(words=90),) * 6)
    await paper.write_all()
    assert paper.metrics.article_slots._sum.get() == 5  # top, two beside the text, one in it and one below
    assert paper.metrics.gaps_refused.labels("too_soon")._value.get() == 1
    assert paper.metrics.gaps_refused.labels("too_near")._value.get() == 2
    assert paper.metrics.gaps_refused.labels("too_late")._value.get() == 1


@pytest.fixture
async def old_addresses(paper):
    await paper.publish(1)
    rows = {
        "/alt/seite/": "/stadt/neue-bruecke-1/",
        "/2019/fest.html": "/stadt/neue-bruecke-1/?von=alt",
        "/index.php?id=7": "/kultur/",
        "/index.php": "/sport/#mehr",
        "/straße/": "https://shop.example/",
        "/logo.gif": "/stadt/",
    }
    await Redirects(paper.newsroom.redis, shards=1).put(SITE, list(rows.items()))


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("/alt/seite/", "/stadt/neue-bruecke-1/"),
        ("/alt/seite", "/stadt/neue-bruecke-1/"),
        ("/alt/seite/?utm=x", "/stadt/neue-bruecke-1/?utm=x"),
        ("/2019/fest.html", "/stadt/neue-bruecke-1/?von=alt"),
        ("/2019/fest.html?utm=x", "/stadt/neue-bruecke-1/?von=alt"),
        ("/index.php?id=7", "/kultur/"),
        ("/index.php?id=8", "/sport/#mehr"),
        ("/stra%C3%9Fe/", "https://shop.example/"),
        ("/logo.gif", "/stadt/"),
    ],
)
async def test_an_address_of_the_old_site_leads_on_in_one_step(old_addresses, reader, asked, target):
    answer = await reader.get(asked)
    assert (answer.status_code, answer.headers["location"]) == (301, target)


async def test_it_leads_to_where_its_article_has_moved_meanwhile(old_addresses, paper, reader):
    article = an_article(slug="neuer-name")
    await paper.newsroom.accept(article, number=9)
    assert (await reader.get("/alt/seite/")).headers["location"] == "/stadt/neuer-name/"


async def test_an_article_that_came_to_an_old_address_is_there_itself(paper, reader):
    await Redirects(paper.newsroom.redis, shards=1).put(SITE, [("/stadt/neue-bruecke-1/", "/sport/")])
    await paper.publish(1)
    assert (await reader.get("/stadt/neue-bruecke-1/")).status_code == 200


async def test_old_addresses_lead_on_while_redis_is_away(paper, cut_off):
    for old in ("/alt/seite/", "/2019/fest.html"):
        await write_marker(paper.site, paper.store, old, "/kultur/")
        assert "Diese Seite ist umgezogen" in (await cut_off.get(old)).text
