"""Look at the newsroom as readers see it: through the edge or one of its caches, by HTTP."""

import http.client
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from shared.contracts.base import ArticleId
from shared.contracts.config import SiteConfig
from shared.contracts.places import Answer, Place, Withdrawn, parts_of, places_of, what_is_left
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


def look(
    edge: Edge, articles: Sequence[Withdrawn], *, only: Callable[[Place], bool] = lambda _: True
) -> Mapping[ArticleId, Mapping[Place, str]]:
    """Fetch every place where these articles of one site could be seen, each once; blocks. Raises EdgeAway.

    Returns what is wrong at each place of each article, empty where nothing is.
    """
    seen: dict[ArticleId, dict[Place, str]] = {article.article_id: {} for article in articles}
    wanted: dict[Place, list[Withdrawn]] = defaultdict(list)
    for article in articles:
        for place in filter(only, places_of(article)):
            wanted[place].append(article)
    while wanted:
        named: dict[Place, list[Withdrawn]] = defaultdict(list)
        for place, answer in edge.fetch(wanted):
            for article in wanted[place]:
                found = seen[article.article_id]
                found[place] = what_is_left(place, answer, article, base_url=edge.base_url)
                for part in parts_of(place, answer, article, base_url=edge.base_url):
                    named[part].append(article)
        wanted = {
            place: new
            for place, those in named.items()
            if (new := [article for article in those if place not in seen[article.article_id]])
        }
    return seen
