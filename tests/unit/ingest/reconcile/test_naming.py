"""Feeds and sitemaps name articles: read as they come, and refused when they are not what they seem."""

import gzip
from datetime import UTC, datetime

import pytest

from services.ingest.reconcile import CmsUnreadable, Mention
from services.ingest.reconcile.feeds import MOST_BYTES, Feed, mentions_in
from services.ingest.reconcile.sitemaps import Sitemap, read
from services.ingest.reconcile.web import Answer, Web
from tests.support.cms_api import Fixed, Reply, serving

NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)
URL = "https://blog.example/markt/"
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Blog</title><link>https://blog.example/</link><description>x</description>
<item><title>Markt &amp; Dach</title><link>{URL}</link><guid isPermaLink="false">https://blog.example/?p=4711</guid>
<pubDate>Thu, 20 Nov 2025 13:00:00 +0100</pubDate></item>
<item><title>Ohne Datum</title><link>https://blog.example/ohne/</link></item>
</channel></rss>""".encode()
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>Blog</title>
<updated>2025-11-20T12:00:00Z</updated>
<entry><id>tag:blog.example,2025:1</id><title>Markt</title><link href="{URL}"/>
<published>2025-11-01T12:00:00Z</published><updated>2025-11-20T12:00:00Z</updated></entry></feed>""".encode()
JSON_FEED = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": [
 {"id": "4711", "url": "https://blog.example/markt/", "date_published": "2025-11-20T13:00:00+01:00"},
 {"id": "5"}, 7]}"""
SITEMAP = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> {URL} </loc><lastmod>2025-11-20T12:00:00+00:00</lastmod>
<image:image><image:loc>https://blog.example/bild.jpg</image:loc></image:image></url>
<url><loc><![CDATA[https://blog.example/alt/?a=1&b=2]]></loc><lastmod>2025-11-01</lastmod></url>
<url><loc>https://blog.example/ohne/</loc></url></urlset>""".encode()


def answer(body: bytes, content_type: str = "application/xml") -> Answer:
    return Answer(200, {"content-type": content_type}, body)


@pytest.fixture
async def web():
    asking = Web(allow_private=True)
    yield asking
    await asking.aclose()


def named(body: bytes, content_type: str = "application/xml") -> list[Mention]:
    return list(mentions_in(answer(body, content_type), "https://blog.example/feed/"))


def test_rss_names_its_articles():
    one, other = named(RSS)
    assert (one.url, one.changed_at, one.item["id"]) == (URL, NOON, "https://blog.example/?p=4711")
    assert (other.url, other.changed_at) == ("https://blog.example/ohne/", None)


def test_atom_says_when_an_article_was_changed_and_not_only_published():
    (one,) = named(ATOM)
    assert (one.url, one.changed_at, one.item["id"]) == (URL, NOON, "tag:blog.example,2025:1")


def test_json_feed_is_read_as_well_and_what_is_no_item_in_it_is_not():
    one, other = named(JSON_FEED, "application/feed+json")
    assert (one.url, one.changed_at, one.item["id"]) == (URL, NOON, "4711")
    assert other.url == "https://blog.example/feed/5", "an id may be the address"


def test_an_entry_that_has_neither_address_nor_id_is_no_article():
    assert named(RSS.replace(b"<link>https://blog.example/ohne/</link>", b""))[1:] == []


