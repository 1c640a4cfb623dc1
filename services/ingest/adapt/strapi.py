"""Strapi 5: the webhooks of entries; what happened stands in `event`.

    entry.publish               the article
    entry.unpublish, .delete    unpublished
    entry.create, .update       of a draft (`publishedAt` null): nobody's business; of a content type without drafts
                                the article

A document has a row for each language and for draft and published, so an article is `documentId` and `locale`.
`entry.delete` comes once a row. `publishedAt` is the last publication, and what orders deliveries: `updatedAt` is the
draft's. A deleted or unpublished row still has its old dates, so there the event's time counts.
Source: packages/core/core/src/services/{webhook-runner,document-service/events}.ts.
"""

from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.model import Entry, not_wanted, picture_with
from services.ingest.adapt.richtext import strapi as rich_text
from services.ingest.adapt.richtext.node import text
from services.ingest.adapt.times import orders, plausible
from services.ingest.draft import Draft, Ignored
from shared.contracts.config import ModelField
from shared.runtime.clock import milliseconds

HEADER: Final = "x-strapi-event"
_TAKEN_AWAY: Final = frozenset({"entry.unpublish", "entry.delete"})
_BY_ROW: Final = frozenset({"entry.create", "entry.update"})
_WANTED: Final = "entry.publish, entry.unpublish and entry.delete"
# Not `publishedAt`, which Strapi itself moves with every publication.
_USUAL: Final[dict[ModelField, tuple[str, ...]]] = {
    "published_at": ("publishDate", "publishedOn", "firstPublishedAt", "datePublished", "date")
}


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    outer = Fields(payload, Findings())
    event = _event(outer, circumstances)
    model, uid = text(outer.raw("model")), text(outer.raw("uid"))
    if not event.startswith("entry.") or event == "entry.draft-discard" or (uid and not uid.startswith("api::")):
        return Ignored(f"{event} of {uid or model or 'Strapi'} says nothing about an article; Litfass needs {_WANTED}.")
    if event not in _TAKEN_AWAY | _BY_ROW | {"entry.publish"}:
        outer.fault("event", f"{described(event)} is none of Strapi's events; use {_WANTED}")
        raise outer.findings.rejection()
    entry = _row(outer)
    locale = entry.text("locale", length=40)
    if circumstances.model.locale and locale and locale != circumstances.model.locale:
        return Ignored(f"The entry is in {described(locale)}; the source takes {circumstances.model.locale!r} only.")
    if event in _TAKEN_AWAY:
        return not_wanted(model, circumstances, None, also=uid) or _withdrawal(outer, entry, locale, circumstances)
    if event in _BY_ROW and entry.raw("publishedAt") is None:
        return Ignored(f"{event} tells of a draft; Litfass needs {_WANTED}.")
    read = Entry(entry, circumstances, rich_text.read, picture_with(circumstances.model.base_url, entry), _USUAL)
    return not_wanted(model, circumstances, read, also=uid) or _article(outer, read, locale, event)


def _event(outer: Fields, circumstances: Circumstances) -> str:
    """Return what happened; raises PayloadRejected when nothing says it."""
    value = outer.raw("event") or circumstances.headers.get(HEADER) or circumstances.event
    if not isinstance(value, str) or not value.strip():
        outer.fault("event", f"is missing; Litfass needs {_WANTED}" if not value else "must be text")
        raise outer.findings.rejection()
    return value.strip()


def _row(outer: Fields) -> Fields:
    """Return the entry; raises PayloadRejected when there is none: some releases of Strapi 5 send null."""
    value = outer.raw("entry")
    if value in (None, "null", ""):
        outer.fault(
            "entry", "is missing or null, which is a fault of some releases of Strapi 5: publish the entry again"
        )
    entry = outer.inner("entry") if not outer.findings.faults else None
    if entry is None:
        raise outer.findings.rejection()
    return entry


def _id(entry: Fields, locale: str) -> str:
    source_id = entry.identifier("documentId" if entry.raw("id") is None or entry.raw("documentId") else "id")
    return f"{source_id}:{locale}" if locale else source_id


def _withdrawal(outer: Fields, entry: Fields, locale: str, circumstances: Circumstances) -> Draft:
    """Return what takes the article away; it is refused for nothing but its id."""
    happened_at = orders(outer, "createdAt", outer.moment("createdAt"), now_ms=circumstances.now_ms)
    outer.findings.pardon()
    source_id = _id(entry, locale)
    return Draft(
        verb="unpublished",
        source_id=source_id,
        sent_ms=milliseconds(happened_at) if happened_at else circumstances.now_ms,
        warnings=outer.findings.settle(),
    )


def _article(outer: Fields, entry: Entry, locale: str, event: str) -> Draft:
    row, now_ms = entry.fields, entry.circumstances.now_ms
    source_id = _id(row, locale)
    happened_at = orders(outer, "createdAt", outer.moment("createdAt"), now_ms=now_ms)
    published_at = plausible(row, "publishedAt", row.moment("publishedAt"), now_ms=now_ms)
    updated_at = orders(row, "updatedAt", row.moment("updatedAt"), now_ms=now_ms)
    # Of a content type without drafts only `updatedAt` moves.
    moved_at = published_at if event == "entry.publish" else updated_at
    content = entry.content(
        published_at=published_at or happened_at,
        is_first=event != "entry.publish",
        updated_at=moved_at or updated_at,
        language=locale,
    )
    return Draft(
        verb="published" if event != "entry.update" else "updated",
        source_id=source_id,
        content=content,
        ordered_by=orders(row, "publishedAt", moved_at or updated_at, now_ms=now_ms),
        sent_ms=milliseconds(happened_at) if happened_at else 0,
        warnings=outer.findings.settle(),
    )
