"""Pictures: nothing moves when they come, and nothing strange is fetched."""

from services.render.compose.pictures import picture_view
from tests.support.articles import an_image


def test_a_picture_says_everything_that_is_known_of_it():
    view = picture_view(an_image(), eager=True)
    assert view == {
        "type": "image",
        "src": "/media/bruecke.svg",
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
