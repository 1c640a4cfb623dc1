"""Take a kept delivery once more: the same steps from adapt on as when it was sent, with what its signature proved."""

from services.ingest.answers import accepted_fields, ignored_fields
from services.ingest.draft import Ignored
from services.ingest.reading import payload_from
from services.ingest.rejected import Rejection
from services.ingest.sources import Source
from services.ingest.verify import Verified
from shared.runtime.articles import Articles
from shared.runtime.errors import LitfassError
from shared.runtime.trace import traceparent_of


class NotReplayable(LitfassError):
    """Of this delivery there is nothing that could be replayed."""

    reason = "not_replayable"


async def replay(
    rejection: Rejection, body: bytes, *, source: Source, articles: Articles, now_ms: int
) -> dict[str, object]:
    """Return the answer that the CMS would get now.

    Raises NotReplayable, PayloadRejected when it is still wrong, RedisAway.

    Args:
        body: the rejection's, masked.
    """
    if not rejection.can_replay or not body:
        raise NotReplayable(
            f"{rejection.id} cannot be replayed: {rejection.body_note or 'its body is gone'}. "
            "Have the CMS send it again."
        )
    proof = Verified(delivery_id=rejection.delivery_id, sent_ms=rejection.sent_ms)
    found = await source.candidate(
        payload_from(rejection.headers, body),
        source.circumstances(proof, now_ms=now_ms, event=rejection.event, headers=rejection.headers),
        articles=articles,
        delivery_id=proof.delivery_id,
        traceparent=traceparent_of(None),
        bulk=bool(rejection.line),
    )
    if isinstance(found, Ignored):
        return {**ignored_fields(found)}
    candidate, warnings = found
    return {**accepted_fields(await articles.accept(candidate), warnings, source.intake.site)}
