"""Which vendor proves and says what how: a source's `adapter` → its scheme and its mapping. The only list of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.ingest.adapt import Adapt, ghost, standard, wordpress
from services.ingest.verify import Key, Verify, unsigned
from services.ingest.verify import ghost as ghost_signature
from services.ingest.verify import standard as standard_webhooks
from shared.contracts.config import AdapterName, SourceConfig


@dataclass(frozen=True)
class Vendor:
    """One CMS: how its deliveries are proved, and what they say."""

    key: Key
    verify: Verify
    adapt: Adapt


VENDORS: Final[Mapping[AdapterName, Vendor]] = {
    "standard": Vendor(standard_webhooks.key, standard_webhooks.verify, standard.adapt),
    "wordpress": Vendor(standard_webhooks.key, standard_webhooks.verify, wordpress.adapt),
    "ghost": Vendor(ghost_signature.key, ghost_signature.verify, ghost.adapt),
}


def verify_of(source: SourceConfig) -> Verify:
    """Return how a source's deliveries are proved; nothing is proved only where `allow_unsigned` is written out."""
    if not source.secrets:
        return unsigned
    if source.adapter == "ghost" and source.legacy_signature:
        return ghost_signature.verify_legacy
    return VENDORS[source.adapter].verify
