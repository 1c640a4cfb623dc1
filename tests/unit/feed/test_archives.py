"""Archives of feeds by month (RFC 5005), and the list of all feeds (OPML)."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import feedparser
import httpx
import pytest
from lxml import etree
from starlette.applications import Starlette

from services.feed.documents import Documents
from tests.support.articles import PUBLISHED, SITE, an_article, an_event, an_id

ATOM, HISTORY = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/history/1.0}"
MONTHS = {"2026-11": 0, "2026-10": 30, "2026-08": 100}  # month → days before


@pytest.fixture
async def web(parts):
    routes = Documents(parts.store, parts.composers, parts.sitemaps, parts.news, parts.sites, max_age_s=60).routes
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="https://kurier.example") as client:
        yield client


async def publish(newsroom, **changes) -> None:
    article = an_article(**changes)
    await newsroom.accept(article)
    await newsroom.place(*[one for one in await newsroom.articles.newest(SITE, [article.id]) if one])


async def a_year(newsroom, each: int = 2) -> set[str]:
    """Publish some articles in each month; return their ids."""
    numbers = range(1, 1 + each * len(MONTHS))
    for number, days in zip(numbers, [days for days in MONTHS.values() for _ in range(each)], strict=True):
        when = PUBLISHED - timedelta(days=days, minutes=-number)
        await publish(newsroom, number=number, published_at=when, updated_at=when)
    return {f"tag:kurier.example,2026:article/{an_id(number)}" for number in numbers}


def links(data: bytes) -> dict[str, str]:
    """A feed's own links by relation, in Atom or RSS."""
    root = etree.fromstring(data)
    holder = root if root.tag == f"{ATOM}feed" else root.find("channel")
    return {link.get("rel"): link.get("href") for link in holder.findall(f"{ATOM}link")}


async def fetch(web, url: str) -> bytes:
    answer = await web.get(urlsplit(url).path)
    assert answer.status_code == 200, url
    return answer.content


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.xml", "/stadt/feed.atom", "/tag/rat/feed.xml"])
async def test_who_follows_the_archives_finds_every_article_and_the_way_back(newsroom, web, path):
    ids = await a_year(newsroom)
    current = f"https://kurier.example{path}"
    document = await fetch(web, current)
    found = {entry.id for entry in feedparser.parse(document).entries}
    seen = [current]
    while older := links(document).get("prev-archive"):
        document = await fetch(web, older)
        parsed = feedparser.parse(document)
        assert not parsed.bozo
        found |= {entry.id for entry in parsed.entries}
        own = links(document)
        assert own["self"] == older
        assert own["current"] == current
        assert own.get("next-archive", current) == seen[-1]
        assert "hub" not in own
        assert etree.fromstring(document).find(f".//{HISTORY}archive") is not None
        seen.append(older)
    assert found == ids
    assert [url.removesuffix(path.rpartition("/")[2])[-8:] for url in seen[1:]] == ["2026/11/", "2026/10/", "2026/08/"]


async def test_json_leads_on_by_next_url_and_ends(newsroom, web):
    ids = await a_year(newsroom)
    url, found, seen = "https://kurier.example/stadt/feed.json", set(), set()
    while url:
        assert url not in seen
        seen.add(url)
        feed = json.loads(await fetch(web, url))
        assert feed["feed_url"] == url
        found |= {item["id"] for item in feed["items"]}
        url = feed.get("next_url", "")
    assert found == ids
    assert len(seen) == 4


async def test_an_archive_is_whole_however_many_articles_its_month_has(newsroom, web):
    for number in range(1, 131):
        await publish(newsroom, number=number)
    assert len(feedparser.parse(await fetch(web, "/feed.xml")).entries) == 50
    assert len(feedparser.parse(await fetch(web, "/2026/11/feed.xml")).entries) == 130


