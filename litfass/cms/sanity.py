"""Sanity: the document itself, in Portable Text; what happened stands in a header."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc

OPERATIONS = {"published": "create", "edited": "update", "killed": "delete"}


def play(action: Action, story: Story) -> Post:
    """Return the delivery; Sanity cannot kill, only delete, which unpublishes."""
    document = {"_id": story.name} if action == "killed" else _document(story)
    headers = {
        "content-type": "application/json",
        "sanity-operation": OPERATIONS[action],
        "sanity-document-id": story.name,
        "sanity-transaction-time": in_utc(story.updated_at),
    }
    return Post(compact(document), headers)


def _document(story: Story) -> dict[str, Any]:
    return {
        "_id": story.name,
        "_type": "article",
        "_rev": f"edition-{story.edition}",
        "_createdAt": in_utc(story.published_at),
        "_updatedAt": in_utc(story.updated_at),
        "title": story.headline,
        "slug": {"_type": "slug", "current": story.slug},
        "dek": story.standfirst,
        "category": {"title": story.section, "slug": {"current": story.section}},
        "publishedAt": in_utc(story.published_at),
        "body": [_block(number, text) for number, text in enumerate(story.paragraphs)],
    }


def _block(number: int, text: str) -> dict[str, Any]:
    span = {"_key": f"s{number}", "_type": "span", "marks": [], "text": text}
    return {"_key": f"b{number}", "_type": "block", "style": "normal", "markDefs": [], "children": [span]}
