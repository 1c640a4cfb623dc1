"""Ghost's Content API: published posts, read-only, with the key of an integration.

    GET /ghost/api/content/posts/?key=…&fields=id,updated_at&filter=…&limit=100&page=1

Pages of the site (`/pages/`) are only asked for by id: whether they are articles is what the webhooks decide.
Source: docs.ghost.org/content-api (parameters, pagination); Ghost 6 gives at most 100 a page.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final, Literal

from services.ingest.adapt.fields import moment_of
from services.ingest.reconcile import CmsUnreadable, Delivered, Entry, Listing
from services.ingest.reconcile.web import Web

PAGE: Final = 100
TOGETHER: Final = 50  # ids in one question; the address stays below 2,000 characters
MOST_PAGES: Final = 2_000  # 200,000 posts
_ID: Final = re.compile(r"[0-9a-f]{24}")

Kind = Literal["post", "page"]


class Ghost:
    """One Ghost."""

    def __init__(self, web: Web, *, url: str, key: str) -> None:
        """Prepare; `url` is the site's own, without the last slash."""
        self._web, self._api, self._key = web, f"{url.rstrip('/')}/ghost/api/content", key

    async def listing(self, since: datetime | None) -> Listing:
        """Return the published posts; see `Cms`."""
        entries: list[Entry] = []
        # By id: a post that is edited meanwhile keeps its place.
        asked = {"fields": "id,updated_at", "limit": str(PAGE), "order": "id asc"}
        if since is not None:
            asked["filter"] = f"updated_at:>='{since.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"
        for page in range(1, MOST_PAGES + 1):
            posts, is_last = await self._page("post", {**asked, "page": str(page)})
            entries += map(_entry, posts)
            if is_last:
                return Listing(tuple(entries))
        return Listing(tuple(entries), is_complete=False)

    async def items(self, source_ids: Collection[str]) -> Mapping[str, Delivered | None]:
        """Return posts and pages by id; see `Cms`."""
        askable = [each for each in source_ids if _ID.fullmatch(each)]
        found: dict[str, Delivered | None] = dict.fromkeys(askable)
        kinds: tuple[Kind, ...] = ("post", "page")
        for kind in kinds:
            wanted = iter([each for each in askable if found[each] is None])
            while together := list(islice(wanted, TOGETHER)):
                asked = {"filter": f"id:[{','.join(together)}]", "include": "authors,tags", "limit": str(PAGE)}
                posts, _ = await self._page(kind, asked)
                found |= {str(post["id"]): _delivered(kind, post) for post in posts if post.get("id") in together}
        return found

    async def _page(self, kind: Kind, asked: Mapping[str, str]) -> tuple[list[Mapping[str, object]], bool]:
        answer = await self._web.get(f"{self._api}/{kind}s/", {"key": self._key, **asked})
        body = answer.json()
        match body:
            case {"meta": {"pagination": {"next": following}}} if isinstance(posts := body.get(f"{kind}s"), list):
                return list(_objects(posts)), following is None
            case _:
                raise CmsUnreadable(f"That is no answer of Ghost's Content API: it has no {kind}s with pagination.")


def _objects(items: Sequence[object]) -> Iterator[Mapping[str, object]]:
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise CmsUnreadable("A post in Ghost's answer has no id.")
        yield item


def _entry(post: Mapping[str, object]) -> Entry:
    changed_at = moment_of(post.get("updated_at"))
    return Entry(str(post["id"]), None if isinstance(changed_at, str) else changed_at)


def _delivered(kind: Kind, post: Mapping[str, object]) -> Delivered:
    """Return a post as the webhook would bring it. What the API gives of one for members ends where they read on."""
    html = post.get("html")
    if post.get("access") is False and isinstance(html, str):
        post = {**post, "html": f"{html}<!--members-only-->"}
    return Delivered({kind: {"current": {**post, "status": "published"}, "previous": {}}}, event=f"{kind}.published")
