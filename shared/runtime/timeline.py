"""Note what happened to an article, for `litfass why`: steps and times, never a word of its text."""

from collections.abc import Sequence
from typing import Final

from shared.contracts.keys import Keys, shard_of
from shared.contracts.signals import Signal
from shared.runtime.broker import Client, away

KEEP: Final = 100  # steps an article
KEEP_S: Final = 30 * 86_400


class Timeline:
    """Writes the steps of one service."""

    def __init__(self, client: Client, *, shards: int) -> None:
        self._client, self._shards = client, shards

    async def note(self, signals: Sequence[Signal], outcomes: Sequence[str], *, at_ms: int) -> None:
        """Note one step for each signal, in one round trip. Raises RedisAway."""
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for signal, outcome in zip(signals, outcomes, strict=True):
                    key = Keys(shard_of(signal.site, self._shards)).timeline(signal.article_id)
                    step = {"what": outcome, "seq": signal.seq, "received_ms": signal.received_ms, "at_ms": at_ms}
                    pipe.xadd(key, {**step, "trace": signal.traceparent}, maxlen=KEEP, approximate=True)
                    pipe.expire(key, KEEP_S)
                await pipe.execute()
