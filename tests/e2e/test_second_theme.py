"""The second theme, as a reader sees it: every kind of page, on a phone and at a desk, by day and by night."""

from pathlib import Path

import httpx
import pytest

from tests.e2e.test_browser import CONTRAST, EXPECTED, SIDEWAYS
from tests.support.browser import PHONE, SCHEMES, SCREENS, reading
from tests.support.checkers import faults_by_page, html_faults, require_checkers
from tests.support.edition import ARTICLE, PAGES, Edition

pytestmark = [pytest.mark.serial, pytest.mark.needs("chromium")]


class Morgenblatt(Edition):
    """The same paper in the second theme."""

    theme = str(Path(__file__).parents[2] / "examples/second-theme")


EDITION = Morgenblatt


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("name", PAGES)
def test_every_kind_of_page_fits_its_screen_loads_whole_and_can_be_read(site, browser, name, screen):
    with reading(browser, site + PAGES[name], screen=screen) as seen:
        seen.shoot(f"second-{name}-{screen.name}")
        assert seen.measure(SIDEWAYS) == []
        assert seen.page.locator("h1").count() == 1
        assert [fault for fault in seen.faults if not any(known in fault for known in EXPECTED)] == []
        for scheme in SCHEMES:
            seen.page.emulate_media(color_scheme=scheme)
            assert seen.measure(CONTRAST) == [], scheme


def test_the_headline_of_the_day_is_on_a_phones_first_screen(site, browser):
    with reading(browser, site + ARTICLE, screen=PHONE) as seen:
        box = seen.page.locator("main h1").bounding_box()
        assert box["y"] + box["height"] <= PHONE.height


def test_what_is_printed_is_the_article_and_nothing_around_it(site, browser):
    with reading(browser, site + ARTICLE) as seen:
        seen.page.emulate_media(media="print")
        for selector in (".ad", ".rail", "nav", ".share"):
            assert seen.page.locator(selector).locator("visible=true").count() == 0, selector
        assert seen.page.locator("h1").is_visible()


def test_an_article_does_not_list_itself(site, browser):
    with reading(browser, site + ARTICLE) as seen:
        assert seen.page.locator(f'.more a[href="{ARTICLE}"]').locator("visible=true").count() == 0


@pytest.mark.needs("java")
def test_the_markup_of_every_kind_of_page_has_no_fault(site, tmp_path):
    require_checkers()
    assert html_faults({name: httpx.get(site + path).content for name, path in PAGES.items()}, tmp_path) == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_nothing_on_any_kind_of_page_shuts_a_reader_out_by_day_or_by_night(site, browser, screen):
    require_checkers()
    assert faults_by_page(browser, site, PAGES, screen=screen) == {}
