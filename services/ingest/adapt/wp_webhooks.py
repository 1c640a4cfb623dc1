"""The WordPress plugin WP Webhooks: `{"post_id": …, "post": {raw row}, "taxonomies": …, "post_thumbnail": …}`.

The header `X-WP-Webhook-Name` says what happened: post_create, post_update, post_trash, post_delete. What a post *is*
decides more: moving it to the bin is sent as post_update as well, and every save of every draft is.

    publish, future                       the article; accept decides about times to come
    trash, draft, pending, private …      unpublished, unless `post_before` says that it never was public
    post_trash, post_delete               unpublished
    revisions, attachments, other hooks   nobody needs them

Who wrote it is only a number here, so authors come from Co-Authors Plus or not at all. An empty map arrives as `[]`.
Source: the plugin's triggers/post_{create,update,trash,delete}.php, 3.3.1.
"""

from collections.abc import Callable, Sequence
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.people import author, merged, tag
from services.ingest.adapt.pictures import address, image_of
from services.ingest.adapt.text import from_html
from services.ingest.adapt.withdrawals import withdrawal
from services.ingest.adapt.wp_rows import (
    DEFAULT_CATEGORIES,
    NO_ARTICLES,
    PUBLIC,
    changed_at,
    content_of,
    public_row,
    published,
    utc,
    without_text,
)
from services.ingest.draft import Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.media import Image

_TAKEN_AWAY: Final = frozenset({"post_trash", "post_delete"})
_WANTED: Final = "post_create, post_update, post_trash and post_delete"


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    outer = Fields(payload, findings)
    hook = circumstances.headers.get("x-wp-webhook-name", "").strip().lower() or circumstances.event.strip().lower()
    if hook and not hook.startswith("post_"):
        return Ignored(f"{hook} says nothing about an article; Litfass needs {_WANTED}.")
    post = outer.inner("post")
    if post is None:
        if not findings.faults:
            outer.fault(
                "post", 'is missing; the plugin sends {"post_id": …, "post": {…}}. Is JSON chosen as its format?'
            )
        raise findings.rejection()
    kind, status = post.spare_text("post_type", length=80), post.spare_text("post_status", length=80)
    if kind in NO_ARTICLES or status in {"inherit", "auto-draft"}:
        return Ignored(f"This is a {kind or status}, which is no article: choose posts and pages in the trigger.")
    if hook in _TAKEN_AWAY:
        return _withdrawal(outer, post, circumstances)
    if not status:
        outer.identifier("post_id")
        post.fault("post_status", "is missing")
        raise findings.rejection()
    if status not in PUBLIC:
        before = outer.of(outer.raw("post_before"), "post_before")
        if before is not None and before.spare_text("post_status", length=80) not in PUBLIC:
            return Ignored(f"The post is not public, and was not before: its status is {described(status)}.")
        return _withdrawal(outer, post, circumstances)
    source_id, updated_at = outer.identifier("post_id"), changed_at(post, circumstances)
    terms = _terms(outer)
    content = content_of(
        post,
        circumstances,
        updated_at=updated_at,
        link=outer.spare_text("post_permalink", length=2_000),
        authors=_authors(outer, terms, circumstances.language),
        sections=_sections(terms),
        tags=_tags(terms, circumstances.language),
        image=_image(outer),
    )
    return published(findings, circumstances, source_id=source_id, content=content, updated_at=updated_at)


def public(payload: Payload) -> Payload:
    """Return the payload without what a password hides; of what was before only the status is needed."""
    rows = {"post": public_row, "post_before": without_text}
    return {key: _row(value, rows[key]) if key in rows else value for key, value in payload.items()}


def _row(value: object, change: Callable[[Payload], Payload]) -> object:
    return change(value) if isinstance(value, dict) else value


def _withdrawal(outer: Fields, post: Fields, circumstances: Circumstances) -> Draft:
    changed = utc(post, "post_modified_gmt")
    return withdrawal(outer, circumstances, name="post_id", at="post.post_modified_gmt", changed=changed)


def _terms(outer: Fields) -> list[tuple[str, Fields]]:
    """Return the terms of all taxonomies, each with its taxonomy: `{taxonomy: {slug: {term}}}`, or `[]`."""
    taxonomies = outer.raw("taxonomies")
    if not isinstance(taxonomies, dict):
        return []
    groups = Fields(taxonomies, outer.findings, at=outer.where("taxonomies"))
    return [(taxonomy, term) for taxonomy in taxonomies for term in groups.spare_objects(taxonomy)]


def _authors(outer: Fields, terms: Sequence[tuple[str, Fields]], language: str) -> tuple[Author, ...]:
    people = [
        author(_name(term), language=language, slug=term.spare_text("slug", length=300).removeprefix("cap-"))
        for taxonomy, term in terms
        if taxonomy == "author"
    ]
    found = merged([who for who in people if who])
    if not found:
        outer.warn("post.post_author", "is only a number, so the article has no author; Co-Authors Plus names them")
    return found


def _sections(terms: Sequence[tuple[str, Fields]]) -> tuple[str, ...]:
    """Return slugs and titles of the categories; the one that WordPress gives when nobody chose comes last."""
    named = [(term.spare_text("slug", length=300), _name(term)) for taxonomy, term in terms if taxonomy == "category"]
    named.sort(key=lambda each: each[0] in DEFAULT_CATEGORIES)
    return tuple(name for each in named for name in each if name)


def _tags(terms: Sequence[tuple[str, Fields]], language: str) -> tuple[Tag, ...]:
    words = (tag(_name(term), language=language) for taxonomy, term in terms if taxonomy == "post_tag")
    return merged([word for word in words if word is not None])


def _name(term: Fields) -> str:
    return from_html(term.spare_text("name", length=300))


def _image(outer: Fields) -> Image | None:
    written = outer.raw("post_thumbnail")  # false when there is none
    if not written:
        return None
    url = address(written)
    if not url:
        outer.warn("post_thumbnail", f"{described(written)} is no http(s) address; the article has no picture")
        return None
    outer.warn("post_thumbnail", "comes without an alternative text; readers who cannot see the picture miss it")
    return image_of(url)
