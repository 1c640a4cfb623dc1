"""IPTC's ninjs 3: news items as agencies send them.

    usable, or nothing said    the article
    withheld                   unpublished
    canceled                   killed: it must not be used again

Headlines, descriptions and bodies come several times, by role and content type. The roles are anybody's words, so
`main` goes first and then what comes first; of the bodies the one in HTML, which may be a whole document. `by`,
`title`, `slugline` and `edNote` are for the desk, except that `by` names the authors where `people` does not.
Source: https://www.iptc.org/std/ninjs/ninjs-schema_3.1.json. Older versions have other names and are refused by name.
"""

import html as entities
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.associations import blocks_with_pictures
from services.ingest.adapt.bylines import authors_of_byline
from services.ingest.adapt.fields import Fields, Findings, described, whole_number
from services.ingest.adapt.languages import language_of
from services.ingest.adapt.people import author, merged, tag
from services.ingest.adapt.pictures import address, image_of
from services.ingest.adapt.slugs import slug_of
from services.ingest.adapt.text import from_html, without_mail
from services.ingest.adapt.times import first_of, needed, orders, plausible
from services.ingest.adapt.withdrawals import withdrawal
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.media import Image
from shared.contracts.verbs import DeclaredVerb

ID_LENGTH: Final = 500  # characters of a uri
_STATUSES: Final[dict[str, DeclaredVerb]] = {
    "usable": "published",
    "withheld": "unpublished",
    "canceled": "killed",
    "cancelled": "killed",
}
_WROTE: Final = frozenset({"creator", "author", "writer", "by", "byline", "contributor"})
_LEADS: Final = frozenset({"main", "featured", "featuremedia", "lead", "top"})
_ALT: Final = frozenset({"alt", "alttext", "alt-text", "alternative", "alternativetext"})
_CREDITS: Final = ("agency", "provider", "source", "origin")
_OF_ONE: Final = ("guid", "body_html", "body_text", "headline")  # ninjs 1: one of each, and flat
_OF_TWO: Final = ("versioncreated", "pubstatus", "firstcreated", "contentcreated")  # ninjs 2: lists, in small letters
_INSIDE: Final = re.compile(r"<body\b[^>]*>(.*?)(?:</body\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TYPE_URI: Final = re.compile(r"^(?:ninat|nature|http[^\s]*/newscodes/ninature/?):?")


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    item = Fields(payload, findings)
    _refuse_others(item, payload)
    kind = _TYPE_URI.sub("", item.spare_text("type", length=100)).lower()
    if kind not in {"", "text", "component"}:
        return Ignored(f"This is a {kind}; only items of the type text become articles, and bring their pictures.")
    verb = _verb(item)
    changed, number = item.moment("versionCreated"), whole_number(item.raw("version"))
    if verb != "published":
        draft = withdrawal(
            item, circumstances, name="uri", length=ID_LENGTH, at="versionCreated", changed=changed, verb=verb
        )
        return replace(draft, number=number)
    source_id = item.identifier("uri", length=ID_LENGTH)
    check = orders if number is None else plausible
    changed = check(item, "versionCreated", changed, now_ms=circumstances.now_ms)
    if number is None and changed is None:
        item.fault("versionCreated", "says no time, and version is no whole number; one of them orders the edits")
    if item.raw("representationType") == "partial":
        item.warn("representationType", "is partial; what is missing here is missing in the article")
    content = _content(item, changed, circumstances)
    return Draft(
        verb=verb,
        source_id=source_id,
        content=content,
        number=number,
        ordered_by=changed,
        sent_ms=circumstances.sent_ms,
        warnings=findings.settle(),
    )


def _refuse_others(item: Fields, payload: Payload) -> None:
    """Name what is often sent instead; raises PayloadRejected."""
    version = "1 or Superdesk's" if any(name in payload for name in _OF_ONE) else ""
    version = version or ("2" if any(name in payload for name in _OF_TWO) else "")
    if version:
        advice = 'send ninjs 3, or say adapter = "superdesk"' if version != "2" else "send ninjs 3"
        item.fault("standard", f"the names of the fields are those of ninjs {version}; {advice}")
        raise item.findings.rejection()


def _verb(item: Fields) -> DeclaredVerb:
    """Return what `pubStatus` means; raises PayloadRejected for one that nobody knows: it might be a kill."""
    value = item.raw("pubStatus")
    verb = _STATUSES.get(value.strip().lower()) if isinstance(value, str) else "published" if value is None else None
    if verb is None:
        item.fault("pubStatus", f"must be usable, withheld or canceled, not {described(value)}")
        item.identifier("uri", length=ID_LENGTH)
        raise item.findings.rejection()
    return verb


def _content(item: Fields, changed: datetime | None, circumstances: Circumstances) -> Content:
    language = language_of(item, "language")
    slugs_in = language or circumstances.language
    headline = item.fitting("headlines", _said(item, "headlines"), length=2_000)
    if not headline:
        item.fault("headlines", "have no text; an article needs one")
    published_at = needed(
        item,
        "firstCreated",
        first_of(item, "firstCreated", "contentCreated", now_ms=circumstances.now_ms) or changed,
        without="says no time, and neither do contentCreated and versionCreated",
    )
    subjects, pictures = item.spare_objects("subjects"), _pictures(item)
    lead = next((image for name, image in pictures if name in _LEADS), None)
    return Content(
        headline=headline,
        slug=slug_of(headline, slugs_in),  # `slugline` is the desk's label and no address
        slug_is_made=True,
        published_at=published_at,
        updated_at=changed,
        sections=tuple(dict.fromkeys(name for each in subjects if (name := _name(each)))),
        standfirst=item.fitting("descriptions", _said(item, "descriptions"), length=10_000),
        body=blocks_with_pictures(
            _html(item), [image for _, image in pictures if image is not lead], item.findings, where="bodies"
        ),
        authors=_authors(item, slugs_in),
        credit=_credit(item),
        tags=_tags(subjects, slugs_in),
        language=language,
        location=item.spare_text("located", length=500)
        or next((name for each in item.spare_objects("places") if (name := _name(each))), ""),
        image=lead,
        embargoed_until=plausible(item, "embargoedUntil", item.moment("embargoedUntil"), now_ms=circumstances.now_ms),
        expires_at=item.moment("expires"),
        urgency=whole_number(item.raw("urgency")),
    )


def _said(item: Fields, name: str) -> str:
    """Return the text of a list by role and content type: what is `main` first, then what comes first."""
    values = [each for each in item.spare_objects(name) if _role(each) not in _ALT]
    for each in sorted(values, key=lambda each: _role(each) != "main"):
        value = each.raw("value")
        if isinstance(value, str) and (text := from_html(value)):
            return text
    return ""


def _role(each: Fields) -> str:
    value = each.raw("role")
    return value.strip().lower() if isinstance(value, str) else ""


def _html(item: Fields) -> str:
    """Return the body in HTML, or the one in plain text as HTML."""
    bodies = [(each, value) for each in item.spare_objects("bodies") if isinstance(value := each.raw("value"), str)]
    bodies.sort(key=lambda body: (not _is_html(*body), _role(body[0]) != "main"))
    for each, value in bodies:
        if _is_html(each, value):
            inside = _INSIDE.search(value)
            return inside[1] if inside else value
        if value.strip():
            return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", entities.escape(value, quote=False)))
    return ""


def _is_html(each: Fields, value: str) -> bool:
    kind = each.raw("contentType")
    if isinstance(kind, str) and kind.strip():
        return "html" in kind.lower()
    return value.lstrip().startswith("<")


def _pictures(item: Fields) -> list[tuple[str, Image]]:
    """Return the pictures among the associations with their names; a text there is another article."""
    found: list[tuple[str, Image]] = []
    for media in item.spare_objects("associations"):
        kind = _TYPE_URI.sub("", media.spare_text("type", length=100)).lower()
        if kind not in {"picture", "graphic"}:
            continue
        if media.raw("pubStatus") not in {None, "usable"} or not isinstance(media.raw("pubStatus"), str | None):
            media.warn("pubStatus", "is not usable; the picture was left out")
            continue
        image = _image(media)
        if image is not None:
            found.append((media.spare_text("name", length=100).lower(), image))
    return found


def _image(media: Fields) -> Image | None:
    """Return the picture in its rendition `main`, else in its widest one."""
    renditions = [(each, url) for each in media.spare_objects("renditions") if (url := address(each.raw("href")))]
    if not renditions:
        media.warn("renditions", "have no usable href; the picture was left out")
        return None
    rendition, url = max(
        renditions, key=lambda each: (each[0].raw("name") == "main", whole_number(each[0].raw("width")) or 0)
    )
    texts = [
        (each, value) for each in media.spare_objects("descriptions") if isinstance(value := each.raw("value"), str)
    ]
    alt = next((value for each, value in texts if _role(each) in _ALT), "") or _said(media, "headlines")
    if not alt:
        media.warn("descriptions", "have none with the role alt; readers who cannot see the picture miss it")
    return image_of(
        url,
        alt=from_html(alt),
        caption=_said(media, "descriptions"),
        credit=media.spare_text("by", length=500) or _credit(media),
        width=rendition.raw("width"),
        height=rendition.raw("height"),
    )


def _authors(item: Fields, language: str) -> tuple[Author, ...]:
    people = item.spare_objects("people")
    wrote = (author(_name(each), language=language) for each in people if _relation(each) in _WROTE)
    return merged([who for who in wrote if who]) or authors_of_byline(item.spare_text("by"), language=language)


def _relation(each: Fields) -> str:
    """Return the last word of `rel`, which may be a plain word, a qualified code or a whole address."""
    value = each.raw("rel")
    return re.split(r"[:/#]", value.strip().lower())[-1] if isinstance(value, str) else ""


def _credit(item: Fields) -> str:
    """Return who it came from: the first source by role, else who holds the rights."""
    sources = item.spare_objects("infoSources")
    ranked = sorted(sources, key=lambda each: next((i for i, role in enumerate(_CREDITS) if role in _role(each)), 9))
    names = [name for each in ranked if (name := without_mail(_name(each)))]
    return names[0] if names else without_mail(item.spare_text("copyrightHolder", length=500))


def _tags(subjects: Sequence[Fields], language: str) -> tuple[Tag, ...]:
    return merged([word for each in subjects if (word := tag(_name(each), language=language)) is not None])


def _name(each: Fields) -> str:
    return each.spare_text("name", length=500)
