"""Contentful: an entry with a value for each language; what happened stands in the topic."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc

TOPICS = {"published": "publish", "edited": "publish", "killed": "unpublish"}
LOCALE = "en-US"


def play(action: Action, story: Story) -> Post:
    """Return the delivery; Contentful cannot kill, only unpublish."""
    at = in_utc(story.updated_at, digits="milliseconds")
    sys = {
        "type": "DeletedEntry" if action == "killed" else "Entry",
        "id": story.hex_id(22),
        "contentType": {"sys": {"type": "Link", "linkType": "ContentType", "id": "article"}},
        "revision": int(story.updated_at.timestamp()),
        "createdAt": in_utc(story.published_at, digits="milliseconds"),
        "updatedAt": at,
    }
    headers = {
        "content-type": "application/vnd.contentful.management.v1+json",
        "x-contentful-topic": f"ContentManagement.Entry.{TOPICS[action]}",
        "x-contentful-webhook-name": "litfass",
    }
    if action == "killed":
        return Post(compact({"sys": sys | {"deletedAt": at}}), headers)
    return Post(compact({"metadata": {"tags": []}, "fields": _fields(story), "sys": sys}), headers)


def _fields(story: Story) -> dict[str, Any]:
    fields = {
        "title": story.headline,
        "slug": story.slug,
        "dek": story.standfirst,
        "section": story.section,
        "body": {"nodeType": "document", "data": {}, "content": [_paragraph(text) for text in story.paragraphs]},
        "publishDate": in_utc(story.published_at),
    }
    return {name: {LOCALE: value} for name, value in fields.items()}


def _paragraph(text: str) -> dict[str, Any]:
    leaf = {"nodeType": "text", "value": text, "marks": [], "data": {}}
    return {"nodeType": "paragraph", "data": {}, "content": [leaf]}
