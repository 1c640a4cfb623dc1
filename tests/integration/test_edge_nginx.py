"""The edge over a page store that render's own writers filled: with every service down, and with all of them up."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.render.furniture import write_furniture
from services.render.handlers import ArticleFiles
from services.render.metrics import RenderMetrics
from services.render.redirects import write_marker
from services.render.sites import Site, Sites
from shared.contracts import paths
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.blocks import Heading
from shared.contracts.config import LitfassConfig
from shared.runtime.pagestore import PageStore
from tests.support.articles import (
    SITE,
    a_document,
    a_paragraph,
    a_site,
    a_teaser,
    a_tombstone,
    an_article,
    an_image,
)
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.newsroom import Newsroom
from tests.support.nginx import Nginx

pytestmark = pytest.mark.needs("nginx")

PAGE = "/stadt/neue-bruecke-1/"
OTHER = SiteName("bote")
WAIT_S = 20.0


class Paper:
    """A page store as render leaves it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = PageStore(folder.as_uri())
        config = LitfassConfig(site={SITE: a_site(), OTHER: a_site(name="Der Bote", url="https://bote.example")})
        self.sites = Sites.load(config, theme_folder=None)
        self.files = ArticleFiles(self.store, RenderMetrics(CollectorRegistry()))

    @property
    def site(self) -> Site:
        site = self.sites.named(SITE)
        assert site is not None
        return site

    async def furnish(self) -> None:
        for site in self.sites:
            await write_furniture(site, self.store)

    async def put(self, path: str, data: bytes) -> bool:
        return await self.store.put(SITE, path, data)

    async def put_recent(self, *headlines: str) -> None:
        shown = [a_teaser(number=number, headline=headline) for number, headline in enumerate(headlines, 1)]
        fragment = self.site.theme.fragment(self.site.chrome, "recent", teasers=shown)
        await self.put(paths.fragment_path("recent"), fragment)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """An edge whose services are all down."""
    folder = tmp_path_factory.mktemp("edge")
    nginx = Nginx(folder / "nginx", root=folder / "site", sites="bote.example bote; *.bote.example bote;")
    nginx.start()
    yield nginx
    nginx.stop()


@pytest.fixture
async def paper(edge: Nginx) -> Paper:
    paper = Paper(edge.folder.parent / "site")
    await paper.furnish()
    return paper


@pytest.fixture
async def reader(edge: Nginx) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=edge.url, timeout=10) as client:
        yield client


# --- pages -----------------------------------------------------------------------------------------------------------


async def test_a_page_is_served_with_its_fragments_put_in(paper, reader):
    await paper.files.write(paper.site, a_document())
    await paper.put_recent("Ein Fund am Fluss")
    answer = await reader.get(PAGE)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert "Die neue Brücke kommt im Frühjahr" in answer.text
    assert "Ein Fund am Fluss" in answer.text
    assert answer.text.count("</html>") == 1


async def test_a_page_is_served_while_nobody_can_say_why_it_has_its_advertisements(paper, reader):
    await paper.files.write(paper.site, a_document())
    answer = await reader.get(f"{PAGE}?ads=why")
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "Die neue Brücke kommt im Frühjahr" in answer.text


async def test_a_missing_fragment_is_nothing(paper, reader):
    document = a_document()
    await paper.files.write(paper.site, document)
    await paper.store.delete(SITE, [paths.fragment_path("recent")])
    answer = await reader.get(PAGE)
    page = (await paper.store.get(SITE, paths.page_file(UrlPath(PAGE)))).decode()
    assert answer.status_code == 200
    assert "<!--#" in page
    assert "<!--#" not in answer.text
    assert (answer.text.count("<html"), answer.text.count("</html>")) == (1, 1)


async def test_a_fragment_that_is_missing_is_no_fault_of_who_asks_for_it(reader):
    answer = await reader.get("/_fragments/no-such.html")
    assert (answer.status_code, answer.text, answer.headers["x-robots-tag"]) == (200, "\n", "noindex")


async def test_a_changed_fragment_shows_at_once_and_no_validator_hides_it(paper, reader):
    await paper.files.write(paper.site, a_document())
    await paper.put_recent("Vorher")
    first = await reader.get(PAGE)
    assert not {"etag", "last-modified"} & set(first.headers)
    await paper.put_recent("Nachher")
    modified = (paper.folder / SITE / PAGE.strip("/") / "index.html").stat().st_mtime
    since = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(modified))
    again = await reader.get(PAGE, headers={"if-modified-since": since})
    assert again.status_code == 200
    assert "Nachher" in again.text


