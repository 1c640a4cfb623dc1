"""`[site.NAME.ads]`: what stops the start, and what it says."""

import pytest
from pydantic import ValidationError

from shared.contracts.ads import DEFAULT_SLOTS, AdsConfig
from tests.support.articles import a_site


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"switched_on": True}, "switched_on"),
        ({"rules": {"wordsbefore": 1}}, "wordsbefore"),
        ({"rules": {"density": 0.6}}, "less than or equal to 0.5"),
        ({"slots": {"billboard": {}}}, "there is no position 'billboard'; there are top, sidebar-1"),
        ({"slots": {"top": {"sizes": ["1x1"]}}}, "sizes"),
        ({"slots": {"top": {"phone": ["320 x 50"]}}}, "should match pattern"),
        ({"slots": {"top": {"phone": {"sizes": ["320x100"], "height": 50}}}}, "320x100 is taller than the 50 px"),
        ({"slots": {"in-article": {"pages": ["front"]}}}, "in-article cannot be on pages of kind front"),
        ({"slots": {"sticky": {"phone": ["320x480"]}}}, "sticky may be 150 px high at most"),
        ({"overrides": [{"rules": {"mots": 3}}]}, "overrides.rules.mots"),
        ({"overrides": [{"rules": {"most": -1}}]}, "overrides.rules.most"),
        ({"overrides": [{"slots": {"billboard": {}}}]}, "there is no position 'billboard'"),
        ({"overrides": [{"slots": {"top": {"phone": {"sizes": ["320x100"], "height": 50}}}}]}, "would jump"),
        ({"free": {"kinds": ["poem"]}}, "poem"),
    ],
)
def test_what_cannot_be_stops_the_start_and_says_where(config, fault):
    with pytest.raises(ValidationError) as caught:
        AdsConfig.model_validate(config)
    assert fault in str(caught.value)


def test_a_section_that_there_is_not_stops_the_start():
    config = {"free": {"sections": ["stadtt"]}, "overrides": [{"sections": ["sprot"]}]}
    with pytest.raises(ValidationError) as caught:
        a_site(ads=config)
    assert "ads.free.sections: there is no section 'stadtt'" in str(caught.value)
    assert "ads.overrides.sections: there is no section 'sprot'" in str(caught.value)


def test_what_is_not_said_is_as_it_ships():
    assert AdsConfig().slots_at("article", "") == {
        name: DEFAULT_SLOTS[name]
        for name in ("top", "in-article", "article-end", "list", "sidebar-1", "sidebar-2", "sticky")
    }
    changed = AdsConfig.model_validate({"slots": {"top": {"phone": ["320x50"]}}}).slots_at("front", "")["top"]
    assert changed.phone.sizes == ("320x50",)
    assert changed.tablet == DEFAULT_SLOTS["top"].tablet


def test_later_overrides_win():
    config = AdsConfig.model_validate(
        {"overrides": [{"rules": {"most": 2}}, {"sections": ["sport"], "rules": {"most": 1}}]}
    )
    assert (config.rules_at("article", "stadt").most, config.rules_at("article", "sport").most) == (2, 1)


def test_it_survives_being_written_and_read():
    config = AdsConfig.model_validate({"slots": {"top": {"phone": ["320x50"]}}, "rules": {"most": 2}})
    assert AdsConfig.model_validate(config.model_dump(mode="json")) == config
    assert AdsConfig.model_validate_json(config.model_dump_json()) == config
