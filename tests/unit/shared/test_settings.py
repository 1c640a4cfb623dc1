"""Settings: what stops the start, and that all of it is said at once."""

from pathlib import Path

import pytest

from shared.contracts.config import SourceConfig
from shared.runtime.delivery import DeliverySettings
from shared.runtime.errors import ConfigurationFault
from shared.runtime.settings import key_of, load_config, load_settings, secrets_of

GOOD = """
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
[site.kurier.sections]
stadt = "Stadt"
[source.rathaus]
site = "kurier"
adapter = "wordpress"
secrets = ["env:RATHAUS_SECRET"]
"""
ENVIRON = {"RATHAUS_SECRET": "s3cr3t"}


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "litfass.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_a_good_configuration_is_read_with_its_defaults(written):
    config = load_config(written(GOOD), ENVIRON)
    assert config.site["kurier"].permalink == "/{section}/{slug}/"
    assert config.redis.durability == "fsync"


def test_the_environment_goes_before_the_file(written):
    config = load_config(
        written(GOOD), ENVIRON | {"LITFASS_REDIS__URL": "redis://cache:6379/1", "LITFASS_SITE__KURIER__NAME": "Anders"}
    )
    assert (config.redis.url, config.site["kurier"].name) == ("redis://cache:6379/1", "Anders")


def test_a_content_model_comes_from_the_file_or_the_environment(written):
    model = '[source.rathaus.model]\ntypes = ["beitrag"]\n[source.rathaus.model.fields]\nheadline = "kopf.zeile"\n'
    prefix = "LITFASS_SOURCE__RATHAUS__MODEL__"
    environ = ENVIRON | {f"{prefix}TYPES": "beitrag, Interview", f"{prefix}FIELDS__BODY": "text"}
    assert load_config(written(GOOD + model), ENVIRON).source["rathaus"].model.fields == {"headline": "kopf.zeile"}
    both = load_config(written(GOOD + model), environ).source["rathaus"].model
    assert (both.types, both.fields) == (("beitrag", "Interview"), {"headline": "kopf.zeile", "body": "text"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('fields = {headlin = "x"}', "source.rathaus.model.fields.headlin"),
        ('base_url = "cms.example"', "source.rathaus.model.base_url"),
        ('local = "de"', "source.rathaus.model.local: there is no such key"),
    ],
)
def test_a_misspelt_content_model_stops_the_start(written, line, words):
    with pytest.raises(ConfigurationFault, match=words):
        load_config(written(f"{GOOD}[source.rathaus.model]\n{line}\n"), ENVIRON)


def test_all_faults_are_named_in_one_message(written):
    text = GOOD.replace('name = "Der Kurier"', 'nmae = "Der Kurier"').replace('"wordpress"', '"Word Press"')
    with pytest.raises(ConfigurationFault) as caught:
        load_config(written(text), {})
    message = str(caught.value)
    assert "site.kurier.name: Field required" in message
    assert "site.kurier.nmae: there is no such key" in message
    assert "source.rathaus.adapter" in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"LITFASS_REDIS_URL": "x"}, "LITFASS_REDIS_URL: nothing reads this variable"),
        ({"RATHAUS_SECRET": ""}, "env:RATHAUS_SECRET is empty"),
        ({"LITFASS_REDIS__URLL": "x"}, "redis.urll: there is no such key"),
    ],
    ids=["misspelt-variable", "empty-secret", "misspelt-nested"],
)
def test_the_environment_is_checked_too(written, change, words):
    with pytest.raises(ConfigurationFault, match=words):
        load_config(written(GOOD), ENVIRON | change)


def test_a_missing_secret_stops_the_start(written):
    with pytest.raises(ConfigurationFault, match="RATHAUS_SECRET is not set"):
        load_config(written(GOOD), {})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('secrets = ["env:RATHAUS_SECRET"]', "", "allow_unsigned = true"),
        ('site = "kurier"', 'site = "bote"', r"there is no \[site.bote\]"),
        ('stadt = "Stadt"', 'tag = "Tag"', "reserved"),
        ('name = "Der Kurier"', 'name = "K"\ntimezone = "Europe/Belrin"', "no time zone"),
        ('name = "Der Kurier"', 'name = "K"\npermalink = "/{sektion}/"', "unknown field"),
        ('name = "Der Kurier"', 'name = "K"\npermalink = "/api/{slug}/"', "reserved word"),
    ],
)
def test_impossible_values_are_explained(written, old, new, words):
    with pytest.raises(ConfigurationFault, match=words):
        load_config(written(GOOD.replace(old, new)), ENVIRON)


