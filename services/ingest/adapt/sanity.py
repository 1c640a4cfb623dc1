"""Sanity: GROQ-powered webhooks. The body is the document, or what the webhook's projection makes of it.

    create, update    the article: a draft that is published is a create the first time, then an update
    delete            unpublished: taking back and deleting look alike, and the body may be only `_id`

The operation stands in `operation` (or `op`) when it is projected into the body, as it should be, since only the body
is signed; else in the header sanity-operation. Drafts and releases (`drafts.…`, `versions.…`) are nobody's business.
Source: https://www.sanity.io/docs/content-lake/webhooks.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described, moment_of
from services.ingest.adapt.model import Entry, described_image, not_wanted, picture_with
from services.ingest.adapt.richtext import portable_text
from services.ingest.adapt.richtext.node import mapping, text
from services.ingest.adapt.richtext.story import Picture
from services.ingest.adapt.times import orders, plausible
from services.ingest.draft import Draft, Ignored
from shared.contracts.media import Image
from shared.runtime.clock import milliseconds

_HIDDEN: Final = ("drafts.", "versions.")
_OPERATIONS: Final = frozenset({"create", "update", "delete"})
_SECOND: Final = timedelta(milliseconds=999)  # `sanity-transaction-time` has whole seconds: a withdrawal is at the end
_ASSET: Final = re.compile(r"image-([A-Za-z0-9]+)-(\d{1,6})x(\d{1,6})-([a-z0-9]+)")
_PROJECT: Final = re.compile(r"[a-z0-9-]{1,64}")
_DATASET: Final = re.compile(r"[~a-z0-9][a-z0-9_-]{0,63}")


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    document = Fields(payload, Findings())
    operation = _operation(document, circumstances)
    if text(payload.get("_id")).startswith(_HIDDEN):
        return Ignored("This is a draft or a version of a release; the webhook need not send them.")
    kind = text(payload.get("_type"))
    if operation == "delete":
        return not_wanted(kind, circumstances, None) or _withdrawal(document, circumstances)
    entry = Entry(document, circumstances, portable_text.read, _picture(document, circumstances), {})
    return not_wanted(kind, circumstances, entry) or _article(entry, operation)


def _operation(document: Fields, circumstances: Circumstances) -> str:
    """Return what happened; raises PayloadRejected when it is nothing that happens."""
    for name in ("operation", "op"):
        said = document.raw(name)
        if isinstance(said, str) and said in _OPERATIONS:
            return said
    said = circumstances.headers.get("sanity-operation", "").strip() or circumstances.event.strip() or "update"
    if said not in _OPERATIONS:
        document.fault("sanity-operation", f"must be create, update or delete, not {described(said)}")
        raise document.findings.rejection()
    return said


def _withdrawal(document: Fields, circumstances: Circumstances) -> Draft:
    """Return what takes the article away; it is refused for nothing but its id."""
    document.findings.pardon()
    source_id = document.identifier("_id")
    return Draft(
        verb="unpublished",
        source_id=source_id,
        sent_ms=_gone_ms(circumstances),
        warnings=document.findings.settle(),
    )


def _gone_ms(circumstances: Circumstances) -> int:
    """When it went: the transaction's time, which nobody signs, and never later than the delivery was signed."""
    signed_ms = circumstances.sent_ms or circumstances.now_ms
    said = moment_of(circumstances.headers.get("sanity-transaction-time", ""))
    if not isinstance(said, datetime):
        return signed_ms
    return max(0, min(signed_ms, milliseconds(said if said.microsecond else said + _SECOND)))


def _article(entry: Entry, operation: str) -> Draft:
    document, now_ms = entry.fields, entry.circumstances.now_ms
    source_id = document.identifier("_id")
    updated_at = orders(document, "_updatedAt", document.moment("_updatedAt"), now_ms=now_ms)
    created_at = plausible(document, "_createdAt", document.moment("_createdAt"), now_ms=now_ms)
    content = entry.content(published_at=created_at or updated_at, updated_at=updated_at)
    return Draft(
        verb="published" if operation == "create" else "updated",
        source_id=source_id,
        content=content,
        ordered_by=_ordered_by(updated_at, entry.circumstances.sent_ms),
        sent_ms=milliseconds(updated_at) if updated_at else entry.circumstances.sent_ms,
        warnings=document.findings.settle(),
    )


def _ordered_by(updated_at: datetime | None, sent_ms: int) -> datetime | None:
    """Return what orders deliveries: within the second that `_updatedAt` names, those that were signed later win."""
    if updated_at is None or updated_at.microsecond or not sent_ms:
        return updated_at
    later_ms = min(max(sent_ms - milliseconds(updated_at), 0), 999_999)
    return updated_at + timedelta(microseconds=later_ms)


def _picture(document: Fields, circumstances: Circumstances) -> Picture:
    """Return how pictures are read: by the reference of their asset, which tells address and size, or projected."""
    base = circumstances.model.base_url or _images_of(circumstances.headers)
    projected = picture_with("", document)

    def picture(data: Mapping[str, object]) -> Image | None:
        asset = mapping(data.get("asset"))
        if asset.get("url") or data.get("url"):
            return projected({**mapping(mapping(asset.get("metadata")).get("dimensions")), **data})
        found = _ASSET.fullmatch(text(asset.get("_ref")) or text(asset.get("_id")))
        if found is None:
            return None
        if not base:
            document.findings.warn(
                "pictures: the delivery does not say its project and dataset; write base_url in [source.NAME.model], "
                'such as "https://cdn.sanity.io/images/<project>/<dataset>"'
            )
            return None
        name, width, height, kind = found.groups()
        size: Mapping[str, object] = {"width": int(width), "height": int(height)}
        return described_image(f"{base.rstrip('/')}/{name}-{width}x{height}.{kind}", data, size)

    return picture


def _images_of(headers: Mapping[str, str]) -> str:
    project, dataset = headers.get("sanity-project-id", ""), headers.get("sanity-dataset", "")
    is_said = _PROJECT.fullmatch(project) and _DATASET.fullmatch(dataset)
    return f"https://cdn.sanity.io/images/{project}/{dataset}" if is_said else ""
