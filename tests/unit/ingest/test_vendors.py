"""Vendors: ours, those of installed packages, and what the start says when one cannot be used."""

import pytest

from services.ingest import vendors
from services.ingest.vendor import Vendor
from services.ingest.vendors import VENDORS, vendor_of
from services.ingest.verify import unsigned
from shared.contracts.config import SourceConfig
from shared.runtime.errors import ConfigurationFault
from tests.support.articles import SITE
from tests.support.ingest import Ingest
from tests.support.packages import install

OWN = """
from services.ingest.adapt import standard
from services.ingest.vendor import Vendor
from services.ingest.verify import standard as signature

VENDOR = Vendor(signature.key, signature.verify, standard.adapt, options={"tone": ("dry", "warm"), "desk": ()})
"""


def a_source(adapter: str = "standard", **changes) -> SourceConfig:
    return SourceConfig.model_validate({"site": SITE, "adapter": adapter, "allow_unsigned": True} | changes)


def fault_of(**source) -> str:
    with pytest.raises(ConfigurationFault) as raised:
        vendor_of(a_source(**source))
    return str(raised.value)


@pytest.mark.parametrize("name", VENDORS)
def test_a_source_names_its_vendor(name):
    assert vendor_of(a_source(name)) is VENDORS[name]


def test_an_adapter_of_ones_own_is_found_by_its_entry_point(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, name="town-hall", module=OWN, value="own_found:VENDOR")
    assert isinstance(vendor_of(a_source("town-hall")), Vendor)
    assert vendor_of(a_source("town-hall")).options == {"tone": ("dry", "warm"), "desk": ()}


def test_nobody_can_take_a_name_of_ours(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, name="ghost", module=OWN, value="own_ghost:VENDOR")
    assert vendor_of(a_source("ghost")) is VENDORS["ghost"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("wordpres", "did you mean 'wordpress'?"), ("zzz", "there are cloudevents, contentful, drupal, ")],
    ids=["typo", "unknown"],
)
def test_an_unknown_adapter_is_named_with_what_there_is(name, says):
    message = fault_of(adapter=name)
    assert f"there is no {name!r}" in message
    assert says in message


@pytest.mark.parametrize(
    ("module", "attribute", "says"),
    [
        ("import no_such_module_anywhere", "VENDOR", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        (OWN, "NOBODY", "AttributeError"),
        ("def (", "VENDOR", "SyntaxError"),
        ("VENDOR = {}['missing']", "VENDOR", "KeyError"),
        ("VENDOR = 'adapt'", "VENDOR", "is no services.ingest.vendor.Vendor but str"),
    ],
    ids=["import", "attribute", "syntax", "any-error", "no-vendor"],
)
def test_an_entry_point_that_cannot_be_used_is_named_with_its_package(tmp_path, monkeypatch, module, attribute, says):
    value = f"own_broken_{abs(hash(module + attribute))}"
    install(tmp_path, monkeypatch, name="town-hall", module=module, value=f"{value}:{attribute}", package="town-cms")
    message = fault_of(adapter="town-hall")
    assert f"'town-hall', which is {value}:{attribute} of town-cms" in message
    assert says in message


def test_two_packages_that_offer_one_name_are_both_named(tmp_path, monkeypatch):
    for package in ("town-cms", "city-cms"):
        value = f"{package.replace('-', '_')}:VENDOR"
        install(tmp_path / package, monkeypatch, name="town-hall", module=OWN, value=value, package=package)
    message = fault_of(adapter="town-hall")
    assert "town-cms" in message
    assert "city-cms" in message


def test_options_are_checked_by_what_the_vendor_knows(tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, name="town-hall", module=OWN, value="own_options:VENDOR")
    assert vendor_of(a_source("town-hall", options={"tone": "dry", "desk": "any text at all"}))
    message = fault_of(adapter="town-hall", options={"tone": "loud", "volume": "11"})
    assert "options.tone: must be one of dry, warm, not 'loud'" in message
    assert "options.volume: town-hall has no such option; it has tone, desk" in message


def test_a_vendor_without_options_says_so():
    assert "standard has no such option; it has none" in fault_of(options={"x": "y"})


def test_every_source_at_fault_is_named_in_one_message(redis, redis_config):
    sources = {
        "rathaus": {"site": SITE, "adapter": "wordpres", "allow_unsigned": True},
        "redaktion": {"site": SITE, "adapter": "standard", "secrets": ["env:CMS_SECRET"], "options": {"x": "y"}},
    }
    with pytest.raises(ConfigurationFault) as raised:
        Ingest(redis, redis_config, sources=sources)
    assert "source.rathaus.adapter: there is no 'wordpres'" in str(raised.value)
    assert "source.redaktion.options.x: standard has no such option" in str(raised.value)


def test_without_secrets_nothing_is_proved_and_ghost_has_a_second_scheme():
    assert vendors.verify_of(a_source()) is unsigned
    old = a_source("ghost", allow_unsigned=False, secrets=("env:X",), legacy_signature=True)
    assert vendors.verify_of(old) is vendors.ghost_signature.verify_legacy


async def test_what_an_adapter_of_ones_own_makes_is_published(tmp_path, monkeypatch, redis, redis_config):
    module = """
from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings
from services.ingest.draft import Draft
from services.ingest.vendor import Vendor
from services.ingest.verify import unsigned

def adapt(payload: Payload, circumstances: Circumstances) -> Draft:
    fields = Fields(payload, Findings())
    note = circumstances.options["note"]
    return Draft("unpublished", fields.identifier("nr"), note=note, warnings=fields.findings.settle())

VENDOR = Vendor(str.encode, unsigned, adapt, options={"note": ()})
"""
    install(tmp_path, monkeypatch, name="town-hall", module=module, value="own_published:VENDOR")
    options = {"note": "Das war's."}
    sources = {"cms": {"site": SITE, "adapter": "town-hall", "allow_unsigned": True, "options": options}}
    ingest = Ingest(redis, redis_config, sources=sources)
    answer = await ingest.send(b'{"nr": 7}')
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert (await ingest.send(b'{"nr": null}', message_id="msg_2")).json()["errors"][0]["field"] == "nr"
    await ingest.http.aclose()
