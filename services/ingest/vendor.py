"""What one vendor is to us: how its deliveries are proved and what they say. Also what an adapter of one's own offers.

A package of one's own makes one and names it as an entry point in the group `litfass.adapters`; examples/own-adapter
is a complete one. What it promises is tested by `services.ingest.conformance`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.ingest.adapt import Adapt, Payload
from services.ingest.adapt.drafts import AsPublished, as_it_is
from services.ingest.verify import Key, Verify

GROUP: Final = "litfass.adapters"  # of entry points


@dataclass(frozen=True)
class Vendor:
    """One CMS.

    Args:
        key: what the scheme makes of a secret as it is configured.
        verify: is it really from the newsroom? Pure.
        adapt: the payload → our draft. Pure.
        options: what `[source.NAME.options]` may say to this vendor: name → the values that are possible, none = any
            text. Adapters read them from their circumstances and have a default for each.
        public: a payload without what it has for members, so that a refused one can be kept: the same draft comes of
            it. Pure.
        as_published: a payload of a draft, as the CMS would send it if it were published now: for previews. Pure.
        takes_forms: it sends forms (`application/x-www-form-urlencoded`); their fields are the payload, as texts.
    """

    key: Key
    verify: Verify
    adapt: Adapt
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    takes_forms: bool = False
    public: Callable[[Payload], Payload] = lambda payload: payload
    as_published: AsPublished = as_it_is
