"""The page server: files with their fragments; on a miss on demand, 301, 404, 410.

A marker beats a file, as at the edge. Nothing here puts files: what was missing is answered from memory, and a
signal asks the stream workers to write it. While a file is there it is served, whatever else is down.
"""

import contextlib
import mimetypes
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.render.affects import Job
from services.render.answers import Header, Ready, etag_of
from services.render.caching import PAGE_AGE, article_name
from services.render.compose import seo
from services.render.compose.html import NOTHING, PLAIN
from services.render.files import HTML, FileCache, Page
from services.render.listing import RELATED, ListFiles
from services.render.metrics import RenderMetrics
from services.render.redirects import Redirects
from services.render.sites import Site, Sites
from shared.contracts import lists, paths
from shared.contracts.ads.slots import POSITION
from shared.contracts.base import UrlPath
from shared.contracts.document import Document
from shared.contracts.keys import LISTS_STREAM
from shared.runtime.articles import Articles
from shared.runtime.broker import Client, away
from shared.runtime.errors import Unavailable
from shared.runtime.lists import ListReader
from shared.runtime.previews import Previews
from shared.runtime.trim import signal_fields

ASSET_AGE: Final = b"public, max-age=31536000, immutable"  # names carry a hash of the content
RETRY_AFTER_S: Final = "5"
HIDDEN: Final = ("/_gone/", "/_moved/")
WHY: Final = "ads=why"  # in the query of any page
FRAGMENTS: Final = "/_fragments/"
TYPES: Final = {
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
}
FEED_TYPES: Final = {
    "feed.xml": "application/rss+xml",
    "feed.atom": "application/atom+xml",
    "feed.json": "application/feed+json",
}
_CLICK: Final = re.compile(rf"{paths.ADS}(?P<creative>[^/]+)/(?P<position>[^/]+)/click/")
_ORDINAL: Final = re.compile(r"(?<=list|icle)-\d{1,3}$")  # list-2, in-article-1; but sidebar-1 is a position
_STRANGE: Final = re.compile(r"//|/\.|[#?\\\x00-\x1f]")

_NOINDEX: Final[Header] = (b"x-robots-tag", seo.NOINDEX.encode())
_ESI: Final = b'"ESI/1.0"'  # in Surrogate-Capability: Edge Architecture 1.0, 2.2

Answer = tuple[str, Response | Ready]  # where it came from, for the metric; what the reader gets


