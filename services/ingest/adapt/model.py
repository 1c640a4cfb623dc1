"""Entries of CMSs where every newsroom makes its own content model: read by our names.

    [source.X.model] fields      what the newsroom calls it, with dots into objects
    USUAL                        else what most call it: the first that is there

A field that only has a usual name and holds something unexpected is left out with a warning: it may mean something
else. The headline and the body must be there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ingest.adapt import Circumstances
from services.ingest.adapt.fields import Fields, described
from services.ingest.adapt.html import blocks_of as blocks_of_html
from services.ingest.adapt.languages import tag_of
from services.ingest.adapt.people import MOST, author, merged, tag
from services.ingest.adapt.pictures import address, image_of, web_address
from services.ingest.adapt.richtext import written
from services.ingest.adapt.richtext.node import Read, mapping, text
from services.ingest.adapt.richtext.story import Picture, Story
from services.ingest.adapt.richtext.walk import blocks_of, words_of
from services.ingest.adapt.slugs import mended, slug_of
from services.ingest.adapt.text import line, without_mail
from services.ingest.adapt.times import local_moment, needed, plausible
from services.ingest.draft import Content, Ignored
from shared.contracts.article import Author, Tag
from shared.contracts.blocks import Block
from shared.contracts.config import ModelField
from shared.contracts.media import Image

HEADLINE_LENGTH: Final = 2_000  # characters; longer ones are cut, with a warning
USUAL: Final[Mapping[ModelField, Sequence[str]]] = {
    "headline": ("headline", "title"),
    "kicker": ("kicker", "overline", "eyebrow"),
    "standfirst": ("standfirst", "dek", "excerpt", "teaser", "lead", "summary", "intro", "subtitle", "description"),
    "slug": ("slug",),
    "section": ("section", "category", "categories", "ressort"),
    "body": ("body", "content", "text", "blocks"),
    "authors": ("populatedAuthors", "authors", "author", "byline"),
    "tags": ("tags", "keywords"),
    "image": ("image", "heroImage", "mainImage", "cover", "featuredImage", "picture"),
    "credit": ("credit",),
    "location": ("location",),
    "language": ("language", "lang"),
    "published_at": ("publishedAt", "publishDate", "publishedOn", "datePublished", "published_at", "date"),
    "embargoed_until": ("embargoedUntil",),
    "expires_at": ("expiresAt",),
    "resurface_at": ("resurfaceAt",),
    "breaking_until": ("breakingUntil",),
    "canonical_url": ("canonicalUrl", "canonicalURL", "canonical_url"),
    "noindex": ("noindex", "noIndex"),
    "sensitive": ("sensitive",),
}
_MISSED: Final[Mapping[ModelField, str]] = {
    "headline": "title"
}  # what is named when nothing is there, if not the first
_ARTICLES: Final = frozenset(
    ["article", "articles", "blogpost", "blogposts", "news", "newsarticle", "post", "posts", "story", "stories"]
)
_NAMES: Final = ("name", "title", "label", "fullName", "full_name", "displayName", "display_name")
_ALTS: Final = ("alt", "alternativeText", "altText", "alt_text")
_CREDITS: Final = ("credit", "attribution", "copyright", "photographer", "creditLine")
_HOLDERS: Final = ("asset", "file", "image", "media")  # of a picture's address
_MARKS_OF_AN_ID: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Entry:
    """One entry, in one language.

    Args:
        fields: the object that its content stands in.
        read: the dialect of its rich text.
        picture: reads the vendor's own pictures.
        usual: names that this vendor's entries have instead of those in `USUAL`.
        is_html: its texts are HTML and never Markdown.
    """

    fields: Fields
    circumstances: Circumstances
    read: Read
    picture: Picture
    usual: Mapping[ModelField, Sequence[str]]
    is_html: bool = False

    def has(self, ours: ModelField) -> bool:
        """Say whether the entry has such a field, and something in it."""
        return self._value(ours) not in (None, "", [])

    def content(
        self,
        *,
        published_at: datetime | None,
        updated_at: datetime | None,
        is_first: bool = True,
        language: str = "",
        slug: str = "",
        sections: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> Content:
        """Return the words and pictures; where a field is at fault, something stands for it.

        Args:
            published_at: the vendor's own date, for models that have no field of their own.
            is_first: that date is the first publication's, and not one that moves with every later one.
            language: the entry's, BCP 47, for models without a field for it; empty = the site's.
            slug, sections, tags: what the vendor knows besides the fields, for those that are empty.
        """
        language = tag_of(self.text("language", length=200)) or tag_of(language)
        slugs_in = language or self.circumstances.language
        headline = self._headline()
        own_date = self.moment("published_at")
        published = needed(
            self.fields,
            "published_at",
            own_date or published_at,
            without="says no time, and neither does the entry itself; one is needed",
        )
        slug = self._slug() or slug
        return Content(
            headline=headline,
            slug=mended(slug, slugs_in) if slug else slug_of(headline, slugs_in),
            published_at=published,
            updated_at=updated_at,
            sections=tuple(dict.fromkeys((*self._sections(), *sections))),
            kicker=self.text("kicker", length=500),
            standfirst=self.text("standfirst"),
            body=self._body(),
            authors=self._authors(slugs_in),
            credit=without_mail(self.text("credit", length=500)),
            tags=self._tags(slugs_in, tags),
            language=language,
            location=self.text("location", length=500),
            image=self._image(),
            canonical_url=self._canonical(),
            noindex=self._flag("noindex"),
            sensitive=self._flag("sensitive"),
            embargoed_until=self.moment("embargoed_until"),
            expires_at=self.moment("expires_at"),
            resurface_at=self.moment("resurface_at"),
            breaking_until=self.moment("breaking_until"),
            dated_by_cms=own_date is None and not is_first,
        )

    def text(self, ours: ModelField, *, length: int = 10_000) -> str:
        """Return a line of plain text, also of rich text; empty when there is none."""
        fields, name = self._place(ours)
        value = fields.raw(name)
        match value:
            case None:
                return ""
            case str():
                return fields.text(name, length=length)
            case dict() | list():
                words = words_of(value, read=self.read)
                if words or not value:
                    return fields.fitting(name, words, length=length)
        self._unexpected(ours, fields, name, "must be text")
        return ""

    def moment(self, ours: ModelField) -> datetime | None:
        """Return a date and time; one without a zone is the site's own."""
        fields, name = self._place(ours)
        if ours not in self.circumstances.model.fields and not isinstance(fields.raw(name), str | None):
            self._unexpected(ours, fields, name, "must be a date and time")
            return None
        found = local_moment(fields, name, zone=self.circumstances.zone)
        return plausible(fields, name, found, now_ms=self.circumstances.now_ms)

    def _place(self, ours: ModelField) -> tuple[Fields, str]:
        """Return where a field stands, or would stand: the object that has it, and its name in it."""
        configured = self.circumstances.model.fields.get(ours)
        if configured:
            return self._at(configured)
        names = self.usual.get(ours, USUAL[ours])
        there = (name for name in names if self.fields.raw(name) is not None)
        empty = (name for name in names if self.fields.says_null(name))
        return self.fields, next(there, next(empty, _MISSED.get(ours, names[0])))

    def _at(self, path: str) -> tuple[Fields, str]:
        fields, (*outer, last) = self.fields, path.split(".")
        for name in outer:
            inner = fields.of(fields.raw(name), name)
            if inner is None:
                return fields, name
            fields = inner
        return fields, last

    def _value(self, ours: ModelField) -> object:
        fields, name = self._place(ours)
        return fields.raw(name)

    def _unexpected(self, ours: ModelField, fields: Fields, name: str, wanted: str) -> None:
        message = f"{wanted}, not {described(fields.raw(name))}"
        if ours in self.circumstances.model.fields:
            fields.fault(name, message)
        else:
            fields.warn(name, f"{message}; left out")

    def _headline(self) -> str:
        fields, name = self._place("headline")
        value = fields.raw(name)
        if value is None:
            fields.fault(name, f"is missing{self._advice('headline')}")
        elif not isinstance(value, str | dict | list):
            fields.fault(name, f"must be text, not {described(value)}")
        else:
            headline = self.text("headline", length=HEADLINE_LENGTH)
            if not headline:
                fields.fault(name, "is empty")
            return headline
        return ""

    def _body(self) -> tuple[Block, ...]:
        fields, name = self._place("body")
        value = fields.raw(name)
        if value is None and "body" not in self.circumstances.model.fields and not self._says_null("body"):
            fields.fault(name, f"is missing{self._advice('body')}")
            return ()
        where, findings = fields.where(name), fields.findings
        match value:
            case None:
                blocks: tuple[Block, ...] = ()
            case str():
                blocks_of_text = blocks_of_html if self.is_html else written.blocks_of
                blocks = blocks_of_text(value, findings, where=where, base=self.circumstances.model.base_url)
            case dict() | list():
                blocks = blocks_of(value, Story(findings, where, self.picture), read=self.read)
            case _:
                fields.fault(name, f"must be rich text, Markdown or HTML, not {described(value)}")
                return ()
        if not blocks and not findings.faults:
            fields.warn(name, "has nothing to read in it")
        return blocks

    def _says_null(self, ours: ModelField) -> bool:
        return any(self.fields.says_null(name) for name in self.usual.get(ours, USUAL[ours]))

    def _advice(self, ours: ModelField) -> str:
        if ours in self.circumstances.model.fields:
            return ""
        names = " or ".join(self.usual.get(ours, USUAL[ours]))
        return f" (looked for {names}); if yours has another name, write it under fields in [source.NAME.model]"

    def _slug(self) -> str:
        current = mapping(self._value("slug")).get("current")
        return line(current)[:2_000] if isinstance(current, str) else self.text("slug", length=2_000)

    def _sections(self) -> Iterator[str]:
        for item in self._named("section"):
            yield from (word for word in (slug_in(item), name_in(item)) if word)

    def _tags(self, language: str, others: Sequence[str]) -> tuple[Tag, ...]:
        names = [name_in(item) for item in self._named("tags", separated=True)] or others[:MOST]
        return merged([word for name in names if (word := tag(name, language=language)) is not None])

    def _authors(self, language: str) -> tuple[Author, ...]:
        people = [
            author(name_in(item), language=language, slug=slug_in(item), url=text(mapping(item).get("url")))
            for item in self._named("authors")
        ]
        return merged([each for each in people if each is not None])

    def _named(self, ours: ModelField, *, separated: bool = False) -> Iterator[object]:
        """Give what has a name of a list, an object or a text; mere references have none, with a warning.

        Args:
            separated: a text is parted at its commas.
        """
        fields, name = self._place(ours)
        value = fields.raw(name)
        if isinstance(value, str) and separated:
            value = [part for part in map(line, value.split(",", maxsplit=2 * MOST)) if part]
        given = value if isinstance(value, list) else [value]
        if len(given) > MOST:
            fields.warn(name, f"are {len(given)}; the first {MOST} were taken")
        for item in given[:MOST]:
            if item is None or item in ("", {}):
                continue
            if isinstance(item, bool) or not isinstance(item, str | dict | int):
                fields.warn(name, f"{described(item)} has no name; left out")
            elif not name_in(item):
                fields.warn(name, "is only a reference, and the delivery does not say to whom or what; left out")
            else:
                yield item

    def _image(self) -> Image | None:
        fields, name = self._place("image")
        value = fields.raw(name)
        if isinstance(value, list):
            value = next((item for item in value if item), None)
        if isinstance(value, str) and value.strip():
            value = {"url": value}
        if not isinstance(value, dict) or not value:
            if value:
                fields.warn(name, f"{described(value)} is no picture; left out")
            return None
        image = self.picture(value)
        if image is None:
            fields.warn(name, "has no address that a reader could load; the article has no picture")
        elif not image.alt:
            fields.warn(name, "has no alternative text; readers who cannot see the picture miss it")
        return image

    def _canonical(self) -> str:
        written_url = self.text("canonical_url")
        url = web_address(written_url)
        if written_url and not url:
            fields, name = self._place("canonical_url")
            fields.warn(name, f"{described(written_url)} is no http(s) address; left out")
        return url

    def _flag(self, ours: ModelField) -> bool:
        fields, name = self._place(ours)
        value = fields.raw(name)
        if isinstance(value, bool | None):
            return bool(value)
        self._unexpected(ours, fields, name, "must be true or false")
        return False


