"""Ghost 6: the event stands in the path, and `previous` has only what changed."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc

EVENTS = {"published": "post.published", "edited": "post.published.edited", "killed": "post.deleted"}


def play(action: Action, story: Story) -> Post:
    """Return the delivery; Ghost cannot kill, only delete, which unpublishes."""
    post = _post(story)
    current, previous = (
        ({}, post) if action == "killed" else (post, {"status": "draft"} if action == "published" else {})
    )
    headers = {"content-type": "application/json", "content-version": "v6.19", "user-agent": "Ghost/6.19.1"}
    return Post(compact({"post": {"current": current, "previous": previous}}), headers, EVENTS[action])


def _post(story: Story) -> dict[str, Any]:
    tag = {"id": "2", "name": story.section, "slug": story.section, "visibility": "public"}
    updated_at = story.updated_at.replace(microsecond=0)  # Ghost's database keeps whole seconds
    return {
        "id": story.hex_id(),
        "title": story.headline,
        "slug": story.slug,
        "html": story.html,
        "status": "published",
        "visibility": "public",
        "custom_excerpt": story.standfirst,
        "published_at": in_utc(story.published_at, digits="milliseconds"),
        "updated_at": in_utc(updated_at, digits="milliseconds"),
        "authors": [{"id": "1", "name": "A. Tester", "slug": "tester", "email": "tester@cms.example"}],
        "tags": [tag],
        "primary_tag": tag,
        "email_only": False,
    }
