"""Deliveries of structured CMSs: those of tests/fixtures/deliveries, with how their source is set up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.ingest.adapt import Circumstances
from services.ingest.draft import Draft, Ignored
from services.ingest.vendors import VENDORS
from shared.contracts.config import ContentModel

FOLDER: Final = Path(__file__).parents[1] / "fixtures/deliveries"
# What the newsroom says of its content model, where anything.
MODELS: Final[Mapping[str, Any]] = {
    "contentful": {},
    "sanity": {},
    "drupal": {"base_url": "https://drupal.kurier.example"},
    "strapi": {"base_url": "https://strapi.kurier.example"},
    "payload": {"base_url": "https://payload.kurier.example", "fields": {"standfirst": "meta.description"}},
}
NOW_MS: Final = 1_795_424_402_000  # 2026-11-23 09:00:02 UTC, after all of them
NAMES: Final = sorted(
    f"{vendor}-{path.name.partition('.')[0]}" for vendor in MODELS for path in (FOLDER / vendor).glob("*.body.json")
)


@dataclass(frozen=True)
class Told:
    """One delivery as it comes to an adapter."""

    vendor: Any
    payload: dict[str, Any]
    event: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    sent_ms: int = 0
    model: dict[str, Any] = field(default_factory=dict)

    def with_payload(self, payload: Any) -> "Told":
        """The same circumstances with another payload."""
        return replace(self, payload=payload)

    def adapted(self, *, language: str = "de") -> Draft | Ignored:
        """What the adapter makes of it; raises PayloadRejected."""
        return VENDORS[self.vendor].adapt(self.payload, self.circumstances(language=language))

    def circumstances(self, *, language: str = "de") -> Circumstances:
        """What the adapter may know beside the payload."""
        return Circumstances(
            now_ms=NOW_MS, sent_ms=self.sent_ms, event=self.event, headers=self.headers, language=language,
            zone=ZoneInfo("Europe/Berlin"), model=ContentModel.model_validate(self.model),
        )  # fmt: skip


def a_told(name: str, **changes: Any) -> Told:
    """Return the delivery `contentful-publish` …; `changes` are of its parts."""
    vendor, _, what = name.partition("-")
    http = FOLDER / vendor / f"{what}.http.json"
    written = json.loads(http.read_text(encoding="utf-8")) if http.exists() else {}
    payload = json.loads((FOLDER / vendor / f"{what}.body.json").read_text(encoding="utf-8"))
    return Told(**({"vendor": vendor, "model": MODELS[vendor], "payload": payload} | written | changes))
