"""CMSs that can be asked, as real HTTP servers on this machine: Ghost, WordPress and Superdesk as far as we ask them.

with serving(GhostApi()) as cms:  cms.url, cms.api.posts[…] = a_ghost_post(…), cms.asked
A test can put a Reply into `cms.instead` by path: it is given once, in the place of what the CMS would say.
"""

import json
import math
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request; of repeated parameters the last counts."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """One answer.

    Args:
        announced: the Content-Length, when it is not the body's.
        hangs: nothing is ever answered.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    hangs: bool = False


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(value).encode()
    return Reply(
        status, body, {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    )


class Api(Protocol):
    def answer(self, asked: Asked) -> Reply: ...


class Served:
    """A running server."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.asked: list[Asked] = []
        self.instead: dict[str, list[Reply]] = {}
        self.ended = threading.Event()
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                asked = Asked(parts.path, query, {name.lower(): value for name, value in self.headers.items()})
                served.asked.append(asked)
                instead = served.instead.get(parts.path)
                self._give(instead.pop(0) if instead else served.api.answer(asked))

            def _give(self, reply: Reply) -> None:
                if reply.hangs:
                    served.ended.wait(30)
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body) if reply.announced is None else reply.announced))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def questions(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]


@contextmanager
def serving(api: Any) -> Iterator[Served]:
    served = Served(api)
    served.start()
    try:
        yield served
    finally:
        served.stop()


class Fixed:
    """The same files for ever, by path; with an ETag they are only sent once."""

    def __init__(self, files: dict[str, Reply]) -> None:
        self.files = files

    def answer(self, asked: Asked) -> Reply:
        reply = self.files.get(asked.path, Reply(404))
        etag = reply.headers.get("etag")
        if etag and asked.headers.get("if-none-match") == etag:
            return Reply(304, b"", {"etag": etag})
        return reply


# --- Ghost -----------------------------------------------------------------------------------------------------------


def a_ghost_post(number: int = 1, **changes: Any) -> Json:
    """Return a post as the Content API gives it, with everything included."""
    at = f"2025-11-20T08:{number % 60:02d}:00.000+00:00"
    return {
        "id": f"{number:024x}", "uuid": f"0b9f3c52-7a1d-4e0e-9d1c-{number:012x}", "slug": f"beitrag-{number}",
        "title": f"Beitrag {number}", "html": f"<p>Text von Beitrag {number}.</p>", "comment_id": f"{number:024x}",
        "feature_image": None, "featured": False, "visibility": "public", "created_at": at, "updated_at": at,
        "published_at": at, "custom_excerpt": None, "excerpt": "Text", "canonical_url": None, "access": True,
        "url": f"https://blog.example/beitrag-{number}/", "authors": [{"id": "1", "name": "Ana Ruiz", "slug": "ana"}],
        "tags": [{"id": "9", "name": "Stadt", "slug": "stadt", "visibility": "public"}], "reading_time": 0,
    } | changes  # fmt: skip


@dataclass
class GhostApi:
    """Ghost's Content API, with its key and its limit of a hundred."""

    key: str = "ghost-content-key"
    posts: dict[str, Json] = field(default_factory=dict)
    pages: dict[str, Json] = field(default_factory=dict)

    def put(self, *posts: Json) -> None:
        self.posts |= {post["id"]: post for post in posts}

    def answer(self, asked: Asked) -> Reply:
        kind = asked.path.rstrip("/").rpartition("/")[2]
        if asked.path != f"/ghost/api/content/{kind}/" or kind not in {"posts", "pages"}:
            return json_reply({"errors": [{"type": "NotFoundError"}]}, 404)
        if asked.query.get("key") != self.key:
            return json_reply({"errors": [{"type": "UnauthorizedError"}]}, 401)
        found = sorted((self.posts if kind == "posts" else self.pages).values(), key=lambda post: post["id"])
        found = [post for post in found if self._fits(post, asked.query.get("filter", ""))]
        limit, page = min(int(asked.query.get("limit", "15")), 100), int(asked.query.get("page", "1"))
        pages = max(1, math.ceil(len(found) / limit))
        rows = found[(page - 1) * limit : page * limit]
        if fields := asked.query.get("fields"):
            rows = [{name: row[name] for name in fields.split(",")} for row in rows]
        elif "include" not in asked.query:
            rows = [{name: value for name, value in row.items() if name not in {"authors", "tags"}} for row in rows]
        following = page + 1 if page < pages else None
        counts = {"page": page, "limit": limit, "pages": pages, "total": len(found), "next": following, "prev": None}
        return json_reply({kind: rows, "meta": {"pagination": counts}})

    @staticmethod
    def _fits(post: Json, text: str) -> bool:
        if since := re.fullmatch(r"updated_at:>='(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)'", text):
            return post["updated_at"][:19].replace("T", " ") >= since[1]
        if ids := re.fullmatch(r"id:\[([0-9a-f,]+)\]", text):
            return post["id"] in ids[1].split(",")
        assert text == "", f"Ghost would not understand {text}"
        return True


# --- WordPress -------------------------------------------------------------------------------------------------------


def a_wordpress_post(number: int = 1, **changes: Any) -> Json:
    """Return a post of the REST API with `_embed`."""
    at = f"2025-11-20T08:{number % 60:02d}:00"
    return {
        "id": number, "date": at, "date_gmt": at, "guid": {"rendered": f"https://amt.example/?p={number}"},
        "modified": at, "modified_gmt": at, "slug": f"beitrag-{number}", "status": "publish", "type": "post",
        "link": f"https://amt.example/beitrag-{number}/", "title": {"rendered": f"Beitrag {number}"},
        "content": {"rendered": f"<p>Text von Beitrag {number}.</p>", "protected": False},
        "excerpt": {"rendered": "<p>Kurz</p>", "protected": False}, "author": 3, "featured_media": 0, "meta": [],
        "categories": [4], "tags": [],
        "_embedded": {"author": [{"id": 3, "name": "Ana Ruiz", "slug": "ana"}],
                      "wp:term": [[{"id": 4, "name": "Stadt", "slug": "stadt", "taxonomy": "category"}], []]},
    } | changes  # fmt: skip


@dataclass
class WordPressApi:
    """WordPress's REST API as visitors have it: published posts only."""

    zone_hours: int = 1  # what its clock on the wall is ahead of UTC
    posts: dict[int, Json] = field(default_factory=dict)
    pages: dict[int, Json] = field(default_factory=dict)

    def put(self, *posts: Json) -> None:
        self.posts |= {post["id"]: post for post in posts}

    def answer(self, asked: Asked) -> Reply:
        kind = asked.path.rpartition("/")[2]
        if asked.path != f"/wp-json/wp/v2/{kind}" or kind not in {"posts", "pages"}:
            return json_reply({"code": "rest_no_route"}, 404)
        shelf = self.posts if kind == "posts" else self.pages
        found = [post for _, post in sorted(shelf.items()) if post["status"] == "publish"]
        if include := asked.query.get("include"):
            found = [post for post in found if str(post["id"]) in include.split(",")]
        if after := asked.query.get("modified_after"):
            local = timedelta(hours=self.zone_hours)
            found = [
                p for p in found if datetime.fromisoformat(p["modified_gmt"]) + local > datetime.fromisoformat(after)
            ]
        size, page = int(asked.query.get("per_page", "10")), int(asked.query.get("page", "1"))
        if size > 100:
            return json_reply({"code": "rest_invalid_param"}, 400)
        pages = math.ceil(len(found) / size)
        if page > 1 and page > pages:
            return json_reply({"code": "rest_post_invalid_page_number"}, 400)
        rows = found[(page - 1) * size : page * size]
        if fields := asked.query.get("_fields"):
            rows = [{name: row[name] for name in fields.split(",")} for row in rows]
        elif "_embed" not in asked.query:
            rows = [{name: value for name, value in row.items() if name != "_embedded"} for row in rows]
        return json_reply(rows, x_wp_total=str(len(found)), x_wp_totalpages=str(pages))


# --- Superdesk -------------------------------------------------------------------------------------------------------


def a_superdesk_item(number: int = 1, **changes: Any) -> Json:
    """Return an item as the content API keeps it."""
    at = f"2025-11-20T08:{number % 60:02d}:00+0000"
    return {
        "guid": f"urn:newsml:desk.example:2025-11-20T08:{number}", "version": "2", "type": "text", "language": "de",
        "headline": f"Meldung {number}", "body_html": f"<p>Text von Meldung {number}.</p>", "pubstatus": "usable",
        "versioncreated": at, "firstcreated": at, "firstpublished": at, "byline": "Ana Ruiz", "urgency": 3,
        "service": [{"code": "s", "name": "Stadt"}], "keywords": ["Markt"],
    } | changes  # fmt: skip


@dataclass
class SuperdeskApi:
    """The content API: Eve's pages, and an address instead of a guid when fields are chosen."""

    token: str = "superdesk-token"
    items: dict[str, Json] = field(default_factory=dict)

    def put(self, *items: Json) -> None:
        self.items |= {item["guid"]: item for item in items}

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Token {self.token}":
            return json_reply({"_status": "ERR"}, 401)
        if asked.path.startswith("/items/"):
            item = self.items.get(unquote(asked.path.removeprefix("/items/")))
            return json_reply(self._row(item, None)) if item else json_reply({"_status": "ERR"}, 404)
        if asked.path != "/items":
            return json_reply({}, 404)
        date.fromisoformat(asked.query["start_date"])  # a day without a time, or it is an error there as well
        found = [item for item in self.items.values() if item["versioncreated"][:10] >= asked.query["start_date"]]
        found.sort(key=lambda item: item["versioncreated"], reverse=True)
        size, page = int(asked.query.get("max_results", "25")), int(asked.query.get("page", "1"))
        rows = found[(page - 1) * size : page * size]
        fields = asked.query.get("include_fields", "")
        counts = {"page": page, "max_results": size, "total": len(found)}
        return json_reply({"_items": [self._row(item, fields.split(",")) for item in rows], "_meta": counts})

    @staticmethod
    def _row(item: Json, fields: list[str] | None) -> Json:
        chosen = {name: value for name, value in item.items() if fields is None or name in fields}
        return chosen | {"uri": f"https://content.example/items/{item['guid'].replace(':', '%3A')}"}
