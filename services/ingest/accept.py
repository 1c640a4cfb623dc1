"""Draft → Candidate: give the article its id, its revision, its section and the paths it may have. Pure.

The store does the rest (`shared.runtime.articles`). Which of the wished-for paths it gets is decided there, in the
same step that stores it: a slug that another article has or had gets the first six digits of the id.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from services.ingest.draft import Content, Draft
from shared.contracts import lists, paths
from shared.contracts.article import Article
from shared.contracts.base import PATH_WORD_BYTES, ArticleId, SiteName, SourceName, UrlPath
from shared.contracts.config import LitfassConfig, SiteConfig, SourceConfig
from shared.contracts.lists import ListName
from shared.contracts.revision import MAX_NUMBER, Revision
from shared.runtime.articles import Candidate
from shared.runtime.clock import milliseconds

SLUG_SUFFIXES: Final = (6, 12, 24)  # digits of the id; the last one is unique by itself
EARLY_MS: Final = 5 * 60 * 1000  # milliseconds that a CMS's clock may be ahead of ours
MOST_NOTED: Final = 20  # warnings of one delivery in the timeline
NOTED_LENGTH: Final = 200  # characters of each
_ID_DIGITS: Final = 24
_SAID_SELDOM: Final = ("members_only", "minor", "embargoed_until", "expires_at", "resurface_at", "breaking_until")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True)
class Intake:
    """What a source's deliveries are made into.

    Args:
        static_pages: path words of pages from the site's folder, which no article may have.
    """

    source_name: SourceName
    source: SourceConfig
    site_name: SiteName
    site: SiteConfig
    static_pages: frozenset[str] = frozenset()

    @classmethod
    def of(cls, config: LitfassConfig, name: SourceName) -> "Intake":
        """Return the intake of a configured source; looks into the site's folder of static pages."""
        source = config.source[name]
        site = config.site[source.site]
        pages = frozenset(path.stem for path in Path(site.static).glob("*.md")) if site.static else frozenset()
        return cls(name, source, source.site, site, pages)


def candidate_of(
    draft: Draft,
    intake: Intake,
    *,
    delivery_id: str,
    received_ms: int,
    traceparent: str = "",
    bulk: bool = False,
) -> tuple[Candidate, tuple[str, ...]]:
    """Return what goes to the store, and warnings for the sender."""
    draft = _as_the_source_wants(draft, intake.source)
    article_id = article_id_of(intake.site_name, intake.source_name, draft.source_id)
    warnings = list(draft.warnings)
    article: Article | None = None
    wishes: tuple[UrlPath, ...] = ()
    revision = revision_of(draft, received_ms=received_ms)
    public_ms = expires_ms = 0
    if draft.content is not None:
        public_ms, expires_ms = _window(draft, draft.content, received_ms=received_ms, warnings=warnings)
        article = _article(draft.content, draft.source_id, article_id, revision, intake, warnings)
        revision = revision.model_copy(update={"digest": digest_of(article)})
        article = article.model_copy(update={"revision": revision})
        wishes = tuple(_wishes(article, intake, warnings))
    candidate = Candidate(
        verb=draft.verb,
        article_id=article_id,
        site=intake.site_name,
        source=intake.source_name,
        revision=revision,
        article=article,
        paths=wishes,
        delivery_id=delivery_id,
        note=draft.note,
        received_ms=received_ms,
        traceparent=traceparent,
        bulk=bulk,
        republish=intake.source.republish,
        parent=_parent_of(draft, intake),
        frame=_frame_of(article, intake) if article and draft.content and draft.content.slug_is_made else ("", ""),
        lists=_lists_of(article, intake) if article else (),
        public_ms=public_ms,
        expires_ms=expires_ms,
        warnings=_for_the_timeline(warnings),
    )
    return candidate, tuple(warnings)


def _for_the_timeline(warnings: Sequence[str]) -> tuple[str, ...]:
    """Return the warnings without what they quote: the timeline outlives the article's text. Sections are ours."""
    short = (each if each.startswith("section:") else _QUOTED.sub("'…'", each) for each in warnings[:MOST_NOTED])
    return tuple(each.replace("\n", " ")[:NOTED_LENGTH] for each in short)