async def test_a_replaced_page_is_served_from_the_next_request_on(paper, reader):
    for headline in ("Erste Fassung", "Zweite Fassung"):
        await paper.files.write(paper.site, a_document(an_article(headline=headline)))
        assert headline in (await reader.get(PAGE)).text


async def test_head_has_the_headers_of_get_and_no_body(paper, reader):
    await paper.files.write(paper.site, a_document())
    answer = await reader.head(PAGE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_pages_are_only_read(paper, reader, method):
    await paper.files.write(paper.site, a_document())
    answer = await reader.request(method, PAGE)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_a_page_asked_for_without_its_last_slash_is_led_to_it_with_its_query(paper, reader):
    answer = await reader.get(PAGE.rstrip("/") + "?utm=x")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{PAGE}?utm=x"


async def test_a_redirect_can_neither_leave_the_site_nor_carry_a_header(paper, reader):
    away = await reader.get(f"{reader.base_url}//evil.example/x")
    smuggled = await reader.get("/stadt/x%0d%0aset-cookie:%20a=b")
    assert (away.status_code, smuggled.status_code) == (404, 404)
    assert "set-cookie" not in smuggled.headers


async def test_each_host_has_its_own_site_and_unknown_hosts_have_the_first(paper, reader):
    for host, name in (("bote.example", "Der Bote"), ("www.bote.example:8080", "Der Bote"), ("x.test", "Der Kurier")):
        answer = await reader.get("/nirgends.html", headers={"host": host})
        assert f"– {name}" in answer.text or f"{name}</a>" in answer.text


# --- what was taken back, what moved ---------------------------------------------------------------------------------


async def test_a_killed_article_is_410_with_its_note_while_everything_is_down(paper, reader):
    await paper.files.write(paper.site, a_document())
    await paper.files.write(paper.site, a_tombstone())
    answer = await reader.get(PAGE)
    assert answer.status_code == 410
    assert "Die Redaktion hat diesen Beitrag zurückgezogen." in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_late_write_of_a_killed_page_is_never_seen(paper, reader):
    await paper.files.write(paper.site, a_tombstone())
    await paper.put(paths.page_file(UrlPath(PAGE)), b"<p>late</p>")
    assert (await reader.get(PAGE)).status_code == 410
    await paper.files.write(paper.site, a_document())
    assert (await reader.get(PAGE)).status_code == 200


async def test_a_moved_page_leads_on_while_everything_is_down(paper, reader):
    old, new = UrlPath("/stadt/alt/"), UrlPath(PAGE)
    await paper.files.write(paper.site, a_document(path=new, paths=(old, new)))
    answer = await reader.get(old)
    assert answer.status_code == 200
    assert f'<a href="{new}">' in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("old", ["/alt/seite/", "/2019/05/fest.html", "/index.php"])
async def test_an_address_of_the_old_site_leads_on_while_everything_is_down(paper, reader, old):
    await write_marker(paper.site, paper.store, old, PAGE)
    answer = await reader.get(old)
    assert (answer.status_code, f'<a href="{PAGE}">' in answer.text) == (200, True)


@pytest.mark.parametrize("marker", ["/_gone", "/_moved"])
async def test_markers_are_not_pages(paper, reader, marker):
    await paper.files.write(paper.site, a_document(path=UrlPath(PAGE), paths=(UrlPath("/stadt/alt/"), UrlPath(PAGE))))
    await paper.files.write(paper.site, a_tombstone(an_article(number=2)))
    for path in ("/stadt/alt/", "/stadt/neue-bruecke-2/"):
        assert (await reader.get(f"{marker}{path}index.html")).status_code == 404
        assert (await reader.get(f"{marker}{path}")).status_code == 404


async def test_an_unknown_page_while_everything_is_down_is_503_and_says_when_to_come_back(paper, reader):
    answer = await reader.get("/stadt/nirgends/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["cache-control"] == "no-store"
    assert "<h1>" in answer.text


# --- what is not for readers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        PAGE + "index.html",
        PAGE + "index.html%231",
        "/feed.xml%231",
        "/_fragments/recent.html%231",
        "/404.html",
        "/.git/config",
        "/stadt//neue-bruecke-1/",
        "/metrics",
        "/admin/timeline/kurier/a1",
        "/health/live",
    ],
)
async def test_what_is_not_a_page_is_404(paper, reader, path):
    await paper.files.write(paper.site, a_document())
    for leftover in (f"{PAGE}index.html", "/feed.xml", "/_fragments/recent.html"):
        (paper.folder / SITE / leftover.strip("/")).parent.mkdir(parents=True, exist_ok=True)
        (paper.folder / SITE / f"{leftover.strip('/')}#1").write_bytes(b"half a p")
    answer = await reader.get(path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-cache"
    assert "half a p" not in answer.text


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/_static/..%2f..%2f..%2fsecret.txt", "/..%5csecret.txt"]
)
async def test_no_path_leaves_the_page_store(paper, edge, path):
    (paper.folder / "secret.txt").write_text("the other site's")
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: kurier.example\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.split()[1] in {b"400", b"404", b"503"}
    assert b"the other site's" not in answer


