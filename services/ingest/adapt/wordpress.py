"""WordPress: the REST post object, `GET /wp-json/wp/v2/posts/<id>?_embed=1`, or what a forced DELETE answers.

    publish, future                     the article; accept decides about times to come
    draft, pending, private, trash …    unpublished, as are deleted ones
    with a password                     headline, address and date, as WordPress shows them; the rest is for members
    inherit, revisions, attachments     nobody needs them

Plugins add keys of their own, so unknown ones are not worth a warning. An empty PHP map arrives as `[]`; an embedded
object may be an error instead (`{"code": …}`); `*_gmt` dates mean UTC and do not say so.
Source: WordPress 6, wp-includes/rest-api/endpoints/class-wp-rest-posts-controller.php.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.html import blocks_of
from services.ingest.adapt.people import author, merged, tag
from services.ingest.adapt.pictures import address, image_of
from services.ingest.adapt.slugs import mended, slug_of
from services.ingest.adapt.text import from_html, line
from services.ingest.adapt.times import orders
from services.ingest.adapt.wp_rows import DEFAULT_CATEGORIES, NO_ARTICLES, PUBLIC, first_published, published, utc
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Block
from shared.contracts.media import Image

_CUT_OFF: Final = ("[…]", "[...]", "…")  # how an excerpt ends that WordPress cut from the body itself
_READ: Final = 1_000  # characters of markup at a body's start, besides twice those of the excerpt that may be there


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    if payload.get("deleted") is True:
        outer = Fields(payload, findings)
        post = outer.inner("previous")
        if post is None:
            outer.required("previous")
            raise findings.rejection()
        return _withdrawal(post, circumstances)
    post = Fields(payload, findings)
    _refuse_others(post)
    kind, status = post.text("type"), post.text("status")
    if kind in NO_ARTICLES or status == "inherit":
        return Ignored(f"This is a {kind or 'revision'}, which is no article: send posts and pages only.")
    source_id = post.identifier("id")
    if not status:
        post.required("status")
        raise findings.rejection()
    if status not in PUBLIC:
        return _withdrawal(post, circumstances)
    updated_at = orders(post, "modified_gmt", utc(post, "modified_gmt"), now_ms=circumstances.now_ms)
    content = _content(post, updated_at, circumstances)
    return published(findings, circumstances, source_id=source_id, content=content, updated_at=updated_at)


def _refuse_others(post: Fields) -> None:
    """Name what is often sent instead of a post; raises PayloadRejected."""
    if post.raw("id") is not None:
        return
    if post.raw("post_id") is not None or post.raw("ID") is not None:
        advice = 'send the object of its REST API instead, rendered and with _embed=1, or say adapter = "wp-webhooks"'
        post.fault(
            "id", f"is missing: this is WordPress's raw database row, as the plugin WP Webhooks sends it; {advice}"
        )
        raise post.findings.rejection()
    if isinstance(post.raw("code"), str) and isinstance(post.raw("message"), str):
        post.fault("id", f"is missing: this is WordPress's own error {described(post.raw('code'))}, not a post")
        raise post.findings.rejection()


def _withdrawal(post: Fields, circumstances: Circumstances) -> Draft:
    """Return what takes the article away. It is refused for nothing but its id.

    Moving a post to the bin or deleting it may leave `modified_gmt` as it was: then the time of sending makes the
    withdrawal the newer one of the two.
    """
    post.findings.pardon()
    updated_at = orders(post, "modified_gmt", utc(post, "modified_gmt"), now_ms=circumstances.now_ms)
    post.findings.pardon()
    source_id = post.identifier("id")
    return Draft(
        verb="unpublished",
        source_id=source_id,
        ordered_by=updated_at,
        sent_ms=circumstances.sent_ms or circumstances.now_ms,
        warnings=post.findings.settle(),
    )


def _content(post: Fields, updated_at: datetime | None, circumstances: Circumstances) -> Content:
    language = post.text("lang", length=20) if isinstance(post.raw("lang"), str) else ""  # Polylang and WPML
    slugs_in = language or circumstances.language
    headline = from_html(_rendered(post, "title"))
    if not headline:
        post.fault("title", "is empty; WordPress allows that, a newspaper does not")
    embedded = _map(post.raw("_embedded"))
    if not embedded:
        post.warn(
            "_embedded", "is missing, and with it authors, sections, tags and picture; ask the REST API with _embed=1"
        )
    terms = list(_terms(embedded))
    members_only = _is_protected(post)
    html = "" if members_only else _rendered(post, "content")
    slug = post.text("slug", length=2_000)
    return Content(
        headline=post.fitting("title", headline, length=2_000),
        slug=mended(slug, slugs_in) if slug else slug_of(headline, slugs_in),
        published_at=first_published(post, "date_gmt", circumstances, or_else=updated_at),
        updated_at=updated_at,
        sections=_sections(terms),
        standfirst="" if members_only else post.fitting("excerpt", _standfirst(post, html), length=10_000),
        body=() if members_only else _body(post, html),
        authors=_authors(embedded, terms, slugs_in),
        tags=_tags(terms, slugs_in),
        language=language,
        image=None if members_only else _image(post, embedded),
        members_only=members_only,
    )


def public(payload: Payload) -> Payload:
    """Return the payload without what a password hides; what `edit` adds to a post (`raw`) is the author's own."""
    previous = payload.get("previous")
    if payload.get("deleted") is True and isinstance(previous, dict):
        return {**payload, "previous": dict(public(previous))}
    if not payload.get("password") and _map(payload.get("content")).get("protected") is not True:
        return payload
    hidden = {"content": {"rendered": "", "protected": True}, "excerpt": {"rendered": "", "protected": True}}
    return {**payload, **{key: value for key, value in hidden.items() if key in payload}}