class PageServer:
    """Answers readers."""

    def __init__(
        self,
        sites: Sites,
        cache: FileCache,
        articles: Articles,
        reader: ListReader,
        files: ListFiles,
        client: Client,
        metrics: RenderMetrics,
        previews: Previews,
        redirects: Redirects,
        *,
        esi: bool = False,
    ) -> None:
        self._sites, self._cache, self._articles, self._reader, self._files = sites, cache, articles, reader, files
        self._client, self._metrics, self._previews, self._puts_in = client, metrics, previews, esi
        self._redirects = redirects
        self._counter = lru_cache(maxsize=64)(lambda source, status: metrics.requests.labels(source, str(status)))

    @property
    def routes(self) -> list[BaseRoute]:
        """Everything that no other service has."""
        return [Route("/{path:path}", self, methods=["GET", "HEAD"])]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one reader: ASGI, because a request object costs more than a page that is kept."""
        headers = dict(scope["headers"])
        site = self._sites.at(headers.get(b"host", b"").decode("latin-1"))
        # Not `request.url`: it is put together from the decoded path, and an encoded "#" or "?" would cut that.
        query = scope["query_string"].decode("latin-1")
        is_read = scope["method"] == "GET" and b"prefetch" not in headers.get(b"sec-purpose", b"")
        esi = self._puts_in and _ESI in headers.get(b"surrogate-capability", b"")
        source, answer = await self._find(site, scope["path"], query, is_read=is_read, esi=esi)
        if isinstance(answer, Ready):
            answer = answer.for_whoever_has(headers.get(b"if-none-match"))
        self._counter(source, answer.status_code).inc()
        await answer(scope, receive, send)

    async def _find(self, site: Site, path: str, query: str, *, is_read: bool = True, esi: bool = False) -> Answer:
        if not is_clean(path) or path.startswith(HIDDEN):
            return await self._unknown(site)
        if path.startswith(FRAGMENTS):
            return await self._fragment(site, path, esi=esi)
        if path.startswith(paths.PREVIEWS):
            return await self._preview(site, path.removeprefix(paths.PREVIEWS).removesuffix("/"), query)
        last = path.rpartition("/")[2]
        if last:
            return await self._file(site, path, query) if "." in last else await self._with_slash(site, path, query)
        if path.startswith(paths.ADS) and (click := _CLICK.fullmatch(path)):
            return await self._click(site, click["creative"], click["position"], is_counted=is_read)
        page = UrlPath(path)
        if query and site.config.ads.why and WHY in query.split("&"):
            return await self._why(site, page)
        file = paths.page_file(page)
        if seen := self._cache.just_seen(site.name, file, esi=esi):  # and no marker, or it would not have been read
            return "file", self._shown(seen)
        try:
            if note := await self._cache.page(site.name, paths.gone_path(page)):
                return "file", self._gone(site, page, note.body)
            if found := await self._cache.page(site.name, file, esi=esi):
                return "file", self._shown(found)
        except Unavailable:  # the store is away: what Redis has can still be rendered
            pass
        return await self._on_demand(site, page, query)

    def _shown(self, page: Page, *more: Header, background: BackgroundTask | None = None) -> Ready:
        age = self._cache.caching.age(page.facts, time.time())
        return Ready([*page.headers, (b"cache-control", age), *more], page.body, 200, page.etag, background)

    def _gone(self, site: Site, path: UrlPath, note: bytes) -> Ready:
        size = (b"content-length", b"%d" % len(note))
        return Ready([HTML, size, _NOINDEX, *self._cache.caching.gone(site.name, path)], note, 410)

    async def _fragment(self, site: Site, path: str, *, esi: bool) -> Answer:
        """Answer as the edge does: one that is not there is empty, or a page would have a whole 404 page inside."""
        page = None
        with contextlib.suppress(Unavailable):
            page = await self._cache.page(site.name, path, esi=esi)
        return "file", self._shown(page or await self._cache.assemble(site.name, path, NOTHING), _NOINDEX)

    async def _with_slash(self, site: Site, path: str, query: str) -> Answer:
        """Lead on to the address that ends in a slash; from there an old one would be a second step, so ask now."""
        page = UrlPath(f"{path}/")
        try:
            document = await self._article_at(site, page)
            if document is None and (answer := await self._redirected(site, path, query)):
                return answer
        except Unavailable:
            document = None
        newest = document.path if document and document.state == "public" else None
        return _moved(newest or page, query, "slash")

    async def _file(self, site: Site, path: str, query: str) -> Answer:
        name = path.rpartition("/")[2]
        try:
            # /a and /a/index.html would be duplicates of /a/
            body = None if name.endswith(".html") else await self._cache.raw(site.name, path)
        except Unavailable as fault:
            return "none", self._unavailable(site, fault)
        if body is None:
            return await self._old_file(site, path, query)
        kind = FEED_TYPES.get(name) or TYPES.get(f".{name.rpartition('.')[2]}") or mimetypes.guess_type(name)[0]
        age = ASSET_AGE if path.startswith("/_static/") else PAGE_AGE
        kind = _with_charset(kind or "application/octet-stream")
        names = self._cache.caching.names_of_file(site.name, path)
        return "file", _ready(body, (b"content-type", kind.encode()), (b"cache-control", age), *names)

    async def _old_file(self, site: Site, path: str, query: str) -> Answer:
        """Answer an address that looks like a file's, as those of many an older system do."""
        try:
            return await self._redirected(site, path, query) or await self._unknown(site)
        except Unavailable:
            moved = await self._cached_or_none(site, paths.moved_path(UrlPath(path)))
            return ("file", _html(moved)) if moved else await self._unknown(site)

    # --- on a miss ---------------------------------------------------------------------------------------------------

    async def _on_demand(self, site: Site, path: UrlPath, query: str) -> Answer:
        if page := next((page for page in site.static_pages if path == f"/{page.slug}/"), None):
            body = site.theme.static_page(site.chrome, slug=page.slug, title=page.title, html=page.html)
            return "demand", self._shown(await self._cache.assemble(site.name, path, body))
        try:
            if document := await self._article_at(site, path):
                return await self._of_article(site, path, document, query)
            if wanted := paths.parse(path, site.config.sections):
                return await self._of_list(site, path, wanted)
            return await self._redirected(site, path, query) or await self._unknown(site)
        except Unavailable as fault:
            if moved := await self._cached_or_none(site, paths.moved_path(path)):
                return "file", _html(moved)
            return "none", self._unavailable(site, fault)

    async def _redirected(self, site: Site, path: str, query: str) -> Answer | None:
        """Lead on from an address of the old site, in one step also when its article has moved since."""
        target = await self._redirects.target(site.name, path, query)
        if target is None:
            return None
        where, mark, rest = target.partition("?")
        document = await self._article_at(site, UrlPath(where)) if where.startswith("/") else None
        if document and document.state == "public" and document.path:
            return _moved(document.path, rest if mark else "", "redirect")
        return _moved(target, "", "redirect")

    async def _article_at(self, site: Site, path: UrlPath) -> Document | None:
        owner = await self._articles.owner(site.name, path)
        if owner is None:
            return None
        (document,) = await self._articles.newest(site.name, [owner])
        return document

    async def _of_article(self, site: Site, path: UrlPath, document: Document, query: str) -> Answer:
        if document.state == "killed":
            note = site.theme.gone(site.chrome, note=document.note, withdrawn_at=document.withdrawn_at)
            return "demand", self._gone(site, path, note)
        if document.state != "public" or document.path is None:
            return await self._unknown(site)
        if document.path != path:
            return _moved(document.path, query, "moved", article_name(document.id))
        page = await self._cache.assemble(site.name, path, site.theme.article_page(site.chrome, document))
        fields = signal_fields(document.id, site.name, "public", document.seq)
        return "demand", self._shown(page, background=BackgroundTask(self._have_written, site, "articles-bulk", fields))

    async def _of_list(self, site: Site, path: UrlPath, wanted: paths.ListPage) -> Answer:
        page = await self._files.render(site, job_of(wanted))
        if page is None:
            return await self._unknown(site)
        shown = await self._cache.assemble(site.name, path, page)
        fields = {"v": 1, "site": site.name, "lists": wanted.list, "months": wanted.month}
        return "demand", self._shown(shown, background=BackgroundTask(self._have_written, site, LISTS_STREAM, fields))

    async def _click(self, site: Site, creative: str, position: str, *, is_counted: bool) -> Answer:
        """Count a click on a house advertisement and lead on; only to where the configuration says. No cookie."""
        booked = site.config.ads.creatives.get(creative)
        key = _ORDINAL.sub("", position)
        if booked is None or not POSITION.fullmatch(key):
            return await self._unknown(site)
        if is_counted:
            self._metrics.ad_clicks.labels(site.name, creative, key).inc()
        headers = {"cache-control": "no-store", "x-robots-tag": seo.NOINDEX}
        return "click", RedirectResponse(booked.url, status_code=302, headers=headers)

    async def _why(self, site: Site, path: UrlPath) -> Answer:
        """Answer an ad manager: the page as it would be written now, with a reason at every place.

        Open to everybody unless the site says `why = false`: rules and places can be seen on the page anyway, and
        nothing here names a client or a campaign. Rendered anew each time, never written, never kept, never indexed.
        """
        try:
            document, wanted = await self._article_at(site, path), paths.parse(path, site.config.sections)
            if document and document.state == "public" and document.path == path:
                page: bytes | None = site.theme.article_page(site.chrome, document, why=True)
            elif wanted and not document:
                page = await self._files.render(site, job_of(wanted), why=True)
            else:
                page = None
            if page is None:
                return await self._on_demand(site, path, WHY)
        except Unavailable as fault:
            return "none", self._unavailable(site, fault)
        headers = {"cache-control": "no-store", "x-robots-tag": seo.NOINDEX}
        body = (await self._cache.assemble(site.name, path, page)).body
        return "why", Response(body, media_type="text/html", headers=headers)

    async def _preview(self, site: Site, token: str, query: str) -> Answer:
        """Show a draft to whoever has the link; a copy of it is nowhere, so that a kill need not look for one."""
        try:
            draft = await self._previews.find(site.name, token)
        except Unavailable as fault:
            return "none", self._unavailable(site, fault)
        headers = {"cache-control": "no-store", "x-robots-tag": seo.NOINDEX, "referrer-policy": "same-origin"}
        if draft is None:
            over = site.theme.preview_over(site.chrome)
            return "none", Response(over, status_code=404, media_type="text/html", headers=headers)
        page = site.theme.preview_page(site.chrome, draft, token=token, why=PLAIN not in query.split("&"))
        body = (await self._cache.assemble(site.name, paths.PREVIEWS, page)).body
        return "preview", Response(body, media_type="text/html", headers=headers)

    async def _have_written(self, site: Site, stream: str, fields: Mapping[Any, Any]) -> None:
        """Ask the stream workers for the file; the reader has the page already, and need not wait for a disk."""
        with contextlib.suppress(Unavailable), away():  # the next reader asks again
            await self._client.xadd(self._articles.keys(site.name).stream(stream), dict(fields))

    async def _unknown(self, site: Site) -> Answer:
        """404, with the recent articles and the sections: nobody should leave because of a wrong link."""
        return "none", _html(await self._page_or(site, self._not_found, "/404.html"), status=404)

    async def _not_found(self, site: Site) -> bytes:
        recent = await self._reader.front(site.name, lists.RECENT, limit=RELATED)
        page = site.theme.not_found(site.chrome, recent=recent)
        return (await self._cache.assemble(site.name, "/404.html", page)).body

    async def _page_or(self, site: Site, render: Callable[[Site], Awaitable[bytes]], file: str) -> bytes:
        try:
            return await render(site)
        except Unavailable:
            return await self._cached_or_none(site, file) or site.theme.not_found(site.chrome, recent=())

    async def _cached_or_none(self, site: Site, path: str) -> bytes | None:
        try:
            page = await self._cache.page(site.name, path)
        except Unavailable:
            return None
        return page.body if page else None

    def _unavailable(self, site: Site, fault: Unavailable) -> Response:
        body = site.theme.unavailable(site.chrome)
        headers = {"retry-after": RETRY_AFTER_S, "cache-control": "no-store", "x-litfass-reason": fault.reason}
        return Response(body, status_code=503, media_type="text/html", headers=headers)


