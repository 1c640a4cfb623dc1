"""The canonical article: what every adapter makes and every renderer reads.

Field names follow schema.org and IPTC ninjs where they have one. An article says nothing about where it is
published: its path is given by accept and stands in the `Document` around it.
"""

from typing import Literal

from pydantic import Field

from shared.contracts.base import ARTICLE_ID_PATTERN, ArticleId, Contract, Moment, PathWord, SiteName, SourceName
from shared.contracts.blocks import Block
from shared.contracts.media import Image
from shared.contracts.revision import Revision

Kind = Literal["article", "event", "sponsored", "live"]
Ads = Literal["default", "reduced", "none"]


class Author(Contract):
    """Who wrote it; never an e-mail address."""

    name: str = Field(min_length=1, max_length=200)
    slug: PathWord
    url: str = ""


class Tag(Contract):
    """A keyword as the newsroom writes it, and its path word."""

    name: str = Field(min_length=1, max_length=200)
    slug: PathWord


class EventDetails(Contract):
    """When and where; `ends_at` missing means: over at the end of the day it starts (site's zone)."""

    starts_at: Moment
    ends_at: Moment | None = None
    place: str = ""


class Correction(Contract):
    """What was wrong and is now right. Corrections of an article only grow."""

    text: str = Field(min_length=1)
    at: Moment


class Article(Contract):
    """One canonical article."""

    schema_version: Literal[1] = 1
    id: ArticleId = Field(pattern=ARTICLE_ID_PATTERN)
    site: SiteName
    source: SourceName
    source_id: str = Field(description="The CMS's own id.")
    revision: Revision
    kind: Kind = "article"
    section: PathWord
    slug: PathWord
    kicker: str = ""
    headline: str = Field(min_length=1)
    standfirst: str = ""
    body: tuple[Block, ...] = ()
    authors: tuple[Author, ...] = ()
    credit: str = Field(default="", description="The agency or town hall it came from.")
    tags: tuple[Tag, ...] = ()
    language: str = Field(default="de", description="BCP 47.")
    location: str = ""
    image: Image | None = None
    event: EventDetails | None = None
    published_at: Moment
    updated_at: Moment
    corrections: tuple[Correction, ...] = Field(default=(), description="Oldest first.")
    ads: Ads = "default"
    sensitive: bool = False
    canonical_url: str = ""
    noindex: bool = False
    members_only: bool = Field(default=False, description="Only the public part is here; the rest is for members.")
    minor: bool = Field(
        default=False, description="This revision mended something small, such as a typing error: no new date."
    )
    embargoed_until: Moment | None = Field(default=None, description="Nobody outside the house sees it before.")
    expires_at: Moment | None = Field(default=None, description="Nobody outside the house sees it from then on.")
    resurface_at: Moment | None = Field(
        default=None, description="From then on it stands in its lists as if it were of then; its dates stay."
    )
    breaking_until: Moment | None = Field(
        default=None, description="Its headline stands above every page, as breaking news, until then."
    )
