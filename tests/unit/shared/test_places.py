"""Where a killed article could still be seen, and what counts as seeing it."""

import pytest

from shared.contracts import UrlPath
from shared.contracts.lists import ListName
from shared.contracts.places import Answer, Place, Withdrawn, parts_of, places_of, what_is_left
from tests.support.articles import SITE, an_id

BASE = "https://kurier.example"
HERE, BEFORE = UrlPath("/stadt/markt/"), UrlPath("/sport/markt/")
KILLED = Withdrawn(
    an_id(7),
    SITE,
    paths=(BEFORE, HERE),
    lists=tuple(map(ListName, ("section:stadt", "section:sport", "tag:dach", "author:ana-ruiz", "month:2026-11"))),
)


def test_it_is_looked_for_at_every_address_and_in_every_list_it_ever_had():
    found = {place.path: place.kind for place in places_of(KILLED)}
    assert (found["/stadt/markt/"], found["/sport/markt/"]) == ("page", "page")
    assert (found["/stadt/markt/index.html"], found["/sport/markt/index.html"]) == ("file", "file")
    assert found[f"/api/v1/articles/{an_id(7)}"] == "api"
    lists = {path for path, kind in found.items() if kind == "list"}
    assert lists >= {"/", "/stadt/", "/sport/", "/tag/dach/", "/author/ana-ruiz/", "/events/", "/corrections/"}
    assert lists >= {"/2026/11/", "/stadt/2026/11/", "/tag/dach/2026/11/", "/author/ana-ruiz/2026/11/"}
    assert lists >= {"/feed.xml", "/feed.atom", "/feed.json", "/stadt/feed.xml", "/tag/dach/feed.atom"}
    assert lists >= {"/_fragments/recent.html", "/_fragments/mixed.html", "/_fragments/related/tag/dach.html"}
    assert lists >= {"/sitemap.xml", "/sitemap-2026-11.xml", "/news-sitemap.xml"}
    assert lists >= {"/2026/11/feed.xml", "/stadt/2026/11/feed.atom", "/tag/dach/2026/11/feed.json"}
    assert "/api/v1/articles?list=section:stadt&limit=100" in lists
    assert "/events/2026/11/" not in lists, "which has no months"


def test_one_that_was_never_in_any_list_is_looked_for_where_everything_is():
    found = [place.path for place in places_of(Withdrawn(an_id(7), SITE, ()))]
    assert "/" in found
    assert "/feed.xml" in found


def test_what_was_only_unpublished_just_is_not_at_its_addresses():
    unpublished = Withdrawn(an_id(7), SITE, (BEFORE, HERE), is_killed=False)
    assert places_of(unpublished) == [Place("/sport/markt/", "address"), Place("/stadt/markt/", "address")]


def test_the_parts_of_large_sitemaps_are_looked_at_as_well():
    index = "".join(
        f"<sitemap><loc>{BASE}{path}</loc></sitemap>"
        for path in ("/sitemap-2026-11-21.xml", "/sitemap-2026-11-21-2.xml", "/sitemap-2026-10-02.xml")
    )
    news = f"<loc>{BASE}/news-sitemap-2026-11-21.xml</loc><loc>https://other.example/news-sitemap-1.xml</loc>"

    def parts(path: str, text: str) -> list[str]:
        found = parts_of(Place(path, "list"), Answer(200, text.encode()), KILLED, base_url=BASE)
        return [place.path for place in found]

    assert parts("/sitemap.xml", index) == ["/sitemap-2026-11-21.xml", "/sitemap-2026-11-21-2.xml"]
    assert parts("/news-sitemap.xml", news) == ["/news-sitemap-2026-11-21.xml"]
    assert parts("/stadt/", index) == []


def left(kind: str, status: int, body: bytes = b"", path: str = "/x/") -> str:
    place = Place(path, kind)  # type: ignore[arg-type]
    return what_is_left(place, Answer(status, body), KILLED, base_url=BASE)


@pytest.mark.parametrize(
    ("kind", "status", "body", "is_clean"),
    [
        ("page", 410, b"<p>Zur\xc3\xbcckgezogen", True),
        ("page", 410, b'<meta name="litfass:revision" content="3">', False),
        ("page", 404, b"", False),
        ("page", 200, b"", False),
        ("page", 301, b"", False),
        ("file", 404, b'<a href="/stadt/andere/">', True),
        ("file", 404, b'<a href="/stadt/markt/">', False),
        ("file", 200, b"", False),
        ("api", 410, b"", True),
        ("api", 404, b"", True),
        ("api", 200, b"{}", False),
        ("list", 200, b"", True),
        ("list", 404, b"", True),
        ("list", 502, b"", False),
        ("address", 404, b"", True),
        ("address", 301, b"", True),
        ("address", 200, b"", False),
    ],
)
def test_what_is_gone_says_so_and_what_cannot_be_asked_is_not_gone(kind, status, body, is_clean):
    assert (left(kind, status, body) == "") is is_clean


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/stadt/markt/">',
        "<a href='/sport/markt/#kommentare'>",
        "<a href=/stadt/markt/>",
        f"<loc>{BASE}/stadt/markt/</loc>",
        f'{{"url": "{BASE}/stadt/markt/"}}',
        f"<link>{BASE}/stadt/markt/?ref=rss</link>",
        f"siehe {BASE}/stadt/markt/",
    ],
)
def test_any_link_to_any_of_its_addresses_is_seen(body):
    assert left("list", 200, body.encode()) == "/x/: leads to it"


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/stadt/markthalle/">',
        '<a href="/tag/stadt/markt/">',
        '<a href="/stadt/markt/feed.xml">',
        "https://andere.example/stadt/markt/",
        "Der Markt in der Stadt",
    ],
)
def test_other_addresses_are_not_taken_for_it(body):
    assert left("list", 200, body.encode()) == ""
