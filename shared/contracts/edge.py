"""`[edge]`: the caches in front of the page server, and what they can do.

Without a cache here nobody would purge: pages are then kept by others for seconds only.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import Contract

CacheName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,62})$")]


class CacheConfig(Contract):
    """One cache that is told what changed."""

    kind: Literal["varnish"] = Field(default="varnish", description="How it wants to be told.")
    url: str = Field(
        pattern=r"^https?://[^/?#@\s]+$",
        description="The cache as render reaches it: http://varnish:6081; for purges, and to prove a kill.",
    )


class EdgeConfig(Contract):
    """What stands in front of the page server."""

    esi: bool = Field(
        default=False,
        description="Every request comes through a cache that puts fragments in, says so itself "
        '(Surrogate-Capability: …="ESI/1.0") and takes that header away from readers.',
    )
    cache: dict[CacheName, CacheConfig] = Field(
        default_factory=dict, description="The caches, each in a table `[edge.cache.NAME]`."
    )
