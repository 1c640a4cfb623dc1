"""Which site a request is for: `?site=`, else the Host header, else the first site."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

from services.feed.answers import Fault
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig


class Hosts:
    """The sites by the hosts that show them."""

    def __init__(self, sites: Mapping[SiteName, SiteConfig]) -> None:
        self._sites = sites
        self._by_host = {
            host.lower(): name for name, site in sites.items() for host in (_host(site.base_url), *site.hosts)
        }

    def site_of(self, request: Request) -> SiteName:
        """Return the request's site; raises Fault for a `?site=` that there is not."""
        return self.named_site(request) or next(iter(self._sites))

    def named_site(self, request: Request) -> SiteName | None:
        """Return the site that the request names, by `?site=` or its host; None when it names none. Raises Fault."""
        asked = request.query_params.get("site")
        if asked is not None:
            if asked not in self._sites:
                raise Fault(400, "No such site", f"There is no site {asked!r}; there are: {', '.join(self._sites)}.")
            return SiteName(asked)
        return self._by_host.get(_host(f"//{request.headers.get('host', '')}"))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:  # a Host header like "[::1"
        return ""
