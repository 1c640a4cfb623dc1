"""Sees that a feed is another one: its file is, for the hub must not deliver what cannot be fetched yet.

A file is read only when its list's version moved, and some moments longer, because it is written after that.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from services.feed.hub.store import HubStore
from services.feed.hub.topics import topic_at
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.lists import ListName
from shared.runtime.lists import ListReader
from shared.runtime.pagestore import PageStore

LOOKS: Final = 20  # that a changed list's file is looked at, a second apart; a busy list's file is due within one


class Watching:
    """Looks at every feed that somebody wants. Raises Unavailable."""

    def __init__(
        self, store: HubStore, files: PageStore, reader: ListReader, sites: Mapping[SiteName, SiteConfig]
    ) -> None:
        self._store, self._files, self._reader, self._sites = store, files, reader, sites
        self._seen: dict[tuple[SiteName, str], tuple[int, int]] = {}  # the list's version, and looks left

    async def look(self) -> int:
        """Make due whoever wants a feed that changed; return how many."""
        due = 0
        for site, config in self._sites.items():
            for path, before in (await self._store.topics(site)).items():
                topic = topic_at(site, path, config)
                if topic is None or not await self._is_worth_a_look(site, path, topic.list):
                    continue
                now = digest_of(await self._files.get(site, path))
                if now and now != before:
                    due += await self._store.changed(site, path, before=before, now=now)
        return due

    async def digest(self, site: SiteName, path: str) -> str:
        """Return the digest of the feed as it is; empty when there is none."""
        return digest_of(await self._files.get(site, path))

    async def _is_worth_a_look(self, site: SiteName, path: str, name: ListName) -> bool:
        (version,) = await self._reader.version(site, [name])
        seen, looks = self._seen.get((site, path), (-1, 0))
        looks = LOOKS if version != seen else looks - 1
        self._seen[site, path] = (version, max(looks, 0))
        return looks > 0


def digest_of(data: bytes | None) -> str:
    """Return what tells two versions of a document apart; empty for none."""
    return hashlib.sha256(data).hexdigest()[:32] if data else ""
