"""References → the bytes of events. The text is read here, at the last moment: of what was killed there is none."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.feed.subscribers.catching_up import State
from services.feed.subscribers.events import UNREADABLE, Payload, as_json, public_event, withdrawn_event
from shared.contracts import upcast
from shared.contracts.article import Correction
from shared.contracts.base import SiteName
from shared.contracts.config import SiteConfig
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Content, Reference
from shared.contracts.verbs import WITHDRAWALS
from shared.runtime.broker import Client, away
from shared.runtime.logging import get_logger

log = get_logger()

Text = tuple[Payload, list[Correction]]

_CORRECTION = b"correction:"


class Sender:
    """Puts the text in. Raises RedisAway."""

    def __init__(self, client: Client, sites: Mapping[SiteName, SiteConfig]) -> None:
        self._client, self._sites = client, sites

    async def events(self, keys: Keys, references: Sequence[Reference], *, content: Content) -> list[bytes | None]:
        """Return each reference's event as JSON; None for what must not, or cannot, be told any more."""
        texts = await self._texts(keys, [one for one in references if one.verb not in WITHDRAWALS])
        return [self.event(reference, texts.get(reference.event_id), content=content) for reference in references]

    def state(self, state: State, *, content: Content) -> bytes | None:
        """Return the event that tells an article's newest state."""
        site, article = self._sites.get(state.reference.site), state.document.article
        if site is None:
            return None
        if state.reference.verb in WITHDRAWALS or article is None:
            return as_json(withdrawn_event(state.reference, site=site))
        path = state.reference.path
        return as_json(public_event(state.reference, article, site=site, path=path, content=content))

    def event(self, reference: Reference, text: Text | None, *, content: Content) -> bytes | None:
        """Return the event that a reference and its text make."""
        site = self._sites.get(reference.site)
        if site is None:
            return None
        if reference.verb in WITHDRAWALS:
            return as_json(withdrawn_event(reference, site=site))
        if text is None:
            return None
        payload, corrections = text
        try:
            article = payload.article(corrections)
        except UNREADABLE as fault:
            log.warning("subscriber.event_unreadable", event_id=reference.event_id, fault=type(fault).__name__)
            return None
        return as_json(public_event(reference, article, site=site, path=payload.path, content=content))

    async def _texts(self, keys: Keys, references: Sequence[Reference]) -> dict[str, Text]:
        """Return payload and corrections of each event whose text is there, both from one moment."""
        with away():
            async with self._client.pipeline(transaction=True) as pipe:
                for one in references:
                    pipe.hget(keys.payloads(one.article_id), one.event_id)
                    pipe.hgetall(keys.article(one.article_id))
                answers: list[Any] = await pipe.execute() if references else []
        return {
            one.event_id: (Payload.read(value), _corrections(fields))
            for one, value, fields in zip(references, answers[::2], answers[1::2], strict=True)
            if value is not None and fields.get(b"state") != b"killed"
        }


def _corrections(fields: Mapping[bytes, bytes]) -> list[Correction]:
    return [upcast.read(Correction, value) for name, value in fields.items() if name.startswith(_CORRECTION)]
