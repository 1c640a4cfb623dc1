"""What render knows of each site, and which host is whose."""

import pytest

from services.render.sites import Sites
from shared.contracts.config import LitfassConfig
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import a_site


@pytest.fixture
def sites():
    bote = a_site(
        name="Der Bote", url="https://www.bote.example", hosts=("Bote.example", "bote.local", "[2001:DB8::7]")
    )
    return Sites.load(LitfassConfig(site={"kurier": a_site(), "bote": bote}), theme_folder=None)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("kurier.example", "kurier"),
        ("KURIER.example:8080", "kurier"),
        ("www.bote.example", "bote"),
        ("bote.example", "bote"),
        ("bote.local:80", "bote"),
        ("127.0.0.1:8080", "kurier"),
        ("[::1]:8080", "kurier"),
        ("[2001:db8::7]", "bote"),
        ("[2001:DB8::7]:8080", "bote"),
        ("[2001:db8::7", "bote"),
        ("", "kurier"),
    ],
)
def test_the_host_chooses_the_site_and_strangers_get_the_first(sites, host, name):
    assert sites.at(host).name == name


def test_sites_keep_the_order_of_the_configuration(sites):
    assert [site.name for site in sites] == ["kurier", "bote"]
    assert sites.named("bote").chrome.base_url == "https://www.bote.example"
    assert sites.named("weg") is None


def test_a_theme_that_does_not_exist_stops_the_start_and_says_which_there_are():
    with pytest.raises(ConfigurationFault, match="no theme 'barock'; there are: default"):
        Sites.load(LitfassConfig(site={"kurier": a_site(theme="barock")}), theme_folder=None)
