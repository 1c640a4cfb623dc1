"""Our own format: `{"type": "article.published", "timestamp": "…", "data": ARTICLE}`.

    data         ARTICLE, see docs/howto/connect-standard.md; a withdrawal needs only `id`
    timestamp    when it happened, equal for every attempt; it orders what `revision` and `updated_at` leave open

A withdrawal is refused for nothing but its id: what else is wrong in it becomes a warning.
"""

from datetime import datetime
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.given import given_blocks, picture_at
from services.ingest.adapt.html import blocks_of
from services.ingest.adapt.languages import language_of
from services.ingest.adapt.people import authors_of, tags_of
from services.ingest.adapt.pictures import web_address
from services.ingest.adapt.slugs import is_path_word, mended, slug_of
from services.ingest.adapt.text import line, lines, shortened, without_mail
from services.ingest.adapt.times import AHEAD, instant, orders, plausible
from services.ingest.draft import Content, Draft, Ignored
from shared.contracts.article import Ads, Correction, EventDetails, Kind
from shared.contracts.blocks import Block
from shared.contracts.verbs import WITHDRAWALS, DeclaredVerb
from shared.runtime.clock import milliseconds

HEADLINE_LENGTH: Final = 2_000  # characters; longer ones are cut, with a warning
LONG_HEADLINE: Final = 300  # characters; longer ones are published as they are, with a warning
NOTE_LENGTH: Final = 2_000
TYPES: Final[dict[str, DeclaredVerb]] = {
    "article.published": "published",
    "article.updated": "updated",
    "article.corrected": "corrected",
    "article.unpublished": "unpublished",
    "article.killed": "killed",
}
_KINDS: Final[tuple[Kind, ...]] = ("article", "event", "sponsored", "live")
_ADS: Final[tuple[Ads, ...]] = ("default", "reduced", "none")


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    findings = Findings()
    envelope = Fields(payload, findings)
    verb = _verb(envelope)
    sent, sent_ms = sent_at(envelope, "timestamp", circumstances)
    data = envelope.inner("data")
    if data is None and envelope.raw("data") is None:
        envelope.required("data")
    envelope.warn_of_unknown()
    if data is None or verb is None:
        if data is not None:
            data.identifier("id")
        raise findings.rejection()
    return article_of(data, verb, sent=sent, sent_ms=sent_ms, circumstances=circumstances)


def article_of(
    data: Fields, verb: DeclaredVerb, *, sent: datetime | None, sent_ms: int, circumstances: Circumstances
) -> Draft:
    """Return the draft of an ARTICLE; raises PayloadRejected with every field at fault, also of what is around it.

    Args:
        sent: when it happened, as what is around the article says; `sent_ms` orders what is left open.
    """
    if verb in WITHDRAWALS:
        return _withdrawal(data, verb, sent_ms, circumstances)
    source_id, number = data.identifier("id"), data.whole("revision")
    updated_at = data.moment("updated_at")
    check = orders if number is None else plausible
    updated_at = check(data, "updated_at", updated_at, now_ms=circumstances.now_ms)
    content = _content(data, verb, sent or updated_at or instant(circumstances.now_ms), updated_at, circumstances)
    return Draft(
        verb=verb,
        source_id=source_id,
        content=content,
        number=number,
        ordered_by=updated_at,
        sent_ms=sent_ms,
        warnings=data.findings.settle(),
    )


def sent_at(envelope: Fields, name: str, circumstances: Circumstances) -> tuple[datetime | None, int]:
    """Return when it happened as `name` says, and the milliseconds that order; None and 0 when nothing is said.

    A time from the future would make every later withdrawal look old.
    """
    if envelope.raw(name) in (None, ""):
        envelope.warn(name, "is missing; the article's own dates order its deliveries")
    sent = plausible(envelope, name, envelope.moment(name), now_ms=circumstances.now_ms)
    if sent is None:
        return None, 0
    if sent - instant(circumstances.now_ms) > AHEAD:
        envelope.warn(name, f"{sent.isoformat()} is more than a day ahead of our clock; ours was taken")
        return sent, circumstances.now_ms
    return sent, max(0, milliseconds(sent))


def _verb(envelope: Fields) -> DeclaredVerb | None:
    value = envelope.required("type")
    if value is None:
        return None
    verb = TYPES.get(value) if isinstance(value, str) else None
    if verb is None:
        envelope.fault("type", f"must be one of {', '.join(TYPES)}, not {described(value)}")
    return verb


def _withdrawal(data: Fields, verb: DeclaredVerb, sent_ms: int, circumstances: Circumstances) -> Draft:
    data.findings.pardon()
    number = data.whole("revision")
    updated_at = orders(data, "updated_at", data.moment("updated_at"), now_ms=circumstances.now_ms)
    note = data.raw("note")
    if not isinstance(note, str | None):
        data.fault("note", f"must be text, not {described(note)}")
        note = None
    data.findings.pardon()
    source_id = data.identifier("id")
    return Draft(
        verb=verb,
        source_id=source_id,
        number=number,
        ordered_by=updated_at,
        sent_ms=sent_ms,
        note=shortened(lines(note or ""), NOTE_LENGTH),
        warnings=data.findings.settle(),
    )


