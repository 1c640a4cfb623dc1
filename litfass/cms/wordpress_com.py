"""WordPress.com: a form with the columns that were ticked; it sends the same event for everything."""

from urllib.parse import urlencode

from litfass.cms.story import Action, Post, Story
from litfass.cms.wp_rows import row_of


def play(action: Action, story: Story) -> Post:
    """Return the delivery; WordPress.com cannot kill, only throw away, which unpublishes."""
    fields = {"hook": "publish_post", **row_of(action, story), "post_url": f"https://cms.example/{story.slug}/"}
    return Post(urlencode(fields).encode(), {"content-type": "application/x-www-form-urlencoded"})
