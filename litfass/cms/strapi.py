"""Strapi 5: the entry as its database has it, in a header the event, no signature but a token."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc

EVENTS = {"published": "entry.publish", "edited": "entry.publish", "killed": "entry.unpublish"}


def play(action: Action, story: Story) -> Post:
    """Return the delivery; Strapi cannot kill, only unpublish."""
    at = in_utc(story.updated_at, digits="milliseconds")
    event = EVENTS[action]
    body = {"event": event, "createdAt": at, "model": "article", "uid": "api::article.article", "entry": _entry(story)}
    return Post(compact(body), {"content-type": "application/json", "x-strapi-event": event})


def _entry(story: Story) -> dict[str, Any]:
    published_at, at = (in_utc(each, digits="milliseconds") for each in (story.published_at, story.updated_at))
    return {
        "id": story.number(),
        "documentId": story.hex_id(),
        "title": story.headline,
        "slug": story.slug,
        "teaser": story.standfirst,
        "body": [{"type": "paragraph", "children": [{"type": "text", "text": text}]} for text in story.paragraphs],
        "category": {"id": 3, "documentId": "kat3", "name": story.section, "slug": story.section},
        "createdAt": published_at,
        "updatedAt": at,
        "publishedAt": at,
        "locale": "en",
    }
