"""What a list is called in its feed: the site, and of what. Pure."""

from typing import Final

from services.feed.formats import HUB_PATH, Publication
from shared.contracts.config import SiteConfig
from shared.contracts.lists import ListName, kind_and_slug
from shared.contracts.teaser import Teaser

EVENTS: Final = {"de": "Termine", "en": "Events"}
CORRECTIONS: Final = {"de": "Korrekturen", "en": "Corrections"}


def publication_of(site: SiteConfig) -> Publication:
    """Return what feeds need to know of a site."""
    hubs = [*([f"{site.base_url}{HUB_PATH}"] if site.websub.own_hub else []), *map(str, site.websub.hubs)]
    return Publication(site.name, site.base_url, site.language, site.description, site.zone, tuple(hubs))


def title_of_feed(name: ListName, site: SiteConfig, newest: Teaser | None) -> str:
    """Return the feed's title; a tag and an author are called as the list's newest article writes them."""
    if name == "recent":
        return site.name
    return f"{site.name} – {_part(name, site, newest)}"


def _part(name: ListName, site: SiteConfig, newest: Teaser | None) -> str:
    kind, slug = kind_and_slug(name)
    known: dict[str, str] = {}
    match kind:
        case "events" | "corrections":
            return publication_of(site).word(EVENTS if kind == "events" else CORRECTIONS)
        case "section":
            known = dict(site.sections)
        case "author" if newest:
            known = {author.slug: author.name for author in newest.authors}
        case "tag" if newest:
            known = {tag.slug: tag.name for tag in newest.tags}
    return known.get(slug, slug)
