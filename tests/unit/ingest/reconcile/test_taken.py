"""Of an article that we have, a feed renews headline and text; what it knows nothing of stays."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from services.ingest.draft import Content, Draft
from services.ingest.reconcile.taken import as_delivered
from shared.contracts.blocks import Paragraph
from tests.support.articles import an_article

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
MINE = an_article(
    published_at=AT, breaking_until=AT + timedelta(hours=2), resurface_at=AT + timedelta(days=3),
    expires_at=AT + timedelta(days=9), members_only=True, sensitive=True, ads="reduced", kicker="Rathaus", kind="live",
)  # fmt: skip
NEW = Content(headline="Neu", slug="neu", published_at=AT, updated_at=AT, body=(Paragraph(html="Neu."),), minor=True)


def test_everything_else_that_an_article_has_stays():
    draft = as_delivered(Draft("updated", "x", NEW, ordered_by=AT), source_id="4711", mine=MINE)
    assert draft.content is not None
    assert (draft.source_id, draft.content.headline, draft.content.body) == ("4711", "Neu", NEW.body)
    ours = {field.name for field in fields(Content)} & type(MINE).model_fields.keys()
    kept = ours - {"headline", "body", "updated_at", "minor", "corrections"}
    assert {name: getattr(draft.content, name) for name in kept} == {name: getattr(MINE, name) for name in kept}
    assert draft.content.sections == (MINE.section,)


def test_one_that_we_never_had_is_taken_as_it_is_without_the_feed_s_address_and_name():
    content = Content(headline="Neu", slug="neu", published_at=AT, canonical_url="https://a.example/", credit="Feed")
    draft = as_delivered(Draft("published", "x", content), source_id="4711", mine=None)
    assert draft.content is not None
    assert (draft.content.headline, draft.content.canonical_url, draft.content.credit) == ("Neu", "", "")
