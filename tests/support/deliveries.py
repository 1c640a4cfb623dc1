"""Deliveries of structured CMSs, one file each: what was sent, how the source is set up, and what must come of it."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from services.ingest.adapt import Circumstances
from services.ingest.draft import Draft, Ignored
from services.ingest.vendors import VENDORS
from shared.contracts.config import ContentModel

FOLDER: Final = Path(__file__).parents[1] / "fixtures/cms/structured"
NOW_MS: Final = 1_795_424_402_000  # 2026-11-23 09:00:02 UTC, after all of them
NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.json"))
_DRAFT: Final = TypeAdapter(Draft)


@dataclass(frozen=True)
class Told:
    """One delivery as it comes to an adapter."""

    vendor: Any
    payload: dict[str, Any]
    event: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    sent_ms: int = 0
    model: dict[str, Any] = field(default_factory=dict)
    golden: Any = None

    def with_payload(self, payload: Any) -> "Told":
        """The same circumstances with another payload."""
        return replace(self, payload=payload)

    def adapted(self, *, language: str = "de") -> Draft | Ignored:
        """What the adapter makes of it; raises PayloadRejected."""
        circumstances = Circumstances(
            now_ms=NOW_MS, sent_ms=self.sent_ms, event=self.event, headers=self.headers, language=language,
            zone=ZoneInfo("Europe/Berlin"), model=ContentModel.model_validate(self.model),
        )  # fmt: skip
        return VENDORS[self.vendor].adapt(self.payload, circumstances)


def a_told(name: str, **changes: Any) -> Told:
    """Return the delivery `contentful-publish` …; `changes` are of its parts."""
    written = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Told(**({"vendor": name.partition("-")[0]} | written | changes))


def shown(answer: Draft | Ignored) -> Any:
    """An answer as the golden files have it: JSON, without what is empty."""
    if isinstance(answer, Ignored):
        return {"ignored": answer.reason}
    return _said(_DRAFT.dump_python(answer, mode="json"))


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(inner) for name, inner in value.items() if inner not in (None, "", [], 0)}
    return [_said(inner) for inner in value] if isinstance(value, list) else value