def not_wanted(kind: str, circumstances: Circumstances, entry: Entry | None, *, also: str = "") -> Ignored | None:
    """Return why an entry of this content type is no article; None when it is one.

    Args:
        kind: the content type's name; empty = the vendor did not say.
        entry: None for a withdrawal, which says nothing but its type.
        also: another name of the type.
    """
    types = circumstances.model.types
    if types:
        if kind in types or also in types:
            return None
        return Ignored(f"{described(kind)} is none of the types that are articles here: {', '.join(types)}.")
    if entry is None or not kind or kind.lower().replace("-", "").replace("_", "") in _ARTICLES:
        return None
    if entry.has("headline") and entry.has("body"):
        entry.fields.findings.warn(
            f"{described(kind)} has a headline and a body and was taken for an article; "
            "say which content types are with types in [source.NAME.model]"
        )
        return None
    return Ignored(
        f"{described(kind)} does not look like an article; if it is one, say so with types in [source.NAME.model]."
    )


def name_in(item: object) -> str:
    """Return what a person, tag or section is called; empty for a mere reference or an id."""
    if isinstance(item, str):
        is_id = len(item) == 24 and _MARKS_OF_AN_ID.issuperset(item)  # MongoDB's, which Payload sends unpopulated
        return "" if is_id else line(item)
    data = mapping(item)
    found = next((line(value) for name in _NAMES if isinstance(value := data.get(name), str) and value.strip()), "")
    if found:
        return found
    parts = (text(data.get("firstName") or data.get("firstname")), text(data.get("lastName") or data.get("lastname")))
    return line(" ".join(parts))


