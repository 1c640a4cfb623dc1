"""What attackers write into articles, put into every field of every CMS's delivery; and what a browser would obey.

corpus()            tests/fixtures/xss, one Payload an entry
deliveries()        harmless deliveries of every vendor, from tests/fixtures/deliveries and our own format
poisoned(…)         the document that a delivery becomes when every text in it is a payload
executable(html)    what in a page could run, load, frame or send; nothing for a page that is only read
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.feed.formats import Publication
from services.ingest.accept import Intake, candidate_of
from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.conformance import NOW_MS, samples_in
from services.ingest.draft import Draft
from services.ingest.vendors import FETCHED, VENDORS
from services.render.compose.html import Chrome, Theme
from shared.contracts import Document, SourceConfig, SourceName, Teaser, teaser_of
from tests.support.articles import SITE, a_site
from tests.support.cms import an_article_payload

FIXTURES: Final = Path(__file__).parents[1] / "fixtures"
CANARY: Final = "canary.example"  # nobody's; a page that asks for it was told to by an article
HARMLESS: Final = "Harmlos"
HARMLESS_ADDRESS: Final = "https://a.example/harmlos"

Step = str | int
Where = tuple[Step, ...]
Json = Any  # whatever a CMS sends


@dataclass(frozen=True)
class Payload:
    """One attack.

    Args:
        markup: for every text.
        address: for fields that hold an address.
    """

    category: str
    name: str
    markup: str
    address: str


@cache
def corpus() -> tuple[Payload, ...]:
    """Return every payload of tests/fixtures/xss."""
    return tuple(
        Payload(file.stem, entry["name"], entry["markup"], entry.get("address", entry["markup"]))
        for file in sorted((FIXTURES / "xss").glob("*.toml"))
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["payload"]
    )


# --- into every field ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Delivery:
    """A harmless delivery, and where in it a stranger's words can stand."""

    name: str
    adapter: str
    payload: Json
    event: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def open_fields(self) -> tuple[Where, ...]:
        """Every text that can be any text and comes into the article."""
        return tuple(where for where in _texts(self.payload) if self._arrives(where))

    def with_texts(self, text_for: Callable[[str], str]) -> Json:
        """Return the payload with every open field replaced by what `text_for` makes of its harmless text."""
        changed = self.payload
        for where in self.open_fields:
            changed = _replaced(changed, where, text_for)
        return changed

    def _arrives(self, where: Where) -> bool:
        document = _document(self, _replaced(self.payload, where, _something_else))
        if document is None or document.article is None:
            return False
        return HARMLESS.casefold() in document.article.model_dump_json(exclude={"source_id"}).casefold()


@cache
def deliveries() -> tuple[Delivery, ...]:
    """Return deliveries that have every open field of every vendor between them, the richest of each vendor first."""
    ours = an_article_payload() | {
        "kicker": "Markt", "location": "Altstadt", "credit": "dpa", "slug": "markt", "kind": "event",
        "image": _a_picture(), "event": {"starts_at": "2026-11-28T19:00:00Z", "place": "Halle"},
        "correction": {"text": "Das Dach ist aus Holz.", "at": "2026-11-21T09:00:00Z"},
        "authors": [{"name": "Ana Ruiz", "slug": "ana", "url": "https://a.example/ana"}],
        "canonical_url": "https://a.example/markt",
    }  # fmt: skip
    found = [
        Delivery("standard-blocks", "standard", _ours(ours | {"body": _blocks(), "kind": "sponsored"})),
        Delivery("standard-html", "standard", _ours(ours)),
    ]
    for adapter in (*VENDORS, *FETCHED):
        if adapter == "standard":
            continue  # the two above have everything
        samples = [
            Delivery(f"{adapter}-{each.name}", adapter, each.payload, each.event, each.headers)
            for each in samples_in(FIXTURES / "deliveries" / adapter)
        ]
        found += _covering(sorted(samples, key=lambda each: -len(each.open_fields)))
    return tuple(found)


