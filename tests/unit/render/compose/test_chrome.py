"""Everything of a site that its pages share."""

from dataclasses import dataclass

from services.render.compose.chrome import Chrome, feeds_of
from shared.contracts import lists
from tests.support.articles import SITE, a_site


@dataclass(frozen=True)
class Page:
    slug: str
    title: str


def test_the_navigation_is_a_fragment_except_where_a_page_must_stand_alone(chrome):
    assert '<!--#include virtual="/_fragments/nav.html" -->' in chrome.header
    assert "<!--#" not in chrome.header_whole
    order = [chrome.header_whole.index(f'href="/{slug}/"') for slug in ("stadt", "kultur", "sport", "events")]
    assert order == sorted(order)


def test_imprint_and_privacy_are_one_click_away_on_every_page(theme):
    chrome = Chrome.of(SITE, a_site(), theme, [Page("imprint", "Impressum"), Page("privacy", "Datenschutz & Cookies")])
    assert '<a href="/imprint/">Impressum</a>' in chrome.footer
    assert '<a href="/privacy/">Datenschutz &amp; Cookies</a>' in chrome.footer


def test_a_section_that_the_site_no_longer_has_is_only_a_word(chrome):
    assert chrome.section("stadt") == {"title": "Stadt", "url": "/stadt/"}
    assert chrome.section("alte-stadt") == {"title": "Alte stadt", "url": ""}


def test_paths_become_addresses_and_addresses_stay(chrome):
    assert chrome.url("/a/") == "https://kurier.example/a/"
    assert chrome.url("https://b.example/a.png") == "https://b.example/a.png"


def test_each_list_has_three_feeds():
    assert [feed["url"] for feed in feeds_of(lists.section("sport"))] == [
        "/sport/feed.xml",
        "/sport/feed.atom",
        "/sport/feed.json",
    ]


def test_the_sites_own_name_cannot_break_out(chrome_of):
    chrome = chrome_of(name='A</a><script>"', description='<!--#include virtual="/x" -->', sections={"a": "<b>"})
    for part in (chrome.header, chrome.header_whole, chrome.footer):
        assert "<script" not in part
        assert "<b>" not in part
        assert '<!--#include virtual="/x"' not in part
