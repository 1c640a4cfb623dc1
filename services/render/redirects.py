"""Addresses of the site that was here before, and where each leads now; `litfass redirects import` brings them.

An old address is a path, decoded, and perhaps a query: "/2019/05/fest.html", "/index.php?id=7". One that looks like a
page ends in a slash. What an article has, or had, is the article's: the page server asks here last. (ADR-0020)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.render.sites import Site
from shared.contracts import paths
from shared.contracts.base import SiteName, UrlPath
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client, away
from shared.runtime.pagestore import PageStore
from shared.runtime.scripts import Call, Script

AT_ONCE: Final = 200  # redirects in one script

_REDIRECT: Final = Script.of("services.render", "redirect.lua")


class Redirects:
    """The old addresses of all sites. Every method raises RedisAway."""

    def __init__(self, client: Client, *, shards: int) -> None:
        self._client, self._shards = client, shards

    async def target(self, site: SiteName, path: str, query: str) -> str | None:
        """Return where an old address leads, None when it is none of ours.

        Asked for with a query, the address with that query goes before the one without; what that one leads to gets
        the query handed on.
        """
        old = normal(path)
        asked = [f"{old}?{query}", old] if query else [old]
        with away():
            found: list[Any] = await self._client.hmget(self._keys(site).redirects(site), asked)  # bytes: see `connect`
        *exact, plain = (str(each or b"", "utf-8") for each in found)
        if exact and exact[0]:
            return exact[0]
        if plain and query and "?" not in plain and "#" not in plain:
            return f"{plain}?{query}"
        return plain or None

    async def put(self, site: SiteName, rows: Sequence[tuple[str, str]]) -> list[str]:
        """Keep rows of old and new; return for each `new`, `changed`, `unchanged`, or `article`: that was refused."""
        keys = self._keys(site)
        places = [keys.redirects(site), keys.urls(site)]
        answers: list[str] = []
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            arguments: list[str | bytes | int] = []
            for old, new in some:
                arguments += [old, page_of(old), new]
            call: Call = (places, arguments)
            answers += [each.decode() for each in await _REDIRECT.call(self._client, *call)]
        return answers

    async def remove(self, site: SiteName, old: str) -> bool:
        """Forget an old address; say whether it was known."""
        with away():
            return bool(await self._client.hdel(self._keys(site).redirects(site), old))

    async def all(self, site: SiteName) -> dict[str, str]:
        """Return where each old address leads, by the old ones."""
        with away():
            found: Mapping[Any, Any] = await self._client.hgetall(self._keys(site).redirects(site))  # bytes
        return {old.decode(): new.decode() for old, new in sorted(found.items())}

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))


def normal(path: str) -> str:
    """Return the one spelling of an old path: a page's ends in a slash, a file's does not."""
    return path if path.endswith("/") or "." in path.rpartition("/")[2] else f"{path}/"


def page_of(old: str) -> str:
    """Return the address of the article that an old address could be mistaken for."""
    return old.partition("?")[0].rstrip("/") + "/"


async def write_marker(site: Site, store: PageStore, old: str, new: str) -> bool:
    """Leave a page that leads on for when render is down, as a moved article does; say whether it changed.

    An address with a query, or with letters that have to be encoded, has none. Raises StoreAway.
    """
    if "?" in old or not old.isascii() or " " in old or "%" in old:
        return False
    page = site.theme.moved(site.chrome, to=UrlPath(new))
    return await store.put(site.name, paths.moved_path(UrlPath(old)), page)
