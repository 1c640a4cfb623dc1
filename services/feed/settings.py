"""What the feed service can be told by environment, `LITFASS_FEED_…`; read once, in app.py."""

from ipaddress import ip_network
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.senders import Networks

OUR_OWN: Final = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")


class FeedSettings(BaseSettings):
    """The feed service's own settings."""

    model_config = SettingsConfigDict(env_prefix="LITFASS_FEED_", frozen=True, extra="forbid")

    items: int = Field(default=50, ge=1, le=500, description="Articles in a feed document.")
    files_apart_s: float = Field(
        default=1.0, ge=0, le=60, description="Seconds between two versions of one feed document; a kill does not wait."
    )
    busy_share: float = Field(
        default=1 / 3,
        gt=0,
        le=1,
        description="Share of the time that may go into writing feed documents while articles come.",
    )
    tick_s: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between two looks at what the clock has to do."
    )
    api_max_age_s: int = Field(default=5, ge=0, description="Seconds that an answer of the API may be kept.")
    api_per_token: int = Field(
        default=6_000, ge=0, description="Requests a minute that a subscriber may make of one process; 0 = any number."
    )
    api_per_address: int = Field(
        default=600, ge=0, description="The same for an address that shows no token of a subscriber."
    )
    trusted_proxies: Networks = Field(
        default=tuple(map(ip_network, OUR_OWN)),
        description="Networks of proxies whose X-Forwarded-For says who asks, comma-separated; default: private ones. "
        "What comes from them without saying for whom is not limited.",
    )
    feed_max_age_s: int = Field(default=60, ge=0, description="Seconds that a feed document may be kept.")
    stream_clients: int = Field(
        default=10_000,
        ge=1,
        le=19_000,
        description="Clients that one process streams events to at a time; more get 503. Each is an open file.",
    )
    stream_lifetime_s: float = Field(
        default=1_800.0,
        gt=0,
        description="Seconds after which a stream ends, a fifth more or less; clients come again.",
    )
    link_s: int = Field(default=3_600, ge=1, le=86_400, description="Seconds that a signed link to a stream opens it.")
    direct_entries: int = Field(
        default=10_000, ge=100, description="The same for one who reads Redis itself, where entries carry their text."
    )
    webhook_timeout_s: float = Field(
        default=20.0, gt=0, le=60, description="Seconds that a subscriber's webhook has to answer."
    )
    webhook_at_once: int = Field(default=8, ge=1, le=100, description="Deliveries to one webhook at a time.")
    outbound_private: bool = Field(
        default=False,
        description="Deliver also by plain HTTP, to any port and to private addresses: for closed networks and tests.",
    )
    out_entries: int = Field(
        default=100_000, ge=100, description="About how many events a subscriber's stream keeps for it."
    )
