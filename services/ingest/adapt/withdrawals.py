"""What takes an article away. It is refused for nothing but its id: whatever else is wrong in it becomes a warning."""

from datetime import datetime

from services.ingest.adapt import Circumstances
from services.ingest.adapt.fields import Fields
from services.ingest.adapt.times import orders
from services.ingest.draft import Draft
from shared.contracts.verbs import DeclaredVerb


def withdrawal(
    fields: Fields,
    circumstances: Circumstances,
    *,
    name: str,
    at: str,
    changed: datetime | None,
    length: int = 200,
    verb: DeclaredVerb = "unpublished",
) -> Draft:
    """Return the withdrawal.

    A CMS that takes something away may leave the time of its last edit as it was: then the time of sending makes the
    withdrawal the newer one of the two.

    Args:
        name: the field with the article's id, of at most `length` characters.
        at: the field with the time of its last change, which is `changed`.
    """
    updated_at = orders(fields, at, changed, now_ms=circumstances.now_ms)
    fields.findings.pardon()
    source_id = fields.identifier(name, length=length)
    return Draft(
        verb=verb,
        source_id=source_id,
        ordered_by=updated_at,
        sent_ms=circumstances.sent_ms or circumstances.now_ms,
        warnings=fields.findings.settle(),
    )
