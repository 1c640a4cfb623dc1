"""Files of the page store in memory, as long as they are what the store has.

A page is kept assembled: what it costs is a look (`stat`) at its file once in `OWN_LOOK_S`, and one at each of its
fragments once in `LOOK_S`. ADR-0022, ADR-0029.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from services.render.answers import Header, etag_of
from services.render.caching import Caching, Facts, facts_of
from services.render.includes import Shell, as_esi, assemble, split
from shared.contracts.base import SiteName
from shared.contracts.edge import EdgeConfig
from shared.runtime.errors import StoreAway
from shared.runtime.pagestore import PageStore

CAPACITY: Final = 2_000  # pages, and as many files; at 20 KB each about 80 MB

# A look lets go of Python's lock, and a busy server waits to have it back: a page that a thousand readers a second ask
# for is looked at once for several of them. Fragments seldom change, and a page has six.
OWN_LOOK_S: Final = 0.001
LOOK_S: Final = 0.01

NOTHING: Final[Shell] = (b"",)
HTML: Final = (b"content-type", b"text/html; charset=utf-8")
ESI: Final = (b"surrogate-control", b'content="ESI/1.0"')

K = TypeVar("K")
V = TypeVar("V")
Stamp = tuple[int, int]  # modification time in ns, size


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is sent.

    Args:
        headers: that do not depend on when it is asked for.
    """

    body: bytes
    etag: bytes
    headers: Sequence[Header]
    facts: Facts


@dataclass(slots=True)
class _Kept:
    page: Page
    own: Stamp | None  # of the page's file
    others: Sequence[tuple[str, Stamp | None]]  # of every fragment in it
    own_looked_s: float
    looked_s: float


@dataclass(slots=True)
class _Parts:
    """A page's file and its fragments while they are read."""

    stamps: dict[str, Stamp | None] = field(default_factory=dict)
    is_sound: bool = True  # False: something could not be read now, and should be tried again


class FileCache:
    """Reads pages with their fragments."""

    def __init__(
        self, store: PageStore, caching: Caching | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep pages of `store`; `clock` gives seconds that only grow."""
        self._store, self._clock = store, clock
        self.caching = caching or Caching(EdgeConfig())
        self._shells: OrderedDict[str, tuple[Stamp, Shell]] = OrderedDict()
        self._pages: OrderedDict[tuple[str, str, bool], _Kept] = OrderedDict()

    def just_seen(self, site: SiteName, path: str, *, esi: bool = False) -> Page | None:
        """Return a page that another reader got within the last millisecond, after every look that it takes."""
        kept = self._pages.get((site, path, esi))
        return kept.page if kept is not None and self._clock() - kept.own_looked_s < OWN_LOOK_S else None

    async def page(self, site: SiteName, path: str, *, esi: bool = False) -> Page | None:
        """Return a page with its fragments put in, None when there is none. Raises StoreAway.

        Args:
            esi: the cache in front puts them in.
        """
        key = (site, path, esi)
        kept = self._pages.get(key)
        if kept is not None and self._is_current(site, path, kept):
            self._pages.move_to_end(key)
            return kept.page
        if kept is None and self._store.folder is not None and self._store.stamp(site, path) is None:
            return None  # the way of nearly every look for a marker
        parts, looked_s = _Parts(), self._clock()
        shell = await self._shell(site, path, parts)
        if shell is None:
            self._pages.pop(key, None)
            return None
        page = self._esi(site, path, shell) if esi else await self._whole(site, path, shell, parts)
        if parts.is_sound and self._store.folder is not None:
            own = parts.stamps.pop(path)
            _keep(self._pages, key, _Kept(page, own, tuple(parts.stamps.items()), looked_s, looked_s))
        return page

    async def assemble(self, site: SiteName, path: str, page: bytes) -> Page:
        """Put fragments into a page that was just rendered for `path`."""
        return await self._whole(site, path, split(page), _Parts())

    async def raw(self, site: SiteName, path: str) -> bytes | None:
        """Return a file as it is, None when there is none. Raises StoreAway."""
        return await self._store.get(site, path)

    def _is_current(self, site: SiteName, path: str, kept: _Kept) -> bool:
        if self._store.stamp(site, path) != kept.own:
            return False
        now_s = kept.own_looked_s = self._clock()
        if now_s - kept.looked_s < LOOK_S:
            return True
        kept.looked_s = now_s
        return all(self._store.stamp(site, fragment) == stamp for fragment, stamp in kept.others)

    def _esi(self, site: SiteName, path: str, shell: Shell) -> Page:
        has_includes = any(isinstance(part, str) for part in shell)
        return self._page(site, path, as_esi(shell), (), has_includes=has_includes)

    async def _whole(self, site: SiteName, path: str, shell: Shell, parts: _Parts) -> Page:
        fragments: dict[str, Shell] = {}
        waiting = {part for part in shell if isinstance(part, str)}
        while waiting:
            fragment = waiting.pop()
            fragments[fragment] = await self._fragment(site, fragment, parts)
            waiting |= {part for part in fragments[fragment] if isinstance(part, str)} - fragments.keys()
        return self._page(site, path, assemble(shell, fragments.__getitem__), sorted(fragments))

    def _page(
        self, site: SiteName, path: str, body: bytes, fragments: Sequence[str], *, has_includes: bool = False
    ) -> Page:
        etag, facts = etag_of(body), facts_of(body)
        where = path.removesuffix("index.html")
        headers = [HTML, (b"content-length", b"%d" % len(body)), (b"etag", etag)]
        headers += self.caching.names(site, where, facts, fragments)
        return Page(body, etag, [*headers, ESI] if has_includes else headers, facts)

    async def _fragment(self, site: SiteName, path: str, parts: _Parts) -> Shell:
        try:
            return await self._shell(site, path, parts) or NOTHING
        except StoreAway:  # a page without its box is better than no page
            parts.is_sound = False
            return NOTHING

    async def _shell(self, site: SiteName, path: str, parts: _Parts) -> Shell | None:
        key = f"{site}{path}"
        stamp = parts.stamps[path] = self._store.stamp(site, path)
        known = self._shells.get(key)
        if known is not None and stamp is not None and known[0] == stamp:
            self._shells.move_to_end(key)
            return known[1]
        if stamp is None and self._store.folder is not None:
            self._shells.pop(key, None)
            return None
        data = await self._store.get(site, path)
        if data is None:
            return None
        shell = split(data)
        if stamp is not None:
            _keep(self._shells, key, (stamp, shell))
        return shell


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    if len(kept) > CAPACITY:
        kept.popitem(last=False)