def article_id_of(site: SiteName, source: SourceName, source_id: str) -> ArticleId:
    """Return the article's id: of fixed width, and the same for every delivery of it."""
    text = "\x00".join((site, source, source_id))
    return ArticleId(f"a{hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]}")


def revision_of(draft: Draft, *, received_ms: int) -> Revision:
    """Return the delivery's place in the order of its article's deliveries; the digest is that of a withdrawal."""
    ordered_ms = milliseconds(draft.ordered_by) if draft.ordered_by else 0
    time_ms = max(0, draft.sent_ms or ordered_ms or received_ms)
    digest = hashlib.sha256(f"{draft.verb}\x00{draft.note}".encode()).hexdigest()[:16]
    if draft.number is not None:
        return Revision(scheme="revision", number=draft.number, time_ms=time_ms, digest=digest)
    if draft.ordered_by is not None:
        microseconds = max(0, round(draft.ordered_by.timestamp() * 1_000_000))
        return Revision(scheme="updated_at", number=min(microseconds, MAX_NUMBER), time_ms=time_ms, digest=digest)
    return Revision(scheme="none", number=0, time_ms=time_ms, digest=digest)


def digest_of(article: Article) -> str:
    """Return 16 hex digits that are equal for equal content: when it changed and who counted does not matter."""
    unsaid = {name for name in _SAID_SELDOM if not getattr(article, name)}
    text = article.model_dump_json(exclude={"revision", "updated_at", "corrections"} | unsaid)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def section_of(wanted: tuple[str, ...], intake: Intake) -> tuple[str, str]:
    """Return the site's section for what the CMS calls it, and a warning when it had to be chosen."""
    sections = intake.site.sections
    by_name = {slug.casefold(): slug for slug in sections} | {
        title.casefold(): slug for slug, title in sections.items()
    }
    for name in wanted:
        if found := by_name.get(name.strip().casefold()):
            return found, ""
    fallback = intake.source.section or next(iter(sections))
    if not wanted:
        return fallback, "" if intake.source.section else f"section: is missing; the article went to {fallback!r}"
    known = ", ".join(sections)
    return fallback, f"section: the site has no {wanted[0]!r} (it has {known}); the article went to {fallback!r}"


def _as_the_source_wants(draft: Draft, source: SourceConfig) -> Draft:
    """Return the draft, or its withdrawal when it is for members and the source leaves those out."""
    if draft.content is None or not draft.content.members_only or source.members_only == "public-part":
        return draft
    return replace(draft, verb="unpublished", content=None).warned("members_only: this source leaves such articles out")


def _window(draft: Draft, content: Content, *, received_ms: int, warnings: list[str]) -> tuple[int, int]:
    """Return from when and until when readers may see it, milliseconds since 1970; 0 = at once, for ever.

    A `published_at` that is not later than the CMS's own clock means now, also where that clock is ahead of ours; an
    embargo is meant to the second.
    """
    told_ms = draft.sent_ms or (milliseconds(draft.ordered_by) if draft.ordered_by else 0)
    published_ms = milliseconds(content.published_at)
    means_now = published_ms <= told_ms <= received_ms + EARLY_MS
    public_ms = max(
        0 if means_now else published_ms, milliseconds(content.embargoed_until) if content.embargoed_until else 0, 0
    )
    if content.expires_at is None:
        return public_ms, 0
    expires_ms = max(1, milliseconds(content.expires_at))
    if expires_ms <= received_ms:
        warnings.append(
            f"expires_at: {content.expires_at.isoformat()} is over, so nobody sees the article; "
            "send it again with a later one, or without"
        )
    elif expires_ms <= public_ms:
        warnings.append(
            f"expires_at: {content.expires_at.isoformat()} is not after the publication, so nobody will see the article"
        )
    return public_ms, expires_ms


def _published_at(content: Content) -> datetime:
    """What readers and lists take for the publication: an embargoed article is as new as the end of its embargo."""
    return max(content.published_at, content.embargoed_until or content.published_at)


def _resurface_at(content: Content, warnings: list[str]) -> datetime | None:
    """Return when it is put on top of its lists; what is not after its publication changes nothing there."""
    if content.resurface_at is None or content.resurface_at > _published_at(content):
        return content.resurface_at
    warnings.append("resurface_at: is left out; it is not after the publication")
    return None