async def test_a_directive_smuggled_into_an_article_is_not_executed(paper, reader):
    await paper.put("/secret.txt", b"read by nobody")
    evil = '<!--#include virtual="/secret.txt" --><!--#echo var="document_root" -->'
    article = an_article(
        kicker=evil,
        headline=f"H {evil}",
        standfirst=evil,
        location=evil,
        credit=evil,
        image=an_image(alt=f'"{evil}', caption=evil, credit=evil),
        body=(a_paragraph(evil), Heading(html=evil), a_paragraph()),
    )
    await paper.files.write(paper.site, a_document(article))
    await paper.put_recent(evil)
    await paper.files.write(paper.site, a_tombstone(an_article(number=2), note=evil))
    for path in (PAGE, "/stadt/neue-bruecke-2/"):
        answer = await reader.get(path)
        assert "secret.txt" in answer.text  # the words are there …
        assert "read by nobody" not in answer.text  # … and only words
        assert str(paper.folder) not in answer.text
        assert "<!--#" not in answer.text


# --- other files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/events/calendar.ics", "text/calendar; charset=utf-8"),
        ("/stadt/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/tag/bruecke/feed.json", "application/feed+json"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/sitemap-2026-11.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/media/bruecke.svg", "image/svg+xml; charset=utf-8"),
    ],
)
async def test_every_file_has_the_type_that_its_readers_expect(paper, reader, path, kind):
    await paper.put(path, b"<x/>" * 3)
    answer = await reader.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_feed_is_sent_once_and_again_after_each_change_even_two_within_one_second(paper, reader):
    seen = set()
    for content in (b"<rss>1</rss>", b"<rss>2</rss>", b"<rss>3</rss>"):  # equal sizes
        await paper.put("/feed.xml", content)
        answer = await reader.get("/feed.xml")
        assert answer.content == content
        for known in seen:
            assert (await reader.get("/feed.xml", headers={"if-none-match": known})).status_code == 200
        again = await reader.get("/feed.xml", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        seen.add(answer.headers["etag"])
    assert len(seen) == 3


async def test_a_page_of_another_origin_may_read_feeds(paper, reader):
    await paper.put("/feed.json", b"{}")
    answer = await reader.get("/feed.json", headers={"origin": "https://partner.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age=60" in answer.headers["cache-control"]


async def test_static_files_are_kept_for_ever_because_their_names_change(paper, reader):
    for path, content in paper.site.theme.static_files.items():
        answer = await reader.get(path)
        assert answer.content == content
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    missing = await reader.get("/_static/nothing.12345678.css")
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-cache")


async def test_pages_with_fragments_and_feeds_travel_compressed(paper, reader):
    await paper.files.write(paper.site, a_document())
    await paper.put_recent("Komprimiert")
    await paper.put("/feed.xml", b"<rss>" + b"x" * 4000 + b"</rss>")
    for path in (PAGE, "/feed.xml"):
        async with reader.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert len(gzip.decompress(raw)) > len(raw)


async def test_a_fragment_alone_may_be_fetched_but_not_indexed(paper, reader):
    await paper.put_recent("Allein")
    answer = await reader.get("/_fragments/recent.html")
    assert "Allein" in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"


async def test_files_can_be_read_by_a_server_that_is_somebody_else(paper):
    await paper.files.write(paper.site, a_document())
    page = paper.folder / SITE / PAGE.strip("/") / "index.html"
    assert page.stat().st_mode & 0o004
    assert all(folder.stat().st_mode & 0o005 == 0o005 for folder in page.parents if paper.folder in folder.parents)


# --- programs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/webhooks/cms"),
        ("POST", "/preview/cms"),
        ("GET", "/api/v1/articles"),
        ("GET", "/api/v1/stream"),
        ("POST", "/hub"),
        ("GET", "/news-sitemap.xml"),
    ],
)
async def test_a_service_that_is_down_is_503_for_programs_so_that_they_send_it_again(paper, reader, method, path):
    answer = await reader.request(method, path)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503


async def test_a_batch_may_have_64_mib_and_not_more(paper, reader):
    fits = await reader.post("/webhooks/cms/batch", content=b"x" * (64 << 20))
    too_large = await reader.post("/webhooks/cms/batch", content=b"x" * ((64 << 20) + 1))
    assert fits.status_code == 503  # it passed, and ingest is down
    assert too_large.status_code == 413
    assert too_large.json()["status"] == 413


# --- with every service up -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    try:
        room.start()
        yield room
    finally:
        room.close()


@pytest.fixture(scope="module")
def live(newsroom: Newsroom) -> Iterator[Nginx]:
    addresses = {name: f"127.0.0.1:{port}" for name, port in newsroom.ports.items()}
    nginx = Nginx(newsroom.folder / "nginx", root=newsroom.site.parent, **addresses)
    nginx.start()
    yield nginx
    nginx.stop()


@pytest.fixture
async def world(live: Nginx) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=live.url, timeout=10) as client:
        yield client


