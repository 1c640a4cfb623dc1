"""IPTC ninjs 3.1: one article as news agencies' systems take it. Pure. Source: iptc.org/std/ninjs, schema 3.1."""

from collections.abc import Iterator
from typing import Any, Final

from services.feed.formats import Publication, item_id, page_of, rfc3339, title_of, updated_at
from services.feed.formats.body import html_of, text_of
from shared.contracts.article import Article
from shared.contracts.base import UrlPath
from shared.contracts.blocks import Gallery, ImageBlock
from shared.contracts.media import Image
from shared.contracts.teaser import Teaser, teaser_of

MEDIA_TYPE: Final = "application/vnd.iptc.ninjs+json"
STANDARD: Final = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}
PLAIN, HTML = "text/plain", "text/html"

Json = dict[str, Any]


def item(article: Article, path: UrlPath, *, number: int, publication: Publication) -> Json:
    """Return the article; what is empty is left out.

    Args:
        number: of its revision.
    """
    teaser = teaser_of(article, path)
    body = html_of(article.body, publication.url)
    fields: Json = {
        "uri": item_id(teaser, publication),
        "standard": STANDARD,
        "type": "text",
        "representationType": "partial" if article.members_only else "full",
        "version": str(number),
        "firstCreated": rfc3339(article.published_at, publication.zone),
        "versionCreated": rfc3339(updated_at(teaser), publication.zone),
        "pubStatus": "usable",
        "language": article.language,
        "by": ", ".join(author.name for author in article.authors),
        "slugline": article.slug,
        "located": article.location,
        "headlines": _said(("main", title_of(teaser, publication)), ("kicker", article.kicker)),
        "descriptions": _said(("summary", article.standfirst), ("correction", teaser.correction)),
        "bodies": _bodies(body),
        "people": [
            {"rel": "creator", "name": author.name, "literal": author.slug} for author in article.authors
        ],
        "subjects": [
            {"rel": "section", "literal": article.section},
            *({"rel": "subject", "name": tag.name, "literal": tag.slug} for tag in article.tags),
        ],
        "infoSources": [
            *([{"role": "origin", "name": article.credit}] if article.credit else ()),
            {"role": "publisher", "name": publication.name, "uri": publication.url("/")},
        ],
        "altIds": [{"role": "id", "value": article.id}, {"role": "source", "value": article.source_id}],
        "renditions": [{"name": "page", "href": page_of(teaser, publication), "contentType": HTML}],
        "associations": list(_pictures(article, teaser, publication)),
        "expires": rfc3339(article.expires_at, publication.zone) if article.expires_at else "",
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def _said(*rows: tuple[str, str]) -> list[Json]:
    return [{"role": role, "contentType": PLAIN, "value": value} for role, value in rows if value]


def _bodies(html: str) -> list[Json]:
    text = text_of(html)
    counts = {"charCount": len(text), "wordCount": len(text.split())}
    return [{"role": "main", "contentType": HTML, **counts, "value": html}] if html else []


def _pictures(article: Article, teaser: Teaser, publication: Publication) -> Iterator[Json]:
    """Yield the lead picture and those of the body, each under its own uri."""
    inside = [
        image
        for block in article.body
        if isinstance(block, ImageBlock | Gallery)
        for image in ([block.image] if isinstance(block, ImageBlock) else block.images)
    ]
    named = [
        *([("main", article.image)] if article.image else ()),
        *((f"body-{n}", i) for n, i in enumerate(inside, 1)),
    ]
    for name, image in named:
        yield _picture(name, image, f"{item_id(teaser, publication)}/{name}", publication)


def _picture(name: str, image: Image, uri: str, publication: Publication) -> Json:
    rendition: Json = {"name": "main", "href": publication.url(image.url), "width": image.width, "height": image.height}
    fields: Json = {
        "name": name,
        "uri": uri,
        "type": "picture",
        "rel": "featured" if name == "main" else "inline",
        "by": image.credit,
        "descriptions": _said(("caption", image.caption), ("alt", image.alt)),
        "renditions": [{key: value for key, value in rendition.items() if value}],
    }
    return {key: value for key, value in fields.items() if value}
