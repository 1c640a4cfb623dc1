"""Drupal's module Webhooks: the whole node, every field a list of values."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc

EVENTS = {"published": "create", "edited": "update", "killed": "delete"}


def play(action: Action, story: Story) -> Post:
    """Return the delivery; Drupal cannot kill, only delete, which unpublishes."""
    event = f"entity:node:{EVENTS[action]}"
    body = compact({"event": event, "entity": _node(story)}, is_ascii=True).replace(b"/", rb"\/")
    headers = {"content-type": "application/json", "x-drupal-webhooks-event": event}
    return Post(body, headers)


def _node(story: Story) -> dict[str, Any]:
    created, changed = (in_utc(at).replace("Z", "+00:00") for at in (story.published_at, story.updated_at))
    digits = story.hex_id(32)
    uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
    return {
        "nid": [{"value": story.number()}],
        "uuid": [{"value": uuid}],
        "vid": [{"value": int(story.updated_at.timestamp())}],
        "langcode": [{"value": "en"}],
        "type": [{"target_id": "article", "target_type": "node_type"}],
        "status": [{"value": True}],
        "title": [{"value": story.headline}],
        "created": [{"value": created, "format": r"Y-m-d\TH:i:sP"}],
        "changed": [{"value": changed, "format": r"Y-m-d\TH:i:sP"}],
        "path": [{"alias": f"/{story.section}/{story.slug}", "langcode": "en"}],
        "body": [{"value": story.html, "format": "basic_html", "processed": story.html, "summary": story.standfirst}],
    }
