"""A draft as its CMS would send it if it were published now: for previews. Pure, one function a vendor.

An adapter takes no notice of drafts, or takes away what went back to one; here it is told what the editor's button
will say. A date that only a publication gives is now's.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.contentful import TOPIC
from services.ingest.adapt.times import instant
from services.ingest.adapt.wp_rows import PUBLIC

Told: TypeAlias = tuple[Payload, Circumstances]
AsPublished: TypeAlias = Callable[[Payload, Circumstances], Told]

_DRAFT: Final = "drafts."  # how Sanity names the draft of a document
_UNDATED: Final = (None, "", "0000-00-00 00:00:00", "0000-00-00T00:00:00")


def as_it_is(payload: Payload, circumstances: Circumstances) -> Told:
    """Return both as they are: for formats that know no drafts."""
    return payload, circumstances


def standard(payload: Payload, circumstances: Circumstances) -> Told:
    """Return our own format, with a date of publication."""
    return {**payload, "data": _dated(payload.get("data"), "published_at", circumstances)}, circumstances


def cloudevents(payload: Payload, circumstances: Circumstances) -> Told:
    """Return an event in either mode, with a date of publication."""
    if "ce-specversion" in circumstances.headers:
        return _dated(payload, "published_at", circumstances), circumstances
    return standard(payload, circumstances) if "data" in payload else (payload, circumstances)


def wordpress(payload: Payload, circumstances: Circumstances) -> Told:
    """Return a post of the REST API as a public one; drafts have no date in UTC, or one of zeros."""
    return _dated(_public(payload, "status"), "date_gmt", circumstances), circumstances


def wordpress_com(payload: Payload, circumstances: Circumstances) -> Told:
    """Return a row as that of a public post."""
    return _dated(_public(payload, "post_status"), "post_date_gmt", circumstances), circumstances


def wp_webhooks(payload: Payload, circumstances: Circumstances) -> Told:
    """Return what the plugin sends as an update of a public post."""
    post = _dated(_public(_object(payload.get("post")), "post_status"), "post_date_gmt", circumstances)
    return {**payload, "post": post}, replace(circumstances, headers={}, event="post_update")


def ghost(payload: Payload, circumstances: Circumstances) -> Told:
    """Return a post or page as a published one."""
    kind = "page" if payload.get("page") is not None else "post"
    outer = _object(payload.get(kind))
    current = _dated({**_object(outer.get("current")), "status": "published"}, "published_at", circumstances)
    return {**payload, kind: {**outer, "current": current}}, replace(circumstances, event=f"{kind}.published")


def contentful(payload: Payload, circumstances: Circumstances) -> Told:
    """Return an entry as it is when it is published."""
    sys = _object(payload.get("sys"))
    dated = _dated(sys, "firstPublishedAt", circumstances)
    headers = {**circumstances.headers, TOPIC: "ContentManagement.Entry.publish"}
    return {**payload, "sys": _dated(dated, "publishedAt", circumstances)}, replace(circumstances, headers=headers)


def strapi(payload: Payload, circumstances: Circumstances) -> Told:
    """Return an entry as a published one."""
    entry = _dated(payload.get("entry"), "publishedAt", circumstances)
    return {**payload, "event": "entry.publish", "entry": entry}, circumstances


def sanity(payload: Payload, circumstances: Circumstances) -> Told:
    """Return a draft under the id of its document."""
    id_ = payload.get("_id")
    own = id_.removeprefix(_DRAFT) if isinstance(id_, str) else id_
    return {**payload, "_id": own, "operation": "update"}, circumstances


def drupal(payload: Payload, circumstances: Circumstances) -> Told:
    """Return a node as its published revision."""
    node = {**_object(payload.get("entity")), "status": True, "revision_default": True, "moderation_state": "published"}
    return {**payload, "event": "entity:node:update", "entity": node}, circumstances


def payload_cms(payload: Payload, circumstances: Circumstances) -> Told:
    """Return a document of Payload as a published one."""
    data = _object(payload.get("data"))
    doc = {**_object(data.get("doc")), "_status": "published"}
    return {**payload, "data": {**data, "doc": doc, "operation": "update"}}, circumstances


def _public(post: Payload, name: str) -> Payload:
    return post if post.get(name) in PUBLIC else {**post, name: "publish"}


def _dated(value: object, name: str, circumstances: Circumstances) -> Payload:
    item = _object(value)
    if not item or item.get(name) not in _UNDATED:
        return item
    return {**item, name: instant(circumstances.now_ms).isoformat()}


def _object(value: object) -> Payload:
    """Return an object; of anything else the adapter says what is wrong, for want of everything that it needs."""
    return value if isinstance(value, Mapping) else {}
