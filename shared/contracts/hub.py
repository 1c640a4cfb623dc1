"""WebSub: who wants which of our feeds delivered. Source: W3C WebSub, 5 and 7."""

from typing import Literal

from pydantic import Field

from shared.contracts.base import Contract, SiteName

Mode = Literal["subscribe", "unsubscribe"]


class HubSubscription(Contract):
    """One callback on one topic, as it was verified."""

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    callback: str
    secret: str = Field(default="", max_length=199)
    expires_ms: int


class HubRequest(Contract):
    """What somebody asked for, until it is verified that the callback wants it.

    Args:
        path: of the feed, on the site.
    """

    v: int = Field(default=1, ge=1, description="Version of this contract.")
    mode: Mode
    site: SiteName
    path: str
    callback: str
    secret: str = Field(default="", max_length=199)
    lease_s: int
