"""WordPress's REST API: published posts; a key (`user:application password`) only where reading is closed.

    GET /wp-json/wp/v2/posts?_fields=id,modified_gmt&modified_after=…&orderby=id&per_page=100&page=1

Pages of the site (`/pages`) are only asked for by id: whether they are articles is what the webhooks decide.
Source: developer.wordpress.org/rest-api (pagination, posts); wp-includes/rest-api, class-wp-rest-posts-controller.php.
"""

import base64
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from services.ingest.adapt.fields import in_zone_utc
from services.ingest.reconcile import CmsUnreadable, Delivered, Entry, Listing
from services.ingest.reconcile.web import Answer, Headers, Web

PAGE: Final = 100  # the most that WordPress gives
MOST_PAGES: Final = 2_000
# It compares with the site's local time, and older ones ignore a zone in the question: ask for a day's worth more.
OVERLAP: Final = timedelta(hours=14)
_PAST_THE_END: Final = frozenset({400})  # `rest_post_invalid_page_number`


class WordPress:
    """One WordPress."""

    def __init__(self, web: Web, *, url: str, key: str = "") -> None:
        """Prepare; `url` is the site's own, without the last slash."""
        self._web, self._api = web, f"{url.rstrip('/')}/wp-json/wp/v2"
        token = base64.b64encode(key.encode()).decode()
        self._headers: Headers = {"authorization": f"Basic {token}"} if key else {}

    async def listing(self, since: datetime | None) -> Listing:
        """Return the published posts; see `Cms`."""
        entries: list[Entry] = []
        asked = {"_fields": "id,modified_gmt", "per_page": str(PAGE), "orderby": "id", "order": "asc"}
        if since is not None:
            asked["modified_after"] = f"{(since - OVERLAP).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        for page in range(1, MOST_PAGES + 1):
            answer = await self._web.get(
                f"{self._api}/posts", {**asked, "page": str(page)}, headers=self._headers,
                also=_PAST_THE_END if page > 1 else frozenset(),
            )  # fmt: skip
            posts = [] if answer.status in _PAST_THE_END else list(_posts(answer))
            entries += map(_entry, posts)
            if not posts or page >= _pages_of(answer):
                return Listing(tuple(entries))
        return Listing(tuple(entries), is_complete=False)

    async def items(self, source_ids: Collection[str]) -> Mapping[str, Delivered | None]:
        """Return posts and pages by id; see `Cms`."""
        askable = [each for each in source_ids if each.isdecimal() and len(each) < 20]
        found: dict[str, Delivered | None] = dict.fromkeys(askable)
        for kind in ("posts", "pages"):
            wanted = iter([each for each in askable if found[each] is None])
            while together := list(islice(wanted, PAGE)):
                asked = {"include": ",".join(together), "per_page": str(PAGE), "_embed": "1"}
                answer = await self._web.get(f"{self._api}/{kind}", asked, headers=self._headers)
                found |= {str(post["id"]): Delivered(post) for post in _posts(answer) if str(post["id"]) in together}
        return found


def _posts(answer: Answer) -> Iterator[Mapping[str, object]]:
    posts = answer.json()
    if not isinstance(posts, list):
        raise CmsUnreadable("That is no answer of WordPress's REST API: it is no list of posts.")
    for post in posts:
        if not isinstance(post, dict) or not isinstance(post.get("id"), int):
            raise CmsUnreadable("A post in WordPress's answer has no id.")
        yield post


def _pages_of(answer: Answer) -> int:
    text = answer.headers.get("x-wp-totalpages", "")
    if not text.isdecimal():
        raise CmsUnreadable("WordPress's answer has no X-WP-TotalPages; something in between takes it away.")
    return int(text)


def _entry(post: Mapping[str, object]) -> Entry:
    return Entry(str(post["id"]), in_zone_utc(post.get("modified_gmt")))
