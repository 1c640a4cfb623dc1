"""Builders: a complete thing of each kind, and only what a test is about said by the test.

an_article(section="sport")      every other field has a sensible value
a_document(an_article())         what the store holds of it, published at its permalink
a_tombstone(state="killed")      what is left of a withdrawn article
a_teaser(headline="…")           what lists show; made from the article, so that it can never disagree
a_site(language="en")            one publication
a_paragraph("…"), an_image()     parts of a body
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts import (
    Article,
    ArticleId,
    Author,
    Document,
    EventDetails,
    Image,
    Revision,
    SiteConfig,
    SiteName,
    SourceName,
    Tag,
    Teaser,
    UrlPath,
    teaser_of,
)
from shared.contracts.blocks import Block, Heading, Paragraph
from shared.contracts.document import State

SITE = SiteName("kurier")
SOURCE = SourceName("rathaus")
PUBLISHED = datetime(2026, 11, 21, 13, 3, tzinfo=UTC)
PROSE = (
    "Der Rat hat am Abend über die neue Brücke beraten und nach drei Stunden beschlossen dass sie im Frühjahr "
    "gebaut wird obwohl die Kosten noch einmal gestiegen sind und der Fluss im Winter selten so hoch stand"
)


def an_id(number: int = 1) -> ArticleId:
    """Return the id of the `number`th article."""
    return ArticleId(f"a{number:024x}")


def a_revision(number: int = 1, **changes: Any) -> Revision:
    """Return a revision as a CMS with whole numbers gives it."""
    fields: dict[str, Any] = {
        "scheme": "revision",
        "number": number,
        "time_ms": 1_795_266_180_000 + number,
        "digest": f"{number:016x}",
    }
    return Revision.model_validate(fields | changes)


def a_paragraph(text: str = "", *, words: int = 40) -> Paragraph:
    """Return running text: `text`, or German prose of so many words."""
    once = PROSE.split()
    prose = (once * (words // len(once) + 1))[:words]
    return Paragraph(html=text or " ".join(prose) + ".")


def a_body(paragraphs: int = 3, *, words: int = 40) -> tuple[Block, ...]:
    """Return a body of paragraphs with a heading before the last."""
    texts: list[Block] = [a_paragraph(words=words) for _ in range(paragraphs)]
    texts.insert(-1, Heading(html="Wie es weitergeht"))
    return tuple(texts)


def an_image(**changes: Any) -> Image:
    """Return a picture of the site's own, with everything that one can say about it."""
    fields: dict[str, Any] = {
        "url": "/media/bruecke.svg",
        "alt": "Die alte Brücke im Nebel",
        "caption": "Noch bis März steht die alte Brücke.",
        "credit": "Mara Lindt",
        "width": 1200,
        "height": 800,
    }
    return Image.model_validate(fields | changes)


def an_event(**changes: Any) -> EventDetails:
    """Return when and where something happens."""
    start = PUBLISHED + timedelta(days=7)
    fields: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=2), "place": "Stadthalle"}
    return EventDetails.model_validate(fields | changes)


def an_article(**changes: Any) -> Article:
    """Return a public article; `number=7` makes it the seventh: its id, slug, headline and time follow."""
    number: int = changes.pop("number", 1)
    published = PUBLISHED + timedelta(minutes=number)
    fields: dict[str, Any] = {
        "id": an_id(number),
        "site": SITE,
        "source": SOURCE,
        "source_id": str(number),
        "revision": a_revision(number),
        "section": "stadt",
        "slug": f"neue-bruecke-{number}",
        "kicker": "Verkehr",
        "headline": f"Die neue Brücke kommt im Frühjahr ({number})",
        "standfirst": "Der Rat stimmt dem Bau zu, wenn auch knapp.",
        "body": a_body(),
        "authors": (Author(name="Mara Lindt", slug="mara-lindt"),),
        "tags": (Tag(name="Brücke", slug="bruecke"), Tag(name="Rat", slug="rat")),
        "language": "de",
        "location": "Altstadt",
        "published_at": published,
        "updated_at": published,
    }
    return Article.model_validate(fields | changes)


def a_document(article: Article | None = None, **changes: Any) -> Document:
    """Return what the store holds of `article`, published at /{section}/{slug}/."""
    article = article or an_article()
    path = UrlPath(f"/{article.section}/{article.slug}/")
    fields: dict[str, Any] = {
        "id": article.id,
        "site": article.site,
        "state": "public",
        "seq": 1,
        "revision": article.revision,
        "path": path,
        "paths": (path,),
        "article": article,
    }
    return Document.model_validate(fields | changes)


def a_tombstone(article: Article | None = None, *, state: State = "killed", **changes: Any) -> Document:
    """Return what is left of an article that was taken back."""
    withdrawal: dict[str, Any] = {
        "state": state,
        "article": None,
        "note": "Die Redaktion hat diesen Beitrag zurückgezogen.",
        "withdrawn_at": PUBLISHED + timedelta(hours=1),
    }
    return a_document(article).model_copy(update=withdrawal | changes)


def a_teaser(article: Article | None = None, *, path: str = "", **changes: Any) -> Teaser:
    """Return what lists show of `article`; `changes` are the article's."""
    article = article or an_article(**changes)
    return teaser_of(article, UrlPath(path or f"/{article.section}/{article.slug}/"))


def teasers(count: int, **changes: Any) -> list[Teaser]:
    """Return the teasers of articles number `count` down to 1: newest first, as lists give them."""
    return [a_teaser(number=number, **changes) for number in range(count, 0, -1)]


def a_site(**changes: Any) -> SiteConfig:
    """Return a German local paper with three sections."""
    fields: dict[str, Any] = {
        "name": "Der Kurier",
        "url": "https://kurier.example",
        "language": "de",
        "timezone": "Europe/Berlin",
        "sections": {"stadt": "Stadt", "kultur": "Kultur", "sport": "Sport"},
        "description": "Nachrichten aus der Stadt und von ihren Rändern.",
    }
    return SiteConfig.model_validate(fields | changes)
