"""A sender of CloudEvents 1.0 in structured mode, with the `standard` article in `data`."""

import json

from litfass.cms import standard
from litfass.cms.story import Action, Post, Story, compact, in_utc


def play(action: Action, story: Story) -> Post:
    """Return the delivery."""
    told = json.loads(standard.play(action, story).body)
    event = {
        "specversion": "1.0",
        "id": f"{story.name}-{in_utc(story.updated_at, digits='milliseconds')}-{action}",
        "source": "https://cms.example/",
        "type": told["type"],
        "time": told["timestamp"],
        "datacontenttype": "application/json",
        "data": told["data"],
    }
    return Post(compact(event), {"content-type": "application/cloudevents+json"})
