"""What others say about every kind of page: the Nu HTML Checker about its markup, axe-core about who can read it."""

import asyncio

import httpx
import pytest

from services.render.compose.chrome import Chrome
from services.render.compose.html import Theme
from shared.contracts import paths
from shared.contracts.ads import CreativeConfig
from shared.contracts.base import UrlPath
from tests.support.articles import SITE, a_site
from tests.support.browser import SCREENS, reading
from tests.support.checkers import faults_by_page, html_faults, reading_faults, require_checkers
from tests.support.edition import OLD_ADDRESS, PAGES
from tests.unit.render.compose.ads.test_house import a_political

pytestmark = pytest.mark.serial

WRONG = b'<!doctype html><html lang=de><title>A</title><p><div id=a></div><b id=a><img src="data:,">'


@pytest.fixture(autouse=True, scope="module")
def _checkers() -> None:
    require_checkers()


@pytest.fixture(scope="module")
def pages(edition) -> dict[str, str]:
    """Every kind of page below breaking news, and a draft's."""
    asyncio.run(edition.break_news(PAGES["live"]))
    return PAGES | {"preview": asyncio.run(edition.preview())}


@pytest.mark.needs("java")
def test_the_markup_of_every_kind_of_page_has_no_fault(site, edition, pages, tmp_path):
    sent = {name: httpx.get(site + path).content for name, path in pages.items()}
    assert b'class="breaking"' in sent["front"]
    assert b"Noch nicht fertig" in sent["preview"]
    sent["front-why"] = httpx.get(f"{site}/?ads=why").content
    sent["preview-over"] = httpx.get(f"{site}/preview/nobodys").content
    sent["moved"] = (edition.site / paths.moved_path(UrlPath(OLD_ADDRESS)).lstrip("/")).read_bytes()
    sent["unavailable"] = (edition.site / "503.html").read_bytes()
    sent["ad-notice"] = _ad_notice()
    faults = html_faults(sent | {"wrong": WRONG}, tmp_path)
    assert [fault for fault in faults if not fault.startswith("wrong.html:")] == []
    assert any("Duplicate ID" in fault for fault in faults), "the checker sees what is wrong"


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_nothing_on_any_kind_of_page_shuts_a_reader_out_by_day_or_by_night(site, pages, browser, screen):
    assert faults_by_page(browser, site, pages, screen=screen) == {}


@pytest.mark.needs("chromium")
def test_what_shuts_readers_out_is_seen(site, browser):
    with reading(browser, f"{site}/imprint/") as seen:
        seen.page.set_content(WRONG.decode())
        assert any(fault.startswith("image-alt:") for fault in reading_faults(seen.page))


def _ad_notice() -> bytes:
    """The notice that a political advertisement leads to; no edition of ours has booked one."""
    site = a_site()
    theme = Theme.load(site.theme)
    return theme.ad_notice(Chrome.of(SITE, site, theme, []), "wahl", CreativeConfig.model_validate(a_political()))
