"""The raw database row of a WordPress post, as plugins send it: dates without a zone, numbers that are texts."""

from litfass.cms.story import Action, Story, in_utc


def row_of(action: Action, story: Story) -> dict[str, str]:
    """Return the columns that both senders have."""
    published, modified = (
        in_utc(at).replace("T", " ").removesuffix("Z") for at in (story.published_at, story.updated_at)
    )
    return {
        "ID": str(story.number()),
        "post_title": story.headline,
        "post_content": story.html,
        "post_excerpt": story.standfirst,
        "post_date_gmt": published,
        "post_modified_gmt": modified,
        "post_status": "trash" if action == "killed" else "publish",
        "post_type": "post",
        "post_name": f"{story.slug}__trashed" if action == "killed" else story.slug,
    }
