"""Deliveries on their way into the store, and what the store holds afterwards."""

import hashlib
from datetime import UTC, datetime

from redis.asyncio import Redis

from shared.contracts import Article, ArticleId, Correction, Document, Revision, UrlPath
from shared.contracts.keys import Keys
from shared.contracts.lists import ListName
from shared.contracts.revision import Scheme
from shared.contracts.verbs import DeclaredVerb
from shared.runtime.articles import Articles, Candidate
from tests.support.articles import SITE, SOURCE

KEYS = Keys("s1")
DAY = datetime(2026, 11, 23, tzinfo=UTC)
A, B, C = (ArticleId("a" + letter * 24) for letter in "123")


def a_candidate(
    article_id: ArticleId = A,
    number: int = 1,
    *,
    verb: DeclaredVerb = "published",
    slug: str = "markt",
    headline: str = "Der Markt",
    corrections: tuple[str, ...] = (),
    time_ms: int | None = None,
    scheme: Scheme = "revision",
    delivery_id: str = "",
    republish: bool = False,
    bulk: bool = False,
    public_ms: int = 0,
    expires_ms: int = 0,
    minor: bool = False,
    parent: ArticleId | None = None,
    frame: tuple[str, str] = ("", ""),
    updated_at: datetime = DAY,
) -> Candidate:
    digest = hashlib.sha256(f"{headline}/{slug}/{public_ms}/{expires_ms}/{minor}".encode()).hexdigest()[:16]
    withdrawn = verb in {"unpublished", "killed"}
    revision = Revision(
        scheme=scheme,
        number=number,
        time_ms=number * 1000 if time_ms is None else time_ms,
        digest="0" * 16 if withdrawn else digest,
    )
    article = None
    if not withdrawn:
        article = Article(
            id=article_id, site=SITE, source=SOURCE, source_id=article_id, revision=revision,
            section="stadt", slug=slug, headline=headline, published_at=DAY, updated_at=updated_at, minor=minor,
            corrections=tuple(Correction(text=text, at=DAY) for text in corrections),
        )  # fmt: skip
    paths = (
        ()
        if withdrawn
        else tuple(UrlPath(f"/stadt/{slug}{end}/") for end in ("", f"-{article_id[1:7]}", f"-{article_id}"))
    )
    return Candidate(
        verb,
        article_id,
        SITE,
        SOURCE,
        revision,
        article,
        paths,
        delivery_id,
        republish=republish,
        bulk=bulk,
        parent=parent,
        frame=frame,
        public_ms=0 if withdrawn else public_ms,
        expires_ms=0 if withdrawn else expires_ms,
        lists=() if withdrawn else (ListName("section:stadt"), ListName(f"tag:{slug}"), ListName("month:2026-11")),
    )


async def newest(articles: Articles, article_id: ArticleId = A) -> Document:
    (document,) = await articles.newest(SITE, [article_id])
    assert document is not None
    return document


async def signals(redis: Redis, lane: str) -> list[dict[bytes, bytes]]:
    return [fields for _, fields in await redis.xrange(KEYS.stream(lane))]
