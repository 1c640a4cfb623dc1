"""Take a name out of an article and of all that is kept of its earlier revisions, and have its pages made again.

The document, its corrections, the note, event payloads that partners may still ask for, and dead letters; refused
deliveries that have the name in them are forgotten, texts in the streams of partners who read Redis are deleted (what
stands there instead is the article as it is now), and previews end. The CMS still has the name: change it there as
well, or its next delivery brings it back.
"""

from collections.abc import Mapping
from typing import Any, Final

from litfass.house import House
from litfass.operate.dead import Letter, letters
from litfass.operate.names import Names
from services.feed.subscribers.relay import take_back
from services.ingest.rejected import forget
from shared.contracts import upcast
from shared.contracts.article import Correction
from shared.contracts.base import ArticleId, SiteName, SourceName
from shared.contracts.keys import DEAD_STREAM, EMBARGOED_STREAM
from shared.runtime.articles import DAY_S, PAYLOAD_DAYS, pack, unpack
from shared.runtime.broker import away, closing, connect
from shared.runtime.clock import system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.scripts import Script

TRIES: Final = 5  # an article that changes more often than that in a moment is being worked on
CORRECTION: Final = b"correction:"

_ANONYMISE: Final = Script.of("litfass.operate", "anonymise.lua")

Fields = dict[bytes, bytes]


class StillChanging(LitfassError):
    """The article changes while it is being anonymised; try again in a moment."""

    reason = "still_changing"


async def anonymise(house: House, text: str, *, names: Names) -> dict[str, Any]:
    """Take `names` out of the article that `text` names; return what was cleaned, and what is left for hands.

    Raises NoSuchArticle, StillChanging, RedisAway.
    """
    site, article_id = await house.find(text)
    for _ in range(TRIES):
        if answer := await _once(house, site, article_id, names):
            return answer
    raise StillChanging


async def _once(house: House, site: SiteName, article_id: ArticleId, names: Names) -> dict[str, Any] | None:
    keys = house.articles.keys(site)
    with away():
        before: Fields = await house.client.hgetall(keys.article(article_id))
        payloads: Fields = await house.client.hgetall(keys.payloads(article_id))
    cleaned = _changed(before, {name: _field(name, value, names) for name, value in before.items()})
    told = _changed(payloads, {event: _payload(value, names) for event, value in payloads.items()})
    parked = [letter for letter in await letters(house) if _is_about(letter, article_id, names)]
    refused = await _forget_refused(house, site, article_id, before, names)
    answer = {
        "status": "anonymised" if cleaned or told or parked or refused else "not found",
        "article_id": article_id,
        "url": f"{house.config.sites()[site].base_url}{before[b'path'].decode()}" if b"path" in before else None,
        "cleaned": {"fields": len(cleaned), "payloads": len(told), "dead_letters": len(parked), "refused": refused},
        "warnings": [*_left(before, names), "the CMS still has the name: change it there too, or it comes back"],
    }
    if not (cleaned or told or parked):
        return answer
    places = [
        keys.article(article_id),
        keys.payloads(article_id),
        keys.stream(DEAD_STREAM),
        keys.stream("articles"),
        keys.changed(),
        keys.seq(),
        keys.timeline(article_id),
        keys.stream(EMBARGOED_STREAM),
        keys.embargoed_changed(),
        keys.copies(article_id),
        *(keys.previews(item) for item in _items(article_id, before)),
    ]
    arguments: list[str | bytes | int] = [article_id, before[b"seq"], site, system_clock(), PAYLOAD_DAYS * DAY_S]
    for changes in (cleaned, told):
        arguments += [len(changes), *(part for pair in changes.items() for part in pair)]
    for letter in parked:
        words = [part for name, value in letter.fields.items() for part in (name, names.out_of(value))]
        arguments += [letter.id, len(words), *words]
    if there := house.config.redis.syndication:  # first: when it is away, nothing is half done
        async with closing(connect(there)) as client:
            await take_back(client, keys, article_id, seq=int(before[b"seq"]))
    return answer if await _ANONYMISE.call(house.client, places, arguments) else None


async def _forget_refused(house: House, site: SiteName, article_id: ArticleId, before: Fields, names: Names) -> int:
    """Forget refused deliveries of the article, by each of its items, that have the name in them."""
    source = SourceName(before[b"source"].decode())
    return sum(
        [
            await forget(
                house.client,
                house.articles.keys(site),
                site=site,
                source=source,
                article_id=item,
                only=names.is_in,
            )
            for item in _items(article_id, before)
        ]
    )


def _items(article_id: ArticleId, before: Fields) -> list[ArticleId]:
    """Return the article and the items that are part of it, by the ids that their own source ids give."""
    others = b" ".join([before.get(b"member", b""), before.get(b"replaced", b"")]).decode().split()
    return [ArticleId(item) for item in dict.fromkeys([article_id, *others])]


def _changed(before: Fields, after: Fields) -> Fields:
    return {name: value for name, value in after.items() if value != before[name]}


def _field(name: bytes, value: bytes, names: Names) -> bytes:
    """One field of an article's hash, cleaned. A correction keeps its name: it must not come a second time."""
    if name == b"doc":
        return _doc(value, names)
    if name == b"note":
        return names.out_of(value.decode()).encode()
    if name.startswith(CORRECTION):
        correction = upcast.read(Correction, value)
        cleaned = names.out_of(correction.text) or "N. N."
        return correction.model_copy(update={"text": cleaned}).model_dump_json().encode()
    return value


def _payload(value: bytes, names: Names) -> bytes:
    """A kept event: verb, path and time stay, the article is cleaned."""
    *head, doc = value.split(b"\n", 3)
    return b"\n".join([*head, _doc(doc, names)])


def _doc(blob: bytes, names: Names) -> bytes:
    article = unpack(blob)
    cleaned = names.out_of_article(article)
    return blob if cleaned == article else pack(cleaned)


def _is_about(letter: Letter, article_id: ArticleId, names: Names) -> bool:
    is_its = letter.fields.get("m:article_id") == article_id
    return is_its and any(names.is_in(value) for value in letter.fields.values())


def _left(before: Mapping[bytes, bytes], names: Names) -> list[str]:
    """Say where the name stands in addresses, which only a new slug or picture can change."""
    article = unpack(before[b"doc"]) if b"doc" in before else None
    language = article.language if article else "de"
    left = [
        f"{path}: the address has the name in it; give the article another slug in the CMS"
        for path in before.get(b"paths", b"").decode().split("\n")
        if names.is_in_address(path, language)
    ]
    if article is not None and article.image and names.is_in_address(article.image.url.lower(), language):
        left.append(f"image.url: {article.image.url} has the name in it; give the picture another one")
    return left
