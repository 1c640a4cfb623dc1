"""What a reader missed when its stream was trimmed: the newest state of everything that changed since, once each.

It comes from `changed`, which has every article by the sequence of its last change, and from its like for what is
embargoed. What changes while they are walked moves behind their end and comes in the stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.feed.subscribers.events import no_revision
from services.feed.subscribers.happenings import made_id
from services.feed.subscribers.matching import concerned, facts_of
from services.feed.subscribers.places import Place
from shared.contracts.base import ArticleId
from shared.contracts.document import Document
from shared.contracts.keys import Keys
from shared.contracts.subscribers import Reference, Subscriber
from shared.contracts.verbs import WITHDRAWALS, ToldVerb
from shared.runtime.broker import Client, away
from shared.runtime.clock import milliseconds


@dataclass(frozen=True)
class Change:
    """That an article changed, at which place in the shard's order, and who received something of it.

    Args:
        is_secret: nobody outside sees it, or ever saw it.
    """

    article_id: ArticleId
    seq: int
    received: bytes
    is_secret: bool = False


@dataclass(frozen=True)
class State:
    """An article as it is, and what has to be said of it."""

    change: Change
    reference: Reference
    document: Document


async def changes(client: Client, keys: Keys, place: Place, *, limit: int) -> tuple[list[Change], Place]:
    """Return the next articles that changed, at most `limit`, and the place behind them. Raises RedisAway."""
    with away():
        async with client.pipeline(transaction=True) as pipe:
            for key in (keys.changed(), keys.embargoed_changed()):
                pipe.zrange(key, f"({place.seq}", place.until, byscore=True, offset=0, num=limit, withscores=True)
            public, secret = await pipe.execute()
        rows = [(row, False) for row in public] + [(row, True) for row in secret]
        found = sorted((int(score), article_id.decode(), is_secret) for (article_id, score), is_secret in rows)[:limit]
        async with client.pipeline(transaction=False) as pipe:
            for _, article_id, _ in found:
                pipe.get(keys.received(ArticleId(article_id)))
            received = await pipe.execute()
    changed = [
        Change(ArticleId(article_id), seq, bitmap or b"", is_secret)
        for (seq, article_id, is_secret), bitmap in zip(found, received, strict=True)
    ]
    is_end = len(changed) < limit
    return changed, replace(place, seq=place.until, until=0) if is_end else replace(place, seq=changed[-1].seq)


def told_states(
    subscriber: Subscriber, documents: Sequence[Document | None], changed: Sequence[Change], *, now_ms: int
) -> list[State]:
    """Return the states that concern the subscriber."""
    return [
        _state(change, document, now_ms)
        for document, change in zip(documents, changed, strict=True)
        if document and _is_told(subscriber, document, change)
    ]


def _is_told(subscriber: Subscriber, document: Document, change: Change) -> bool:
    verb = _verb(document, change)
    facts = facts_of(document.article) if document.article and verb not in WITHDRAWALS else None
    everything = subscriber.model_copy(update={"wanted": subscriber.wanted.model_copy(update={"verbs": ()})})
    return bool(
        concerned(
            [everything],
            verb,
            site=document.site,
            facts=facts,
            received=change.received,
            is_secret=change.is_secret and document.state != "public",
        )
    )


def _state(change: Change, document: Document, now_ms: int) -> State:
    at_ms = milliseconds(document.withdrawn_at) if document.withdrawn_at else now_ms
    is_public = document.state == "public"
    verb = _verb(document, change)
    is_hidden = document.state == "scheduled" and verb != "embargoed"  # its address and revision may be new, and secret
    return State(
        change,
        Reference(
            event_id=made_id(document.id, document.seq, f"state {verb}"),
            article_id=document.id,
            site=document.site,
            verb=verb,
            seq=document.seq,
            at_ms=milliseconds(document.article.updated_at) if is_public and document.article else at_ms,
            path="" if is_hidden else document.path or "",
            note=document.note,
            revision=document.revision if document.revision.time_ms and not is_hidden else no_revision(at_ms),
            public_ms=milliseconds(document.public_at) if verb == "embargoed" and document.public_at else None,
        ),
        document,
    )


def _verb(document: Document, change: Change) -> ToldVerb:
    if document.state == "killed":
        return "killed"
    if document.state == "scheduled" and change.is_secret:
        return "embargoed"
    return "updated" if document.state == "public" else "unpublished"