async def test_what_was_killed_is_in_no_archive_although_it_was_just_asked_for(newsroom, web):
    await a_year(newsroom)
    assert b"neue-bruecke-3/" in await fetch(web, "/2026/10/feed.atom")
    await newsroom.accept(an_article(number=3), verb="killed", number=99)
    await newsroom.place(*[one for one in await newsroom.articles.newest(SITE, [an_id(3)]) if one])
    after = await fetch(web, "/2026/10/feed.atom")
    assert b"neue-bruecke-3/" not in after
    assert b"neue-bruecke-4/" in after


async def test_an_archive_that_did_not_change_costs_a_304(newsroom, web):
    await a_year(newsroom)
    first = await web.get("/2026/10/feed.xml")
    again = await web.get("/2026/10/feed.xml", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    await publish(newsroom, number=40)  # in another month
    again = await web.get(
        "/2026/08/feed.xml", headers={"if-none-match": (await web.get("/2026/08/feed.xml")).headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/2026/09/feed.xml", "/stadt/2025/01/feed.json", "/events/2026/11/feed.xml", "/2026/13/feed.xml"]
)
async def test_there_is_no_archive_of_a_month_without_articles(newsroom, web, path):
    await a_year(newsroom)
    assert (await web.get(path)).status_code == 404


async def test_events_are_a_complete_feed_so_that_those_that_are_over_go(newsroom, web):
    await publish(newsroom, event=an_event())
    for path in ("/events/feed.xml", "/events/feed.atom"):
        document = await fetch(web, path)
        assert etree.fromstring(document).find(f".//{HISTORY}complete") is not None
        assert "prev-archive" not in links(document)


async def test_a_feed_without_articles_leads_nowhere(web):
    assert "prev-archive" not in links(await fetch(web, "/feed.atom"))


async def test_all_lasting_feeds_stand_in_one_outline_and_are_there(web):
    answer = await web.get("/feeds.opml")
    assert answer.headers["content-type"] == "text/x-opml; charset=utf-8"
    root = etree.fromstring(answer.content)
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "Der Kurier")
    outlines = root.findall("body/outline")
    assert [outline.get("text") for outline in outlines] == [
        "Der Kurier",
        "Der Kurier – Stadt",
        "Der Kurier – Kultur",
        "Der Kurier – Sport",
        "Der Kurier – Termine",
        "Der Kurier – Korrekturen",
    ]
    for outline in outlines:
        assert outline.get("type") == "rss"
        assert feedparser.parse(await fetch(web, outline.get("xmlUrl"))).feed.title == outline.get("text")


@pytest.mark.parametrize("path", ["/feed.xml", "/stadt/feed.atom", "/tag/rat/feed.json"])
async def test_polling_costs_a_304_until_something_changes_even_twice_within_a_second(newsroom, parts, web, path):
    async def place_and_write() -> None:
        ids = [an_id(1), an_id(2)]
        documents = [one for one in await newsroom.articles.newest(SITE, ids) if one]
        for placed in await newsroom.place(*documents):
            await parts.files.write(SITE, placed.lists, at_once=True)

    await publish(newsroom, number=1)
    await publish(newsroom, number=2)
    await newsroom.accept(an_article(number=2, headline="Neuer"), number=5)
    await place_and_write()
    tags = [(await web.get(path)).headers["etag"]]
    for change in ("edited", "killed"):  # the clock stands still: both within one millisecond
        assert (await web.get(path, headers={"if-none-match": tags[-1]})).status_code == 304
        if change == "edited":
            await newsroom.accept(an_article(number=1, headline="Anders"), number=8)
        else:
            await newsroom.accept(an_article(number=1), verb="killed", number=9)
        await place_and_write()
        answer = await web.get(path, headers={"if-none-match": ", ".join(tags)})
        assert answer.status_code == 200
        assert (b"neue-bruecke-1/" in answer.content) == (change == "edited")
        tags.append(answer.headers["etag"])
    assert len(set(tags)) == 3
