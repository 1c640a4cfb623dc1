"""The hub of one process, built once."""

from dataclasses import dataclass
from typing import Self

from services.feed.hub.asking import Asking
from services.feed.hub.sending import HubSending
from services.feed.hub.store import HubStore
from services.feed.hub.watching import Watching
from services.feed.outbound.posting import Poster
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from shared.contracts.keys import Keys, shard_of
from shared.runtime.broker import Client
from shared.runtime.clock import Clock, system_clock


@dataclass(frozen=True)
class Hub:
    """The route, and what has to be done all the time."""

    asking: Asking
    sending: HubSending

    @classmethod
    def of(
        cls, parts: Parts, settings: FeedSettings, *, client: Client, shards: int, clock: Clock = system_clock
    ) -> Self:
        """Build it."""
        store = HubStore(client, shards=shards, clock=clock)
        is_private_allowed = settings.outbound_private
        sending = HubSending(
            store,
            Watching(store, parts.store, parts.reader, parts.sites),
            parts.store,
            Poster(timeout_s=settings.webhook_timeout_s, is_private_allowed=is_private_allowed, agent="litfass-hub/1"),
            parts.sites,
            shards=[Keys(shard) for shard in sorted({shard_of(site, shards) for site in parts.sites})],
            metrics=parts.metrics,
            clock=clock,
        )
        return cls(Asking(store, parts.sites, is_private_allowed=is_private_allowed), sending)
