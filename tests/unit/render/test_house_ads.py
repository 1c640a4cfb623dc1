"""House advertisements as files, and the clicks on them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette
from structlog.testing import capture_logs

from services.render.house_ads import keep_house_ads, write_house_ads
from services.render.sites import Sites
from shared.contracts import paths
from shared.contracts.config import LitfassConfig
from shared.runtime.clock import milliseconds
from tests.support.articles import SITE, a_paragraph, a_site
from tests.unit.render.compose.ads.test_house import a_creative, a_political

PAGE = "/stadt/neue-bruecke-1/"
NOW = milliseconds(datetime(2026, 11, 24, 11, tzinfo=UTC))


@pytest.fixture
def paper(paper):
    """The paper, with a subscription campaign that ends and a political one."""
    ads = {
        "creatives": {
            "abo": a_creative("300x250", "320x100", "728x90", "468x60", ends_at="2026-11-30", url="https://abo.example/?a=b"),
            "ja": a_political("300x100", positions=["sidebar-2"]),
        }
    }  # fmt: skip
    sites = Sites.load(LitfassConfig(site={SITE: a_site(ads=ads)}), theme_folder=None)
    return replace(paper, sites=sites, site=sites.named(SITE))


@pytest.fixture
async def reader(paper):
    app = Starlette(routes=paper.server_over(paper.store, client=paper.newsroom.redis).routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kurier.example") as client:
        yield client


async def test_they_are_put_into_every_page_and_a_campaign_that_ends_touches_none(paper, reader):
    await paper.publish(1, body=(a_paragraph(words=90),) * 12)
    await write_house_ads(paper.site, paper.store, now_ms=NOW)
    page = LexborHTMLParser((await reader.get(PAGE)).text)
    clicks = [node.attributes["href"] for node in page.css(".ad a.creative")]
    assert "/_ads/abo/top/click/" in clicks
    assert "/_ads/abo/in-article-1/click/" in clicks
    assert {node.attributes["rel"] for node in page.css(".ad a.creative")} == {"sponsored nofollow noopener"}
    assert all(slot.css_first("p").text() == "Anzeige" for slot in page.css(".ad"))
    after = milliseconds(datetime(2026, 12, 2, tzinfo=UTC))
    await write_house_ads(paper.site, paper.store, now_ms=after)
    assert "a.creative" not in (await reader.get(PAGE)).text
    assert LexborHTMLParser((await reader.get(PAGE)).text).css(".ad a.creative") == []


async def test_the_page_itself_knows_no_creative(paper):
    page = paper.site.theme.article_page(paper.site.chrome, await published(paper)).decode()
    assert "abo" not in page
    assert '<!--#include virtual="/_fragments/ads/article/stadt/top/' in page


async def published(paper):
    await paper.publish()
    return await paper.document("a" + "0" * 23 + "1")


async def test_what_is_equal_is_not_put_again(paper):
    assert await write_house_ads(paper.site, paper.store, now_ms=NOW) > 0
    assert await write_house_ads(paper.site, paper.store, now_ms=NOW) == 0


async def test_they_are_written_at_start_and_again_when_a_campaign_ends(paper):
    times = iter(
        [NOW, milliseconds(datetime(2026, 11, 30, 23, tzinfo=UTC))]
    )  # midnight in Berlin: the campaign is over
    after = NOW + 30 * 86_400_000

    def written() -> list[int]:
        return [entry["files"] for entry in logs if entry["event"] == "house_ads.written"]

    with capture_logs() as logs:
        task = asyncio.create_task(keep_house_ads(paper.site, paper.store, lambda: next(times, after)))
        async with asyncio.timeout(20):
            while len(written()) < 2:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert all(files > 0 for files in written())
    assert await paper.file(paths.ad_fragment("front", "", "top", 0)) == "\n"


async def test_a_click_is_counted_and_leads_where_the_configuration_says_without_a_cookie(paper, reader):
    answer = await reader.get("/_ads/abo/in-article-2/click/?url=https://fremd.example/")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://abo.example/?a=b")
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert "set-cookie" not in answer.headers
    await reader.head("/_ads/abo/in-article-2/click/")
    await reader.get("/_ads/abo/in-article-2/click/", headers={"sec-purpose": "prefetch"})
    assert paper.metrics.ad_clicks.labels(SITE, "abo", "in-article")._value.get() == 1


@pytest.mark.parametrize("path", ["/_ads/nein/top/click/", "/_ads/abo/dach/click/", "/_ads/abo/list-9999/click/"])
async def test_a_click_on_what_there_is_not_is_404_and_not_counted(paper, reader, path):
    assert (await reader.get(path)).status_code == 404
    assert next(iter(paper.metrics.ad_clicks.collect())).samples == []


async def test_a_political_one_has_its_label_and_its_transparency_notice(paper, reader):
    await paper.publish()
    await write_house_ads(paper.site, paper.store, now_ms=NOW)
    texts = [node.text() for node in LexborHTMLParser((await reader.get("/stadt/")).text).css(".political")]
    fragments = [await paper.file(paths.ad_fragment("article", "stadt", "sidebar-2", bucket)) for bucket in range(6)]
    said = texts or [LexborHTMLParser(each).text() for each in fragments if "political" in each]
    assert "Politische Anzeige. Auftraggeber: Bündnis Brücke. Bezug: Bürgerentscheid am 10. Mai 2027." in said[0]
    notice = await reader.get("/_ads/ja/notice/")
    assert notice.status_code == 200
    text = " ".join(LexborHTMLParser(notice.text).css_first("main").text().split())
    for part in ("800 €", "a@bruecke.example", "anzeigen@kurier.example", "1. November 2026 – 1. Dezember 2026"):
        assert part in text
