"""A CMS that speaks the `standard` format."""

from litfass.cms.story import NOTE, Action, Post, Story, compact, in_utc


def play(action: Action, story: Story) -> Post:
    """Return the delivery."""
    verb = {"published": "published", "edited": "updated", "killed": "killed"}[action]
    at = in_utc(story.updated_at, digits="milliseconds")
    data = {"id": story.name, "updated_at": at}
    if action == "killed":
        data["note"] = NOTE
    else:
        data |= {
            "slug": story.slug,
            "section": story.section,
            "headline": story.headline,
            "standfirst": story.standfirst,
            "body": story.html,
            "published_at": in_utc(story.published_at),
        }
    return Post(compact({"type": f"article.{verb}", "timestamp": at, "data": data}))
