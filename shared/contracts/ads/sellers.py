"""`ads_txt`, `app_ads_txt` and `sellers_json` below `[site.NAME.ads]`: who may sell this site's advertising.

Sources: IAB Tech Lab, ads.txt 1.1 (app-ads.txt has the same form), sellers.json 1.0.
"""

from typing import Any, Literal

from pydantic import Field, field_validator

from shared.contracts.base import Contract


class AuthorisedConfig(Contract):
    """Who may sell; each network says which line it wants."""

    records: tuple[str, ...] = Field(
        default=(), description='"google.com, pub-1, DIRECT, f08c47fec0942fa0" …; or all lines in one text.'
    )
    owner_domain: str = Field(
        default="", description="OWNERDOMAIN: the business that owns the site; default: its host."
    )
    manager_domains: tuple[str, ...] = Field(default=(), description='MANAGERDOMAIN: "domain" or "domain, DE".')
    contacts: tuple[str, ...] = Field(default=(), description="CONTACT: address or page for questions.")
    subdomains: tuple[str, ...] = Field(default=(), description="SUBDOMAIN: hosts below it with a file of their own.")
    partner_domains: tuple[str, ...] = Field(
        default=(), description="INVENTORYPARTNERDOMAIN: whose inventory is shown here too."
    )

    @field_validator("records", mode="before")
    @classmethod
    def _one_text(cls, value: Any) -> Any:  # whatever TOML holds
        lines = value.splitlines() if isinstance(value, str) else value
        return [line for line in lines if not isinstance(line, str) or line.strip()]


class SellerConfig(Contract):
    """One seller of sellers.json."""

    seller_id: str = Field(min_length=1, description="As in the ads.txt of those whom it sells for.")
    seller_type: Literal["PUBLISHER", "INTERMEDIARY", "BOTH"] = "PUBLISHER"
    name: str = Field(default="", description="Of the business; may be missing only when confidential.")
    domain: str = Field(default="", description="Of the business; may be missing only when confidential.")
    is_confidential: bool = Field(default=False, description="Name and domain are not published.")
    comment: str = ""


class SellersConfig(Contract):
    """sellers.json, for a site that sells for others; without sellers there is none."""

    contact_email: str = ""
    contact_address: str = ""
    sellers: tuple[SellerConfig, ...] = Field(default=(), description="Each a table, see below.")
