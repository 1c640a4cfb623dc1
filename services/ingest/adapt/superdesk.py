"""Superdesk's HTTP push: its own dialect of ninjs 1 (the formatters `ninjs`, `ninjs2` and Newsroom's).

    usable                 the article
    withheld               unpublished
    canceled, cancelled    a kill, a takedown or only an unpublishing: Superdesk says the same for all three

Which of the three it was shows only in the words that a kill template left, "KILL NOTICE" or "TAKEDOWN"; without them
the article is unpublished, for that can be taken back. `options.canceled` decides otherwise for a newsroom that never
unpublishes, or whose templates speak another way.

A correction keeps the `guid`; an update is a new item with `evolvedfrom`, which takes the place of the old one. Dates
end in `+0000`; `version` is a text and has gaps; a value of `associations` may be null. `ednote` and `slugline` are
the desk's own, and no reader sees them.
Source: superdesk-core, superdesk/publish/formatters/ninjs_formatter.py, apps/publish/content/{kill,unpublish}.py.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
from shared.contracts.blocks import Block
from shared.contracts.media import Image
from shared.contracts.verbs import DeclaredVerb
from shared.runtime.clock import milliseconds

OPTIONS: Final = {"canceled": ("by-notice", "killed", "unpublished")}  # the first one when nothing is said
ID_LENGTH: Final = 500  # characters of a guid
_STATUSES: Final = {"usable", "withheld", "canceled", "cancelled", "unpublished"}
_ARTICLES: Final = frozenset({"", "text", "preformatted"})
_READ: Final = 400  # characters of a body in which a notice is looked for: it stands at the top
# "Kill Bill" and "Der Kill-Switch" are no notices; "KILL NOTICE: …", "Mandatory kill: …", "Kill/Takedown notice" are.
_NOTICE: Final = re.compile(
    r"\b(?:kill|take[ -]?down)(?:\s*/\s*(?:kill|take[ -]?down))?\s+(?:notice|advisory)\b"
    r"|^\W*(?:mandatory\s+)?(?:kill|take[ -]?down)\s*[:!–—]",
    re.IGNORECASE,
)
_RENDITIONS: Final = ("original", "baseImage", "viewImage")
_LEAD: Final = "featuremedia"
_VERSIONS: Final = 999  # milliseconds of one second: enough to keep the versions that were made in it apart


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    item = Fields(payload, findings)
    _refuse_others(item)
    kind = item.spare_text("type", length=40)
    if kind not in _ARTICLES:
        return Ignored(f"This is a {kind}; only items of the type text become articles, and bring their pictures.")
    status = _status(item)
    if status in {"withheld", "unpublished"}:
        return _withdrawal(item, circumstances, verb="unpublished")
    if status in {"canceled", "cancelled"}:
        return _withdrawal(item, circumstances, verb=_taken_back(item, circumstances))
    source_id = item.identifier("guid", length=ID_LENGTH)
    changed_at = orders(item, "versioncreated", item.moment("versioncreated"), now_ms=circumstances.now_ms)
    number = whole_number(item.raw("version"))
    if changed_at is None and number is None:
        item.fault("versioncreated", "says no time, and version is no whole number; one of them orders the edits")
    return Draft(
        verb="published",
        source_id=source_id,
        content=_content(item, changed_at, circumstances),
        number=number if changed_at is None else None,
        ordered_by=changed_at,
        sent_ms=_sent_ms(changed_at, number),
        evolved_from=item.spare_text("evolvedfrom", length=ID_LENGTH),
        warnings=findings.settle(),
    )


def _refuse_others(item: Fields) -> None:
    """Name what is often sent instead; raises PayloadRejected."""
    if item.raw("guid") is None and item.raw("uri") is not None:
        item.fault("guid", "is missing: this is IPTC's ninjs, not Superdesk's; say adapter = \"ninjs\"")
        raise item.findings.rejection()


def _status(item: Fields) -> str:
    """Return `pubstatus`; raises PayloadRejected for one that nobody knows: it might take an article away."""
    value = item.raw("pubstatus")
    if value is None:
        item.warn("pubstatus", "is missing; usable was taken")
        return "usable"
    if not isinstance(value, str) or value.strip().lower() not in _STATUSES:
        item.fault("pubstatus", f"must be usable, withheld or canceled, not {described(value)}")
        item.identifier("guid", length=ID_LENGTH)
        raise item.findings.rejection()
    return value.strip().lower()


def _taken_back(item: Fields, circumstances: Circumstances) -> DeclaredVerb:
    """Return what `canceled` means here."""
    match circumstances.options.get("canceled"):
        case "killed":
            return "killed"
        case "unpublished":
            return "unpublished"
    if any(_NOTICE.search(text) for text in _words(item)):
        return "killed"
    item.warn(
        "pubstatus", "canceled without the words of a kill notice was taken as unpublished; options.canceled decides"
    )
    return "unpublished"


def _words(item: Fields) -> Iterator[str]:
    for name in ("headline", "ednote", "body_html"):
        value = item.raw(name)
        if isinstance(value, str):
            yield from_html(value[: 4 * _READ].replace("<", " <"))[:_READ]


def _withdrawal(item: Fields, circumstances: Circumstances, *, verb: DeclaredVerb) -> Draft:
    changed, number = item.moment("versioncreated"), whole_number(item.raw("version"))
    draft = withdrawal(
        item, circumstances, name="guid", length=ID_LENGTH, at="versioncreated", changed=changed, verb=verb
    )
    return replace(draft, sent_ms=_sent_ms(draft.ordered_by, number) or draft.sent_ms)


def _sent_ms(changed_at: datetime | None, number: int | None) -> int:
    """Return the tie of edits: `versioncreated` has whole seconds, and within one the version tells them apart."""
    return milliseconds(changed_at) + min(number or 0, _VERSIONS) if changed_at else 0


def _content(item: Fields, changed_at: datetime | None, circumstances: Circumstances) -> Content:
    language = language_of(item, "language")
    slugs_in = language or circumstances.language
    written = item.needed_text("headline")
    headline = item.fitting("headline", from_html(written), length=2_000)
    if written and not headline:
        item.fault("headline", "has no text in it, only markup; an article needs one")
    published_at = needed(
        item,
        "firstpublished",
        first_of(item, "firstpublished", "firstcreated", now_ms=circumstances.now_ms) or changed_at,
        without="says no time, and neither do firstcreated and versioncreated",
    )
    subjects, pictures = item.spare_objects("subject"), _pictures(item)
    lead = next((image for name, image in pictures if name == _LEAD), None)
    return Content(
        headline=headline,
        slug=slug_of(headline, slugs_in),  # `slugline` is the desk's label and no address
        slug_is_made=True,
        published_at=published_at,
        updated_at=changed_at,
        sections=_sections(item, subjects),
        standfirst=item.spare_text("description_text") or _plain(item, "description_html"),
        body=_body(item, [image for name, image in pictures if name != _LEAD]),
        authors=_authors(item, slugs_in),
        credit=without_mail(item.spare_text("copyrightholder", length=500) or item.spare_text("source", length=500)),
        tags=_tags(item, subjects, slugs_in),
        language=language,
        location=item.spare_text("located", length=500) or _first_name(item.spare_objects("place")),
        image=lead,
        urgency=whole_number(item.raw("urgency")),
        embargoed_until=plausible(item, "embargoed", item.moment("embargoed"), now_ms=circumstances.now_ms),
    )


def _body(item: Fields, pictures: Sequence[Image]) -> tuple[Block, ...]:
    """Return the text, and after it the pictures that the text does not show itself."""
    html = item.raw("body_html")
    if html is None:
        html = item.raw("body_text")
    if html is not None and not isinstance(html, str):
        item.fault("body_html", f"must be text, not {described(html)}")
        return ()
    return blocks_with_pictures(html or "", pictures, item.findings, where="body_html")


def _pictures(item: Fields) -> list[tuple[str, Image]]:
    """Return the pictures among the associations with their names; a text there is another article."""
    found: list[tuple[str, Image]] = []
    for media in item.spare_objects("associations"):
        name, kind = media.name, media.spare_text("type", length=40)
        if kind in {"text", "composite"}:
            continue
        if kind not in {"picture", "graphic", ""}:
            item.warn(f"associations.{name}", f"is of the type {described(kind)}; only pictures are taken")
            continue
        if str(media.raw("pubstatus") or "usable").lower() != "usable":
            item.warn(f"associations.{name}", "is not usable; the picture was left out")
            continue
        image = _image(media)
        if image is not None:
            found.append((name, image))
    return found


def _image(media: Fields) -> Image | None:
    renditions = {each.name: each for each in media.spare_objects("renditions")}
    for rendition in (renditions[name] for name in (*_RENDITIONS, *renditions) if name in renditions):
        url = address(rendition.raw("href"))
        if url:
            alt = media.spare_text("body_text")
            if not alt:
                media.warn("body_text", "is missing, which is the alternative text; readers who cannot see miss it")
            credit = media.spare_text("byline", length=500) or media.spare_text("copyrightholder", length=500)
            caption, size = media.spare_text("description_text"), (rendition.raw("width"), rendition.raw("height"))
            return image_of(url, alt=alt, caption=caption, credit=credit, width=size[0], height=size[1])
    media.warn("renditions", "have no usable href; the picture was left out")
    return None


def _authors(item: Fields, language: str) -> tuple[Author, ...]:
    people = (author(each.spare_text("name", length=500), language=language) for each in item.spare_objects("authors"))
    return merged([who for who in people if who]) or authors_of_byline(item.spare_text("byline"), language=language)


def _sections(item: Fields, subjects: Sequence[Fields]) -> tuple[str, ...]:
    """Return what may be the section: services, then subjects of a scheme of the newsroom's own, then all others."""
    own = [each for each in subjects if each.raw("scheme")]
    others = [each for each in subjects if not each.raw("scheme")]
    terms = (*item.spare_objects("service"), *own, *others)
    names = (each.spare_text(name, length=200) for each in terms for name in ("name", "code"))
    return tuple(dict.fromkeys(name for name in names if name))


def _tags(item: Fields, subjects: Iterable[Fields], language: str) -> tuple[Tag, ...]:
    keywords = item.raw("keywords")
    names = [word for word in keywords if isinstance(word, str)] if isinstance(keywords, list) else []
    names += [each.spare_text("name", length=200) for each in subjects if not each.raw("scheme")]
    return merged([word for name in names if (word := tag(name, language=language)) is not None])


def _plain(item: Fields, name: str) -> str:
    value = item.raw(name)
    return item.fitting(name, from_html(value), length=10_000) if isinstance(value, str) else ""


def _first_name(things: Iterable[Fields]) -> str:
    return next((name for each in things if (name := each.spare_text("name", length=500))), "")
