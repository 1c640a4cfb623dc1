"""The CMSs that `litfass send` can play.

    story.py     what there is to tell, and the request that tells it
    signing.py   how each signs; one function a scheme
    <cms>.py     how each tells it

One more is one file, and one line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from litfass.cms import (
    cloudevents,
    contentful,
    drupal,
    ghost,
    ninjs,
    payload,
    sanity,
    signing,
    standard,
    strapi,
    superdesk,
    wordpress,
    wordpress_com,
    wp_webhooks,
)  # fmt: skip
from litfass.cms.signing import Sign
from litfass.cms.story import Play


@dataclass(frozen=True)
class Cms:
    """One CMS: what it sends, and how it signs it."""

    play: Play
    sign: Sign


CMSS: Final[Mapping[str, Cms]] = {
    "standard": Cms(standard.play, signing.standard),
    "wordpress": Cms(wordpress.play, signing.standard),
    "wp-webhooks": Cms(wp_webhooks.play, signing.wp_webhooks),
    "wordpress-com": Cms(wordpress_com.play, signing.in_url),
    "ghost": Cms(ghost.play, signing.ghost),
    "superdesk": Cms(superdesk.play, signing.superdesk),
    "ninjs": Cms(ninjs.play, signing.standard),
    "contentful": Cms(contentful.play, signing.contentful),
    "strapi": Cms(strapi.play, signing.bearer),
    "sanity": Cms(sanity.play, signing.sanity),
    "drupal": Cms(drupal.play, signing.drupal),
    "payload": Cms(payload.play, signing.standard),
    "cloudevents": Cms(cloudevents.play, signing.bearer),
}
