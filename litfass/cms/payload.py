"""Payload with the hook of examples/payload-hook: a Standard Webhook around the document, its text in Lexical."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc

OPERATIONS = {"published": "create", "edited": "update", "killed": "delete"}


def play(action: Action, story: Story) -> Post:
    """Return the delivery; Payload cannot kill, only delete, which unpublishes."""
    operation = OPERATIONS[action]
    document = {"id": story.hex_id()} if action == "killed" else _document(story)
    body = {
        "type": f"payload.posts.{operation}",
        "timestamp": in_utc(story.updated_at, digits="milliseconds"),
        "data": {"collection": "posts", "operation": operation, "doc": document},
    }
    return Post(compact(body))


def _document(story: Story) -> dict[str, Any]:
    return {
        "id": story.hex_id(),
        "title": story.headline,
        "slug": story.slug,
        "_status": "published",
        "publishedAt": in_utc(story.published_at, digits="milliseconds"),
        "createdAt": in_utc(story.published_at, digits="milliseconds"),
        "updatedAt": in_utc(story.updated_at, digits="milliseconds"),
        "content": {"root": _node("root", [_paragraph(text) for text in story.paragraphs])},
        "categories": [{"id": "6776c3", "title": story.section, "slug": story.section}],
        "excerpt": story.standfirst,
    }


def _paragraph(text: str) -> dict[str, Any]:
    leaf = {"type": "text", "detail": 0, "format": 0, "mode": "normal", "style": "", "text": text, "version": 1}
    return _node("paragraph", [leaf])


def _node(kind: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": kind, "format": "", "indent": 0, "version": 1, "direction": "ltr", "children": children}
