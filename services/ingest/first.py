"""When an article was first published, for CMSs that only say when they last did. Looks into the store.

Strapi and Contentful move their date with every publication; an article would jump to the top of every list with every
corrected letter. Two first deliveries of one article at the same moment do not see each other: the newer one's date
stays, milliseconds from the other's.
"""

from dataclasses import replace

from services.ingest.accept import Intake, article_id_of
from services.ingest.draft import Draft
from shared.runtime.articles import Articles


async def dated_first(draft: Draft, intake: Intake, articles: Articles) -> Draft:
    """Return the draft with the date of the publication that readers see; raises RedisAway.

    An article that was taken back and comes again is published anew.
    """
    content = draft.content
    if content is None or not content.dated_by_cms:
        return draft
    article_id = article_id_of(intake.site_name, intake.source_name, draft.source_id)
    (document,) = await articles.newest(intake.site_name, [article_id])
    if document is None or document.article is None:
        return draft
    first = min(content.published_at, document.article.published_at)
    return replace(draft, content=replace(content, published_at=first))
