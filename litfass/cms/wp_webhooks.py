"""The WordPress plugin WP Webhooks: the raw row, its terms, and in a header which trigger it was."""

from litfass.cms.story import Action, Post, Story, compact
from litfass.cms.wp_rows import row_of

TRIGGERS = {"published": "post_create", "edited": "post_update", "killed": "post_trash"}


def play(action: Action, story: Story) -> Post:
    """Return the delivery; WordPress cannot kill, only throw away, which unpublishes."""
    term = {"term_id": 4, "name": story.section, "slug": story.section, "taxonomy": "category"}
    body = {
        "post_id": story.number(),
        "post": row_of(action, story),
        "post_meta": [],
        "post_thumbnail": False,
        "post_permalink": f"https://cms.example/{story.slug}/",
        "taxonomies": {"category": {story.section: term}},
    }
    headers = {"content-type": "application/json; charset=UTF-8", "x-wp-webhook-name": TRIGGERS[action]}
    return Post(compact(body, is_ascii=True).replace(b"/", rb"\/"), headers)
