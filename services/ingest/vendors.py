"""Which vendor proves and says what how: a source's `adapter` → its scheme and its mapping. The only list of them.

Ours stand here; others are entry points of installed packages in the group `litfass.adapters`, and are loaded only
when a source names them. None can take a name of ours.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from services.ingest.adapt import (
    cloudevents,
    contentful,
    drafts,
    drupal,
    feed,
    ghost,
    ninjs,
    payload,
    sanity,
    standard,
    strapi,
    superdesk,
    wordpress,
    wordpress_com,
    wp_webhooks,
)
from services.ingest.adapt.wp_rows import public_row
from services.ingest.vendor import GROUP, Vendor
from services.ingest.verify import Verify, closed, tokens, unsigned
from services.ingest.verify import cloudevents as cloudevents_token
from services.ingest.verify import contentful as contentful_signature
from services.ingest.verify import drupal as drupal_signature
from services.ingest.verify import ghost as ghost_signature
from services.ingest.verify import sanity as sanity_signature
from services.ingest.verify import standard as standard_webhooks
from services.ingest.verify import superdesk as superdesk_signature
from services.ingest.verify import wp_webhooks as wp_webhooks_signature
from shared.contracts.config import AdapterName, LitfassConfig, SourceConfig
from shared.runtime.errors import ConfigurationFault

VENDORS: Final[Mapping[AdapterName, Vendor]] = {
    "standard": Vendor(standard_webhooks.key, standard_webhooks.verify, standard.adapt, as_published=drafts.standard),
    "wordpress": Vendor(
        standard_webhooks.key,
        standard_webhooks.verify,
        wordpress.adapt,
        public=wordpress.public,
        as_published=drafts.wordpress,
    ),
    "ghost": Vendor(
        ghost_signature.key, ghost_signature.verify, ghost.adapt, public=ghost.public, as_published=drafts.ghost
    ),
    "superdesk": Vendor(superdesk_signature.key, superdesk_signature.verify, superdesk.adapt, superdesk.OPTIONS),
    "cloudevents": Vendor(
        cloudevents_token.key, cloudevents_token.verify, cloudevents.adapt, as_published=drafts.cloudevents
    ),
    "wp-webhooks": Vendor(
        wp_webhooks_signature.key,
        wp_webhooks_signature.verify,
        wp_webhooks.adapt,
        public=wp_webhooks.public,
        as_published=drafts.wp_webhooks,
    ),
    "wordpress-com": Vendor(
        tokens.key,
        tokens.in_url,
        wordpress_com.adapt,
        takes_forms=True,
        public=public_row,
        as_published=drafts.wordpress_com,
    ),
    "ninjs": Vendor(standard_webhooks.key, standard_webhooks.verify, ninjs.adapt),
    "contentful": Vendor(
        contentful_signature.key, contentful_signature.verify, contentful.adapt, as_published=drafts.contentful
    ),
    "strapi": Vendor(tokens.key, tokens.bearer, strapi.adapt, as_published=drafts.strapi),
    "sanity": Vendor(sanity_signature.key, sanity_signature.verify, sanity.adapt, as_published=drafts.sanity),
    "drupal": Vendor(drupal_signature.key, drupal_signature.verify, drupal.adapt, as_published=drafts.drupal),
    "payload": Vendor(standard_webhooks.key, standard_webhooks.verify, payload.adapt, as_published=drafts.payload_cms),
}

# Whose articles are fetched and never delivered.
FETCHED: Final[Mapping[AdapterName, Vendor]] = {"feed": Vendor(closed.key, closed.verify, feed.adapt, feed.OPTIONS)}

# What a module of somebody else's may do while it is loaded: the start ends with a sentence, not with a traceback.
_LOADING_FAULTS: Final = (
    ArithmeticError, AttributeError, ImportError, LookupError, NameError, OSError, RuntimeError, SyntaxError, TypeError,
    ValueError,
)  # fmt: skip


def vendor_of(source: SourceConfig) -> Vendor:
    """Return the vendor that a source names; raises ConfigurationFault saying what is wrong with it or its options."""
    vendor = VENDORS.get(source.adapter) or FETCHED.get(source.adapter) or _installed(source.adapter)
    faults = [
        fault for name, value in source.options.items() if (fault := _option_fault(source.adapter, vendor, name, value))
    ]
    if faults:
        raise ConfigurationFault("; ".join(faults))
    return vendor


def source_faults(config: LitfassConfig) -> list[str]:
    """Name every source whose adapter or options cannot be used."""
    faults: list[str] = []
    for name, source in config.sources().items():
        try:
            vendor_of(source)
        except ConfigurationFault as fault:
            faults.append(f"source.{name}.{fault}")
    return faults


def verify_of(source: SourceConfig) -> Verify:
    """Return how a source's deliveries are proved; nothing is proved only where `allow_unsigned` is written out."""
    if source.allow_unsigned and not source.secrets:
        return unsigned
    if source.adapter == "ghost" and source.legacy_signature:
        return ghost_signature.verify_legacy
    return vendor_of(source).verify


def _installed(name: AdapterName) -> Vendor:
    """Return the vendor that an installed package offers under this name; raises ConfigurationFault."""
    offered = entry_points(group=GROUP)
    found = tuple(offered.select(name=name))
    if len({entry.value for entry in found}) > 1:
        raise ConfigurationFault(f"adapter: {name!r} is offered by {' and by '.join(map(_package, found))}; keep one")
    if found:
        return _loaded(found[0])
    known = sorted({*VENDORS, *FETCHED, *(entry.name for entry in offered)})
    nearest = get_close_matches(name, known, n=1)
    advice = f"did you mean {nearest[0]!r}?" if nearest else f"there are {', '.join(known)}"
    raise ConfigurationFault(
        f"adapter: there is no {name!r}; {advice} One of your own is an entry point in the group {GROUP}."
    )


def _loaded(entry: EntryPoint) -> Vendor:
    where = f"adapter: {entry.name!r}, which is {entry.value} of {_package(entry)},"
    try:
        vendor = entry.load()
    except _LOADING_FAULTS as cause:
        raise ConfigurationFault(f"{where} cannot be loaded: {type(cause).__name__}: {cause}") from cause
    if not isinstance(vendor, Vendor):
        raise ConfigurationFault(f"{where} is no services.ingest.vendor.Vendor but {type(vendor).__name__}")
    return vendor


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value


def _option_fault(adapter: AdapterName, vendor: Vendor, name: str, value: str) -> str:
    """Say what is wrong with one option; empty = nothing."""
    if name not in vendor.options:
        known = ", ".join(vendor.options) or "none"
        return f"options.{name}: {adapter} has no such option; it has {known}"
    possible = vendor.options[name]
    if possible and value not in possible:
        return f"options.{name}: must be one of {', '.join(possible)}, not {value!r}"
    return ""
