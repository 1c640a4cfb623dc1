"""Drafts that somebody looks at before they are published: kept for an hour, for whoever has the link.

    keep(document) → Kept       under a random token, unless the article was killed
    find(site, token)           what the token shows; None when there is none, or no longer

A preview is no article: it is in no list, no stream and no file, and a kill drops those of its article (accept.lua).
"""

import re
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.contracts import upcast
from shared.contracts.base import ArticleId, SiteName
from shared.contracts.document import Document
from shared.contracts.keys import Keys, shard_of
from shared.runtime.articles import COMPRESSION
from shared.runtime.broker import Client, away
from shared.runtime.clock import Clock, moment, system_clock
from shared.runtime.scripts import Script

KEEP_MS: Final = 60 * 60 * 1000  # milliseconds
MOST: Final = 20  # of one article; one more drops the oldest
TOKEN_BYTES: Final = 24  # 192 bits: nobody guesses one in an hour
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")  # what so many bytes are in URL-safe base64

_KEEP = Script.of("shared.runtime", "preview.lua")


@dataclass(frozen=True)
class Kept:
    """A preview: its token, and when it ends, milliseconds since 1970."""

    token: str
    ends_ms: int


class Previews:
    """The previews of all sites."""

    def __init__(self, client: Client, *, shards: int, clock: Clock = system_clock) -> None:
        self._client, self._shards, self._clock = client, shards, clock

    async def keep(self, draft: Document, *, also: Sequence[ArticleId] = (), republish: bool = False) -> Kept | None:
        """Keep a draft as the document that it would be; None when its article was killed. Raises RedisAway.

        Args:
            draft: with its article; `expires_at` says when the preview ends.
            also: other articles that it would be one with: their kill counts as well.
            republish: the source's setting that lets a later publish lift a kill.
        """
        keys, token, now = self._keys(draft.site), secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        ends_ms = now + KEEP_MS
        whole = draft.model_copy(update={"expires_at": moment(ends_ms)}).model_dump_json()
        places = [keys.preview(token)]
        for article_id in dict.fromkeys([draft.id, *also]):
            places += [keys.article(article_id), keys.previews(article_id)]
        arguments: list[str | bytes | int] = [
            zlib.compress(whole.encode(), COMPRESSION),
            now,
            ends_ms,
            MOST,
            int(republish),
        ]
        return Kept(token, ends_ms) if await _KEEP.call(self._client, places, arguments) else None

    async def find(self, site: SiteName, token: str) -> Document | None:
        """Return what a token shows, None when it is none of ours or too old. Raises RedisAway."""
        if not TOKEN.fullmatch(token):
            return None
        with away():
            blob: bytes | None = await self._client.get(self._keys(site).preview(token))
        draft = upcast.read(Document, zlib.decompress(blob)) if blob else None
        return draft if draft and draft.site == site else None  # a shard has many sites

    def _keys(self, site: SiteName) -> Keys:
        return Keys(shard_of(site, self._shards))
