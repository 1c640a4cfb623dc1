"""The feeds as topics: URL ↔ site, list, file. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.feed.composing import FORMATS
from services.feed.files import has_feed
from services.feed.formats import HUB_PATH
from shared.contracts import paths
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.config import SiteConfig
from shared.contracts.lists import ListName

_FEED: Final = re.compile(r"(?P<page>/(?:[a-z0-9-]+/){0,2})feed\.(?P<form>xml|atom|json)")

__all__ = ["HUB_PATH", "Topic", "topic_at", "topic_of"]


@dataclass(frozen=True)
class Topic:
    """One feed document."""

    site: SiteName
    path: str
    list: ListName
    media_type: str


def topic_at(site: SiteName, path: str, config: SiteConfig) -> Topic | None:
    """Return the feed at a path of a site; None when there is none."""
    match = _FEED.fullmatch(path)
    page = paths.parse(UrlPath(match["page"]), config.sections) if match else None
    if match is None or page is None or page.month or not has_feed(page.list):
        return None
    form = next(known for known in FORMATS if known == match["form"])
    media_type = FORMATS[form].MEDIA_TYPE
    return Topic(site, path, page.list, media_type if form == "json" else f"{media_type}; charset=utf-8")


def topic_of(url: str, sites: Mapping[SiteName, SiteConfig]) -> Topic | None:
    """Return the feed that a URL names; None when it is none of ours."""
    for name, site in sites.items():
        if url.startswith(f"{site.base_url}/"):
            return topic_at(name, url.removeprefix(site.base_url), site)
    return None
