"""What partners get: the six verbs, and what waits for its time, as CloudEvents 1.0 in structured JSON.

Source: CloudEvents 1.0.2, with the `traceparent` attribute of the Distributed Tracing extension.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.article import Article
from shared.contracts.base import ArticleId, Contract, Moment, SiteName
from shared.contracts.revision import Revision
from shared.contracts.teaser import Teaser

SCHEMA_BASE = "https://litfass.dev/schemas/v1"  # identifiers, not addresses to fetch


class PublicData(Contract):
    """The whole article and where it is."""

    article: Article
    revision: Revision
    url: str
    reason: str = Field(default="", description="For `corrected`: what was wrong.")


class WithdrawnData(Contract):
    """What remains of an article that was taken back."""

    article_id: ArticleId
    site: SiteName
    revision: Revision
    url: str | None = None
    reason: str = ""


class TeaserData(Contract):
    """What lists show of an article, and where it is."""

    teaser: Teaser
    revision: Revision
    url: str
    reason: str = Field(default="", description="For `corrected`: what was wrong.")


class _CloudEvent(Contract):
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str = Field(description="URL of the site.")
    subject: ArticleId
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    traceparent: str = ""


class ArticlePublished(_CloudEvent):
    """An article can be read for the first time, or again."""

    type: Literal["article.published"] = "article.published"
    data: PublicData


class ArticleUpdated(_CloudEvent):
    """A public article has other content."""

    type: Literal["article.updated"] = "article.updated"
    data: PublicData


class ArticleCorrected(_CloudEvent):
    """A public article was wrong, says so, and is right now."""

    type: Literal["article.corrected"] = "article.corrected"
    data: PublicData


class ArticleMoved(_CloudEvent):
    """A public article has another address; the old one leads to it."""

    type: Literal["article.moved"] = "article.moved"
    data: PublicData


class ArticleUnpublished(_CloudEvent):
    """An article was taken back and may return."""

    type: Literal["article.unpublished"] = "article.unpublished"
    data: WithdrawnData


class ArticleKilled(_CloudEvent):
    """An article must not be used again, by anyone."""

    type: Literal["article.killed"] = "article.killed"
    data: WithdrawnData


class ArticleEmbargoed(_CloudEvent):
    """An article is not public yet, and nobody but who is trusted with it knows; it is what it will be by now."""

    type: Literal["article.embargoed"] = "article.embargoed"
    embargoeduntil: Moment = Field(description="When it becomes public, and `article.published` comes; hold it until.")
    data: PublicData


class ArticleTeased(_CloudEvent):
    """What happened to an article, with what lists show of it instead of its text."""

    type: Literal["article.published", "article.updated", "article.corrected", "article.moved", "article.embargoed"]
    embargoeduntil: Moment | None = Field(default=None, description="Of `article.embargoed`: hold it until.")
    data: TeaserData


ArticleEvent = Annotated[
    ArticlePublished
    | ArticleUpdated
    | ArticleCorrected
    | ArticleMoved
    | ArticleUnpublished
    | ArticleKilled
    | ArticleEmbargoed,
    Field(discriminator="type"),
]

# For readers' pages, and for partners who want no more.
TeaserEvent = Annotated[ArticleTeased | ArticleUnpublished | ArticleKilled, Field(discriminator="type")]
