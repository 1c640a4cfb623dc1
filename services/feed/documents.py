"""Feeds and sitemaps over HTTP, for when no edge serves the files: from the page store, else composed on the spot.

Composed ones are not stored: only workers of streams put files.
"""

import re
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.feed.answers import Fault, answering, cacheable
from services.feed.composing import FORMATS, Composer
from services.feed.files import has_feed, lasting_lists
from services.feed.formats import Feed, ical, news_sitemap, opml, sitemap
from services.feed.hosts import Hosts
from services.feed.news import NewsSitemap
from services.feed.sitemaps import Sitemaps
from services.feed.titles import publication_of, title_of_feed
from shared.contracts import paths
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.config import SiteConfig
from shared.contracts.paths import FeedFormat
from shared.runtime.clock import Clock, system_clock
from shared.runtime.pagestore import PageStore

_FOLDERS: Final = ("", "/{word}", "/{kind}/{word}", "/{word}/{year}/{month}", "/{kind}/{word}/{year}/{month}")
_FEED: Final = re.compile(r"^(?P<page>/(?:[a-z0-9-]{1,100}/){0,4})feed\.(?P<form>xml|atom|json)$")


class Documents:
    """The routes of feed documents and sitemaps."""

    def __init__(
        self,
        store: PageStore,
        composers: Mapping[SiteName, Composer],
        sitemaps: Sitemaps,
        news: NewsSitemap,
        sites: Mapping[SiteName, SiteConfig],
        *,
        max_age_s: int,
        clock: Clock = system_clock,
    ) -> None:
        self._store, self._composers, self._sites = store, composers, sites
        self._sitemaps, self._news = sitemaps, news
        self._hosts, self._max_age_s, self._clock = Hosts(sites), max_age_s, clock
        feeds = [f"{folder}/feed.{form}" for folder in _FOLDERS for form in FORMATS]
        self.routes = [
            *(Route(path, answering(self.show_feed)) for path in feeds),
            Route(paths.CALENDAR, answering(self.show_calendar)),
            Route(paths.OUTLINE, answering(self.show_opml)),
            Route(sitemap.INDEX_PATH, answering(self.show_sitemap)),
            Route("/sitemap-{shard}.xml", answering(self.show_sitemap)),
            Route(news_sitemap.PATH, answering(self.show_news_sitemap)),
            Route("/news-sitemap-{part}.xml", answering(self.show_news_sitemap)),
        ]

    async def show_feed(self, request: Request) -> Response:
        """Answer a feed document. Raises Fault, Unavailable."""
        site, path = self._hosts.site_of(request), request.url.path
        match = _FEED.match(path)
        page = paths.parse(UrlPath(match["page"]), self._sites[site].sections) if match else None
        if match is None or page is None or not has_feed(page.list):
            raise _no_such(path)
        form: FeedFormat = next(known for known in FORMATS if known == match["form"])
        if page.month:  # archives are no files: a list has one a month, and hardly anybody asks for them
            data = await self._composers[site].archive(page.list, page.month, form)
        else:
            data = await self._store.get(site, path)
            data = data or ((await self._composers[site].documents(page.list)) or {}).get(form)
        if data is None:
            raise _no_such(path)
        return cacheable(request, data, media_type=_with_charset(FORMATS[form].MEDIA_TYPE), max_age_s=self._max_age_s)

    async def show_calendar(self, request: Request) -> Response:
        """Answer the events as a calendar. Raises Fault, Unavailable."""
        site = self._hosts.site_of(request)
        data = await self._store.get(site, paths.CALENDAR)
        if data is None:
            data = await self._composers[site].calendar(now_ms=self._clock())
        return cacheable(request, data, media_type=_with_charset(ical.MEDIA_TYPE), max_age_s=self._max_age_s)

    async def show_opml(self, request: Request) -> Response:
        """Answer the list of the site's feeds. Raises Fault."""
        site = self._sites[self._hosts.site_of(request)]
        publication = publication_of(site)
        feeds = [Feed(publication, name, title_of_feed(name, site, None)) for name in lasting_lists(site)]
        data = opml.compose(publication, feeds)
        return cacheable(request, data, media_type=_with_charset(opml.MEDIA_TYPE), max_age_s=self._max_age_s)

    async def show_sitemap(self, request: Request) -> Response:
        """Answer the sitemap index or a shard. Raises Fault, Unavailable."""
        site, path = self._hosts.site_of(request), request.url.path
        data = await self._store.get(site, path) or await self._sitemaps.document(site, path)
        return self._sitemap(request, data)

    async def show_news_sitemap(self, request: Request) -> Response:
        """Answer the news sitemap or a part of it. Raises Fault, Unavailable."""
        site, path = self._hosts.site_of(request), request.url.path
        data = await self._store.get(site, path) or await self._news.document(site, path)
        return self._sitemap(request, data)

    def _sitemap(self, request: Request, data: bytes | None) -> Response:
        if data is None:
            raise _no_such(request.url.path)
        return cacheable(request, data, media_type=_with_charset(sitemap.MEDIA_TYPE), max_age_s=self._max_age_s)


def _with_charset(media_type: str) -> str:
    return media_type if media_type.endswith("json") else f"{media_type}; charset=utf-8"


def _no_such(path: str) -> Fault:
    return Fault(404, "No such document", f"There is nothing at {path}.")