def _covering(deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
    """Give those that have an open field that none before them had."""
    seen: set[Where] = set()
    for delivery in deliveries:
        fields = {tuple("*" if isinstance(step, int) else step for step in where) for where in delivery.open_fields}
        if fields - seen:
            seen |= fields
            yield delivery


def poisoned(delivery: Delivery, payload: Payload) -> Iterator[Document]:
    """Give the documents of a delivery whose every text is the payload: bare, and grown into what fits there."""
    bare = delivery.with_texts(lambda was: payload.address if _is_address(was) else payload.markup)
    grown = delivery.with_texts(
        lambda was: f"{HARMLESS_ADDRESS}?x={payload.markup}" if _is_address(was) else f"Vor {payload.markup} nach"
    )
    for each in (bare, grown):
        document = _document(delivery, each)
        if document is not None:
            yield document


def harmless(delivery: Delivery) -> Document:
    """Return the document of the same delivery with nothing bad in it."""
    document = _document(delivery, delivery.with_texts(lambda was: HARMLESS_ADDRESS if _is_address(was) else HARMLESS))
    assert document is not None
    return document


def _ours(article: Json) -> Json:
    return {"type": "article.corrected", "timestamp": "2026-11-21T09:00:00Z", "data": article}


def _a_picture() -> Json:
    return {"url": "/media/markt.svg", "alt": "Der Markt", "caption": "Im Herbst", "credit": "Jo Brandt"}


def _blocks() -> Json:
    return [
        {"type": "paragraph", "html": "Text"},
        {"type": "paragraph", "text": "Text"},
        {"type": "heading", "level": 2, "html": "Titel"},
        {"type": "image", "image": _a_picture()},
        {"type": "gallery", "images": [_a_picture(), _a_picture()]},
        {"type": "list", "items": ["eins", "zwei"]},
        {"type": "quote", "html": "Zitat", "cite": "Ana Ruiz"},
        {"type": "table", "html": "<table><tr><td>1</td></tr></table>"},
        {"type": "embed", "url": "https://vimeo.com/1", "title": "Film", "provider": "Vimeo"},
        {"type": "code", "text": "print()", "language": "python"},
        {"type": "html", "html": "<details><summary>Mehr</summary>Text</details>"},
        {"type": "wer-weiss", "html": "Text"},
        "Text",
    ]


@cache
def _intake() -> Intake:
    source = SourceConfig.model_validate({"site": SITE, "adapter": "standard", "allow_unsigned": True})
    return Intake(SourceName("cms"), source, SITE, a_site())


def _document(delivery: Delivery, payload: Json) -> Document | None:
    """Adapt, and make it what the store would hold; None when there is no article in it."""
    try:
        circumstances = Circumstances(now_ms=NOW_MS, sent_ms=NOW_MS, event=delivery.event, headers=delivery.headers)
        vendor = VENDORS.get(delivery.adapter) or FETCHED[delivery.adapter]
        draft = vendor.adapt(payload, circumstances)
        if not isinstance(draft, Draft) or draft.content is None:
            return None
        candidate, _ = candidate_of(draft, _intake(), delivery_id="x", received_ms=NOW_MS)
    except PayloadRejected:
        return None
    return Document(
        id=candidate.article_id, site=SITE, state="public", seq=1, revision=candidate.revision,
        path=candidate.paths[0], paths=candidate.paths, article=candidate.article,
    )  # fmt: skip


def _something_else(was: str) -> str:
    return HARMLESS_ADDRESS if _is_address(was) else HARMLESS


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://", "/"))


def _texts(value: Json, at: Where = ()) -> Iterator[Where]:
    match value:
        case str():
            yield at
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, (*at, key))
        case list():
            for i, inner in enumerate(value):
                yield from _texts(inner, (*at, i))


def _replaced(value: Json, where: Where, text_for: Callable[[str], str]) -> Json:
    if not where:
        return text_for(value)
    first, rest = where[0], where[1:]
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[first] = _replaced(value[first], rest, text_for)
    return changed


def teasers_of(documents: Iterable[Document]) -> list[Teaser]:
    """Return what lists and feeds are given of the documents."""
    return [teaser_of(each.article, each.path) for each in documents if each.article and each.path]


@cache
def look() -> tuple[Theme, Chrome]:
    """Return the default theme, and a site in it."""
    theme = Theme.load("default")
    return theme, Chrome.of(SITE, a_site(), theme, ())


def publication() -> Publication:
    """Return what feeds say of the same site."""
    site = a_site()
    return Publication(site.name, site.base_url, site.language, site.description, site.zone)


# --- what a browser would obey ---------------------------------------------------------------------------------------

