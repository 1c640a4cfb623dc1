"""Superdesk's HTTP push: its own ninjs; versions are texts, dates end in +0000."""

from datetime import UTC, datetime

from litfass.cms.story import Action, Post, Story, compact


def play(action: Action, story: Story) -> Post:
    """Return the delivery."""
    is_kill = action == "killed"
    item = {
        "guid": f"urn:newsml:desk.example:{story.name}",
        "version": str(int(story.updated_at.timestamp())),
        "type": "text",
        "pubstatus": "canceled" if is_kill else "usable",
        "headline": f"KILL NOTICE: {story.headline}" if is_kill else story.headline,
        "description_text": story.standfirst,
        "body_html": "<p>Please do not use it any longer.</p>" if is_kill else story.html,
        "byline": "A. Tester",
        "slugline": story.slug,
        "firstpublished": _stamp(story.published_at),
        "versioncreated": _stamp(story.updated_at),
        "subject": [{"code": story.section, "name": story.section}],
        "urgency": 3,
        "priority": 5,
    }
    return Post(compact(item, is_ascii=True))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