def test_addresses_may_be_relative_to_the_feed():
    assert (
        named(RSS.replace(b"<link>https://blog.example/ohne/", b"<link>../ohne/"))[1].url
        == "https://blog.example/ohne/"
    )


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Thu, 20 Nov 2025 13:00:00 +0100", "2025-11-20T12:00:00+00:00"),
        ("Thu, 20 Nov 2025 13:00:00 GMT", "2025-11-20T13:00:00+00:00"),
        ("Thu, 20 Nov 2025 13:00:00 -0000", "2025-11-20T13:00:00+00:00"),
        ("Thu, 20 Nov 2025 13:00:00", "2025-11-20T13:00:00"),
        ("2025-11-20T13:00:00+01:00", "2025-11-20T12:00:00+00:00"),
        ("2025-11-20 13:00", "2025-11-20 13:00"),
        ("2025-11-20", "2025-11-20"),
        ("0000-00-00 00:00:00", "0000-00-00 00:00:00"),
        ("gestern", "gestern"),
    ],
)
def test_a_date_keeps_its_zone_and_gets_none_that_was_not_written(written, read_as):
    body = RSS.replace(b"Thu, 20 Nov 2025 13:00:00 +0100", written.encode())
    assert named(body)[0].item["date_published"] == read_as


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Wartung</body></html>",
        b"{}",
        b'{"version": 1, "items": []}',
        b"[1]",
        b'{"version": "https://jsonfeed.org/version/1"}',
        b"nichts",
    ],
)
def test_what_is_no_feed_is_said_to_be_none(body):
    with pytest.raises(CmsUnreadable):
        named(body, "text/html")


def test_a_feed_cannot_lead_elsewhere(tmp_path):
    (tmp_path / "secret").write_text("geheim")
    evil = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'.encode()
    body = RSS.replace(b"<rss", evil + b"<rss", 1).replace(b"?p=4711", b"?p=4711&x;")
    assert "geheim" not in repr(named(body))


async def test_a_feed_larger_than_anybody_would_read_is_refused(web):
    body = RSS.replace(b"</channel>", b" " * MOST_BYTES + b"</channel>")
    with serving(Fixed({"/feed": Reply(200, body)})) as served, pytest.raises(CmsUnreadable, match="4 MiB"):
        await Feed(web, url=f"{served.url}/feed").mentions()


async def test_a_feed_is_never_all_there_is(web):
    with serving(Fixed({"/feed": Reply(200, RSS, {"content-type": "application/rss+xml"})})) as served:
        found = await Feed(web, url=f"{served.url}/feed").mentions()
    assert (len(found.mentions), found.is_complete) == (2, False)


def test_a_sitemap_names_pages_and_not_their_pictures():
    assert read(answer(SITEMAP)).mentions == [
        Mention(URL, NOON),
        Mention("https://blog.example/alt/?a=1&b=2", datetime(2025, 11, 1, tzinfo=UTC)),
        Mention("https://blog.example/ohne/", None),
    ]


def test_a_packed_sitemap_is_unpacked_only_so_far():
    assert len(read(answer(gzip.compress(SITEMAP))).mentions) == 3
    bomb = gzip.compress(b"<urlset>" + b" " * (17 * 1024 * 1024))
    with pytest.raises(CmsUnreadable, match="more than"):
        read(answer(bomb))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        SITEMAP[:-20],
        b"<html></html>",
        b"<rss/>",
        b"nichts",
        b'<!DOCTYPE x [<!ENTITY a "b">]><urlset/>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset/>',
    ],
)
def test_what_is_no_whole_sitemap_is_said_to_be_none(body):
    with pytest.raises(CmsUnreadable):
        read(answer(body))


def an_index(*urls: str) -> Reply:
    files = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return Reply(200, f"<sitemapindex>{files}</sitemapindex>".encode())


async def test_an_index_leads_to_all_its_sitemaps(web):
    with serving(Fixed({})) as served:
        other = SITEMAP.replace(b"blog.example", b"anders.example")
        index = an_index(f"{served.url}/1", f"{served.url}/2")
        served.api.files = {"/": index, "/1": Reply(200, SITEMAP), "/2": Reply(200, other)}
        found = await Sitemap(web, url=f"{served.url}/").mentions()
    assert (len(found.mentions), found.is_complete) == (6, True)


async def test_an_index_of_more_files_than_we_read_is_not_complete(web, monkeypatch):
    monkeypatch.setattr("services.ingest.reconcile.sitemaps.MOST_FILES", 1)
    with serving(Fixed({})) as served:
        served.api.files = {"/": an_index(f"{served.url}/1", f"{served.url}/2"), "/1": Reply(200, SITEMAP)}
        found = await Sitemap(web, url=f"{served.url}/").mentions()
    assert (len(found.mentions), found.is_complete) == (3, False)
