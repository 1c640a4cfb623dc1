"""`litfass redirects`: what a list of old addresses comes to."""

import pytest
from redis.asyncio import Redis

from litfass.house import House
from litfass.operate import redirects
from litfass.operate.redirects import BadList, linted_of, new_address, old_address, read_rows
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.pagestore import PageStore
from tests.support.articles import SITE, a_site, an_article
from tests.support.lists import Newsroom, SetClock

KURIER = a_site()


@pytest.fixture
async def house(redis: Redis, redis_config: RedisConfig, tmp_path) -> House:
    config = LitfassConfig(redis=redis_config, site={SITE: a_site()})
    articles = Articles(redis, shards=1)
    await Newsroom(redis, None, None, articles, SetClock()).accept(an_article())
    return House(config, redis, articles, PageStore((tmp_path / "site").as_uri()))


@pytest.fixture
def take(house, tmp_path):
    """Import these lines, the way that the command does."""

    async def run(*lines: str, dry: bool = False):
        file = tmp_path / "alt.csv"
        file.write_text("\n".join(lines), encoding="utf-8")
        return await redirects.import_file(house, file, site=SITE, dry=dry, environ={}, progress=lambda _: None)

    return run


def lint(*lines: str, known: dict[str, str] | None = None):
    return linted_of(read_rows("\n".join(lines), name="alt.csv"), KURIER, known or {})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/alt/seite", "/alt/seite/"),
        ("/alt/seite/", "/alt/seite/"),
        ("/2019/05/fest.html", "/2019/05/fest.html"),
        ("https://alt.example/stra%C3%9Fe?id=7", "/straße/?id=7"),
        ("http://alt.example/index.php?id=7&x=a%20b", "/index.php?id=7&x=a%20b"),
        ("alt/seite", ""),
        ("/../etc", ""),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", ""),
        ("/a\x00b", ""),
        ("/" + "a" * 2_001, ""),
        ("http://[::1", ""),
    ],
)
def test_an_old_address_has_one_spelling_however_it_is_written(given, expected):
    assert old_address(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/stadt/fest/", "/stadt/fest/"),
        ("https://kurier.example/stadt/fest/?a=1#b", "/stadt/fest/?a=1#b"),
        ("https://shop.example/abo", "https://shop.example/abo"),
        ("//evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("ftp://a.example/", ""),
        ("/a b", ""),
        ("/a\r\nSet-Cookie: x", ""),
        ("", ""),
    ],
)
def test_a_redirect_leads_to_the_site_or_to_the_web_and_nowhere_else(given, expected):
    assert new_address(given, KURIER) == expected


@pytest.mark.parametrize("lines", [("old,new", "/a,/b"), ("/a;/b",), ("/a\t/b\t301",), ("", "Alt;Neu", "", "/a;/b")])
def test_the_usual_kinds_of_lists_are_read(lines):
    found = read_rows("\n".join(lines), name="alt.csv")
    assert [(row.old, row.new) for row in found] == [("/a", "/b")]


def test_a_line_with_one_column_is_named():
    with pytest.raises(BadList, match=r"alt\.csv, line 2: has only one column"):
        read_rows("/a,/b\n/c", name="alt.csv")


def test_a_chain_is_shortened_to_its_end_and_said():
    linted = lint("/a,/b", "/b,/c", "/c,/stadt/fest/", "/d,/z/", known={"/z/": "/stadt/markt/"})
    ends = {"/a/": "/stadt/fest/", "/b/": "/stadt/fest/", "/c/": "/stadt/fest/", "/d/": "/stadt/markt/"}
    assert (linted.rows, linted.faults, len(linted.warnings)) == (ends, [], 3)
    assert linted.warnings[0] == "line 1: /a/ leads to another old address; it goes to /stadt/fest/"


def test_loops_and_what_leads_into_one_are_left_out():
    linted = lint("/a,/b", "/b,/a", "/c,/a", "/d,/d/", "/e,/k/", "/f,/gut/", known={"/k/": "/e/"})
    assert linted.rows == {"/f/": "/gut/"}
    assert [fault.split(":")[0] for fault in linted.faults] == [f"line {number}" for number in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/,/a", "the front page"),
        ("/?p=12,/a", "the front page"),
        ("/sport,/a", "a list's page"),
        ("/tag/rat/,/a", "a list's page"),
        ("/2019/05/,/a", "a list's page"),
        ("/admin/x,/a", "reserved"),
        ("/_static/x.css,/a", "reserved"),
        ("/a,javascript:x", "no address to lead to"),
        ("a,/b", "is no address"),
    ],
)
def test_what_cannot_lead_elsewhere_is_left_out_with_the_line_and_the_reason(line, why):
    linted = lint(line)
    assert (linted.rows, len(linted.faults)) == ({}, 1)
    assert linted.faults[0].startswith("line 1: ")
    assert why in linted.faults[0]


def test_one_old_address_with_two_targets_keeps_the_first():
    linted = lint("/a,/b", "/a/,/c", "/a,/b")
    assert (linted.rows, linted.faults) == ({"/a/": "/b"}, ["line 2: /a/ leads elsewhere already, in line 1"])


async def test_the_same_list_again_changes_nothing_and_another_target_is_a_change(take, house):
    lines = ("/alt,/stadt/neue-bruecke-1/", "/fest.html,/kultur/")
    counts = [await take(*lines, dry=True), await take(*lines), await take(*lines), await take("/alt,/sport/")]
    assert [(each["new"], each["changed"], each["unchanged"]) for each in counts] == [
        (2, 0, 0),
        (2, 0, 0),
        (0, 0, 2),
        (0, 1, 0),
    ]
    assert await redirects.rows(house, SITE) == [
        {"old": "/alt/", "new": "/sport/"},
        {"old": "/fest.html", "new": "/kultur/"},
    ]


async def test_the_address_of_an_article_is_never_taken(take, house):
    answer = await take("/stadt/neue-bruecke-1,/sport/", "/stadt/neue-bruecke-1/?alt=1,/sport/")
    assert (answer["rows"], len(answer["faults"])) == (0, 2)
    assert answer["faults"][0] == "line 1: /stadt/neue-bruecke-1/ is the address of an article, and stays its"
    assert await redirects.rows(house, SITE) == []


async def test_each_leaves_a_page_that_leads_on_and_takes_it_along_when_it_goes(take, house):
    await take(
        "/alt,/kultur/", "/fest.html,https://shop.example/?a=1&b=2", "/index.php?id=7,/sport/", "/straße,/stadt/"
    )
    pages = {path async for path in house.store.paths(SITE)}
    assert pages == {"/_moved/alt/index.html", "/_moved/fest.htmlindex.html"}
    page = (await house.store.get(SITE, "/_moved/fest.htmlindex.html") or b"").decode()
    assert 'href="https://shop.example/?a=1&amp;b=2"' in page
    assert await redirects.remove(house, "/alt", site=SITE) == {"removed": "/alt/"}
    assert await house.store.get(SITE, "/_moved/alt/index.html") is None
    with pytest.raises(redirects.NoSuchRedirect):
        await redirects.remove(house, "/alt", site=SITE)
