"""What the store holds of one article: its newest state and everything that decides about it."""

from typing import Literal

from pydantic import Field

from shared.contracts.article import Article
from shared.contracts.base import ARTICLE_ID_PATTERN, ArticleId, Contract, Moment, SiteName, UrlPath
from shared.contracts.revision import Revision

State = Literal["public", "scheduled", "unpublished", "killed"]


class Document(Contract):
    """The newest state of an article; without `article` it is a tombstone.

    Args:
        seq: place in the order of all changes of the shard; what a later writer compares ("look again").
        path: where it is, or was last, published; None when it never had a path.
        paths: every path it ever had, oldest first, `path` among them.
        note: the editor's words for readers of a withdrawn article.
        public_at: when the clock makes a `scheduled` article public; nobody outside the house sees it before.
        expires_at: when the clock unpublishes it.
        resurface_at: when an operator puts, or put, it on top of its lists; the article may say so itself, too.
    """

    id: ArticleId = Field(pattern=ARTICLE_ID_PATTERN)
    site: SiteName
    state: State
    seq: int
    revision: Revision
    path: UrlPath | None = None
    paths: tuple[UrlPath, ...] = ()
    article: Article | None = None
    note: str = ""
    withdrawn_at: Moment | None = None
    public_at: Moment | None = None
    expires_at: Moment | None = None
    resurface_at: Moment | None = None

    @property
    def old_paths(self) -> tuple[UrlPath, ...]:
        """Paths that once led here and no longer do."""
        return tuple(path for path in self.paths if path != self.path)
