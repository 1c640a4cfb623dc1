"""Pictures: nothing moves when they come, and nothing strange is fetched."""

import html

import pytest
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser

from services.render.compose.pictures import ImageService, picture_view
from shared.contracts.blocks import Gallery, ImageBlock
from tests.support.articles import a_document, a_paragraph, a_site, a_teaser, an_article, an_image


def test_a_picture_says_everything_that_is_known_of_it():
    view = picture_view(an_image(), eager=True)
    assert view == {
        "type": "image",
        "src": "/media/bruecke.svg",
        "srcset": "",
        "alt": "Die alte Brücke im Nebel",
        "caption": "Noch bis März steht die alte Brücke.",
        "credit": "Mara Lindt",
        "width": 1200,
        "height": 800,
        "eager": True,
    }


def test_a_picture_waits_unless_it_is_the_first():
    view = picture_view(an_image())
    assert view is not None
    assert view["eager"] is False


def test_an_address_that_no_browser_should_follow_is_no_picture():
    for url in ("javascript:alert(1)", "//elsewhere.example/x.png", "file:///etc/passwd"):
        assert picture_view(an_image(url=url)) is None


# --- an image service ------------------------------------------------------------------------------------------------

BASE = "https://kurier.example"


def candidates(image, pattern="https://img.example/{width}/{url}"):
    view = picture_view(image, service=ImageService(pattern, BASE))
    assert view is not None
    pairs = [entry.rsplit(" ", 1) for entry in html.unescape(view["srcset"]).split(", ")] if view["srcset"] else []
    return {int(width.removesuffix("w")): url for url, width in pairs}


def test_a_browser_chooses_among_widths_none_wider_than_the_picture():
    image = an_image(url="https://cms.example/a.jpg", width=1000)
    assert list(candidates(image)) == [320, 480, 640, 960, 1000]
    assert list(candidates(an_image(url="https://cms.example/a.jpg", width=200))) == [200]
    assert list(candidates(an_image(url="https://cms.example/a.jpg", width=320))) == [320]
    assert list(candidates(an_image(url="https://cms.example/a.jpg", width=9000)))[-1] == 1920
    assert list(candidates(an_image(url="https://cms.example/a.jpg", width=None, height=None)))[-1] == 1920


@pytest.mark.parametrize(
    ("url", "encoded", "raw"),
    [
        ("https://cms.example/a b.jpg", "https%3A%2F%2Fcms.example%2Fa%20b.jpg", "https://cms.example/a%20b.jpg"),
        ("https://c.example/ä%20.jpg", "https%3A%2F%2Fc.example%2F%C3%A4%2520.jpg", "https://c.example/%C3%A4%20.jpg"),
        ("https://c.example/a.jpg?x=1&y={z}", "https%3A%2F%2Fc.example%2Fa.jpg%3Fx%3D1%26y%3D%7Bz%7D", None),
        ("/media/a.jpg", "https%3A%2F%2Fkurier.example%2Fmedia%2Fa.jpg", "https://kurier.example/media/a.jpg"),
        ("https://c.example/{width}{url}.jpg", "https%3A%2F%2Fc.example%2F%7Bwidth%7D%7Burl%7D.jpg", None),
    ],
)
def test_the_address_of_a_picture_comes_to_the_service_as_it_is(url, encoded, raw):
    image = an_image(url=url, width=320)
    assert candidates(image)[320] == f"https://img.example/320/{encoded}"
    if raw:
        assert candidates(image, "/img/width={width}/{raw_url}")[320] == f"/img/width=320/{raw}"


def test_search_engines_get_three_shapes_none_larger_than_the_picture():
    service = ImageService("", BASE, "https://img.example/{width}x{height}/smart/{url}")

    def sizes(**known):
        return [(cut.width, cut.height) for cut in service.cuts_of(an_image(url="/media/a.jpg", **known))]

    assert sizes(width=3000, height=2000) == [(1200, 675), (1200, 900), (1200, 1200)]
    assert sizes(width=1200, height=800) == [(1200, 675), (1066, 799), (800, 800)]
    assert sizes(width=600, height=900) == [(600, 337), (600, 450), (600, 600)]
    assert sizes(width=None, height=None) == [(1200, 675), (1200, 900), (1200, 1200)]
    first = service.cuts_of(an_image(url="/media/a.jpg", width=3000, height=2000))[0]
    assert first.url == "https://img.example/1200x675/smart/https%3A%2F%2Fkurier.example%2Fmedia%2Fa.jpg"
    assert service.cuts_of(an_image(url="/media/a.svg")) == [], "a drawing is sharp as it is"


def test_nothing_in_an_address_ends_the_attribute_or_the_candidate():
    evil = 'https://c.example/a.jpg?"><script>, https://evil.example/x.jpg 9w'
    for pattern in ("https://img.example/{width}/{url}", "/img/{width}/{raw_url}"):
        view = picture_view(an_image(url=evil, width=320), service=ImageService(pattern, BASE))
        assert view is not None
        for text in (view["src"], view["srcset"]):
            assert not set('"<>') & set(text)
        assert view["srcset"].count(" ") == 1  # before the width


def test_what_is_drawn_is_sharp_at_every_width():
    assert candidates(an_image(url="https://c.example/plan.SVG?v=2")) == {}


def test_who_does_not_know_srcset_gets_a_width_for_a_page():
    view = picture_view(an_image(url="https://c.example/a.jpg", width=4000), service=ImageService("/i/{width}/{url}"))
    assert view is not None
    assert view["src"].startswith("/i/960/")


def test_a_page_says_how_wide_each_picture_is_shown(theme, chrome_of):
    chrome = chrome_of(images="https://img.example/{width}/{url}")
    picture = an_image(url="https://cms.example/a.jpg", width=500, height=300)
    article = an_article(
        image=picture, body=(a_paragraph(), ImageBlock(image=picture), Gallery(images=(picture, picture)))
    )
    page = LexborHTMLParser(theme.article_page(chrome, a_document(article)))
    images = page.css("article img")
    assert len(images) == 4
    for image in images:
        assert image.attributes["srcset"]
        assert (image.attributes["width"], image.attributes["height"]) == ("500", "300")
    lead, in_text, *gallery = (image.attributes["sizes"] for image in images)
    assert lead.endswith("calc(100vw - 2rem)")
    assert in_text == "min(500px, 42rem, 100vw - 2rem)"  # or a small picture would be blown up
    assert all("20.5rem" in sizes for sizes in gallery)
    assert ["loading" in image.attributes for image in images] == [False, True, True, True]
    front = LexborHTMLParser(
        theme.front_page(chrome, recent=[a_teaser(number=n, image=picture) for n in (1, 2)], sections={})
    )
    assert all(image.attributes["sizes"] for image in front.css("main img"))
    assert len(front.css("main img")) == 2


@pytest.mark.parametrize(
    "pattern",
    ["https://img.example/{width}", "https://img.example/{url}", "/{width}/{url}/{raw_url}", "/{width}/{url}/{crop}",
     'https://img.example/{width}/{url}"', "javascript:{width}{url}"],
)  # fmt: skip
def test_a_pattern_that_cannot_be_used_stops_the_start(pattern):
    with pytest.raises(ValidationError):
        a_site(images=pattern)


@pytest.mark.parametrize("pattern", ["/{width}/{url}", "/{width}/{height}", "/{width}/{height}/{url}/{crop}"])
def test_a_pattern_for_cuts_that_cannot_be_used_stops_the_start(pattern):
    with pytest.raises(ValidationError):
        a_site(image_cuts=pattern)
