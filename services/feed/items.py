"""One article as the API tells it: JSON of the contract with `url` and `revision`, some fields of it, or ninjs 3.1."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from services.feed.formats import ninjs
from services.feed.titles import publication_of
from shared.contracts.base import ArticleId
from shared.contracts.config import SiteConfig
from shared.contracts.document import Document
from shared.runtime.articles import read_document

Form = Literal["json", "ninjs"]
REMEMBERED: Final = 1_000  # of some 10 KB each

Row = Mapping[bytes, bytes]  # an article as it is stored


class Items:
    """Writes articles of one site; what is stored alike is written once."""

    def __init__(self, site: SiteConfig) -> None:
        self._site = site
        self._publication = publication_of(site)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._write)

    def of(self, article_id: ArticleId, row: Row, *, form: Form, fields: tuple[str, ...] = ()) -> bytes | None:
        """Return the article's JSON; None when the public may not have it."""
        whole = self._remembered(article_id, frozenset(row.items()), form)
        if whole is None or not fields:
            return whole
        told = json.loads(whole)
        return _json({name: told[name] for name in fields})

    def _write(self, article_id: ArticleId, stored: frozenset[tuple[bytes, bytes]], form: Form) -> bytes | None:
        document = read_document(article_id, dict(stored))
        return self.write(document, form=form) if document and is_public(document) else None

    def write(self, document: Document, *, form: Form) -> bytes:
        """Return a public article's JSON."""
        article, path, number = document.article, document.path, document.revision.number
        assert article is not None
        assert path is not None
        if form == "ninjs":
            return _json(ninjs.item(article, path, number=number, publication=self._publication))
        told = article.model_dump(mode="json")
        return _json({**told, "revision": number, "url": f"{self._site.base_url}{path}"})


def is_public(document: Document) -> bool:
    """Say whether readers may have the article."""
    return document.state == "public" and document.article is not None and document.path is not None


def _json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
