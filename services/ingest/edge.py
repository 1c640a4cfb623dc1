"""Look at the newsroom as readers see it: through the edge, by HTTP."""

import http.client
import ssl
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from services.ingest.places import Answer, Place
from shared.contracts.config import SiteConfig
from shared.runtime.errors import Unavailable

TIMEOUT_S: Final = 3.0
MOST_BYTES: Final = 20 * 1024 * 1024  # of an answer; no page or feed of ours is larger
AGENT: Final = "litfass-proof"


class EdgeAway(Unavailable):
    """The edge does not answer."""

    reason = "edge_away"


class Edge:
    """One site through the edge."""

    def __init__(self, site: SiteConfig, *, edge: str) -> None:
        """Ask `edge` (`http://host:port`) for the site's pages; empty = the site's own URL."""
        self._site, self._where = urlsplit(site.base_url), urlsplit(edge or site.base_url)
        self.base_url = site.base_url

    @property
    def url(self) -> str:
        """Who is asked."""
        return self._where.geturl()

    def fetch(self, places: Iterable[Place]) -> Iterator[tuple[Place, Answer]]:
        """Fetch one after the other over one connection; blocks. Raises EdgeAway as soon as it does not answer."""
        connection = self._connection()
        try:
            for place in places:
                yield place, self._get(connection, place)
        except (OSError, http.client.HTTPException) as fault:
            raise EdgeAway(f"{self.url} does not answer: {fault or type(fault).__name__}") from fault
        finally:
            connection.close()

    def _get(self, connection: http.client.HTTPConnection, place: Place) -> Answer:
        prefix = self._site.path.rstrip("/")
        headers = {"Host": self._site.netloc, "User-Agent": AGENT, "Accept-Encoding": "identity"}
        connection.request("GET", f"{prefix}{place.path}", headers=headers)
        response = connection.getresponse()
        body = response.read(MOST_BYTES)
        if not response.isclosed():
            connection.close()  # the rest would be taken for the next answer
        return Answer(response.status, body)

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._where.hostname or "", self._where.port
        if self._where.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
