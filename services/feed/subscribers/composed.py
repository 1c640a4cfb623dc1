"""Events that many clients get at the same moment: made once, kept for a second.

A kill that any stream of this process shows throws away what is kept of its article, so that a slow client does not
get from memory what Redis no longer has.
"""

import asyncio
import time
from collections import OrderedDict
from typing import Final, NamedTuple

from services.feed.subscribers.sending import Sender
from shared.contracts.base import ArticleId
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Content, Reference

KEPT_S: Final = 1.0
KEPT: Final = 256  # events of some 5 KB


class _Made(NamedTuple):
    article_id: ArticleId
    at: float
    event: "asyncio.Future[bytes | None]"


class Composed:
    """Makes events for streams."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._made: OrderedDict[tuple[str, Content], _Made] = OrderedDict()

    async def event(self, keys: Keys, reference: Reference, content: Content) -> bytes | None:
        """Return the event as JSON; None when it must not be told any more. Raises RedisAway."""
        key, now = (reference.event_id, content), time.monotonic()
        made = self._made.get(key)
        if made is None or now - made.at > KEPT_S:
            making = asyncio.ensure_future(self._make(keys, reference, content))
            made = self._made[key] = _Made(reference.article_id, now, making)
            self._made.move_to_end(key)
            if len(self._made) > KEPT:
                self._made.popitem(last=False)
        if made.event.done():
            return made.event.result()
        return await asyncio.shield(made.event)  # who leaves does not take it from the others

    def forget(self, article_id: ArticleId) -> None:
        """Throw away what is kept of an article: it was killed."""
        for key in [key for key, made in self._made.items() if made.article_id == article_id]:
            del self._made[key]

    async def _make(self, keys: Keys, reference: Reference, content: Content) -> bytes | None:
        (event,) = await self._sender.events(keys, [reference], content=content)
        return event
