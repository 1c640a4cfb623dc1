"""Drupal, with its module Webhooks: `{"event": "entity:node:update", "entity": {…}}`, the serialised entity.

    insert, create, update    by what the node is: published → the article, not published → unpublished
    delete                    unpublished
    of anything but nodes     nobody's business

Every field is a list of objects. With Content Moderation a draft beside the published revision looks like a node that
is not published: `revision_default`, or the state, tells them apart. References have ids and no names.
Source: drupal/core, core/modules/serialization; https://www.drupal.org/project/webhooks.
"""

from datetime import datetime, timedelta
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described, whole_number
from services.ingest.adapt.model import Entry, not_wanted, picture_with
from services.ingest.adapt.richtext.node import Node, items, mapping, text
from services.ingest.adapt.text import from_html
from services.ingest.adapt.times import orders, plausible
from services.ingest.draft import Draft, Ignored
from shared.contracts.config import ModelField

HEADER: Final = "x-drupal-webhooks-event"
_NAMES: Final = ("create", "insert", "update", "delete")
_WANTED: Final = "entity:node:create, entity:node:update and entity:node:delete"
_ARCHIVED: Final = frozenset({"archived", "unpublished"})
_USUAL: Final[dict[ModelField, tuple[str, ...]]] = {
    "kicker": ("field_kicker", "field_overline"),
    "standfirst": ("field_standfirst", "field_teaser", "field_lead", "field_summary", "field_subtitle", "summary"),
    "section": ("field_section", "field_category", "field_ressort"),
    "body": ("body", "field_body"),
    "authors": ("field_authors", "field_author", "field_byline"),
    "tags": ("field_tags",),
    "image": ("field_image", "field_media_image", "field_hero"),
    "credit": ("field_credit",),
    "location": ("field_location",),
    "published_at": ("published_at", "field_published", "field_publish_date", "field_date"),
}


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    outer = Fields(payload, Findings())
    kind, name = _event(outer, circumstances)
    if kind != "node":
        return Ignored(f"{described(kind)} is no node; Litfass needs {_WANTED}.")
    entity = outer.inner("entity")
    if entity is None:
        if not outer.findings.faults:
            outer.required("entity")
        raise outer.findings.rejection()
    node = Fields(_flat(payload["entity"]), outer.findings, at="entity")
    locale = text(node.raw("langcode"))
    if circumstances.model.locale and locale and locale != circumstances.model.locale:
        return Ignored(f"The node is in {described(locale)}; the source takes {circumstances.model.locale!r} only.")
    bundle = text(node.raw("type"))
    if name == "delete":
        return not_wanted(bundle, circumstances, None) or _withdrawal(node, circumstances)
    hidden = _hidden(node)
    if isinstance(hidden, Ignored):
        return hidden
    if hidden:
        return not_wanted(bundle, circumstances, None) or _withdrawal(node, circumstances, ordered=True)
    picture = picture_with(circumstances.model.base_url, node)
    entry = Entry(node, circumstances, _no_rich_text, picture, _USUAL, is_html=True)
    return not_wanted(bundle, circumstances, entry) or _article(entry)


def _event(outer: Fields, circumstances: Circumstances) -> tuple[str, str]:
    """Return the kind of entity and what happened to it; raises PayloadRejected when nothing says it."""
    said = outer.raw("event") or circumstances.headers.get(HEADER) or circumstances.event
    prefix, _, rest = (said if isinstance(said, str) else "").strip().partition(":")
    kind, _, name = rest.partition(":")
    if prefix != "entity" or not kind or (kind == "node" and name not in _NAMES):
        outer.fault(
            "event", f"must be one of {_WANTED}, not {described(said)}" if said else f"is missing; use {_WANTED}"
        )
        raise outer.findings.rejection()
    return kind, name


def _flat(entity: object) -> dict[str, object]:
    """Return the entity's fields without their lists: one value, or a list of values."""
    flat = {name: _values(value) for name, value in mapping(entity).items()}
    summary = next((mapping(item).get("summary") for item in items(mapping(entity).get("body"))), None)
    return {"summary": from_html(summary), **flat} if isinstance(summary, str) else flat


