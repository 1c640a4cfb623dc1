"""What a feed or a page says of a CMS's article → what the CMS itself would have delivered. Pure. ADR-0026."""

from dataclasses import replace
from typing import Final

from services.ingest.draft import Content, Draft
from shared.contracts.article import Article
from shared.runtime.clock import milliseconds

UNDATED_MS: Final = 1  # any delivery is later


def as_delivered(draft: Draft, *, source_id: str, mine: Article | None) -> Draft:
    """Return the draft under the CMS's own id, and before any delivery of the same revision.

    Of an article that we have, headline and text are taken and nothing else: a feed does not know the section that an
    editor chose, the kicker or who is to be named, and what it says instead would move the article to another address.

    Args:
        mine: the article as we have it; None when we never had it.
    """
    content = draft.content
    assert content is not None
    ordered_ms = milliseconds(draft.ordered_by) - 1 if draft.ordered_by else UNDATED_MS
    content = replace(content, canonical_url="", credit="") if mine is None else _renewed(mine, content)
    return replace(draft, source_id=source_id, content=content, sent_ms=max(UNDATED_MS, ordered_ms))


def _renewed(mine: Article, content: Content) -> Content:
    return Content(
        headline=content.headline,
        body=content.body,
        updated_at=content.updated_at,
        slug=mine.slug,
        published_at=mine.published_at,
        sections=(mine.section,),
        kind=mine.kind,
        kicker=mine.kicker,
        standfirst=mine.standfirst,
        authors=mine.authors,
        credit=mine.credit,
        tags=mine.tags,
        language=mine.language,
        location=mine.location,
        image=mine.image,
        event=mine.event,
        ads=mine.ads,
        sensitive=mine.sensitive,
        canonical_url=mine.canonical_url,
        noindex=mine.noindex,
        embargoed_until=mine.embargoed_until,
        expires_at=mine.expires_at,
    )
