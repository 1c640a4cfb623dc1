"""What a list shows of an article. A change of any field here changes every list that the article is in."""

from hashlib import blake2b
from typing import Final

from pydantic import Field, TypeAdapter

from shared.contracts.article import Article, Author, EventDetails, Kind, Tag
from shared.contracts.base import ArticleId, Contract, Moment, PathWord, SiteName, UrlPath
from shared.contracts.blocks import Block
from shared.contracts.media import Image

_BODY: Final[TypeAdapter[tuple[Block, ...]]] = TypeAdapter(tuple[Block, ...])


class Teaser(Contract):
    """The part of an article that lists, feeds and fragments need; made by feed, read by render too."""

    id: ArticleId
    site: SiteName
    path: UrlPath
    kind: Kind
    section: PathWord
    kicker: str = ""
    headline: str
    standfirst: str = ""
    authors: tuple[Author, ...] = ()
    credit: str = ""
    tags: tuple[Tag, ...] = ()
    location: str = ""
    language: str = "de"
    image: Image | None = None
    event: EventDetails | None = None
    published_at: Moment
    updated_at: Moment
    correction: str = ""
    noindex: bool = False
    members_only: bool = False
    body_digest: str = Field(default="", description="Another one when the body is; lists themselves show none of it.")


def teaser_of(article: Article, path: UrlPath) -> Teaser:
    """Return what lists show of `article` when it is published at `path`."""
    return Teaser(
        id=article.id,
        site=article.site,
        path=path,
        kind=article.kind,
        section=article.section,
        kicker=article.kicker,
        headline=article.headline,
        standfirst=article.standfirst,
        authors=article.authors,
        credit=article.credit,
        tags=article.tags,
        location=article.location,
        language=article.language,
        image=article.image,
        event=article.event,
        published_at=article.published_at,
        updated_at=article.updated_at,
        correction=article.corrections[-1].text if article.corrections else "",
        noindex=article.noindex,
        members_only=article.members_only,
        body_digest=body_digest(article),
    )


def body_digest(article: Article) -> str:
    """Return what tells two bodies apart, so that feeds with the whole text change when it does; empty for none."""
    if not article.body:
        return ""
    return blake2b(_BODY.dump_json(article.body), digest_size=8).hexdigest()
