"""Authors and tags: names, and path words by language. Never an e-mail address; duplicates are merged."""

from collections.abc import Sequence
from typing import Final, TypeVar

from services.ingest.adapt.fields import Fields, described, numbered
from services.ingest.adapt.pictures import web_address
from services.ingest.adapt.slugs import mended, slug_of
from services.ingest.adapt.text import shortened, without_mail
from shared.contracts.article import Author, Tag

NAME_LENGTH: Final = 200  # characters; what the contract holds
MOST: Final = 100  # authors, and tags, of one article

N = TypeVar("N", Author, Tag)


def author(name: str, *, language: str, slug: str = "", url: str = "") -> Author | None:
    """Return who wrote it; None when the name says nothing or is only an e-mail address."""
    name = _named(name)
    if not name:
        return None
    slug = "" if "@" in slug else slug
    return Author(name=name, slug=mended(slug or name, language), url=web_address(url))


def tag(name: str, *, language: str, slug: str = "") -> Tag | None:
    """Return a keyword; None when it says nothing."""
    name = _named(name)
    return Tag(name=name, slug=mended(slug, language) if slug else slug_of(name, language)) if name else None


def merged(named: Sequence[N]) -> tuple[N, ...]:
    """Return each only once: what shares a path word shares a page. The first spelling stays."""
    found: dict[str, N] = {}
    for each in named:
        found.setdefault(each.slug, each)
    return tuple(found.values())


def authors_of(fields: Fields, name: str, *, language: str) -> tuple[Author, ...]:
    """Return the authors of `[{name, slug?, url?}, …]`; a bare name is taken as one, with a warning."""
    found: list[Author] = []
    for where, item in numbered(_items(fields, name), name):
        given = _object(fields, where, item)
        if given is None:
            continue
        written, url = given.needed_text("name"), given.text("url")
        who = author(written, language=language, slug=given.text("slug"), url=url)
        given.warn_of_unknown()
        if who is None:
            if written:
                given.warn("name", "has no name in it, only an e-mail address; left out")
            continue
        if who.name != written:
            given.warn("name", "an e-mail address in it was left out" if "@" in written else "was shortened")
        if url and not who.url:
            given.warn("url", f"{described(url)} is no http(s) address; left out")
        found.append(who)
    return _counted(fields, name, merged(found))


def tags_of(fields: Fields, name: str, *, language: str) -> tuple[Tag, ...]:
    """Return the tags of `["Markt", …]`; `{name, slug?}` is understood as well."""
    found: list[Tag] = []
    for where, item in numbered(_items(fields, name), name):
        if isinstance(item, str | int) and not isinstance(item, bool):
            word = tag(described(item) if isinstance(item, int) else item, language=language)
        else:
            given = _object(fields, where, item)
            if given is None:
                continue
            word = tag(given.needed_text("name"), language=language, slug=given.text("slug"))
            given.warn_of_unknown()
        if word is not None:
            found.append(word)
    return _counted(fields, name, merged(found))


def _items(fields: Fields, name: str) -> Sequence[object]:
    value = fields.raw(name)
    if isinstance(value, str):
        if value.strip():
            fields.warn(name, "must be a list; the text was parted at its commas")
        return [part for part in value.split(",") if part.strip()]
    return fields.items(name)


def _object(fields: Fields, where: str, item: object) -> Fields | None:
    if isinstance(item, str):
        fields.warn(where, "must be an object; the text was taken as the name")
        return fields.of({"name": item}, where)
    found = fields.of(item, where)
    if found is None:
        fields.fault(where, f"must be an object with a name, not {described(item)}")
    return found


def _counted(fields: Fields, name: str, found: tuple[N, ...]) -> tuple[N, ...]:
    if len(found) > MOST:
        fields.warn(name, f"are {len(found)}; the first {MOST} were taken")
    return found[:MOST]


def _named(text: str) -> str:
    return shortened(without_mail(text[: 4 * NAME_LENGTH]), NAME_LENGTH)