def _values(value: object) -> object:
    if not isinstance(value, list):
        return value
    found = [_value(item) for item in value]
    return found if len(found) > 1 else (found[0] if found else None)


def _value(item: object) -> object:
    """Return the value of one item: filtered text where there is any, and objects of several parts as they are."""
    data = mapping(item)
    if not data:
        return item
    if isinstance(data.get("processed"), str):
        return data["processed"]
    if "value" in data:
        return data["value"]
    if text(data.get("target_type")) == "node_type":
        return data.get("target_id")
    return dict(data)


def _hidden(node: Fields) -> bool | Ignored:
    """Say whether the node is not published, or why that cannot be said of a draft beside a published revision."""
    status, state = node.raw("status"), text(node.raw("moderation_state"))
    if node.raw("revision_default") in (False, 0, "0"):
        return Ignored("This is a draft beside the published revision, which stays as it is.")
    if status is None:
        node.fault("status", "is missing; it says whether the node is published")
        raise node.findings.rejection()
    if not isinstance(status, bool) and status not in (0, 1, "0", "1"):
        node.fault("status", f"must be true or false, not {described(status)}")
        raise node.findings.rejection()
    is_hidden = status in (False, 0, "0")
    if is_hidden and state and state not in _ARCHIVED and node.raw("revision_default") is None:
        return Ignored(
            f"The state {described(state)} may be a draft beside the published revision; archive it instead."
        )
    return is_hidden


def _id(node: Fields) -> str:
    """Return the article's id: a translation is an article of its own."""
    source_id = node.identifier("nid" if node.raw("uuid") is None and node.raw("nid") is not None else "uuid")
    is_translation = node.raw("default_langcode") in (False, 0, "0")
    return f"{source_id}:{text(node.raw('langcode'))}" if is_translation else source_id


def _changed(node: Fields, now_ms: int) -> tuple[datetime | None, datetime | None]:
    """Return when the node was changed, and what orders deliveries: within a second the number of the revision does."""
    changed = orders(node, "changed", node.moment("changed"), now_ms=now_ms)
    number = whole_number(node.raw("vid"))
    if changed is None or number is None:
        return changed, changed
    return changed, changed.replace(microsecond=0) + timedelta(microseconds=number % 1_000_000)


def _withdrawal(node: Fields, circumstances: Circumstances, *, ordered: bool = False) -> Draft:
    """Return what takes the article away; it is refused for nothing but its id.

    Args:
        ordered: it has a revision of its own; a deleted node still has its last one.
    """
    node.findings.pardon()
    _, ordered_by = _changed(node, circumstances.now_ms)
    node.findings.pardon()
    source_id = _id(node)
    return Draft(
        verb="unpublished",
        source_id=source_id,
        ordered_by=ordered_by if ordered else None,
        sent_ms=0 if ordered and ordered_by else circumstances.now_ms,
        warnings=node.findings.settle(),
    )


def _article(entry: Entry) -> Draft:
    node, now_ms = entry.fields, entry.circumstances.now_ms
    source_id = _id(node)
    changed, ordered_by = _changed(node, now_ms)
    created = plausible(node, "created", node.moment("created"), now_ms=now_ms)
    alias = [word for word in text(mapping(node.raw("path")).get("alias")).split("/") if word]
    content = entry.content(
        published_at=created or changed,
        updated_at=changed,
        language=text(node.raw("langcode")),
        slug=alias[-1] if alias else "",
        sections=alias[:1] if len(alias) > 1 else (),
    )
    return Draft(
        verb="published",
        source_id=source_id,
        content=content,
        ordered_by=ordered_by,
        warnings=node.findings.settle(),
    )


def _no_rich_text(value: object) -> Node:
    """Drupal's texts are HTML; several of them stand one after the other, and references to paragraphs say nothing."""
    if isinstance(value, str):
        return Node("part", data={"html": value})
    if isinstance(value, list):
        return Node("box", children=value)
    return Node("unknown", name=text(mapping(value).get("target_type")) or "an object")
