"""`[site.NAME.search]`: what would break robots.txt or a page stops the start, naming it."""

import pytest
from pydantic import ValidationError

from shared.contracts.search import SearchConfig


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"logo": "logo.png"}, "logo"),
        ({"logo": "//stranger.example/logo.png"}, "logo"),
        ({"principles": "javascript:alert(1)"}, "principles"),
        ({"same_as": ["wikipedia"]}, "'wikipedia' is no address such as https://"),
        ({"x_account": "kurier"}, "x_account"),
        ({"license": "/license.xml"}, "license"),
        ({"license": "https://kurier.example/a\nUser-agent: *"}, "license"),
        ({"disallow": ["/"]}, "'/' is no path such as /suche/"),
        ({"disallow": ["/a\nAllow: /"]}, "is no path"),
        ({"agents": {"training": "maybe"}}, "agents.training"),
        ({"agents": {"named": {"GPTBot/1.2": "allow"}}}, "'GPTBot/1.2' is no crawler's name"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(wrong, says):
    with pytest.raises(ValidationError) as fault:
        SearchConfig.model_validate(wrong)
    assert says in str(fault.value)


def test_everything_has_its_place():
    SearchConfig(
        logo="/media/logo.png",
        same_as=("https://de.wikipedia.org/wiki/Kurier",),
        principles="/grundsaetze/",
        ownership="https://verlag.example/uns/",
        x_account="@kurier",
        license="https://kurier.example/license.xml",
        disallow=("/suche/", "/*?q="),
    )
