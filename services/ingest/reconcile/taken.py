"""What a feed or a page says of a CMS's article → what the CMS itself would have delivered. Pure. ADR-0026."""

from dataclasses import fields, replace
from typing import Any, Final

from services.ingest.draft import Content, Draft
from shared.contracts.article import Article
from shared.runtime.clock import milliseconds

UNDATED_MS: Final = 1  # any delivery is later

# Said anew by the feed, or by this delivery alone; corrections are kept by the store.
_RENEWED: Final = {"headline", "body", "updated_at", "minor", "corrections"}
_KEPT: Final = sorted({field.name for field in fields(Content)} & Article.model_fields.keys() - _RENEWED)


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
    kept: dict[str, Any] = {name: getattr(mine, name) for name in _KEPT}
    return Content(
        headline=content.headline,
        body=content.body,
        updated_at=content.updated_at,
        sections=(mine.section,),
        **kept,
    )
