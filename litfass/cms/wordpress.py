"""WordPress with a small plugin that sends the REST post object; PHP escapes slashes and everything beyond ASCII."""

from typing import Any

from litfass.cms.story import Action, Post, Story, compact, in_utc


def play(action: Action, story: Story) -> Post:
    """Return the delivery; a kill is what a forced DELETE answers, which is no more than an unpublishing to readers."""
    post = _post(story)
    value = {"deleted": True, "previous": post} if action == "killed" else post
    body = compact(value, is_ascii=True).replace(b"/", rb"\/")
    return Post(body, {"content-type": "application/json; charset=UTF-8"})


def _post(story: Story) -> dict[str, Any]:
    published, modified = (in_utc(at).removesuffix("Z") for at in (story.published_at, story.updated_at))
    category = {"id": 4, "name": story.section, "slug": story.section, "taxonomy": "category"}
    return {
        "id": story.number(),
        "date_gmt": published,
        "modified_gmt": modified,
        "slug": story.slug,
        "status": "publish",
        "type": "post",
        "link": f"https://cms.example/{story.slug}/",
        "title": {"rendered": story.headline},
        "content": {"rendered": story.html, "protected": False},
        "excerpt": {"rendered": f"<p>{story.standfirst}</p>\n", "protected": False},
        "meta": [],
        "categories": [4],
        "tags": [],
        "_embedded": {"author": [{"id": 3, "name": "A. Tester", "slug": "tester"}], "wp:term": [[category], []]},
    }