def job_of(wanted: paths.ListPage) -> Job:
    """Return what renders a list page."""
    if wanted.month:
        return Job("month", wanted.list, wanted.month)
    return Job("front" if wanted.list == lists.RECENT else "list", wanted.list)


def is_clean(path: str) -> bool:
    """Say whether a path could be one of ours: no climbing, no doubled slashes, no control characters, no leftovers."""
    return _STRANGE.search(path) is None


def _html(body: bytes, *, status: int = 200) -> Response:
    age = PAGE_AGE.decode() if status == 200 else "no-cache"
    return Response(body, status_code=status, media_type="text/html", headers={"cache-control": age})


def _moved(to: str, query: str, source: str, name: str = "") -> Answer:
    """One 301 to the newest address, however old the asked one is; `name` is that of what is purged when it moves."""
    headers = {"cache-control": "public, max-age=300"} | ({"surrogate-key": name, "cache-tag": name} if name else {})
    return source, RedirectResponse(f"{to}?{query}" if query else to, status_code=301, headers=headers)


def _ready(body: bytes, *headers: Header) -> Ready:
    etag = etag_of(body)
    return Ready([*headers, (b"content-length", b"%d" % len(body)), (b"etag", etag)], body, 200, etag)


def _with_charset(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and "charset" not in kind else kind
