"""A sender of IPTC ninjs 3.1, signed as a Standard Webhook."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc


def play(action: Action, story: Story) -> Post:
    """Return the delivery."""
    item: dict[str, Any] = {
        "uri": f"https://cms.example/{story.name}",
        "standard": {"name": "ninjs", "version": "3.1"},
        "type": "text",
        "version": str(int(story.updated_at.timestamp())),
        "versionCreated": in_utc(story.updated_at),
        "pubStatus": "canceled" if action == "killed" else "usable",
    }
    if action != "killed":
        item |= {
            "firstCreated": in_utc(story.published_at),
            "contentCreated": in_utc(story.published_at),
            "headlines": [{"role": "main", "contentType": "text/plain", "value": story.headline}],
            "descriptions": [{"role": "summary", "contentType": "text/plain", "value": story.standfirst}],
            "bodies": [{"role": "html5", "contentType": "text/html", "value": story.html}],
            "subjects": [{"rel": "subject", "name": story.section}],
            "by": "A. Tester",
        }
    return Post(compact(item))