_RUNS: Final = frozenset(
    {"script", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "link", "style", "template", "slot"}
    | {"form", "input", "button", "select", "textarea", "dialog", "portal", "fencedframe", "svg", "math"}
    | {"title", "noscript", "xmp", "plaintext", "noembed", "noframes"}  # what follows them is read in another way
)
_ADDRESSES: Final = frozenset(
    {"href", "src", "cite", "action", "formaction", "data", "poster", "background", "xlink:href"}
)
_FORBIDDEN: Final = frozenset({"style", "srcdoc", "srcset", "ping", "id", "name", "is", "slot", "popover", "autofocus"})
_INSTRUCTIONS: Final = ("on", "data-", "ng-", "v-", "x-", "hx-", "@", ":")
_HARMLESS_ADDRESS: Final = re.compile(r"(?:https?://|mailto:|/(?!/)|#|\?|$)")
_ID: Final = re.compile(r"\ba[0-9a-f]{24}\b")  # an article's; it follows from what the CMS calls it
_SOME: Final = re.compile(
    r"\.a-ID(?:,\.a-ID)+"
)  # a page hides in its boxes what it shows itself, however many those are
_SLOT_ID: Final = re.compile(r"ad-[a-z0-9-]+")
_SLOT_STYLE: Final = re.compile(r"(?:--[sml]:\d+px;?)+")
_OUR_INCLUDES: Final = re.compile(r"#include virtual=\"/_fragments/[a-z0-9/-]+\.html\" ")


def executable(html: bytes | str) -> Iterator[str]:
    """Give everything in a page that could run, load, frame, send, or cover the page's own names.

    A page has some of that by itself: what an article added is what a harmless article's page has not.
    """
    text = html.decode() if isinstance(html, bytes) else html
    tree = LexborHTMLParser(text)
    assert tree.root is not None
    for node in tree.root.traverse(include_text=True):
        yield from _dangers(node)
    for comment in re.findall(r"<!--(.*?)-->", text, re.DOTALL):
        if not _OUR_INCLUDES.fullmatch(comment):
            yield f"comment {comment}"
    if text.count("<!--") != len(re.findall(r"<!--.*?-->", text, re.DOTALL)):
        yield "a comment that does not end"


def _dangers(node: LexborNode) -> Iterator[str]:
    tag = node.tag or ""
    if tag.startswith("-") or _is_place_for_ads(node):
        return
    if tag == "script" and node.attributes.get("type") == "application/ld+json":
        json.loads(node.text())  # whatever is in it, it is data, and all of it
    elif tag == "meta":
        if "name" not in node.attributes and "property" not in node.attributes:
            yield f"<meta> {sorted(node.attributes.items())}"
        return
    elif tag in _RUNS or ":" in tag or "-" in tag:
        said = _SOME.sub(".a-ID", _ID.sub("ID", node.text())) if tag in {"script", "style"} else ""
        yield f"<{tag}> {_stable(tag, node.attributes)} {said}"
    for name, given in node.attributes.items():
        value = given or ""
        is_odd = name in _FORBIDDEN or name.startswith(_INSTRUCTIONS)
        if is_odd or (name in _ADDRESSES and not _HARMLESS_ADDRESS.match(value)):
            yield f"{tag} {name}={value}"
        elif name in {"href", "src"} and urlsplit(value).hostname == CANARY and tag not in {"a", "img"}:
            yield f"{tag} loads {value}"


def _is_place_for_ads(node: LexborNode) -> bool:
    """Say whether it is the theme's own: how many there are follows from how much an article says."""
    given = node.attributes
    is_ours = (given.get("class") or "").startswith("ad ad-") and _SLOT_ID.fullmatch(given.get("id") or "")
    return bool(node.tag == "aside" and is_ours and _SLOT_STYLE.fullmatch(given.get("style") or ""))


def _stable(tag: str, attributes: Mapping[str, str | None]) -> str:
    """Write the attributes without the one that an article may say: where its canonical address is."""
    told = {"href"} if tag == "link" and attributes.get("rel") == "canonical" else set()
    return " ".join(f"{name}={value}" for name, value in sorted(attributes.items()) if name not in told)


def added(html: bytes | str, *, to: Sequence[str]) -> list[str]:
    """Return what is executable in a page and not among what a harmless page has."""
    return sorted(set(executable(html)) - set(to))
