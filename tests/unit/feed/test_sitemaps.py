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
    parts.sitemaps._shelf.clock.now_ms += 60_000
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


async def test_a_month_that_outgrows_a_file_is_cut_by_day_and_made_one_again(parts, newsroom, folder, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_URLS", 3)
    days = {1: 0, 2: 0, 3: 1, 4: 1}  # article → days before

    def the(number: int):
        return an_article(number=number, published_at=PUBLISHED - timedelta(days=days[number], minutes=-number))

    await newsroom.place(*(a_document(the(number), seq=number) for number in days))
    await write_due(parts)
    names = ["sitemap-2026-11-20.xml", "sitemap-2026-11-21.xml"]
    assert [url.rpartition("/")[2] for url in locations(folder / "sitemap.xml")] == names
    assert [[url.rpartition("-")[2] for url in locations(folder / name)] for name in names] == [
        ["3/", "4/"],
        ["1/", "2/"],
    ]
    assert not (folder / "sitemap-2026-11.xml").exists()
    await newsroom.place(a_tombstone(the(4), seq=6))
    await write_due(parts)
    assert [url.rpartition("/")[2] for url in locations(folder / "sitemap.xml")] == ["sitemap-2026-11.xml"]
    assert not (folder / names[0]).exists()


async def test_in_a_cut_month_only_the_touched_day_is_written(parts, newsroom, folder, monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_URLS", 2)
    yesterday = PUBLISHED - timedelta(days=1)
    articles = [an_article(number=1), *(an_article(number=n, published_at=yesterday) for n in (2, 3))]
    await newsroom.place(*map(a_document, articles))
    await write_due(parts)
    before = (folder / "sitemap-2026-11-21.xml").stat().st_mtime_ns
    await newsroom.place(a_document(an_article(number=4, published_at=yesterday)))
    await write_due(parts)
    names = [url.rpartition("/")[2] for url in locations(folder / "sitemap.xml")]
    assert names == ["sitemap-2026-11-20.xml", "sitemap-2026-11-20-2.xml", "sitemap-2026-11-21.xml"]
    assert (folder / "sitemap-2026-11-21.xml").stat().st_mtime_ns == before


def test_a_file_never_has_more_bytes_than_it_may(monkeypatch):
    monkeypatch.setattr(sitemap, "MAX_BYTES", 1_000)
    lines = [sitemap.Line(b"x" * 300, f"2026-11-{day:02d}", PUBLISHED) for day in (1, 1, 1, 1, 2)]
    parts = sitemap.parts_of(lines, whole="2026-11", most=50_000)
    assert {name: len(part) for name, part in parts.items()} == {"2026-11-01": 3, "2026-11-01-2": 1, "2026-11-02": 1}


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