def test_a_file_that_is_missing_or_no_toml_is_named(written, tmp_path):
    with pytest.raises(ConfigurationFault, match="Say where it is"):
        load_config(tmp_path / "nowhere.toml", {})
    with pytest.raises(ConfigurationFault, match="is not TOML"):
        load_config(written("[site"), {})


def test_secrets_come_from_variables_and_files_newest_first(tmp_path):
    (tmp_path / "old").write_text("alt\n")
    source = SourceConfig(site="kurier", adapter="standard", secrets=("env:NEW", f"file:{tmp_path / 'old'}"))
    assert secrets_of(source, {"NEW": "neu"}) == ("neu", "alt")


def test_a_service_setting_that_does_not_exist_is_named_with_the_nearest():
    with pytest.raises(ConfigurationFault, match="did you mean LITFASS_DELIVERY_BATCH_SIZE"):
        load_settings(DeliverySettings, {"LITFASS_DELIVERY_BATCHSIZE": "5"})


def test_a_service_setting_out_of_bounds_is_named():
    with pytest.raises(ConfigurationFault, match="LITFASS_DELIVERY_BATCH_SIZE"):
        load_settings(DeliverySettings, {"LITFASS_DELIVERY_BATCH_SIZE": "0"})


PLACE = """
[source.rathaus.reconcile]
kind = "wordpress"
url = "https://rathaus.example"
key = "env:LITFASS_RATHAUS_KEY"
"""


def test_the_key_of_a_cms_that_is_asked_is_a_secret_like_others(written):
    opened = load_config(written(GOOD + PLACE), ENVIRON | {"LITFASS_RATHAUS_KEY": "bot:abcd"})
    place = opened.source["rathaus"].reconcile
    assert place is not None
    assert key_of(place.key, {"LITFASS_RATHAUS_KEY": "bot:abcd"}) == "bot:abcd"
    assert key_of("", {}) == ""
    with pytest.raises(ConfigurationFault, match=r"source\.rathaus\.reconcile\.key.*LITFASS_RATHAUS_KEY is not set"):
        load_config(written(GOOD + PLACE), ENVIRON)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"wordpress"\nurl', '"ghost"\nurl', "ghost is not what the adapter wordpress reads"),
        ('"wordpress"\nurl', '"drupal"\nurl', "kind"),
        ('url = "https://rathaus.example"', 'url = "rathaus"', "url"),
        ('key = "env:LITFASS_RATHAUS_KEY"', 'key = "geheim"', "key"),
        ('key = "env:LITFASS_RATHAUS_KEY"', "every_s = 1", "every_s"),
        ('key = "env:LITFASS_RATHAUS_KEY"', "evry_s = 60", "evry_s"),
    ],
)
def test_what_cannot_be_asked_so_stops_the_start(written, old, new, words):
    text = (GOOD + PLACE).replace(old, new)
    with pytest.raises(ConfigurationFault, match=words):
        load_config(written(text), ENVIRON | {"LITFASS_RATHAUS_KEY": "x"})


FEED = {"kind": "feed", "url": "https://rathaus.example/feed/"}


def test_ghost_and_superdesk_give_nothing_without_a_key():
    fields = {"site": "kurier", "adapter": "ghost", "allow_unsigned": True}
    with pytest.raises(ValueError, match="has no key"):
        SourceConfig.model_validate(fields | {"reconcile": {"kind": "ghost", "url": "https://blog.example"}})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "has no \\[source.NAME.reconcile\\]"),
        ({"reconcile": FEED, "secrets": ["env:X"]}, "nobody delivers"),
        ({"reconcile": FEED, "allow_unsigned": True}, "nobody delivers"),
        ({"reconcile": {**FEED, "kind": "wordpress"}}, "wordpress is not what the adapter feed reads"),
    ],
)
def test_a_source_that_is_fetched_says_from_where_and_takes_nothing_else(more, words):
    with pytest.raises(ValueError, match=words):
        SourceConfig.model_validate({"site": "kurier", "adapter": "feed", **more})
    assert SourceConfig.model_validate({"site": "kurier", "adapter": "feed", "reconcile": FEED}).secrets == ()