def _content(
    data: Fields, verb: DeclaredVerb, told_at: datetime, updated_at: datetime | None, circumstances: Circumstances
) -> Content:
    """Return the words and pictures; where a field is at fault, something stands for it.

    Args:
        told_at: when a correction was made that does not say so itself.
    """
    language = language_of(data, "language")
    slugs_in = language or circumstances.language
    headline = data.needed_text("headline", length=HEADLINE_LENGTH)
    if len(headline) > LONG_HEADLINE:
        data.warn("headline", f"has {len(headline)} characters; lists and search engines show fewer")
    published_at = plausible(data, "published_at", data.needed_moment("published_at"), now_ms=circumstances.now_ms)
    section = data.text("section", length=200)
    kind = data.choice("kind", _KINDS, "article")
    event = _event(data)
    if kind == "event" and event is None:
        data.warn("event", "is missing, so nobody learns when it is; it is not listed among the events")
    content = Content(
        headline=headline,
        published_at=published_at or told_at,
        updated_at=updated_at,
        slug=_slug(data, headline, slugs_in),
        sections=(section,) if section else (),
        kind=kind,
        kicker=data.text("kicker", length=500),
        standfirst=data.text("standfirst"),
        body=_body(data),
        authors=authors_of(data, "authors", language=slugs_in),
        credit=without_mail(data.text("credit", length=500)),
        tags=tags_of(data, "tags", language=slugs_in),
        language=language,
        location=data.text("location", length=500),
        image=picture_at(data, "image"),
        event=event,
        corrections=_corrections(data, verb, told_at),
        ads=data.choice("ads", _ADS, "default"),
        sensitive=data.flag("sensitive"),
        canonical_url=_canonical(data),
        noindex=data.flag("noindex"),
        members_only=data.flag("members_only"),
        minor=_is_minor(data, verb),
        embargoed_until=plausible(data, "embargoed_until", data.moment("embargoed_until"), now_ms=circumstances.now_ms),
        expires_at=data.moment("expires_at"),
        resurface_at=plausible(data, "resurface_at", data.moment("resurface_at"), now_ms=circumstances.now_ms),
        breaking_until=plausible(data, "breaking_until", data.moment("breaking_until"), now_ms=circumstances.now_ms),
    )
    data.warn_of_unknown()
    return content


def _body(data: Fields) -> tuple[Block, ...]:
    value = data.required("body")
    match value:
        case None:
            return ()
        case str():
            blocks = blocks_of(value, data.findings, where=data.where("body"))
        case list():
            blocks = given_blocks(data, "body", value)
        case _:
            data.fault("body", f"must be HTML or a list of blocks, not {described(value)}")
            return ()
    if not blocks and not data.findings.faults:
        data.warn("body", "has nothing to read in it")
    return blocks


def _slug(data: Fields, headline: str, language: str) -> str:
    given = data.text("slug", length=2_000)
    if not given:
        return slug_of(headline, language)
    slug = mended(given, language)
    if not is_path_word(given):
        data.warn("slug", f"{described(given)} is no path word; it became {slug}")
    return slug


def _event(data: Fields) -> EventDetails | None:
    event = data.inner("event")
    if event is None:
        return None
    starts_at, ends_at = event.needed_moment("starts_at"), event.moment("ends_at")
    place = event.text("place", length=500)
    event.warn_of_unknown()
    if starts_at is None:
        return None
    if ends_at is not None and ends_at < starts_at:
        event.warn("ends_at", "is before starts_at; left out")
        ends_at = None
    return EventDetails(starts_at=starts_at, ends_at=ends_at, place=place)


def _corrections(data: Fields, verb: DeclaredVerb, told_at: datetime) -> tuple[Correction, ...]:
    value = data.raw("correction")
    correction = data.of({"text": value}, "correction") if isinstance(value, str) else data.inner("correction")
    if correction is None:
        if verb == "corrected" and value is None:
            data.warn("correction", "is missing; readers do not learn what was wrong")
        return ()
    text, at = correction.needed_text("text"), correction.moment("at")
    if correction.raw("at") is None:
        correction.warn("at", "is missing; the time of this delivery was taken")
    correction.warn_of_unknown()
    return (Correction(text=text, at=at or told_at),) if text else ()


def _is_minor(data: Fields, verb: DeclaredVerb) -> bool:
    is_minor = data.flag("minor")
    if is_minor and (verb == "corrected" or data.raw("correction") is not None):
        data.warn("minor", "is left out: a correction is never minor, readers are shown its date")
        return False
    return is_minor


def _canonical(data: Fields) -> str:
    given = data.text("canonical_url")
    url = web_address(given)
    if given and not url:
        data.warn("canonical_url", f"{described(line(given))} is no http(s) address; left out")
    return url
