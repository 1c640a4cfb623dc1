"""`[site.NAME.ads]`: where advertisements may stand, by which rules, and who fills them.

slots       positions, their sizes by width of the screen, and what is reserved for them
rules       distances and caps; and where there is no advertising, or less of it
creatives   house advertisements, and what political ones must say
providers   networks, and the consent that they need
sellers     ads.txt, app-ads.txt, sellers.json

What is not said has a default that is lawful in Germany and within the Better Ads Standards.
"""

from collections.abc import Iterator

from pydantic import Field, field_validator, model_validator

from shared.contracts.ads.creatives import CreativeConfig, CreativeImage, TransparencyConfig
from shared.contracts.ads.providers import ConsentConfig, GptConfig, PrebidBid, PrebidConfig, Provider, TagConfig
from shared.contracts.ads.rules import FreeConfig, RulesConfig, SensitiveConfig
from shared.contracts.ads.sellers import AuthorisedConfig, SellerConfig, SellersConfig
from shared.contracts.ads.slots import DEFAULT_SLOTS, PageKind, Position, ScreenConfig, SlotConfig, position_faults
from shared.contracts.base import Contract, PathWord

__all__ = [
    "DEFAULT_SLOTS",
    "AdsConfig",
    "AuthorisedConfig",
    "ConsentConfig",
    "CreativeConfig",
    "CreativeImage",
    "FreeConfig",
    "GptConfig",
    "OverrideConfig",
    "PageKind",
    "Position",
    "PrebidBid",
    "PrebidConfig",
    "RulesConfig",
    "ScreenConfig",
    "SellerConfig",
    "SellersConfig",
    "SensitiveConfig",
    "SlotConfig",
    "TagConfig",
    "TransparencyConfig",
]


class OverrideConfig(Contract):
    """`[[site.NAME.ads.overrides]]`: what is different on some pages or in some sections. Later ones win."""

    pages: tuple[PageKind, ...] = Field(default=(), description="Where this holds; default: on every kind of page.")
    sections: tuple[PathWord, ...] = Field(default=(), description="Where this holds; default: in every section.")
    rules: dict[str, float] = Field(default_factory=dict, description="Keys of `rules` and what they are here.")
    slots: dict[Position, SlotConfig] = Field(default_factory=dict, description="Keys of `slots` that differ here.")

    @model_validator(mode="after")
    def _known_slots(self) -> "OverrideConfig":
        if faults := position_faults(self.slots):
            raise ValueError("; ".join(faults))
        return self


class AdsConfig(Contract):
    """`[site.NAME.ads]`."""

    enabled: bool = Field(default=True, description="false: no page has a place for advertisements.")
    label: str = Field(
        default="", max_length=40, description="The word over advertisements; default: in the article's language."
    )
    why: bool = Field(default=True, description="`?ads=why` shows on a page why there is or is no advertisement.")
    rules: RulesConfig = RulesConfig()
    free: FreeConfig = FreeConfig()
    sensitive: SensitiveConfig = SensitiveConfig()
    slots: dict[Position, SlotConfig] = Field(
        default_factory=dict, description="By position: what is different from what each has by default."
    )
    overrides: tuple[OverrideConfig, ...] = Field(default=(), description="What is different on some pages.")
    provider: Provider = Field(
        default="none", description="Which network fills slots in the browser, after consent; house ads need none."
    )
    consent: ConsentConfig = ConsentConfig()
    gpt: GptConfig = GptConfig()
    prebid: PrebidConfig = PrebidConfig()
    tag: TagConfig = TagConfig()
    creatives: dict[PathWord, CreativeConfig] = Field(
        default_factory=dict, description="House advertisements by name; the name stands in addresses and metrics."
    )
    own_hosts: tuple[str, ...] = Field(
        default=(), description="Hosts besides the site's that are its own, and may serve pictures of creatives."
    )
    ads_txt: AuthorisedConfig = AuthorisedConfig()
    app_ads_txt: AuthorisedConfig = AuthorisedConfig()
    sellers_json: SellersConfig = SellersConfig()

    @field_validator("slots")
    @classmethod
    def _known_slots(cls, value: dict[str, SlotConfig]) -> dict[str, SlotConfig]:
        if faults := position_faults(value):
            raise ValueError("; ".join(faults))
        return value

    @model_validator(mode="after")
    def _usable_everywhere(self) -> "AdsConfig":
        for override in self.overrides:
            self.rules.changed(override.rules)  # raises with the key at fault
        for page in ("front", "list", "article"):
            for section in {"", *(section for override in self.overrides for section in override.sections)}:
                for position, slot in self.slots_at(page, section).items():
                    if faults := slot.faults():
                        raise ValueError(f"slots.{position}: {'; '.join(faults)}")
        return self

    @model_validator(mode="after")
    def _network_complete(self) -> "AdsConfig":
        needed = {
            "consent.cmp": self.consent.cmp or self.provider == "none",
            "gpt.unit": self.gpt.unit or self.provider not in {"gpt", "prebid"},
            "prebid.script": self.prebid.script or self.provider != "prebid",
            "tag.html": self.tag.html or self.provider != "tag",
        }
        if missing := [name for name, is_said in needed.items() if not is_said]:
            raise ValueError(f"provider = {self.provider!r} needs {' and '.join(missing)}")
        return self

    def rules_at(self, page: PageKind, section: str) -> RulesConfig:
        """Return the rules of a kind of page in a section; "" is no section, as on the front page."""
        rules = self.rules
        for override in self._overrides_at(page, section):
            rules = rules.changed(override.rules)
        return rules

    def slots_at(self, page: PageKind, section: str) -> dict[Position, SlotConfig]:
        """Return every position with all that is said of it there, also those switched off, as the page has them."""
        slots: dict[Position, SlotConfig] = {}
        changes = [self.slots, *(override.slots for override in self._overrides_at(page, section))]
        for position in sorted({*DEFAULT_SLOTS, *(name for change in changes for name in change)}, key=_place):
            slot = DEFAULT_SLOTS.get(position) or DEFAULT_SLOTS["sidebar-2"]
            for change in changes:
                slot = slot.changed(change.get(position))
            slots[position] = slot
        return slots

    def named_sections(self) -> Iterator[tuple[str, str]]:
        """Give every section that is named, and where."""
        yield from (("free.sections", section) for section in self.free.sections)
        yield from (("sensitive.sections", section) for section in self.sensitive.sections)
        yield from (
            (f"slots.{name}.sections", each) for name, slot in self.slots.items() for each in slot.sections or ()
        )
        for name, creative in self.creatives.items():
            yield from ((f"creatives.{name}.sections", section) for section in creative.sections)
        yield from (("overrides.sections", section) for override in self.overrides for section in override.sections)

    def _overrides_at(self, page: PageKind, section: str) -> Iterator[OverrideConfig]:
        for override in self.overrides:
            if (not override.pages or page in override.pages) and (
                not override.sections or section in override.sections
            ):
                yield override


_ORDER: dict[str, int] = {"top": 0, "in-article": 1, "article-end": 2, "list": 3, "sticky": 9}


def _place(position: str) -> tuple[int, str]:
    return _ORDER.get(position, 5), position
