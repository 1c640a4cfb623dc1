"""Ghost 5 and 6: `{"post": {"current": {…}, "previous": {…}}}`, or the same with `page`.

The event's name is nowhere in the request, so it stands in the URL that Ghost calls (`…/post.published`). What a post
*is* decides more than what the event says: one that is not published is never shown, whatever arrived.

    published, published.edited                   the article
    unpublished, deleted                          unpublished
    edited, added and everything about tags       by the status; a draft that never was public is nobody's business
    scheduled …, members, tags, the site          nobody needs them

Ghost sends the whole text of posts for members, and its staff's e-mail addresses: both end here.
Sources: ghost/core/core/server/services/webhooks/{listen,serialize}.js, core/server/models/post.js, and for what
visitors may see core/server/api/endpoints/utils/serializers/output/utils/post-gating.js.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.html import blocks_of
from services.ingest.adapt.people import author, merged, tag
from services.ingest.adapt.pictures import address, image_of, web_address
from services.ingest.adapt.slugs import mended, slug_of
from services.ingest.adapt.text import from_html
from services.ingest.adapt.times import needed, orders, plausible
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Block
from shared.contracts.media import Image

_SHOWN: Final = frozenset({"published", "published.edited"})
_TAKEN_AWAY: Final = frozenset({"unpublished", "deleted"})
_BY_STATUS: Final = frozenset({"added", "edited", "tag.attached", "tag.detached", ""})
_WAITING: Final = frozenset({"scheduled", "unscheduled", "rescheduled"})
_OTHERS: Final = ("member.", "tag.", "site.")
_WANTED: Final = "post.published, post.published.edited, post.unpublished and post.deleted"

_TEXTS: Final = frozenset({"html", "plaintext", "excerpt", "lexical", "mobiledoc"})  # the last two are the editor's own
_PAYWALL: Final = re.compile(r"<!--\s*members-only\s*-->")
_GATE: Final = re.compile(r"<!--\s*kg-gated-block:")
_FOR_ALL: Final = re.compile(r"\bnonMember\s*:\s*[\"']?true\b")


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    event = circumstances.event.strip().lower()
    if event.startswith(_OTHERS):
        return Ignored(f"{event} says nothing about an article; Litfass needs {_WANTED}, and the same for pages.")
    name = event.partition(".")[2]
    if name in _WAITING:
        return Ignored(f"{event} shows nothing yet; Ghost sends post.published when it is time.")
    if (event and not event.startswith(("post.", "page."))) or name not in _SHOWN | _TAKEN_AWAY | _BY_STATUS:
        findings.fault("event", f"{described(event)} in the URL is none of Ghost's events; use {_WANTED}")
        raise findings.rejection()
    if not event:
        findings.warn(f"event: the URL names none, so the post's status decided; add the event to it: {_WANTED}")
    current, previous = _parts(Fields(payload, findings))
    status = current.raw("status")
    if name in _TAKEN_AWAY or (current.is_empty() and not previous.is_empty()):
        return _withdrawal(current, previous, circumstances)
    if status == "published" and current.raw("email_only") is not True:
        return _article(current, name, circumstances)
    if not isinstance(status, str):
        current.identifier("id")
        current.fault("status", "is missing" if status is None else f"must be text, not {described(status)}")
        raise findings.rejection()
    if previous.raw("status") == "published":
        return _withdrawal(current, previous, circumstances)
    return Ignored(f"The post is not public: its status is {described(status)}.")


def _parts(payload: Fields) -> tuple[Fields, Fields]:
    """Return `current` and `previous`; raises PayloadRejected when there is neither."""
    kind = "page" if payload.raw("page") is not None else "post"
    outer = payload.inner(kind)
    if outer is None:
        if not payload.findings.faults:
            payload.fault("post", 'is missing; Ghost sends {"post": {"current": …}} or the same with page')
        raise payload.findings.rejection()
    current = outer.inner("current") or outer.of({}, "current")
    previous = outer.inner("previous") or outer.of({}, "previous")
    assert current is not None
    assert previous is not None
    if payload.findings.faults:
        raise payload.findings.rejection()
    return current, previous


def _withdrawal(current: Fields, previous: Fields, circumstances: Circumstances) -> Draft:
    """Return what takes the article away; of a deleted post only `previous` says which one. Only an id is needed.

    A deletion has the `updated_at` of the last edit: the time of sending makes it the newer one.
    """
    findings = current.findings
    what = current if current.raw("id") is not None else previous if previous.raw("id") is not None else current
    updated_at = orders(what, "updated_at", what.moment("updated_at"), now_ms=circumstances.now_ms)
    findings.pardon()
    source_id = what.identifier("id")
    return Draft(
        verb="unpublished",
        source_id=source_id,
        ordered_by=updated_at,
        sent_ms=circumstances.sent_ms or circumstances.now_ms,
        warnings=findings.settle(),
    )


def _article(post: Fields, name: str, circumstances: Circumstances) -> Draft:
    source_id = post.identifier("id")
    updated_at = orders(post, "updated_at", post.moment("updated_at"), now_ms=circumstances.now_ms)
    content = _content(post, updated_at, circumstances)
    return Draft(
        verb="published" if name == "published" else "updated",
        source_id=source_id,
        content=content,
        ordered_by=updated_at,
        sent_ms=circumstances.sent_ms,
        warnings=post.findings.settle(),
    )


def _content(post: Fields, updated_at: datetime | None, circumstances: Circumstances) -> Content:
    language = circumstances.language  # Ghost has one for the whole site and does not send it
    headline = post.needed_text("title", length=2_000)
    published_at = needed(
        post,
        "published_at",
        plausible(post, "published_at", post.moment("published_at"), now_ms=circumstances.now_ms) or updated_at,
        without="says no time, and neither does updated_at; one of them is needed",
    )
    slug = post.text("slug", length=2_000)
    tags = _public_tags(post)
    canonical = post.text("canonical_url")
    if canonical and not web_address(canonical):
        post.warn("canonical_url", f"{described(canonical)} is no http(s) address; left out")
    body, members_only = _body(post)
    return Content(
        headline=headline,
        slug=mended(slug, language) if slug else slug_of(headline, language),
        published_at=published_at,
        updated_at=updated_at,
        sections=_sections(post, tags),
        standfirst=post.text("custom_excerpt"),  # `excerpt` may be cut from what is for members
        body=body,
        authors=_authors(post, language),
        tags=_tags(tags, language),
        image=_image(post),
        canonical_url=web_address(canonical),
        members_only=members_only,
    )


def _body(post: Fields) -> tuple[tuple[Block, ...], bool]:
    """Return what visitors may read, and whether the rest is for members."""
    html = post.raw("html")
    if html is not None and not isinstance(html, str):
        post.fault("html", f"must be text, not {described(html)}")
        return (), False
    url = post.raw("url")
    public, is_whole = public_part(html or "", visibility=post.raw("visibility"))
    blocks = blocks_of(public, post.findings, where=post.where("html"), base=url if isinstance(url, str) else "")
    if not is_whole:
        post.warn("html", "is for members; only its public part was taken")
    elif not blocks and not post.findings.faults:
        post.warn("html", "has nothing to read in it")
    return blocks, not is_whole


def public_part(html: str, *, visibility: object) -> tuple[str, bool]:
    """Return what a visitor who is no member may read of Ghost's HTML, and whether that is all.

    Args:
        visibility: `public`, or who may read on after the paywall; missing = public. Without a paywall's mark in it
            a post for members has no public part. Cards with a rule of their own (`kg-gated-block`) are judged
            one by one, in public posts as well.
    """
    is_public = visibility is None or visibility == "public"
    if not is_public:
        cut = _PAYWALL.search(html)
        html = html[: cut.start()] if cut else ""
    if "kg-gated-block" in html:
        html = "".join(_ungated(html))
    return html, is_public


def public(payload: Payload) -> Payload:
    """Return the payload without what is for members, in any of the forms in which Ghost sends the text."""
    return {key: _public_half(value) if key in {"post", "page"} else value for key, value in payload.items()}


def _public_half(outer: object) -> object:
    if not isinstance(outer, dict):
        return outer
    # What was before is only asked for its status: of its text nothing is needed.
    public_posts = {"current": _public_post(outer.get("current")), "previous": _without_text(outer.get("previous"))}
    return outer | {key: post for key, post in public_posts.items() if key in outer}


def _public_post(post: object) -> object:
    if not (isinstance(post, dict) and isinstance(post.get("html"), str)):
        return _without_text(post)
    html, is_whole = public_part(post["html"], visibility=post.get("visibility"))
    has_more = not is_whole and _PAYWALL.search(post["html"])
    return {
        **cast("dict[str, object]", _without_text(post)),
        "html": f"{html}<!--members-only-->" if has_more else html,
    }


def _without_text(post: object) -> object:
    """The post with nothing where its text stands."""
    if not isinstance(post, dict):
        return post
    return {key: "" if key in _TEXTS and isinstance(value, str) else value for key, value in post.items()}


def _ungated(html: str) -> Iterator[str]:
    """Give what is outside of gated blocks, and what is in those that visitors may see."""
    first, *others = _GATE.split(html)
    yield first
    for part in others:
        rule, _, said = part.partition("-->")
        if not rule.startswith("begin") or _FOR_ALL.search(rule):
            yield said


def _public_tags(post: Fields) -> list[Mapping[str, object]]:
    """The tags that readers may see: internal ones start with `#` and have the visibility `internal`."""
    tags = [item for item in post.items("tags") if isinstance(item, dict)]
    return [
        item
        for item in tags
        if item.get("visibility", "public") == "public" and not _text(item, "name").startswith("#")
    ]


def _sections(post: Fields, tags: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Return slugs and names of the public tags, the primary one first."""
    primary = post.raw("primary_tag")
    first = [tag for tag in tags if isinstance(primary, dict) and tag.get("slug") == primary.get("slug")]
    names = (_text(item, name) for item in (*first, *tags) for name in ("slug", "name"))
    return tuple(dict.fromkeys(name for name in names if name))


def _tags(tags: Sequence[Mapping[str, object]], language: str) -> tuple[Tag, ...]:
    return merged([word for item in tags if (word := tag(_text(item, "name"), language=language)) is not None])


def _authors(post: Fields, language: str) -> tuple[Author, ...]:
    people = [item for item in post.items("authors") if isinstance(item, dict)]
    found = [author(_text(item, "name"), language=language, slug=_text(item, "slug")) for item in people]
    return merged([each for each in found if each is not None])


def _image(post: Fields) -> Image | None:
    written = post.raw("feature_image")
    url = address(written)
    if not url:
        if written:
            post.warn("feature_image", f"{described(written)} is no http(s) address; left out")
        return None
    alt = post.text("feature_image_alt")
    if not alt:
        post.warn("feature_image_alt", "is missing; readers who cannot see the picture miss it")
    caption = post.raw("feature_image_caption")
    return image_of(url, alt=alt, caption=from_html(caption) if isinstance(caption, str) else "")


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
