"""Files of the page store in memory, as long as they are what the store has."""

from collections import OrderedDict
from typing import Final

from services.render.includes import Shell, assemble, split
from shared.contracts.base import SiteName
from shared.runtime.errors import StoreAway
from shared.runtime.pagestore import PageStore

CAPACITY: Final = 4_000  # files; at 20 KB a page about 80 MB

NOTHING: Final[Shell] = (b"",)

Stamp = tuple[int, int]  # modification time in ns, size


class FileCache:
    """Reads pages with their fragments. A local file costs one `stat` while it is unchanged."""

    def __init__(self, store: PageStore) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[Stamp, Shell]] = OrderedDict()

    async def page(self, site: SiteName, path: str) -> bytes | None:
        """Return a page with its fragments put in, None when there is none. Raises StoreAway."""
        shell = await self._shell(site, path)
        return None if shell is None else await self._put_in(site, shell)

    async def assemble(self, site: SiteName, page: bytes) -> bytes:
        """Put fragments into a page that was just rendered."""
        return await self._put_in(site, split(page))

    async def raw(self, site: SiteName, path: str) -> bytes | None:
        """Return a file as it is, None when there is none. Raises StoreAway."""
        return await self._store.get(site, path)

    async def _put_in(self, site: SiteName, shell: Shell) -> bytes:
        fragments: dict[str, Shell] = {}
        waiting = {part for part in shell if isinstance(part, str)}
        while waiting:
            path = waiting.pop()
            fragments[path] = await self._fragment(site, path)
            waiting |= {part for part in fragments[path] if isinstance(part, str)} - fragments.keys()
        return assemble(shell, fragments.__getitem__)

    async def _fragment(self, site: SiteName, path: str) -> Shell:
        try:
            return await self._shell(site, path) or NOTHING
        except StoreAway:  # a page without its box is better than no page
            return NOTHING

    async def _shell(self, site: SiteName, path: str) -> Shell | None:
        key = f"{site}{path}"
        stamp = self._store.stamp(site, path)
        known = self._known.get(key)
        if known is not None and stamp is not None and known[0] == stamp:
            self._known.move_to_end(key)
            return known[1]
        if stamp is None and self._store.folder is not None:
            self._known.pop(key, None)
            return None
        data = await self._store.get(site, path)
        if data is None:
            return None
        shell = split(data)
        if stamp is not None:
            self._known[key] = (stamp, shell)
            if len(self._known) > CAPACITY:
                self._known.popitem(last=False)
        return shell
