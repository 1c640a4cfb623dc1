"""Contentful: the webhooks of entries; what happened stands in the header X-Contentful-Topic.

    publish                         the article
    unpublish, delete, archive      unpublished; these deliveries have only `sys`
    create, save, auto_save …       drafts: nobody's business

Every field is a map of locales: the article is the one of the source's language, so a second language is a second
source. A field that is not localised has only the default locale and counts for all.

Other entries and assets are only links, which the delivery does not resolve: authors, sections and pictures need text
fields of the article's own, or somebody on the way who puts `includes` into the body, as the delivery API gives them.

Source: https://www.contentful.com/developers/docs/webhooks/, and node-apps-toolkit's src/typings/event-payloads.ts.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from services.ingest.adapt import Circumstances, Payload
from services.ingest.adapt.fields import Fields, Findings, described
from services.ingest.adapt.languages import nearest
from services.ingest.adapt.model import USUAL, Entry, described_image, not_wanted
from services.ingest.adapt.pictures import address
from services.ingest.adapt.richtext import contentful as rich_text
from services.ingest.adapt.richtext.node import items, mapping, text
from services.ingest.adapt.times import orders, plausible
from services.ingest.draft import Draft, Ignored
from shared.contracts.media import Image
from shared.runtime.clock import milliseconds

TOPIC: Final = "x-contentful-topic"
_TAKEN_AWAY: Final = frozenset({"unpublish", "delete", "archive"})
_DRAFTS: Final = frozenset({"create", "save", "auto_save", "unarchive"})
_LOCALE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_WANTED: Final = "Entry.publish, Entry.unpublish, Entry.delete and Entry.archive"


def adapt(payload: Payload, circumstances: Circumstances) -> Draft | Ignored:
    """Return the draft; raises PayloadRejected with every field at fault."""
    outer = Fields(payload, Findings())
    kind, action = _event(outer, circumstances)
    if kind != "Entry":
        return Ignored(f"{described(kind)} is no entry; Litfass needs {_WANTED}.")
    if action in _DRAFTS:
        return Ignored(f"Entry.{action} tells of a draft; Litfass needs {_WANTED}.")
    if action not in _TAKEN_AWAY and action != "publish":
        outer.fault("X-Contentful-Topic", f"{described(action)} is nothing that happens to entries; use {_WANTED}")
        raise outer.findings.rejection()
    sys = outer.inner("sys")
    if sys is None:
        outer.required("sys")
        raise outer.findings.rejection()
    content_type = text(mapping(mapping(sys.raw("contentType")).get("sys")).get("id"))
    if action in _TAKEN_AWAY:
        return not_wanted(content_type, circumstances, None) or _withdrawal(sys, circumstances)
    return _article(outer, sys, content_type, circumstances)


def _event(outer: Fields, circumstances: Circumstances) -> tuple[str, str]:
    """Return what it happened to and what: by the topic, else by the URL, else by what the body looks like."""
    topic = circumstances.headers.get(TOPIC, "").strip() or circumstances.event.strip()
    if topic:
        kind, _, action = topic.removeprefix("ContentManagement.").partition(".")
        return kind, action
    sys = mapping(outer.raw("sys"))
    is_gone = "deletedAt" in sys or sys.get("type") == "DeletedEntry"
    return "Entry", "unpublish" if is_gone else "publish"


def _withdrawal(sys: Fields, circumstances: Circumstances) -> Draft:
    """Return what takes the article away. Its time decides: the revision is that of the last publication."""
    moments = [sys.moment(name) for name in ("deletedAt", "updatedAt")]
    at = next((moment for moment in moments if moment is not None), None)
    at = orders(sys, "deletedAt", at, now_ms=circumstances.now_ms)
    sys.findings.pardon()
    source_id = sys.identifier("id")
    sent_ms = milliseconds(at) if at else circumstances.now_ms
    return Draft(verb="unpublished", source_id=source_id, sent_ms=sent_ms, warnings=sys.findings.settle())


def _article(outer: Fields, sys: Fields, content_type: str, circumstances: Circumstances) -> Draft | Ignored:
    content = outer.inner("fields")
    if content is None:
        outer.required("fields")
        sys.identifier("id")
        raise outer.findings.rejection()
    links = _Links(outer, circumstances)
    entry = Entry(
        Fields(links.fields, outer.findings, at="fields"),
        circumstances,
        rich_text.reader(links.resolve),
        links.picture,
        {},
    )
    ignored = not_wanted(content_type, circumstances, entry) or links.not_translated(entry)
    if ignored:
        return ignored
    source_id, number = sys.identifier("id"), sys.whole("revision")
    check = orders if number is None else plausible
    updated_at = check(sys, "updatedAt", sys.moment("updatedAt"), now_ms=circumstances.now_ms)
    first = plausible(sys, "firstPublishedAt", sys.moment("firstPublishedAt"), now_ms=circumstances.now_ms)
    content_of_entry = entry.content(
        published_at=first or updated_at,
        is_first=first is not None,
        updated_at=updated_at,
        language=links.locale,
        tags=tuple(_tags(outer)),
    )
    return Draft(
        verb="published",
        source_id=source_id,
        content=content_of_entry,
        number=number,
        ordered_by=updated_at,
        sent_ms=milliseconds(updated_at) if updated_at else 0,
        warnings=outer.findings.settle(),
    )


def _tags(outer: Fields) -> Iterator[str]:
    for tag in items(mapping(outer.raw("metadata")).get("tags")):
        yield text(mapping(mapping(tag).get("sys")).get("id"))


class _Links:
    """The entry's fields in one locale, and what its links lead to, as far as the delivery says."""

    def __init__(self, outer: Fields, circumstances: Circumstances) -> None:
        written = mapping(outer.raw("fields"))
        self._findings = outer.findings
        self._wanted = circumstances.model.locale
        self._included = _included(mapping(outer.raw("includes")))
        self._localised = {name: _locales(value) for name, value in written.items()}
        self.locale = self._locale(circumstances.language)
        self.fields = {name: self._taken(self._of(value)) for name, value in written.items()}

    def not_translated(self, entry: Entry) -> Ignored | None:
        """Say that the entry does not exist in the source's locale; None when it does."""
        configured = entry.circumstances.model.fields.get("headline", "").partition(".")[0]
        names = [configured] if configured else USUAL["headline"]
        if not self._wanted or any(self._wanted in self._localised.get(name, {}) for name in names):
            return None
        if not any(self._localised.get(name) for name in names):
            return None  # the headline is missing in every language: a fault
        return Ignored(f"The entry has no headline in {described(self._wanted)}, the source's locale.")

    def resolve(self, link: Mapping[str, object]) -> tuple[Mapping[str, object], str, bool] | None:
        """Return the fields of what a link leads to, its content type and whether it is an asset; None: unknown."""
        sys = mapping(link.get("sys"))
        key = (text(sys.get("linkType")) or text(sys.get("type")), text(sys.get("id")))
        target = link if "fields" in link else self._included.get(key)
        if target is None:
            return None
        fields = {name: self._of(value) for name, value in mapping(target.get("fields")).items()}
        kind = text(mapping(mapping(mapping(target.get("sys")).get("contentType")).get("sys")).get("id"))
        return fields, kind, key[0] == "Asset" or "file" in fields

    def picture(self, data: Mapping[str, object]) -> Image | None:
        """Return the picture of an asset, or of a link to one."""
        found = self.resolve(data)
        fields = found[0] if found else data
        file = mapping(fields.get("file"))
        kind = text(file.get("contentType"))
        url = address(file.get("url") or fields.get("url"))
        if not url or (kind and not kind.startswith("image/")):
            return None
        alt = fields.get("alt") or fields.get("description") or fields.get("title")
        return described_image(url, {"alt": alt}, fields, mapping(mapping(file.get("details")).get("image")))

    def _locale(self, language: str) -> str:
        offered = {locale for value in self._localised.values() for locale in value if isinstance(locale, str)}
        if self._wanted:
            return self._wanted
        found = nearest(language, offered)
        if found or not offered:
            return found
        first = max(sorted(offered), key=lambda locale: sum(locale in value for value in self._localised.values()))
        self._findings.warn(
            f"fields: have no {language!r}, so {first!r} was taken; say which one is meant with locale in "
            "[source.NAME.model]"
        )
        return first

    def _of(self, value: object) -> object:
        """Return a field's value in the locale; one that is not localised has only the default locale."""
        locales = _locales(value)
        if not locales:
            return value if value != {} else None
        if self.locale in locales:
            return locales[self.locale]
        return next(iter(locales.values())) if len(locales) == 1 else None

    def _taken(self, value: object) -> object:
        """Return a value with the links in it resolved, as far as that is possible; rich text resolves its own."""
        if isinstance(value, list):
            return [self._taken(item) for item in value]
        if not isinstance(value, dict) or "sys" not in value:
            return value
        found = self.resolve(value)
        return value if found is None or found[2] else dict(found[0])


def _locales(value: object) -> Mapping[str, object]:
    """Return a field's values by locale; empty when it is none: the delivery API can also flatten them to one."""
    is_localised = isinstance(value, dict) and "sys" not in value and all(map(_LOCALE.fullmatch, value))
    return mapping(value) if is_localised else {}


def _included(includes: Mapping[str, object]) -> dict[tuple[str, str], Mapping[str, object]]:
    found: dict[tuple[str, str], Mapping[str, object]] = {}
    for kind in ("Asset", "Entry"):
        for each in map(mapping, items(includes.get(kind))):
            found[kind, text(mapping(each.get("sys")).get("id"))] = each
    return found
