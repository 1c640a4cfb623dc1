"""Read what another version wrote: old fields are lifted, unknown ones of newer producers are ignored.

A v1 document, event or signal must parse for ever; `tests/contracts` keeps one of each kind ever written.
"""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from shared.contracts.base import Contract

C = TypeVar("C", bound=Contract)

# (contract's name, version) → what turns that version's fields into the next one's. Empty while all are v1.
STEPS: Mapping[tuple[str, int], Callable[[dict[str, object]], dict[str, object]]] = {}


def read(contract: type[C], data: str | bytes | Mapping[str, object]) -> C:
    """Return `data` (JSON text or fields) as the newest version of `contract`, ignoring unknown keys.

    Raises pydantic.ValidationError when even then something required is missing or wrong.
    """
    if isinstance(data, str | bytes):
        if not STEPS:
            return contract.model_validate_json(data, extra="ignore")
        data = json.loads(data)  # only old versions pay for a second parse
    return contract.model_validate(lift(contract.__name__, dict(data)), extra="ignore")  # type: ignore[arg-type]


def lift(name: str, fields: dict[str, object]) -> dict[str, object]:
    """Apply every step from the fields' own version on."""
    version = fields.get("schema_version", fields.get("v", 1))
    while isinstance(version, int) and (step := STEPS.get((name, version))):
        fields = step(fields)
        version += 1
    return fields
