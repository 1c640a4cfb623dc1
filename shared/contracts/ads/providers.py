"""`consent`, `gpt`, `prebid`, `tag` below `[site.NAME.ads]`: networks that fill slots in the browser, after consent."""

from typing import Literal

from pydantic import Field

from shared.contracts.ads.creatives import Address
from shared.contracts.ads.slots import Position
from shared.contracts.base import Contract

Provider = Literal["none", "gpt", "prebid", "tag"]
GOOGLE: int = 755  # Google Advertising Products in IAB Europe's Global Vendor List


class ConsentConfig(Contract):
    """What readers must have agreed to before any network is asked (IAB TCF 2.3)."""

    cmp: Address | None = Field(
        default=None, description="The consent tool's script; better a path of the site: it is loaded for everybody."
    )
    purposes: tuple[int, ...] = Field(default=(1,), description="TCF purposes that need consent; 1 is storage.")
    vendors: tuple[int, ...] = Field(
        default=(), description="TCF ids of vendors that need it; default: 755 (Google) for `gpt` and `prebid`."
    )


class GptConfig(Contract):
    """Google Publisher Tag."""

    unit: str = Field(
        default="",
        pattern=r"^(/\d+(,\d+)?(/[\w.{}*\\!<:()-]+)+)?$",
        description="Ad unit path, such as /1234567/bote/{section}/{position}.",
    )
    script: Address = Field(
        default="https://securepubads.g.doubleclick.net/tag/js/gpt.js", description="Where Google's library is."
    )
    sensitive_exclusion: str = Field(default="", description="Category exclusion label beside sensitive articles.")


class PrebidBid(Contract):
    """What one bidder is asked."""

    bidder: str = Field(min_length=1)
    positions: tuple[Position, ...] = Field(default=(), description="Only for these; default: for all.")
    params: dict[str, str | int | float | bool] = Field(default_factory=dict, description="As the bidder wants them.")


class PrebidConfig(Contract):
    """Prebid, in front of Google Publisher Tag; build it with consentManagementTcf and tcfControl."""

    script: Address | None = Field(default=None, description="Your build of Prebid; better a path of the site.")
    timeout_ms: int = Field(default=1200, ge=200, le=5000, description="What bidders get; then Google is asked anyway.")
    bids: tuple[PrebidBid, ...] = Field(default=(), description="Each a table, see below.")


class TagConfig(Contract):
    """The HTML that a network gives, in a frame of its own that cannot touch the page."""

    html: str = Field(
        default="", description="With {position}, {section}, {width}, {height} and {consent}, the TC string."
    )
