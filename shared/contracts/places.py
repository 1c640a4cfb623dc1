"""Where could a killed article still be seen? Its pages, lists, feeds, sitemaps and the API, old ones included. Pure.

Ingest proves by it that a kill is done, render that a cache has nothing left of it.

places_of(withdrawn)             every address to fetch
parts_of(place, answer)          more of them: the sitemaps that a sitemap's index names
what_is_left(place, answer)      what is wrong with what came back
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts import lists, paths
from shared.contracts.base import ArticleId, SiteName, UrlPath
from shared.contracts.lists import ListName

# On every withdrawn, whatever the article was in.
ALWAYS: Final = (lists.RECENT, lists.EVENTS, lists.CORRECTIONS)
FRAGMENTS: Final = ("recent", "mixed", "events", "breaking")
SITEMAPS: Final = ("/sitemap.xml", "/news-sitemap.xml")
_REVISION: Final = b'<meta name="litfass:revision"'  # which only the page of an article has

Kind = Literal["page", "address", "file", "list", "api"]


@dataclass(frozen=True)
class Withdrawn:
    """An article that nobody may see any more, and where it was.

    Args:
        paths: every one that it ever had.
        lists: every one of its own that it ever was in.
        is_killed: everywhere, for good; one that was only unpublished just is not at its addresses.
    """

    article_id: ArticleId
    site: SiteName
    paths: Sequence[UrlPath]
    lists: Sequence[ListName] = ()
    is_killed: bool = True


@dataclass(frozen=True)
class Place:
    """An address that has to be free of the article.

    Args:
        kind: `page`, its own, which must be gone; `address`, its own, where it must not be; `file`, its file's name,
            which must lead nowhere; `list`, which must not lead to it; `api`, which must not know it.
    """

    path: str
    kind: Kind


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the body as text of UTF-8."""

    status: int
    body: bytes


def places_of(withdrawn: Withdrawn) -> list[Place]:
    """Return every address where the article could be seen, its own first."""
    if not withdrawn.is_killed:
        return [Place(path, "address") for path in withdrawn.paths]
    own = [page for path in withdrawn.paths for page in (Place(path, "page"), Place(paths.page_file(path), "file"))]
    api = Place(f"/api/v1/articles/{withdrawn.article_id}", "api")
    found = dict.fromkeys([*own, api, *(Place(path, "list") for path in _lists_of(withdrawn))])
    return list(found)


def parts_of(place: Place, answer: Answer, withdrawn: Withdrawn, *, base_url: str) -> list[Place]:
    """Return the parts that a large sitemap was cut into, those of the article's months and of the news."""
    if place.path not in SITEMAPS:
        return []
    wanted = ("/news-sitemap-", *(f"/sitemap-{month}" for month in _months_of(withdrawn)))
    link = rf"<loc>{re.escape(base_url)}(/(?:news-)?sitemap-[0-9-]+\.xml)</loc>"
    named = (found.decode() for found in re.findall(link.encode(), answer.body))
    return [Place(path, "list") for path in named if path.startswith(wanted)]


def what_is_left(place: Place, answer: Answer, withdrawn: Withdrawn, *, base_url: str) -> str:
    """Say what is wrong at a place; empty = the article is not there."""
    if answer.status >= 500:
        return f"{place.path}: answers {answer.status}, so nobody can say"
    match place.kind:
        case "page" if answer.status != 410:
            return f"{place.path}: answers {answer.status}, not 410"
        case "address":
            return f"{place.path}: answers 200" if answer.status == 200 else ""
        case "file" | "api" if answer.status not in {404, 410}:
            return f"{place.path}: answers {answer.status}, not 404 or 410"
        case "page":
            return f"{place.path}: 410, but with the article in it" if _REVISION in answer.body else ""
        case _:
            return f"{place.path}: leads to it" if _mentions(answer.body, withdrawn, base_url) else ""


def _lists_of(withdrawn: Withdrawn) -> Iterator[str]:
    months = _months_of(withdrawn)
    named = [name for name in withdrawn.lists if lists.kind_and_slug(name)[0] != "month"]
    for name in dict.fromkeys([*ALWAYS, *named]):
        yield paths.page_path(name)
        if lists.has_months(name):
            for month in months:
                yield paths.month_path(name, month)
                yield from (paths.feed_path(name, form, month) for form in paths.FEED_FORMATS)
        yield from (paths.feed_path(name, form) for form in paths.FEED_FORMATS)
        yield f"/api/v1/articles?list={name}&limit=100"
    yield "/api/v1/articles?list=mixed&limit=100"
    yield from (paths.fragment_path(name) for name in FRAGMENTS)
    yield from (paths.related_fragment(name) for name in named if lists.kind_and_slug(name)[0] in {"section", "tag"})
    yield paths.CALENDAR
    yield from SITEMAPS
    yield from (f"/sitemap-{month}.xml" for month in months)


def _months_of(withdrawn: Withdrawn) -> list[str]:
    return [slug for name in withdrawn.lists for kind, slug in [lists.kind_and_slug(name)] if kind == "month"]


def _mentions(body: bytes, withdrawn: Withdrawn, base_url: str) -> bool:
    """Say whether a body links to one of the article's addresses. Relative or not, in HTML, XML or JSON."""
    places = "|".join(re.escape(path) for path in withdrawn.paths)
    if not places:
        return False
    link = rf"""(?:["'>\s=]|{re.escape(base_url)})(?:{places})(?=["'<>#?&\s)\\]|$)"""
    return re.search(link.encode(), body) is not None
