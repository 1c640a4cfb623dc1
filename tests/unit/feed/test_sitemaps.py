from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from services.feed.due import SITEMAP
from services.feed.formats import sitemap
from services.feed.parts import Parts
from tests.support.articles import PUBLISHED, SITE, a_document, a_tombstone, an_article

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
LAST_MONTH = PUBLISHED - timedelta(days=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site" / SITE


def locations(file: Path) -> list[str]:
    return etree.parse(file).xpath("//s:loc/text()", namespaces=NAMES)


def dates(file: Path) -> list[str]:
    return etree.parse(file).xpath("//s:lastmod/text()", namespaces=NAMES)


async def write_due(parts: Parts) -> None:
    """Write what is due, after whatever pause the last time asked for."""
    parts.sitemaps._clock.now_ms += 60_000
    await parts.sitemaps.write_due(SITE)


async def test_each_month_has_a_shard_oldest_article_first_and_the_index_names_them(parts, newsroom, folder):
    await newsroom.place(
        a_document(an_article(number=2)),
        a_document(an_article(number=1)),
        a_document(an_article(number=3, published_at=LAST_MONTH)),
    )
    await write_due(parts)
    assert locations(folder / "sitemap.xml") == [
        "https://kurier.example/sitemap-2026-10.xml",
        "https://kurier.example/sitemap-2026-11.xml",
    ]
    assert [url.rpartition("-")[2] for url in locations(folder / "sitemap-2026-11.xml")] == ["1/", "2/"]
    assert locations(folder / "sitemap-2026-10.xml") == ["https://kurier.example/stadt/neue-bruecke-3/"]
    assert dates(folder / "sitemap.xml")[1] == dates(folder / "sitemap-2026-11.xml")[1] == "2026-11-21T14:05:00+01:00"


async def test_only_the_touched_month_is_written(parts, newsroom, folder):
    await newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2, published_at=LAST_MONTH)))
    await write_due(parts)
    (folder / "sitemap-2026-10.xml").write_text("untouched")
    await newsroom.place(a_document(an_article(number=1, updated_at=PUBLISHED + timedelta(days=1)), seq=2))
    await write_due(parts)
    assert (folder / "sitemap-2026-10.xml").read_text() == "untouched"
    assert dates(folder / "sitemap.xml")[1] == "2026-11-22T14:03:00+01:00"


async def test_articles_that_want_no_search_engine_stay_out(parts, newsroom, folder):
    await newsroom.place(a_document(an_article(number=1, noindex=True)), a_document(an_article(number=2)))
    await write_due(parts)
    assert len(locations(folder / "sitemap-2026-11.xml")) == 1


@pytest.mark.parametrize("change", ["killed", "noindex"])
async def test_a_month_that_becomes_empty_loses_its_shard_and_its_line(parts, newsroom, folder, change):
    await newsroom.place(a_document())
    await write_due(parts)
    assert (folder / "sitemap-2026-11.xml").exists()
    await newsroom.place(a_tombstone(seq=2) if change == "killed" else a_document(an_article(noindex=True), seq=2))
    await write_due(parts)
    assert not (folder / "sitemap-2026-11.xml").exists()
    assert locations(folder / "sitemap.xml") == []
    assert await parts.due.taken(SITE, SITEMAP, now_ms=2**52) == []


async def test_an_article_that_moves_to_another_month_leaves_the_old_shard(parts, newsroom, folder):
    await newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2)))
    await write_due(parts)
    await newsroom.place(a_document(an_article(number=2, published_at=LAST_MONTH), seq=2))
    await write_due(parts)
    assert len(locations(folder / "sitemap-2026-11.xml")) == len(locations(folder / "sitemap-2026-10.xml")) == 1


async def test_a_month_that_outgrows_a_file_goes_on_in_another_and_shrinks_again(parts, newsroom, folder, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_URLS", 2)
    await newsroom.place(*(a_document(an_article(number=number), seq=number) for number in range(1, 6)))
    await write_due(parts)
    names = ["sitemap-2026-11.xml", "sitemap-2026-11-2.xml", "sitemap-2026-11-3.xml"]
    assert [url.rpartition("/")[2] for url in locations(folder / "sitemap.xml")] == names
    assert [[url.rpartition("-")[2] for url in locations(folder / name)] for name in names] == [
        ["1/", "2/"],
        ["3/", "4/"],
        ["5/"],
    ]
    await newsroom.place(a_tombstone(an_article(number=5), seq=6))
    await write_due(parts)
    assert [url.rpartition("/")[2] for url in locations(folder / "sitemap.xml")] == names[:2]
    assert not (folder / names[2]).exists()


async def test_a_month_longer_than_one_reading_is_whole(parts, newsroom, folder):
    await newsroom.place(
        *(a_document(an_article(number=number % 7 + number * 10), seq=number) for number in range(1, 601))
    )
    await write_due(parts)
    found = locations(folder / "sitemap-2026-11.xml")
    assert len(found) == len(set(found)) == 600


async def test_before_the_first_is_written_readers_get_an_index_all_the_same(parts, newsroom):
    assert etree.fromstring(await parts.sitemaps.document(SITE, "/sitemap.xml")).tag.endswith("sitemapindex")
    assert await parts.sitemaps.document(SITE, "/sitemap-2026-11.xml") is None


async def test_months_with_articles_and_months_with_shards_are_all_known(parts, newsroom):
    await newsroom.place(a_document(an_article(published_at=LAST_MONTH)))
    await write_due(parts)
    await newsroom.place(a_document(an_article(), seq=2))
    assert await parts.sitemaps.months(SITE) == ["2026-11", "2026-10"]
