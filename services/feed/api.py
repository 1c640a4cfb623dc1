"""The pull API: pages of lists and single articles, as JSON. Public articles only, by their newest document.

    GET /api/v1/articles?list=recent&cursor=…&limit=20     {"items": [ARTICLE …], "next": cursor or null}
    GET /api/v1/articles/{id}                              ARTICLE; 404 unknown or unpublished, 410 killed

ARTICLE is the contract's article with `url` and, as one number, `revision`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.feed import cursor
from services.feed.answers import Fault, answering, cacheable
from services.feed.hosts import Hosts
from shared.contracts import lists
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.document import Document
from shared.contracts.lists import ListName, is_list_name, kind_and_slug
from shared.runtime.articles import Articles
from shared.runtime.lists import ListReader, Month, month_bounds

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
MEDIA_TYPE: Final = "application/json"


class Api:
    """The routes under /api/v1/articles."""

    def __init__(
        self, reader: ListReader, articles: Articles, sites: Mapping[SiteName, SiteConfig], *, max_age_s: int
    ) -> None:
        self._reader, self._articles, self._sites = reader, articles, sites
        self._hosts, self._max_age_s = Hosts(sites), max_age_s
        self.routes = [
            Route("/api/v1/articles", answering(self.list_articles)),
            Route("/api/v1/articles/{id}", answering(self.show_article)),
        ]

    async def list_articles(self, request: Request) -> Response:
        """Answer a page of a list. Raises Fault, RedisAway."""
        site = self._hosts.site_of(request)
        name, limit = _list_name(request), _limit(request)
        after = _place(request, name)
        set_name, month = self._window(site, name)
        rows = await self._reader.page(site, set_name, after=after, limit=limit + 1, month=month)
        here = rows[:limit]
        documents = await self._articles.newest(site, [article_id for article_id, _ in here])
        items = [_item(document, self._sites[site]) for document in documents if document and is_public(document)]
        end = (here[-1][1], here[-1][0]) if len(rows) > limit else None
        return self._answer(request, {"items": items, "next": cursor.write(name, end) if end else None})

    async def show_article(self, request: Request) -> Response:
        """Answer one article. Raises Fault, RedisAway."""
        site, article_id = self._hosts.site_of(request), ArticleId(request.path_params["id"])
        (document,) = await self._articles.newest(site, [article_id])
        if document is None or document.site != site:
            raise Fault(404, "No such article", f"The site {site!r} has no article {article_id!r}.")
        if document.state == "killed":
            raise Fault(410, "Article withdrawn", document.note or "This article was withdrawn for good.")
        if not is_public(document):
            raise Fault(404, "Article not published", "This article is not published at the moment.")
        return self._answer(request, _item(document, self._sites[site]))

    def _window(self, site: SiteName, name: ListName) -> tuple[ListName, Month | None]:
        kind, word = kind_and_slug(name)
        return (lists.RECENT, month_bounds(word, self._sites[site].zone)) if kind == "month" else (name, None)

    def _answer(self, request: Request, body: Mapping[str, Any]) -> Response:
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return cacheable(request, data, media_type=MEDIA_TYPE, max_age_s=self._max_age_s)


def is_public(document: Document) -> bool:
    """Say whether readers may have the article."""
    return document.state == "public" and document.article is not None and document.path is not None


def _item(document: Document, site: SiteConfig) -> dict[str, Any]:
    assert document.article is not None
    fields = document.article.model_dump(mode="json")
    return {**fields, "revision": document.revision.number, "url": f"{site.base_url}{document.path}"}


def _list_name(request: Request) -> ListName:
    name = request.query_params.get("list", lists.RECENT)
    if not is_list_name(name):
        known = "recent, section:…, tag:…, author:…, month:2026-11, events, corrections, mixed"
        raise Fault(400, "No such list", f"{name!r} is not the name of a list; there are: {known}.")
    return ListName(name)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Fault(400, "Impossible limit", f"`limit` must be a whole number from 1 to {MAX_LIMIT}, not {text!r}.")
    return int(text)


def _place(request: Request, name: ListName) -> tuple[int, ArticleId] | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return cursor.read(text, name)
    except cursor.CursorError as fault:
        raise Fault(400, "Bad cursor", str(fault)) from fault
