"""The news sitemap, in a real folder, of lists in a real Valkey; on a clock that the test moves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from prometheus_client import CollectorRegistry

from services.feed.due import NEWS
from services.feed.formats import news_sitemap
from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from shared.contracts.feeds import FeedsConfig, NewsSitemapConfig
from shared.runtime.clock import milliseconds
from tests.support.articles import PUBLISHED, SITE, a_document, a_site, a_teaser, a_tombstone, an_article

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}
HOUR_MS = 3_600_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site" / SITE


def found(file: Path, what: str = "//s:loc/text()") -> list[str]:
    return etree.parse(file).xpath(what, namespaces=NAMES)


def numbers(file: Path) -> list[int]:
    """The numbers of the articles in a file, oldest first."""
    return [int(url.rstrip("/").rpartition("-")[2]) for url in found(file)]


async def write_due(parts: Parts, newsroom, *, after_ms: int = 1_000) -> None:
    newsroom.clock.now_ms += after_ms
    await parts.news.write_due(SITE)


async def test_what_is_news_says_who_when_and_what(parts, newsroom, folder):
    await newsroom.place(a_document(an_article(headline="Brücke & <Fluss>", language="de-AT")))
    await write_due(parts, newsroom)
    file = folder / "news-sitemap.xml"
    assert numbers(file) == [1]
    assert found(file, "//n:publication/n:name/text()") == ["Der Kurier"]
    assert found(file, "//n:publication/n:language/text()") == ["de"]
    assert found(file, "//n:publication_date/text()") == ["2026-11-21T14:04:00+01:00"]
    assert found(file, "//n:title/text()") == ["Brücke & <Fluss>"]
    etree_root = etree.parse(file).getroot()
    assert [[child.tag.rpartition("}")[2] for child in url] for url in etree_root] == [["loc", "news"]]


async def test_an_article_leaves_when_48_hours_are_over_although_nothing_else_happens(parts, newsroom, folder):
    for number in (1, 2):
        await newsroom.place(a_document(an_article(number=number)))
    await write_due(parts, newsroom)
    file = folder / "news-sitemap.xml"
    assert numbers(file) == [1, 2]
    first_ends_ms = milliseconds(PUBLISHED + timedelta(minutes=1, hours=48))
    newsroom.clock.now_ms = first_ends_ms - 2_000
    await write_due(parts, newsroom)
    assert numbers(file) == [1, 2]
    await write_due(parts, newsroom)
    assert numbers(file) == [2]
    await write_due(parts, newsroom, after_ms=60_000)
    assert numbers(file) == []
    assert await parts.due.taken(SITE, NEWS, now_ms=2**52) == [], "nothing will change by itself any more"


async def test_an_edit_makes_old_news_no_newer(parts, newsroom, folder):
    old = PUBLISHED - timedelta(days=3)
    await newsroom.place(a_document(an_article(published_at=old, updated_at=PUBLISHED)))
    await newsroom.place(a_document(an_article(number=2)))
    await write_due(parts, newsroom)
    assert numbers(folder / "news-sitemap.xml") == [2]


@pytest.mark.parametrize("changes", [{"kind": "sponsored"}, {"noindex": True}], ids=["sponsored", "no-index"])
async def test_what_is_no_news_stays_out(parts, newsroom, folder, changes):
    await newsroom.place(a_document(an_article(number=1, **changes)), a_document(an_article(number=2)))
    await write_due(parts, newsroom)
    assert numbers(folder / "news-sitemap.xml") == [2]


async def test_a_withdrawn_article_leaves_at_once(parts, newsroom, folder):
    await newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2)))
    await write_due(parts, newsroom)
    await newsroom.place(a_tombstone(an_article(number=1), seq=2))
    await write_due(parts, newsroom)
    assert numbers(folder / "news-sitemap.xml") == [2]


def test_sections_and_articles_for_members_can_be_left_out():
    config = NewsSitemapConfig(leave_out_sections=("kultur",), members_only=False)
    assert news_sitemap.is_news(a_teaser(), config)
    assert not news_sitemap.is_news(a_teaser(section="kultur"), config)
    assert not news_sitemap.is_news(a_teaser(members_only=True), config)
    assert news_sitemap.is_news(a_teaser(members_only=True), NewsSitemapConfig())


async def test_the_sites_own_rules_are_used(redis, redis_config: RedisConfig, tmp_path, parts, newsroom, clock, folder):
    site = a_site(feeds=FeedsConfig(news_sitemap=NewsSitemapConfig(leave_out_sections=("kultur",))))
    config = LitfassConfig(redis=redis_config, pages=PagesConfig(store=f"file://{tmp_path}/site"), site={SITE: site})
    strict = Parts.of(config, FeedSettings(), client=redis, metrics=FeedMetrics(CollectorRegistry()), clock=clock)
    await newsroom.place(a_document(an_article(number=1, section="kultur")), a_document(an_article(number=2)))
    await write_due(strict, newsroom)
    assert numbers(folder / "news-sitemap.xml") == [2]


async def test_more_than_a_thousand_are_a_file_a_day_and_what_grows_old_moves_no_others(
    parts, newsroom, folder, monkeypatch
):
    monkeypatch.setattr(news_sitemap, "MAX_NEWS", 2)
    newsroom.clock.now_ms = milliseconds(datetime(2026, 11, 21, 20, tzinfo=UTC))
    hours = {1: 47, 2: 46.5, 3: 46.2, 4: 44, 5: 1}  # article → hours before
    now = datetime(2026, 11, 21, 20, tzinfo=UTC)
    await newsroom.place(
        *(a_document(an_article(number=n, published_at=now - timedelta(hours=h))) for n, h in hours.items())
    )
    await write_due(parts, newsroom)
    names = ["news-sitemap-2026-11-19.xml", "news-sitemap-2026-11-20.xml", "news-sitemap-2026-11-21.xml"]
    parts_now = [url.rpartition("/")[2] for url in found(folder / "news-sitemap.xml")]
    assert etree.parse(folder / "news-sitemap.xml").getroot().tag.endswith("sitemapindex")
    assert [(name, numbers(folder / name)) for name in parts_now] == [
        (names[0], [1, 2]),
        ("news-sitemap-2026-11-19-2.xml", [3]),
        (names[1], [4]),
        (names[2], [5]),
    ]
    await write_due(parts, newsroom, after_ms=HOUR_MS)
    assert numbers(folder / names[0]) == [2]
    assert numbers(folder / "news-sitemap-2026-11-19-2.xml") == [3]
    await write_due(parts, newsroom, after_ms=4 * HOUR_MS)
    assert numbers(folder / "news-sitemap.xml") == [5], "one file is enough again"
    assert sorted(file.name for file in folder.glob("news-*")) == ["news-sitemap.xml"]


async def test_a_thousand_fit_one_file_and_one_more_does_not(parts, newsroom, folder):
    for number in range(1, 1_002):
        article = an_article(number=number, published_at=PUBLISHED + timedelta(seconds=number))
        await newsroom.place(a_document(article))
        if number == 1_000:
            await write_due(parts, newsroom)
            assert len(found(folder / "news-sitemap.xml", "//n:news")) == 1_000
    await write_due(parts, newsroom)
    files = [url.rpartition("/")[2] for url in found(folder / "news-sitemap.xml")]
    assert [len(found(folder / name, "//n:news")) for name in files] == [1_000, 1]


async def test_before_it_is_written_readers_get_it_all_the_same(parts, newsroom):
    await newsroom.place(a_document())
    assert b"neue-bruecke-1" in await parts.news.document(SITE, "/news-sitemap.xml")
    assert await parts.news.document(SITE, "/news-sitemap-2026-11-21.xml") is None


@pytest.mark.parametrize(
    ("tag", "language"), [("de", "de"), ("en-GB", "en"), ("zh-TW", "zh-tw"), ("zh-Hant", "zh"), ("pt-BR", "pt")]
)
def test_languages_are_those_that_the_protocol_takes(tag, language):
    assert news_sitemap.language_of(tag) == language
