"""`[edge]`: the caches in front of the page server, and what they can do.

Without a cache here nobody would purge: pages are then kept by others for seconds only.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Contract

HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"  # RFC 9110, 5.1
CacheName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,62})$")]


class CacheConfig(Contract):
    """One cache that is told what changed."""

    kind: Literal["varnish", "header"] = Field(
        default="varnish",
        description="How it wants to be told: `varnish` with our VCL, or `header`: one request with the names in a "
        "header, as `method`, `path`, `header` and `soft_header` say.",
    )
    url: str = Field(
        pattern=r"^https?://[^/?#@\s]+$",
        description="The cache as render reaches it: http://varnish:6081; for purges, and to prove a kill.",
    )
    method: str = Field(default="PURGE", pattern=r"^[A-Z]{1,20}$", description="Of a purge.")
    path: str = Field(default="/", pattern=r"^/[!-~]*$", description="That takes purges.")
    header: str = Field(
        default="Surrogate-Key", pattern=HEADER, description="Has the names, with spaces between; they go at once."
    )
    soft_header: str | None = Field(
        default=None,
        pattern=HEADER,
        description="The same for names of which an old copy may go out while the new one is fetched; without it these "
        "go at once as well.",
    )

    @model_validator(mode="after")
    def _varnish_is_told_as_our_vcl_wants_it(self) -> Self:
        said = self.model_fields_set & {"method", "path", "header", "soft_header"}
        if self.kind == "varnish" and said:
            raise ValueError(f'{", ".join(sorted(said))}: only for kind = "header"; our VCL says this for Varnish')
        return self


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
