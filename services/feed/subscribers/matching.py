"""Whom does an event concern? Pure.

- A public event: whoever wants it, and whoever has the article already: who holds a copy must hear what becomes of it,
  also when it leaves the section that brought it there.
- `unpublished`: whoever has the article, once: the readers' own bit says whether it is out.
- `embargoed`: as a public event, but only those who are trusted with it.
- `unpublished` before its time: who has it and is trusted with it. `killed` before its time: who has it.
- `killed`: every subscriber of the site. One notice too many costs nothing, one too few prints a withdrawn article.
"""

from collections.abc import Iterable
from typing import NamedTuple

from shared.contracts.article import Article
from shared.contracts.base import SiteName
from shared.contracts.subscribers import Reference, Subscriber, Wanted
from shared.contracts.verbs import ToldVerb


class Facts(NamedTuple):
    """What filters look at."""

    site: SiteName
    section: str
    tags: frozenset[str]
    authors: frozenset[str]
    kind: str
    language: str


def facts_of(article: Article) -> Facts:
    """Return what filters look at of an article."""
    return Facts(
        article.site,
        article.section,
        frozenset(tag.slug for tag in article.tags),
        frozenset(author.slug for author in article.authors),
        article.kind,
        article.language,
    )


def wants(wanted: Wanted, facts: Facts) -> bool:
    """Say whether the filter lets an article through, whatever happened to it."""
    return (
        (not wanted.sites or facts.site in wanted.sites)
        and (not wanted.sections or facts.section in wanted.sections)
        and (not wanted.tags or not facts.tags.isdisjoint(wanted.tags))
        and (not wanted.authors or not facts.authors.isdisjoint(wanted.authors))
        and (not wanted.kinds or facts.kind in wanted.kinds)
        and (not wanted.languages or any(_speaks(facts.language, language) for language in wanted.languages))
    )


def concerned(
    subscribers: Iterable[Subscriber],
    verb: ToldVerb,
    *,
    site: SiteName,
    facts: Facts | None,
    received: bytes,
    is_secret: bool = False,
) -> list[Subscriber]:
    """Return whom an event concerns.

    Args:
        facts: of the article; None when it was withdrawn.
        received: the bitmap of who has something of it.
        is_secret: nobody outside sees the article, or ever saw it.
    """
    return [
        one
        for one in subscribers
        if _concerns(one, verb, site=site, facts=facts, received=received)
        and (not is_secret or _is_let_in(one, verb, received))
    ]


def has(received: bytes, number: int) -> bool:
    """Say whether the bitmap has this number; bits count from the left, as Redis' SETBIT does."""
    byte, bit = divmod(number, 8)
    return byte < len(received) and bool(received[byte] & (0x80 >> bit))


def with_numbers(received: bytes, numbers: Iterable[int]) -> bytes:
    """Return the bitmap with these numbers in it."""
    bits = bytearray(received)
    for number in numbers:
        byte, bit = divmod(number, 8)
        bits.extend(bytes(max(0, byte + 1 - len(bits))))
        bits[byte] |= 0x80 >> bit
    return bytes(bits)


def without(received: bytes, number: int) -> bytes:
    """Return the bitmap with this number taken out."""
    byte, bit = divmod(number, 8)
    if byte >= len(received):
        return received
    return received[:byte] + bytes([received[byte] & ~(0x80 >> bit)]) + received[byte + 1 :]


def may_hear(subscriber: Subscriber, reference: Reference) -> bool:
    """Say whether what stands in a subscriber's stream may be told: trust may have been taken away since."""
    return reference.verb != "embargoed" or subscriber.embargoed


def _is_let_in(one: Subscriber, verb: ToldVerb, received: bytes) -> bool:
    """Say whether a subscriber may hear what is secret: who holds what was killed hears it in any case."""
    return has(received, one.number) if verb == "killed" else one.embargoed


def _concerns(one: Subscriber, verb: ToldVerb, *, site: SiteName, facts: Facts | None, received: bytes) -> bool:
    wanted = one.wanted
    if wanted.sites and site not in wanted.sites:
        return False
    if verb == "killed":
        return True
    if verb == "unpublished" or facts is None:
        return has(received, one.number)
    is_wanted = not wanted.verbs or verb == "embargoed" or verb in wanted.verbs  # to be trusted is a wish of its own
    return is_wanted and (wants(wanted, facts) or has(received, one.number))


def _speaks(language: str, wanted: str) -> bool:
    language, wanted = language.lower(), wanted.lower()
    return language == wanted or language.startswith(f"{wanted}-")