def _breaking_until(content: Content, source: SourceConfig, warnings: list[str]) -> datetime | None:
    """Return until when it stands above every page: as the CMS says, else by its urgency."""
    until, rule = content.breaking_until, source.breaking
    if until is None and content.urgency is not None and 1 <= content.urgency <= rule.urgency:
        until = _published_at(content) + timedelta(minutes=rule.minutes)
    if until is not None and content.kind == "sponsored":
        warnings.append("breaking_until: is left out; what is sponsored is never breaking news")
        return None
    return until


def _article(
    content: Content,
    source_id: str,
    article_id: ArticleId,
    revision: Revision,
    intake: Intake,
    warnings: list[str],
) -> Article:
    section, warning = section_of(content.sections, intake)
    if warning:
        warnings.append(warning)
    return Article(
        id=article_id,
        site=intake.site_name,
        source=intake.source_name,
        source_id=source_id,
        revision=revision,
        kind=content.kind,
        section=section,
        slug=content.slug,
        kicker=content.kicker,
        headline=content.headline,
        standfirst=content.standfirst,
        body=content.body,
        authors=content.authors,
        credit=content.credit,
        tags=content.tags,
        language=content.language or intake.site.language,
        location=content.location,
        image=content.image,
        event=content.event,
        published_at=_published_at(content),
        updated_at=max(content.updated_at or _published_at(content), _published_at(content)),
        corrections=content.corrections,
        ads=content.ads,
        sensitive=content.sensitive,
        canonical_url=content.canonical_url,
        noindex=content.noindex,
        members_only=content.members_only,
        minor=content.minor,
        embargoed_until=content.embargoed_until,
        expires_at=content.expires_at,
        resurface_at=_resurface_at(content, warnings),
        breaking_until=_breaking_until(content, intake.source, warnings),
    )


def _parent_of(draft: Draft, intake: Intake) -> ArticleId | None:
    if not draft.evolved_from or draft.evolved_from == draft.source_id:
        return None
    return article_id_of(intake.site_name, intake.source_name, draft.evolved_from)


def _lists_of(article: Article, intake: Intake) -> tuple[ListName, ...]:
    """Return the lists of its own that an article is in: section, tags, authors, and its month."""
    month = article.published_at.astimezone(intake.site.zone) if article.published_at.year > 1 else article.published_at
    return (
        lists.section(article.section),
        *(lists.tag(tag.slug) for tag in article.tags),
        *(lists.author(author.slug) for author in article.authors),
        lists.month(f"{month.year:04d}-{month.month:02d}"),
    )


def _wishes(article: Article, intake: Intake, warnings: list[str]) -> Iterator[UrlPath]:
    """Give the paths that the article may have, best first; the last one is nobody else's."""
    digits = article.id[1:]
    slugs = [article.slug]
    slugs += [f"{article.slug[: PATH_WORD_BYTES - 1 - n].rstrip('-')}-{digits[:n]}" for n in SLUG_SUFFIXES]
    for slug in slugs:
        path = path_of(article, slug, intake.site)
        if paths.is_reserved(path, sections=intake.site.sections, static_pages=intake.static_pages):
            if slug == article.slug:
                warnings.append(f"slug: {path} is reserved; the article's address got the first digits of its id")
            continue
        yield path


def _frame_of(article: Article, intake: Intake) -> tuple[str, str]:
    """Return what stands before and after the slug in the article's paths; empty when that is not one place."""
    before, slug, after = path_of(article, "\x00", intake.site).partition("\x00")
    return (before, after) if slug and "\x00" not in after else ("", "")


def path_of(article: Article, slug: str, site: SiteConfig) -> UrlPath:
    """Return the article's path by the site's permalink, with `slug` in the slug's place."""
    local = article.published_at.astimezone(site.zone) if article.published_at.year > 1 else article.published_at
    return UrlPath(
        site.permalink.format(
            section=article.section,
            slug=slug,
            id=article.id,
            year=f"{local.year:04d}",
            month=f"{local.month:02d}",
            day=f"{local.day:02d}",
        )
    )
