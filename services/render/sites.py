"""What render knows of each site once it has started: chrome, theme, static pages, and which host is whose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from services.render.compose.html import Chrome, Theme
from services.render.static_pages import StaticPage, read_static_pages
from shared.contracts.base import SiteName
from shared.contracts.config import LitfassConfig, SiteConfig


@dataclass(frozen=True)
class Site:
    """One publication, ready to render."""

    name: SiteName
    config: SiteConfig
    theme: Theme
    chrome: Chrome
    static_pages: Sequence[StaticPage]

    @classmethod
    def of(cls, name: SiteName, config: SiteConfig, theme: Theme) -> "Site":
        """Return a site in a theme; raises ConfigurationFault for static pages that cannot be used."""
        pages = read_static_pages(Path(config.static), site=config) if config.static else ()
        return cls(name, config, theme, Chrome.of(name, config, theme, pages), pages)


class Sites:
    """All publications, by name and by the host that a reader asks for."""

    def __init__(self, sites: Mapping[SiteName, Site]) -> None:
        self._by_name = dict(sites)
        self._by_host = {host: name for name, site in sites.items() for host in _hosts(site.config)}
        self._first = next(iter(sites))

    @classmethod
    def load(cls, config: LitfassConfig, *, theme_folder: Path | None) -> "Sites":
        """Load every site's theme and static pages; raises ConfigurationFault naming file and line."""
        return cls(
            {
                name: Site.of(name, site, Theme.load(site.theme, override=theme_folder))
                for name, site in config.sites().items()
            }
        )

    def swap(self, site: Site) -> None:
        """Put a site in the place of the one of its name: from now on its pages look so."""
        self._by_name[site.name] = site

    def __iter__(self) -> Iterator[Site]:
        """All sites in the order of the configuration."""
        return iter(self._by_name.values())

    def named(self, name: SiteName) -> Site | None:
        """The site of that name; None when the configuration no longer has it."""
        return self._by_name.get(name)

    def at(self, host: str) -> Site:
        """The site that answers at `host`; the first one for hosts that nobody configured (localhost)."""
        return self._by_name[self._by_host.get(_without_port(host), self._first)]


def _hosts(site: SiteConfig) -> Sequence[str]:
    return [urlsplit(site.base_url).hostname or "", *(_without_port(host) for host in site.hosts)]


@lru_cache(maxsize=256)
def _without_port(host: str) -> str:
    """`Kurier.example:8080` → `kurier.example`, `[::1]:8080` and `::1` → `::1` (RFC 9110, 7.2)."""
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name if name.count(":") > 1 else name.partition(":")[0]
