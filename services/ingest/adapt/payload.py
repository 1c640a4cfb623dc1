"""Payload: what a hook of the newsroom's own sends, signed as a Standard Webhook (docs/howto/connect-payload.md).

    {"type": "payload.posts.update", "timestamp": "…", "data": {"collection", "operation", "doc"}}

    create, update        the article when `_status` is published (or the collection has no drafts)
    unpublish, delete     unpublished
    update of a draft     nobody's business: a draft that is saved and an article that is taken back look alike in the
                          hook, so it must look what is stored, and say unpublish

Source: payload's docs/hooks/collections.mdx; https://github.com/payloadcms/payload/discussions/18249.
"""

from collections.abc import Mapping
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.languages import nearest
from services.ingest.adapt.model import Entry, not_wanted, picture_with
from services.ingest.adapt.richtext import lexical
from services.ingest.adapt.richtext.node import mapping, text
from services.ingest.adapt.times import orders, plausible
from services.ingest.draft import Draft, Ignored
from shared.runtime.clock import milliseconds

_TAKEN_AWAY: Final = frozenset({"unpublish", "delete"})
_SHOWN: Final = frozenset({"create", "update"})


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    outer = Fields(payload, Findings())
    data = outer.inner("data")
    if data is None:
        if not outer.findings.faults:
            outer.required("data")
        raise outer.findings.rejection()
    operation, collection = _operation(outer, data, circumstances), _collection(outer, data)
    doc = data.inner("doc")
    if doc is None:
        if data.raw("doc") is None:
            data.required("doc")
        raise outer.findings.rejection()
    locale = text(data.raw("locale"))
    wanted = circumstances.model.locale
    if wanted and locale not in {"", "all", wanted}:
        return Ignored(f"The document is in {described(locale)}; the source takes {wanted!r} only.")
    if operation in _TAKEN_AWAY:
        return not_wanted(collection, circumstances, None) or _withdrawal(outer, doc, circumstances)
    status = doc.raw("_status")
    if not isinstance(status, str | None):
        doc.fault("_status", f"must be published or draft, not {described(status)}")
        raise outer.findings.rejection()
    if status not in (None, "published"):
        return Ignored(
            f"The document is not published: its status is {described(status)}. If it was taken back, the hook says so "
            "with the operation unpublish."
        )
    content = _localised(mapping(data.raw("doc")), wanted or circumstances.language)
    fields = Fields(content, outer.findings, at="data.doc")
    picture = picture_with(circumstances.model.base_url, fields)
    entry = Entry(fields, circumstances, lexical.read, picture, {})
    language = locale if locale != "all" else wanted
    return not_wanted(collection, circumstances, entry) or _article(outer, entry, language)


def _operation(outer: Fields, data: Fields, circumstances: Circumstances) -> str:
    """Return what happened: the operation, else the last word of the type; raises PayloadRejected."""
    kind = outer.raw("type")
    last = kind.rpartition(".")[2] if isinstance(kind, str) else ""
    said = data.raw("operation") or last or circumstances.event
    if not isinstance(said, str) or said not in _TAKEN_AWAY | _SHOWN:
        data.fault("operation", f"must be create, update, unpublish or delete, not {described(said or None)}")
        raise outer.findings.rejection()
    return said


def _collection(outer: Fields, data: Fields) -> str:
    kind = text(outer.raw("type")).split(".")
    return text(data.raw("collection")) or (kind[-2] if len(kind) > 1 else "")


def _happened_ms(outer: Fields, circumstances: Circumstances) -> int:
    at = orders(outer, "timestamp", outer.moment("timestamp"), now_ms=circumstances.now_ms)
    return max(0, milliseconds(at)) if at else 0


def _withdrawal(outer: Fields, doc: Fields, circumstances: Circumstances) -> Draft:
    """Return what takes the article away; it is refused for nothing but its id."""
    sent_ms = _happened_ms(outer, circumstances) or circumstances.now_ms
    outer.findings.pardon()
    source_id = doc.identifier("id")
    return Draft(verb="unpublished", source_id=source_id, sent_ms=sent_ms, warnings=outer.findings.settle())


def _article(outer: Fields, entry: Entry, language: str) -> Draft:
    doc, now_ms = entry.fields, entry.circumstances.now_ms
    source_id = doc.identifier("id")
    updated_at = orders(doc, "updatedAt", doc.moment("updatedAt"), now_ms=now_ms)
    created_at = plausible(doc, "createdAt", doc.moment("createdAt"), now_ms=now_ms)
    content = entry.content(published_at=created_at or updated_at, updated_at=updated_at, language=language)
    return Draft(
        verb="published",
        source_id=source_id,
        content=content,
        ordered_by=updated_at,
        sent_ms=_happened_ms(outer, entry.circumstances),
        warnings=outer.findings.settle(),
    )


def _localised(doc: Mapping[str, object], locale: str) -> dict[str, object]:
    """Return the document in one language: with `locale=all` every localised field is an object of locales."""
    return {name: _of_locale(value, locale) for name, value in doc.items()}


def _of_locale(value: object, locale: str) -> object:
    if not isinstance(value, dict) or not value or "root" in value or "id" in value:
        return value
    found = nearest(locale, [key for key in value if isinstance(key, str) and _is_locale(key)])
    is_localised = found and all(isinstance(key, str) and _is_locale(key) for key in value)
    return value[found] if is_localised else value


def _is_locale(key: str) -> bool:
    return len(key) == 2 or (len(key) == 5 and key[2] in "-_")