def _is_protected(post: Fields) -> bool:
    """Say whether readers need a password; WordPress then shows title and date, and themes leave the picture out."""
    if not post.raw("password") and _map(post.raw("content")).get("protected") is not True:
        return False
    post.warn("content", "is protected by a password; only headline and date were taken")
    return True


def _body(post: Fields, html: str) -> tuple[Block, ...]:
    link = post.raw("link")
    blocks = blocks_of(html, post.findings, where="content.rendered", base=link if isinstance(link, str) else "")
    if not blocks and not post.findings.faults:
        post.warn("content", "has nothing to read in it")
    return blocks


def _standfirst(post: Fields, html: str) -> str:
    """Return the excerpt that an editor wrote; one that WordPress cut from the body would say everything twice."""
    if _map(post.raw("excerpt")).get("protected") is True:
        return ""
    text = from_html(_rendered(post, "excerpt"))
    if not text or text.endswith(_CUT_OFF) or from_html(html[: 2 * len(text) + _READ]).startswith(text):
        return ""
    return text


def _authors(embedded: Payload, terms: list[Mapping[str, object]], language: str) -> tuple[Author, ...]:
    """Return the authors: those of Co-Authors Plus (a taxonomy `author`) when it is there, else WordPress's own."""
    users = [user for user in _items(embedded.get("author")) if _text(user, "name")]
    by_slug = {_text(user, "slug"): _text(user, "name") for user in users}
    found: list[Author | None] = []
    for term in terms:
        if term.get("taxonomy") == "author":
            slug = _text(term, "slug").removeprefix("cap-")
            found.append(author(by_slug.get(slug) or from_html(_text(term, "name")), language=language, slug=slug))
    if not found:
        found = [author(from_html(_text(u, "name")), language=language, slug=_text(u, "slug")) for u in users]
    return merged([each for each in found if each is not None])


def _sections(terms: list[Mapping[str, object]]) -> tuple[str, ...]:
    """Return slugs and titles of the categories; the one that WordPress gives when nobody chose comes last."""
    chosen: list[str] = []
    fallback: list[str] = []
    for term in terms:
        if term.get("taxonomy") == "category":
            slug = _text(term, "slug")
            names = [name for name in (slug, from_html(_text(term, "name"))) if name]
            (fallback if slug in DEFAULT_CATEGORIES else chosen).extend(names)
    return (*chosen, *fallback)


def _tags(terms: list[Mapping[str, object]], language: str) -> tuple[Tag, ...]:
    names = (from_html(_text(term, "name")) for term in terms if term.get("taxonomy") == "post_tag")
    return merged([word for name in names if (word := tag(name, language=language)) is not None])


def _image(post: Fields, embedded: Payload) -> Image | None:
    for media in _items(embedded.get("wp:featuredmedia")):
        url = address(media.get("source_url"))
        if not url:
            continue
        details = _map(media.get("media_details"))
        caption, alt = from_html(_text(_map(media.get("caption")), "rendered")), line(_text(media, "alt_text"))
        if not alt:
            post.warn("_embedded.wp:featuredmedia", "has no alt_text; readers who cannot see the picture miss it")
        return image_of(url, alt=alt, caption=caption, width=details.get("width"), height=details.get("height"))
    if post.raw("featured_media"):
        post.warn("_embedded.wp:featuredmedia", "has no usable source_url; the article has no picture")
    return None


def _terms(embedded: Payload) -> Iterator[Mapping[str, object]]:
    """Give the terms of all taxonomies: `wp:term` is a list of lists."""
    groups = embedded.get("wp:term")
    for group in groups if isinstance(groups, list) else ():
        yield from _items(group)


def _items(value: object) -> list[Mapping[str, object]]:
    """The objects of a list, without errors that WordPress embeds in their place."""
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict) and "code" not in item]


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _rendered(post: Fields, name: str) -> str:
    """Return the HTML of `{"rendered": …}`; a plain text in its place is taken as it is."""
    value = post.raw(name)
    match value:
        case str():
            return value
        case dict():
            inner = value.get("rendered")
            if inner is None or isinstance(inner, str):
                return inner or ""
            post.fault(f"{name}.rendered", f"must be text, not {described(inner)}")
        case None | []:
            pass
        case _:
            post.fault(name, f"must be an object with rendered, not {described(value)}")
    return ""
