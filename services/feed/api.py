"""The API of lists: pages of them and single articles, as JSON. Public articles only, by their newest document.

    GET /api/v1/articles?list=recent&cursor=…&limit=20     {"items": [ARTICLE …], "next": cursor or null}
    GET /api/v1/articles/{id}                              ARTICLE; 404 unknown or unpublished, 410 killed

ARTICLE is the contract's article with `url` and, as one number, `revision`; or ninjs 3.1 for who accepts that.
query.py has the rest of what may be asked.
"""

import json
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.feed import cursor
from services.feed.answers import Fault, cacheable, public
from services.feed.finding import Finder
from services.feed.formats import ninjs
from services.feed.hosts import Hosts
from services.feed.items import Form, Items, is_public
from services.feed.query import Query, fields_of, query_of
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.config import SiteConfig
from shared.runtime.articles import Articles, read_document
from shared.runtime.lists import ListReader, Place

JSON: Final = "application/json"
METHODS: Final = ["GET", "OPTIONS"]


class Api:
    """The routes under /api/v1/articles."""

    def __init__(
        self, reader: ListReader, articles: Articles, sites: Mapping[SiteName, SiteConfig], *, max_age_s: int
    ) -> None:
        self._finder, self._articles, self._sites = Finder(reader), articles, sites
        self._items = {name: Items(site) for name, site in sites.items()}
        self._hosts, self._max_age_s = Hosts(sites), max_age_s
        self.routes = [
            Route("/api/v1/articles", public(self.list_articles), methods=METHODS),
            Route("/api/v1/articles/{id}", public(self.show_article), methods=METHODS),
        ]

    async def list_articles(self, request: Request) -> Response:
        """Answer a page of a list. Raises Fault, RedisAway."""
        site, query, form = self._hosts.site_of(request), query_of(request.query_params), _form(request)
        _only_ours(form, query.fields)
        after = _place(request, query)
        found = await self._finder.find(site, query, after, zone=self._sites[site].zone)
        rows = await self._articles.stored(site, found.ids)
        items = [
            item
            for article_id, row in zip(found.ids, rows, strict=True)
            if row and (item := self._items[site].of(article_id, row, form=form, fields=query.fields))
        ]
        following = json.dumps(cursor.write(query.name, found.next) if found.next else None)
        data = b'{"items":[' + b",".join(items) + b'],"next":' + following.encode() + b"}"
        return self._answer(request, data, media_type=JSON)

    async def show_article(self, request: Request) -> Response:
        """Answer one article. Raises Fault, RedisAway."""
        site, article_id = self._hosts.site_of(request), ArticleId(request.path_params["id"])
        form, fields = _form(request), fields_of(request.query_params)
        _only_ours(form, fields)
        (row,) = await self._articles.stored(site, [article_id])
        document = read_document(article_id, row) if row else None
        if document is None or document.site != site:
            raise Fault(404, "No such article", f"The site {site!r} has no article {article_id!r}.")
        if document.state == "killed" and document.paths:  # without a path it was never public
            raise Fault(410, "Article withdrawn", document.note or "This article was withdrawn for good.")
        data = self._items[site].of(article_id, row, form=form, fields=fields) if is_public(document) else None
        if data is None:
            raise Fault(404, "Article not published", "This article is not published at the moment.")
        return self._answer(request, data, media_type=JSON if form == "json" else ninjs.MEDIA_TYPE)

    def _answer(self, request: Request, data: bytes, *, media_type: str) -> Response:
        return cacheable(request, data, media_type=media_type, max_age_s=self._max_age_s, vary="Accept")


def _form(request: Request) -> Form:
    """Return what a client likes best, of what we have; JSON when it does not say."""
    best: dict[Form, float] = {"json": 0.0, "ninjs": 0.0}
    names: dict[str, Form] = {ninjs.MEDIA_TYPE: "ninjs", JSON: "json", "application/*": "json", "*/*": "json"}
    for part in request.headers.get("accept", "*/*").split(","):
        name, *parameters = (word.strip() for word in part.lower().split(";"))
        if form := names.get(name):
            best[form] = max(best[form], _quality(parameters))
    return "ninjs" if best["ninjs"] > best["json"] else "json"


def _quality(parameters: list[str]) -> float:
    """Return a media range's weight, RFC 9110 12.4.2; what is no number counts as 1."""
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "q" and value.replace(".", "", 1).isdecimal() and value.isascii():
            return min(float(value), 1.0)
    return 1.0


def _only_ours(form: Form, fields: tuple[str, ...]) -> None:
    if form == "ninjs" and fields:
        raise Fault(400, "No fields of ninjs", "`fields` chooses from our own JSON; with ninjs you get the whole item.")


def _place(request: Request, query: Query) -> Place | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        return cursor.read(text, query.name)
    except cursor.CursorError as fault:
        raise Fault(400, "Bad cursor", str(fault)) from fault
