"""WordPress.com's own webhooks: a form with the columns that were ticked, and `hook=publish_post` or `publish_page`.

There is a hook for publishing, which comes again with every edit of what is public, and none for anything else: what
is unpublished or deleted there stays here until somebody retracts it. Nobody signs.
Source: WordPress.com, support page on webhooks; the columns are those of the table wp_posts.
"""

from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.withdrawals import withdrawal
from services.ingest.adapt.wp_rows import NO_ARTICLES, PUBLIC, changed_at, content_of, published, utc
from services.ingest.draft import Draft, Ignored

_HOOKS: Final = frozenset({"publish_post", "publish_page"})
_NEEDED: Final = ("ID", "post_title", "post_content", "post_date_gmt")


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    row = Fields(payload, findings)
    hook = row.spare_text("hook", length=80)
    if hook and hook not in _HOOKS:
        return Ignored(f"{described(hook)} says nothing about an article; choose {' and '.join(sorted(_HOOKS))}.")
    kind, status = row.spare_text("post_type", length=80), row.spare_text("post_status", length=80)
    if kind in NO_ARTICLES:
        return Ignored(f"This is a {kind}, which is no article.")
    if status and status not in PUBLIC:
        return withdrawal(row, circumstances, name="ID", at="post_modified_gmt", changed=utc(row, "post_modified_gmt"))
    missing = [name for name in _NEEDED if row.raw(name) is None]
    for name in missing:
        row.fault(name, "is missing: tick it among the fields of the webhook")
    if missing:
        raise findings.rejection()
    source_id, updated_at = row.identifier("ID"), changed_at(row, circumstances)
    if updated_at is None:
        row.warn("post_modified_gmt", "is missing, so edits are ordered by their arrival; tick it among the fields")
    content = content_of(row, circumstances, updated_at=updated_at, link=row.spare_text("post_url", length=2_000))
    return published(findings, circumstances, source_id=source_id, content=content, updated_at=updated_at)
