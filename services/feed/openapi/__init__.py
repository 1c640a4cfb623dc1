"""What feed answers, as a part of the process's OpenAPI document.

schemas        what travels, made from the contracts
articles       lists and articles
house          subscribers, for whoever runs the house
partners       events, streams, and what subscribers do about themselves
documents      feeds, sitemaps, the hub
"""

from collections.abc import Iterable

from services.feed.openapi import articles, documents, house, partners, pins
from services.feed.openapi.operations import site_parameter
from services.feed.openapi.schemas import SUBSCRIBER, every_schema
from shared.contracts.base import SiteName
from shared.runtime.openapi import Part


def part_of(sites: Iterable[SiteName]) -> Part:
    """Return feed's part for a house with these sites."""
    site = site_parameter(sites)
    return Part(
        paths={
            **articles.paths(site),
            **partners.paths(site),
            **documents.paths(site),
            **pins.paths(),
            **house.paths(),
        },
        schemas=every_schema(),
        security={SUBSCRIBER: {"type": "http", "scheme": "bearer", "description": "A subscriber's token: `lf_…`."}},
    )
