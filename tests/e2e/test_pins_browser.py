"""Pins and breaking news, as readers see them: a desk pins while the paper is up."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from services.feed.pins import Pin, Pins
from shared.contracts import lists
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.config import RedisConfig
from shared.runtime.articles import Articles
from shared.runtime.broker import closing, connect
from shared.runtime.clock import system_clock
from tests.support.browser import SCHEMES, SCREENS, reading
from tests.support.checkers import reading_faults, require_checkers
from tests.support.edition import PAGES, Edition

pytestmark = [pytest.mark.serial, pytest.mark.needs("chromium")]

SITE = SiteName("kurier")
STRIKE = UrlPath(PAGES["live"])
CONCERT = UrlPath(PAGES["event"])
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def pinned(edition: Edition) -> Iterator[Edition]:
    """The edition, with the concert at the top of the front page and the strike above every page."""

    async def pin(*, is_set: bool) -> None:
        async with closing(connect(RedisConfig(url=edition.valkey.url))) as client:
            articles, pins = Articles(client, shards=1), Pins(client, shards=1)
            for path, name in ((CONCERT, lists.RECENT), (STRIKE, lists.BREAKING)):
                article_id = await articles.owner(SITE, path)
                assert article_id
                if is_set:
                    await pins.set(SITE, Pin(article_id, name, until_ms=system_clock() + HOUR_MS))
                else:
                    assert await pins.remove(SITE, article_id)
        await edition.drained()

    asyncio.run(pin(is_set=True))
    yield edition
    asyncio.run(pin(is_set=False))
    page = httpx.get(f"{edition.url('render')}/").text
    assert "Eilmeldung" not in page


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_breaking_news_stands_above_every_page_and_shuts_nobody_out(pinned, site, browser, screen, scheme):
    require_checkers()
    for name in ("front", "article", "events"):
        with reading(browser, site + PAGES[name], screen=screen, scheme=scheme) as seen:
            banner = seen.page.get_by_role("complementary", name="Eilmeldung")
            assert banner.get_by_role("link").get_attribute("href") == STRIKE
            assert seen.measure("() => document.documentElement.scrollWidth <= innerWidth")
            assert (reading_faults(seen.page), seen.faults) == ([], [])
            seen.shoot(f"breaking-{name}-{screen.name}-{scheme}")


def test_the_pinned_story_leads_the_front_page_and_stands_there_once(pinned, site, browser):
    with reading(browser, f"{site}/") as seen:
        assert seen.page.locator(".hero a").first.get_attribute("href") == CONCERT
        assert seen.page.locator(f'main .card a[href="{CONCERT}"]').count() == 1


def test_a_live_article_shows_its_updates_newest_first_and_each_can_be_linked_to(pinned, site, browser):
    with reading(browser, site + STRIKE) as seen:
        updates = seen.page.locator('[id^="update-"]')
        assert updates.all_inner_texts() == [
            "Was jetzt gilt",
            "6.30 Uhr: Die Linie 3 fährt doch",
            "4:05 Uhr: Die ersten Busse bleiben im Hof",
        ]
        first = updates.first.get_attribute("id")
        updates.first.get_by_role("link").click()
        assert seen.page.url.endswith(f"#{first}")
