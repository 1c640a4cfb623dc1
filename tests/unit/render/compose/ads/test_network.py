"""Networks: what a page tells the script, and that without a network there is none."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.render.compose.ads import SiteAds
from shared.contracts import Tag, lists
from shared.contracts.ads import AdsConfig
from tests.support.articles import a_document, a_site, an_article, an_id, teasers
from tests.unit.render.compose.ads.plans import blocks_of

LONG = blocks_of("90 " * 12)
GPT = {
    "provider": "gpt",
    "consent": {"cmp": "/cmp.js"},
    "gpt": {"unit": "/1234567/bote/{section}/{position}", "sensitive_exclusion": "grief"},
}
TAG = {"provider": "tag", "consent": {"cmp": "/cmp.js"}, "tag": {"html": "</script><!--#exec --><esi:x>{position}"}}


def told(config, **article):
    site = SiteAds(AdsConfig.model_validate(config), language="de")
    return json.loads(site.of_article(an_article(body=LONG, **article)).data_json)


def test_google_is_told_the_unit_and_what_the_page_is_about():
    assert told(GPT) == {
        "provider": "gpt",
        "cmp": "/cmp.js",
        "purposes": [1],
        "vendors": [755],
        "gpt": "https://securepubads.g.doubleclick.net/tag/js/gpt.js",
        "unit": "/1234567/bote/{section}/{position}",
        "section": "stadt",
        "targeting": {"type": "article", "id": an_id(), "tags": ["bruecke", "rat"], "section": "stadt"},
    }


def test_beside_a_sensitive_article_the_network_is_told_so():
    sensitive = told(GPT, sensitive=True)
    assert sensitive["targeting"]["sens"] == "t"
    assert sensitive["exclusions"] == ["grief"]
    assert "exclusions" not in told(GPT)


def test_tags_are_bounded():
    tags = tuple(Tag(name=str(number), slug=str(number)) for number in range(50))
    assert len(told(GPT, tags=tags)["targeting"]["tags"]) == 20


def test_bidders_are_in_the_page():
    bids = [{"bidder": "appnexus", "positions": ["top"], "params": {"placementId": 13144370}}]
    data = told(GPT | {"provider": "prebid", "prebid": {"script": "/media/prebid.js", "bids": bids}})
    assert data["prebid"] == {"script": "/media/prebid.js", "timeout": 1200, "bids": bids}


def test_lists_and_the_front_page_say_which_they_are():
    site = SiteAds(AdsConfig.model_validate(GPT), language="de")
    section = json.loads(site.of_list(lists.section("sport"), 3).data_json)
    assert (section["section"], section["targeting"]) == ("sport", {"type": "list", "section": "sport"})
    assert json.loads(site.of_front([7]).data_json)["section"] == "front"


def page(theme, chrome, **article) -> LexborHTMLParser:
    return LexborHTMLParser(theme.article_page(chrome, a_document(an_article(body=LONG, **article))))


SCRIPTS = 'script:not([type="application/ld+json"])'


def test_without_a_network_no_page_has_a_script(theme, chrome):
    assert page(theme, chrome).css(SCRIPTS) == []
    assert page(theme, chrome).css(".fill") == []


def test_with_one_only_pages_with_slots_have_it(theme, chrome_of):
    chrome = chrome_of(ads=GPT)
    scripts = page(theme, chrome).css(SCRIPTS)
    assert [script.attributes.get("id") or script.attributes["src"] for script in scripts] == [
        "ads-data",
        next(path for path in theme.static_files if path.endswith(".js")),
    ]
    assert "defer" in scripts[1].attributes
    assert page(theme, chrome, ads="none").css(SCRIPTS) == []
    listed = theme.list_page(chrome, lists.section("stadt"), title="Stadt", teasers=teasers(3), months=())
    assert len(LexborHTMLParser(listed).css(SCRIPTS)) == 2


def test_a_slot_says_its_sizes_at_each_width(theme, chrome_of):
    fills = page(theme, chrome_of(ads=GPT)).css(".ad .fill")
    top, in_text = fills[0].attributes, fills[1].attributes
    assert top == {
        "class": "fill", "id": "fill-top", "data-position": "top",
        "data-sizes": "0:320x100,320x50 768:728x90 1100:728x90",
    }  # fmt: skip
    assert (in_text["data-position"], in_text["data-lazy"]) == ("in-article-1", "1")


def test_a_tag_of_a_network_is_data_and_no_directive_of_the_edge(theme, chrome_of):
    html = theme.article_page(chrome_of(ads=TAG), a_document(an_article(body=LONG))).decode()
    assert "<!--#exec" not in html
    assert "<esi:" not in html
    data = LexborHTMLParser(html).css_first("#ads-data").text()
    assert json.loads(data)["tag"] == TAG["tag"]["html"]


@pytest.mark.parametrize(
    ("config", "missing"),
    [
        ({"provider": "gpt"}, "consent.cmp and gpt.unit"),
        ({"provider": "prebid", "consent": {"cmp": "/a.js"}, "gpt": {"unit": "/1/a"}}, "prebid.script"),
        ({"provider": "tag", "consent": {"cmp": "/a.js"}}, "tag.html"),
    ],
)
def test_a_network_without_what_it_needs_stops_the_start(config, missing):
    with pytest.raises(ValueError, match=f"needs {missing}"):
        a_site(ads=config)
