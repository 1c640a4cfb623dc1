"""What a cache in front of the page server is told: how long it keeps a page, and by which names it is purged. Pure.

    a-<article>           the page of an article
    l-<site>/<list>       pages of a list: l-kurier/section:stadt
    f-<site>/<fragment>   a fragment, and every page that was sent with it put in: f-kurier/recent
    p-<site><path>        what is at an address, whatever it is: p-kurier/stadt/feed.xml
    site-<site>           everything of a site

Only who is purged may keep a page for long: without `[edge.cache.…]` it is seconds, for everybody. Sources: RFC 9111,
RFC 5861 (stale-while-revalidate, stale-if-error), Surrogate-Key (Fastly, Varnish's xkey), Cache-Tag (Cloudflare).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.render.answers import Header
from shared.contracts import paths
from shared.contracts.base import ArticleId, SiteName, UrlPath
from shared.contracts.edge import EdgeConfig
from shared.contracts.lists import ListName

PAGE_AGE: Final = b"public, max-age=5"  # seconds; a reader who reloads sees the newest

DAY_S: Final = 86_400
MONTH_S: Final = 30 * DAY_S
# For how long a cache keeps a page when a purge is lost; with every purge in place nobody ever waits for it.
LIVE_S: Final = 5
TODAY_S: Final = 60  # also what has no age of its own: lists, fragments
OLDER_S: Final = 1_800
ARCHIVED_S: Final = DAY_S
REVALIDATE_S: Final = 60  # an old copy goes out while the new one is fetched
ERROR_S: Final = 10 * DAY_S  # an old copy goes out while the page server is away

_FRAGMENTS: Final = paths.fragment_path("").removesuffix(".html")
_META: Final = re.compile(rb'<meta name="litfass:revision"[^<>]*>')
_ARTICLE: Final = re.compile(rb' data-article="([0-9a-z]+)"')
_KIND: Final = re.compile(rb' data-kind="([a-z]+)"')
_CHANGED: Final = re.compile(rb' data-changed="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says about itself; a theme that says nothing gets the age of lists.

    Args:
        article_id: empty when it is no article's.
        changed_s: when it was changed last, seconds since 1970.
    """

    article_id: str = ""
    is_live: bool = False
    changed_s: float | None = None


class Caching:
    """What the configured edge may keep."""

    def __init__(self, edge: EdgeConfig) -> None:
        self._is_purged = bool(edge.cache)
        self._ages = {age_s: _control(age_s) for age_s in (LIVE_S, TODAY_S, OLDER_S, ARCHIVED_S)}

    def age(self, facts: Facts, now_s: float) -> bytes:
        """Return the value of Cache-Control for a page."""
        return self._ages[age_of(facts, now_s)] if self._is_purged else PAGE_AGE

    def gone(self, site: SiteName, path: UrlPath) -> Sequence[Header]:
        """Return the headers of a killed article's note; a cache keeps it for when the page server is away."""
        if not self._is_purged:
            return ((b"cache-control", b"no-cache"),)
        kept = b"public, max-age=0, s-maxage=%d, stale-if-error=%d" % (TODAY_S, ERROR_S)
        return (b"cache-control", kept), *_headers([path_name(site, path)])

    def names(self, site: SiteName, path: str, facts: Facts, fragments: Iterable[str]) -> Sequence[Header]:
        """Return the headers that name a page for purges; none where nobody purges."""
        if not self._is_purged:
            return ()
        return _headers(names_of(site, path, facts, fragments))

    def names_of_file(self, site: SiteName, path: str) -> Sequence[Header]:
        """Return the headers that name a file which is no page: a feed, a sitemap."""
        return _headers([path_name(site, path), site_name(site)]) if self._is_purged else ()


def facts_of(page: bytes) -> Facts:
    """Read what a page says about itself."""
    meta = _META.search(page)
    if meta is None:
        return Facts()
    article, kind, changed = (each.search(meta[0]) for each in (_ARTICLE, _KIND, _CHANGED))
    return Facts(
        article_id=article[1].decode() if article else "",
        is_live=bool(kind and kind[1] == b"live"),
        changed_s=_seconds(changed[1].decode("ascii", "replace")) if changed else None,
    )


def age_of(facts: Facts, now_s: float) -> int:
    """Return for how many seconds a cache may keep a page without asking."""
    if facts.is_live:
        return LIVE_S
    if facts.changed_s is None or now_s - facts.changed_s < DAY_S:
        return TODAY_S
    return OLDER_S if now_s - facts.changed_s < MONTH_S else ARCHIVED_S


def names_of(site: SiteName, path: str, facts: Facts, fragments: Iterable[str] = ()) -> list[str]:
    """Return the names by which a page, or a fragment, is purged."""
    own = [article_name(ArticleId(facts.article_id))] if facts.article_id else []
    if path.startswith(_FRAGMENTS):
        own.append(fragment_name(site, path))
    # One word may be a section, a static page or an article: one name too many does no harm.
    elif listed := paths.parse(UrlPath(path), [path.strip("/").partition("/")[0]]):
        own.append(list_name(site, listed.list))
    put_in = sorted({fragment_name(site, each) for each in fragments})
    return [*own, *put_in, path_name(site, path), site_name(site)]


def article_name(article_id: ArticleId) -> str:
    """Name the page of an article."""
    return f"a-{article_id}"


def list_name(site: SiteName, name: ListName) -> str:
    """Name the pages of a list."""
    return f"l-{site}/{name}"


def path_name(site: SiteName, path: str) -> str:
    """Name what is at an address, whatever it is."""
    return f"p-{site}{path}"


def site_name(site: SiteName) -> str:
    """Name everything of a site."""
    return f"site-{site}"


def fragment_name(site: SiteName, path: str) -> str:
    """Name a fragment and what it was put into, by its path."""
    return f"f-{site}/{path.removeprefix(_FRAGMENTS).removesuffix('.html')}"


def fragments_among(site: SiteName, paths_: Iterable[str]) -> list[str]:
    """Name the fragments among these paths, and so every page that one of them was put into."""
    return [fragment_name(site, path) for path in paths_ if path.startswith(_FRAGMENTS)]


def _headers(names: Sequence[str]) -> Sequence[Header]:
    return (b"surrogate-key", " ".join(names).encode()), (b"cache-tag", ",".join(names).encode())


def _control(age_s: int) -> bytes:
    return PAGE_AGE + b", s-maxage=%d, stale-while-revalidate=%d, stale-if-error=%d" % (age_s, REVALIDATE_S, ERROR_S)


def _seconds(moment: str) -> float | None:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return None
