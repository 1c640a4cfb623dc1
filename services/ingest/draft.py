"""What adapt makes and accept takes: an article as its CMS tells it, not yet numbered and not yet addressed."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.contracts.article import Ads, Author, Correction, EventDetails, Kind, Tag
from shared.contracts.blocks import Block
from shared.contracts.media import Image
from shared.contracts.verbs import DeclaredVerb


@dataclass(frozen=True)
class Content:
    """The words and pictures of an article.

    Args:
        slug: a path word, made from the headline when the CMS gave none.
        slug_is_made: the CMS has no slugs; once the article has an address, a new headline does not move it.
        sections: what the CMS calls the section, slugs or titles, the likeliest first; the site's own decide.
        language: BCP 47; empty = the site's.
        updated_at: None = the CMS did not say.
        members_only: this is the public part of something whose rest is for members, and none of that is in it.
        minor: a small thing was mended, such as a typing error; readers are shown no new date.
        embargoed_until: not to be seen before.
        expires_at: not to be seen from then on.
        resurface_at: on top of its lists then, with the dates that it has.
        breaking_until: above every page until then.
        urgency: as IPTC counts, from 1, the most urgent, to 9; None = the CMS knows none. The source's settings decide
            what of it is breaking news.
        dated_by_cms: `published_at` is only when the CMS last published it; when it first did is for the store to know.
    """

    headline: str
    slug: str
    published_at: datetime
    updated_at: datetime | None = None
    sections: tuple[str, ...] = ()
    kind: Kind = "article"
    kicker: str = ""
    standfirst: str = ""
    body: tuple[Block, ...] = ()
    authors: tuple[Author, ...] = ()
    credit: str = ""
    tags: tuple[Tag, ...] = ()
    language: str = ""
    location: str = ""
    image: Image | None = None
    event: EventDetails | None = None
    corrections: tuple[Correction, ...] = ()
    ads: Ads = "default"
    sensitive: bool = False
    canonical_url: str = ""
    noindex: bool = False
    members_only: bool = False
    slug_is_made: bool = False
    minor: bool = False
    embargoed_until: datetime | None = None
    expires_at: datetime | None = None
    resurface_at: datetime | None = None
    breaking_until: datetime | None = None
    urgency: int | None = None
    dated_by_cms: bool = False


@dataclass(frozen=True)
class Draft:
    """One delivery, understood.

    Args:
        source_id: the CMS's own id of the article.
        content: None for `unpublished` and `killed`.
        number: the CMS's whole revision number, when it counts.
        ordered_by: the CMS's `updated_at`, which orders deliveries when it does not count.
        sent_ms: when the CMS says it sent this, milliseconds since 1970, equal for every retry; 0 = not said.
        evolved_from: the CMS's id of the item that this one takes the place of; empty = of none.
        note: an editor's words for readers of a withdrawn article.
        warnings: what was left out or mended, for the answer.
    """

    verb: DeclaredVerb
    source_id: str
    content: Content | None = None
    number: int | None = None
    ordered_by: datetime | None = None
    sent_ms: int = 0
    evolved_from: str = ""
    note: str = ""
    warnings: tuple[str, ...] = ()

    def warned(self, *warnings: str) -> "Draft":
        """The same draft with more warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))


@dataclass(frozen=True)
class Ignored:
    """A delivery that is in order and tells us nothing: an event that nobody needs."""

    reason: str = field(metadata={"unit": "one sentence for whoever set the webhook up"})