def slug_in(item: object) -> str:
    """Return the path word that a person or section has in its CMS; empty when it has none."""
    slug = mapping(item).get("slug")
    return text(mapping(slug).get("current")) or text(slug)


def picture_with(base: str, fields: Fields) -> Picture:
    """Return how a picture is read that says its own address.

    Args:
        base: address of the CMS, for relative ones; without it they lead nowhere.
    """

    def picture(data: Mapping[str, object]) -> Image | None:
        holder = next((inner for name in _HOLDERS if (inner := mapping(data.get(name))).get("url")), data)
        kind = text(holder.get("mimeType")) or text(holder.get("mime")) or text(holder.get("contentType"))
        written_url = text(holder.get("url")).strip()
        if kind and not kind.startswith("image/"):
            return None
        if not base and written_url.startswith("/") and not written_url.startswith("//"):
            fields.findings.warn(
                f"{described(written_url)} is relative to the CMS; write its address as base_url in [source.NAME.model]"
            )
            return None
        url = address(written_url, base=base)
        return described_image(url, data, holder) if url else None

    return picture


def described_image(url: str, *described_by: Mapping[str, object]) -> Image:
    """Return the picture at a usable address with what the first of these says about it."""

    def first(names: Sequence[str]) -> str:
        found = (line(value) for data in described_by for name in names if isinstance(value := data.get(name), str))
        return next(filter(None, found), "")

    sides = {
        name: next((data[name] for data in described_by if data.get(name) is not None), None)
        for name in ("width", "height")
    }
    return image_of(url, alt=first(_ALTS), caption=first(("caption",)), credit=first(_CREDITS), **sides)
