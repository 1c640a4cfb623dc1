"""What an article's own page says of it to machines: JSON-LD of schema.org → an item of JSON Feed. Pure.

Taken only when it is the page's own article, has its whole text (`articleBody`) and is free to read. `articleBody` is
plain text: pictures, headings and links of the page are not in it. Source: schema.org/NewsArticle, and
developers.google.com/search/docs/appearance/structured-data/paywalled-content.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from services.ingest.reconcile import Item
from services.ingest.reconcile.compare import names_of

MOST_NODES: Final = 2_000  # objects of a page's linked data that are looked at
DEPTH: Final = 30
_ARTICLES: Final = ("NewsArticle", "Article", "BlogPosting", "LiveBlogPosting")  # ReportageNewsArticle … end so too
_LINKS: Final = 'link[rel~="shortlink"], link[rel~="alternate"][type="application/json"]'


@dataclass(frozen=True)
class Page:
    """An article's page.

    Args:
        item: the article; None when it cannot be taken from here.
        reason: why not.
        links: short links and the like, in which some CMSs write the article's id.
    """

    item: Item | None = None
    reason: str = ""
    links: tuple[str, ...] = ()


def page_of(body: bytes, url: str) -> Page:
    """Return what a page says of its article.

    Args:
        url: where it was found in the end.
    """
    tree = LexborHTMLParser(body.decode(errors="replace"))
    links = tuple(node.attributes.get("href") or "" for node in tree.css(_LINKS))
    scripts = (node.text() for node in tree.css('script[type="application/ld+json"]'))
    articles = [node for script in scripts for node in _nodes(_parsed(script)) if _is_article(node)]
    named = [node for node in articles if names_of(url) & _addresses(node)]
    if not named and len(articles) == 1 and not _addresses(articles[0]):
        named = articles
    if not named:
        return Page(reason="its page has no NewsArticle of its own in its JSON-LD", links=links)
    whole = next((node for node in named if _text(node, "articleBody").strip()), None)
    if any(not _is_free(node) for node in named):
        return Page(reason="it is for members (isAccessibleForFree)", links=links)
    if whole is None:
        return Page(reason="the NewsArticle of its page has no articleBody", links=links)
    return Page(_item(whole, url), links=links)


def _parsed(script: str) -> object:
    try:
        return json.loads(script)
    except (ValueError, RecursionError):
        return None  # pages have several, and one that is broken says nothing


def _nodes(value: object) -> Iterator[Mapping[str, Any]]:
    """Give every object in linked data, wherever it nests, so many and so deep at most."""
    waiting, count = [(value, 0)], 0
    while waiting and count < MOST_NODES:
        inner, depth = waiting.pop(0)
        if isinstance(inner, dict):
            count += 1
            yield inner
        if depth < DEPTH and isinstance(inner, dict | list):
            waiting += [(each, depth + 1) for each in (inner.values() if isinstance(inner, dict) else inner)]


def _is_article(node: Mapping[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and kind.rpartition("/")[2].endswith(_ARTICLES)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _addresses(node: Mapping[str, Any]) -> frozenset[str]:
    """Return whose article it says it is: a page may show others in a box."""
    found: frozenset[str] = frozenset()
    for name in ("url", "mainEntityOfPage", "@id"):
        value = node.get(name)
        written = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(written, str) and written.startswith(("http:", "https:")):
            found |= names_of(written)
    return found


def _is_free(node: Mapping[str, Any]) -> bool:
    """Say whether all of it is free: `isAccessibleForFree` may be false, "False" or a URL, also of a part."""
    parts = node.get("hasPart")
    inside = parts if isinstance(parts, list) else [parts]
    said = [each.get("isAccessibleForFree") for each in (node, *inside) if isinstance(each, dict)]
    return not any(str(value).lower().rpartition("/")[2] == "false" for value in said)


def _item(node: Mapping[str, Any], url: str) -> Item:
    sections, keywords = _words(node.get("articleSection")), _words(node.get("keywords"))
    return {
        "url": url,
        "title": _text(node, "headline") or _text(node, "name"),
        "content_text": _text(node, "articleBody"),
        "summary": _text(node, "description"),
        "date_published": _text(node, "datePublished"),
        "date_modified": _text(node, "dateModified"),
        "authors": list(_people(node.get("author"))),
        "tags": [*sections, *keywords],
        "language": _text(node, "inLanguage"),
        "image": _address_of(node.get("image")),
        "_credit": next((each["name"] for each in _people(node.get("publisher"))), ""),
    }


def _people(value: object) -> Iterator[dict[str, str]]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield {"name": _text(each, "name"), "url": _text(each, "url")}
        elif isinstance(each, str):
            yield {"name": each}


def _words(value: object) -> list[str]:
    """Return keywords: a list, or one text with commas."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _address_of(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return _text(first, "url") if isinstance(first, dict) else first if isinstance(first, str) else ""


def _text(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""
