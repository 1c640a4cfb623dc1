"""ads.txt, app-ads.txt and sellers.json: who may sell this site's advertising. Pure.

A line that no buyer would understand is left out of the file, as a comment, and `litfass check` names it: a list that
somebody pasted must not keep a newspaper from starting. Without any seller ads.txt says exactly that, so that nobody
can sell in the site's name.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from shared.contracts.ads import AuthorisedConfig, SellersConfig
from shared.contracts.config import SiteConfig

NOBODY: Final = "placeholder.example.com, placeholder, DIRECT, placeholder"  # ads.txt 1.1, 3.2.1
RELATIONS: Final = frozenset({"DIRECT", "RESELLER"})
_DOMAIN: Final = re.compile(r"(?!-)(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"([A-Z]+)\s*=", re.IGNORECASE)
_CERTIFICATE: Final = re.compile(r"[0-9a-f]{8,32}", re.IGNORECASE)


def files_of(site: SiteConfig) -> dict[str, bytes | None]:
    """Return path → content of each of the three; None for one that there is not."""
    ads = site.ads
    app = authorised(ads.app_ads_txt, host=host_of(site)) if ads.app_ads_txt.records else None
    return {
        # With a network and no record the placeholder would forbid what the site is about to do.
        "/ads.txt": authorised(ads.ads_txt, host=host_of(site))
        if ads.ads_txt.records or not _has_network(site)
        else None,
        "/app-ads.txt": app,
        "/sellers.json": sellers_json(ads.sellers_json) if ads.sellers_json.sellers else None,
    }


def authorised(config: AuthorisedConfig, *, host: str) -> bytes:
    """Return ads.txt or app-ads.txt; `host` is the site's own."""
    lines = [f"# {host}: who may sell its advertising"]
    owner = config.owner_domain or host
    if _DOMAIN.fullmatch(owner):  # where one tries things out, the host is a number
        lines.append(f"OWNERDOMAIN={owner}")
    several = {
        "MANAGERDOMAIN": config.manager_domains,
        "CONTACT": config.contacts,
        "SUBDOMAIN": config.subdomains,
        "INVENTORYPARTNERDOMAIN": config.partner_domains,
    }
    lines += [f"{name}={_line(value)}" for name, values in several.items() for value in values]
    seen: set[tuple[str, ...]] = set()
    records = [_written(record, seen) for record in config.records]
    if not any(not record.startswith("#") for record in records):
        records.append(NOBODY)
    return "\n".join([*lines, "", *records, ""]).encode()


def sellers_json(config: SellersConfig) -> bytes:
    """Return sellers.json."""
    head = {"contact_email": config.contact_email, "contact_address": config.contact_address, "version": "1.0"}
    sellers = []
    for seller in config.sellers:
        fields: dict[str, object] = {"seller_id": seller.seller_id, "seller_type": seller.seller_type}
        if seller.is_confidential:
            fields["is_confidential"] = 1
        else:
            fields |= {"name": seller.name, "domain": seller.domain}
        sellers.append(fields | _said({"comment": seller.comment}))
    document = _said(head) | {"sellers": sellers}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def faults_of(site: SiteConfig) -> Iterator[str]:
    """Give every fault in the three files, with where it is and what to do."""
    if _has_network(site) and not site.ads.ads_txt.records:
        yield f"ads.ads_txt.records: provider = {site.ads.provider!r} sells, but no line says that it may"
    for name, config in (("ads_txt", site.ads.ads_txt), ("app_ads_txt", site.ads.app_ads_txt)):
        seen: set[tuple[str, ...]] = set()
        for number, record in enumerate(config.records, start=1):
            if fault := _fault(record, seen):
                yield f"ads.{name}.records: line {number}, {_line(record)!r}: {fault}"
        for field in ("owner_domain", "manager_domains", "subdomains", "partner_domains"):
            value = getattr(config, field)
            for domain in [value] if isinstance(value, str) else value:
                if domain and not _DOMAIN.fullmatch(domain.partition(",")[0].strip()):
                    yield f"ads.{name}.{field}: {domain!r} is no domain such as kurier.example"
    ids: set[str] = set()
    for seller in site.ads.sellers_json.sellers:
        where = f"ads.sellers_json.sellers {seller.seller_id}"
        if seller.seller_id in ids:
            yield f"{where}: the id stands there twice"
        ids.add(seller.seller_id)
        if not seller.is_confidential and not (seller.name and _DOMAIN.fullmatch(seller.domain)):
            yield f"{where}: needs name and domain, or is_confidential = true"


def host_of(site: SiteConfig) -> str:
    """Return the domain of a site, without `www.`."""
    return (site.url.host or "").removeprefix("www.")


def _has_network(site: SiteConfig) -> bool:
    return site.ads.provider != "none"


def _written(record: str, seen: set[tuple[str, ...]]) -> str:
    record = _line(record)
    if record.startswith("#"):
        return record
    fault = _fault(record, seen)
    return f"# left out, {fault}: {record}" if fault else record


def _fault(record: str, seen: set[tuple[str, ...]]) -> str:
    """Return what is wrong with one record; empty when it is right. `seen` are those above it."""
    text = _line(record).partition("#")[0].strip()
    if not text:
        return ""
    if variable := _VARIABLE.match(text):
        return f"{variable[1].upper()} has a key of its own in the configuration"
    fields = [field.strip() for field in text.partition(";")[0].split(",")]
    if len(fields) not in {3, 4}:
        return f"has {len(fields)} fields instead of 3 or 4: domain, account, DIRECT or RESELLER, certificate"
    domain, account, relation = fields[:3]
    if not _DOMAIN.fullmatch(domain):
        return f"{domain!r} is no domain such as google.com"
    if not account:
        return "the account is missing"
    if relation.upper() not in RELATIONS:
        return f"{relation!r} is neither DIRECT nor RESELLER"
    if len(fields) == 4 and not _CERTIFICATE.fullmatch(fields[3]):
        return f"{fields[3]!r} is no certification authority's id"
    key = (domain.lower(), account, relation.upper())
    if key in seen:
        return "stands there twice"
    seen.add(key)
    return ""


def _line(text: str) -> str:
    """Return text without line breaks, which would begin a record of its own."""
    return " ".join(text.lstrip("\ufeff").split())


def _said(fields: Mapping[str, str]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value}