async def say(world: httpx.AsyncClient, verb: str, message_id: str, **article: object) -> httpx.Response:
    body = a_delivery(verb, an_article_payload(**article))
    return await world.post("/webhooks/cms", content=body, headers=signed(body, message_id=message_id))


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + WAIT_S
    while not await happened():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def reads(world: httpx.AsyncClient, path: str, text: str) -> bool:
    return text in (await world.get(path)).text


async def exists(file: Path) -> bool:
    return file.exists()


@pytest.mark.serial
async def test_a_delivery_through_the_edge_becomes_a_page_a_move_a_kill_and_the_api_says_the_same(
    newsroom, world, live
):
    first = await say(world, "published", "m1", id="1", slug="erster-ort")
    assert first.status_code == 202
    await newsroom.drained()
    assert "Der Markt bekommt ein Dach" in (await world.get("/stadt/erster-ort/")).text
    listed = (await world.get("/api/v1/articles")).json()["items"]
    assert [item["id"] for item in listed] == [first.json()["article_id"]]
    await until(lambda: reads(world, "/feed.xml", "Der Markt bekommt ein Dach"))

    await say(world, "updated", "m2", id="1", slug="zweiter-ort", revision=2)
    await newsroom.drained()
    moved = await world.get("/stadt/erster-ort/?a=b")
    assert (moved.status_code, moved.headers["location"]) == (301, "/stadt/zweiter-ort/?a=b")

    await say(world, "killed", "m3", id="1", revision=3)
    await newsroom.drained()
    assert (await world.get("/stadt/zweiter-ort/")).status_code == 410


@pytest.mark.serial
async def test_an_unknown_page_is_renders_404_and_other_methods_are_not_allowed(world):
    answer = await world.get("/stadt/nirgends/")
    assert answer.status_code == 404
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert "Stadt" in answer.text
    posted = await world.post("/stadt/nirgends/")
    assert (posted.status_code, posted.headers.get_list("allow")) == (405, ["GET, HEAD"])


@pytest.mark.serial
async def test_a_page_that_is_missing_in_the_store_is_rendered_on_demand_and_compressed(newsroom, world):
    taken = await say(world, "published", "m4", id="4", slug="fehlt")
    assert taken.status_code == 202, taken.text
    await newsroom.drained()
    (newsroom.site / "stadt/fehlt/index.html").unlink()
    answer = await world.get("/stadt/fehlt/", headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert "Der Markt bekommt ein Dach" in answer.text
    await until(lambda: exists(newsroom.site / "stadt/fehlt/index.html"))


@pytest.mark.serial
async def test_who_asks_why_there_are_advertisements_is_answered_by_render_and_not_from_the_file(newsroom, world):
    taken = await say(world, "published", "m5", id="5", slug="warum")
    assert taken.status_code == 202, taken.text
    await newsroom.drained()
    answer = await world.get("/stadt/warum/?ads=why")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "article_too_short" in answer.text
    assert "article_too_short" not in (await world.get("/stadt/warum/?ads=what")).text


@pytest.mark.serial
async def test_an_unsigned_delivery_is_refused_by_ingest_and_its_answer_passes_unchanged(world):
    answer = await world.post("/webhooks/cms", content=b"{}", headers={"content-type": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
