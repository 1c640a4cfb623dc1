"""adapt: one vendor's payload → our draft. Pure: no clock, no network, no settings.

    standard     our own format, in a Standard Webhooks delivery
    wordpress    the REST post object
    wp_webhooks  the plugin WP Webhooks; wordpress_com: WordPress.com; wp_rows: what both send, the raw row
    cloudevents  our own article in CloudEvents
    superdesk    Superdesk's own dialect of ninjs 1
    ninjs        IPTC's ninjs 3
    ghost        Ghost's post and page webhooks
    feed         an entry of a feed; its source has no webhook (reconcile/)
    contentful, strapi, sanity, drupal, payload      CMSs where every newsroom has a content model of its own

      fields       read a JSON object, collecting every fault and warning
      html         CMS HTML → blocks, by way of sanitise, bounds, figures, embeds
      given        blocks that the CMS made itself
      people       authors and tags; bylines: authors as one text
      languages    BCP 47 tags, and the nearest of several locales
      withdrawals  what takes an article away
      richtext     editors' trees as JSON → blocks, one dialect a file
      model        entries of a content model: found by our names
      times        dates that can be meant
      slugs        path words by language; text: plain text from anything

Whoever sends something wrong gets `PayloadRejected` with every field at fault; what can be mended is mended, with
a warning: an editor at deadline never loses an article to something we could fix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Protocol, TypeAlias

from services.ingest.draft import Draft, Ignored
from services.ingest.faults import FieldFault, PayloadRejected
from shared.contracts.config import ContentModel

__all__ = ["Adapt", "Circumstances", "FieldFault", "Payload", "PayloadRejected"]

Payload: TypeAlias = Mapping[str, object]  # a JSON object


@dataclass(frozen=True)
class Circumstances:
    """What an adapter may know besides the payload.

    Args:
        now_ms: milliseconds since 1970.
        sent_ms: the time that the sender signed, milliseconds since 1970; 0 = it signed none.
        event: the event's name from the URL; empty = the URL has none.
        headers: lower-case names to values, for vendors that say there what happened.
        language: the site's, BCP 47: slugs are made by it when the article does not say its own.
        options: what the source's `options` say to this adapter; their names and values were checked at start.
        zone: the site's, for dates of CMSs that say none.
        model: how the newsroom's own content model names things, for CMSs where everybody makes their own.
    """

    now_ms: int
    sent_ms: int = 0
    event: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    language: str = "de"
    options: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    model: ContentModel = field(default_factory=ContentModel)


class Adapt(Protocol):
    """One vendor."""

    def __call__(self, payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
        """Return the draft; raises PayloadRejected with every field at fault."""
