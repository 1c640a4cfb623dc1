"""Lists of one site over a real Valkey, as a test writes and reads them, at a time that the test sets."""

from dataclasses import dataclass

from redis.asyncio import Redis

from services.feed.index import Change, Lists, Placed
from shared.contracts import Article, Document, lists, upcast
from shared.contracts.base import UrlPath
from shared.contracts.keys import Keys
from shared.contracts.lists import ListName
from shared.contracts.signals import ListsChanged, Signal
from shared.contracts.verbs import WITHDRAWALS, DeclaredVerb
from shared.runtime.articles import Acceptance, Articles, Candidate
from shared.runtime.clock import milliseconds
from shared.runtime.lists import ListReader
from tests.support.articles import PUBLISHED, SITE, a_revision

KEYS = Keys("s1")


@dataclass
class SetClock:
    """A clock that stands still until the test moves it."""

    now_ms: int = milliseconds(PUBLISHED) + 86_400_000

    def __call__(self) -> int:
        return self.now_ms


@dataclass
class Newsroom:
    """The lists of one site, as a test writes and reads them."""

    redis: Redis
    lists: Lists
    reader: ListReader
    articles: Articles
    clock: SetClock

    async def place(self, *documents: Document) -> list[Placed]:
        return await self.lists.place(SITE, [Change(document, received_ms=self.clock() - 5) for document in documents])

    async def accept(
        self, article: Article, *, verb: DeclaredVerb = "published", number: int = 0, note: str = "", public_ms: int = 0
    ) -> Acceptance:
        """Give the store a delivery of `article`, the `number`th (default: the article's own)."""
        is_public = verb not in WITHDRAWALS
        return await self.articles.accept(
            Candidate(
                verb=verb,
                article_id=article.id,
                site=article.site,
                source=article.source,
                revision=a_revision(number) if number else article.revision,
                article=article if is_public else None,
                paths=(UrlPath(f"/{article.section}/{article.slug}/"),) if is_public else (),
                lists=(lists.section(article.section),) if is_public else (),
                note=note,
                received_ms=self.clock() - 5,
                public_ms=public_ms,
            )
        )

    async def signals(self, lane: str = "articles") -> list[Signal]:
        """Every signal on a lane, oldest first."""
        entries = await self.redis.xrange(KEYS.stream(lane))
        return [
            upcast.read(Signal, {key.decode(): value.decode() for key, value in fields.items()})
            for _, fields in entries
        ]

    async def ids(self, name: str) -> list[int]:
        """The numbers of the articles in a list, in its order."""
        rows = await self.reader.page(SITE, ListName(name), after=None, limit=1000)
        return [int(article_id[1:], 16) for article_id, _ in rows]

    async def front(self, name: str) -> list[int]:
        """The numbers of the articles at the front of a list, as readers see it."""
        return [int(teaser.id[1:], 16) for teaser in await self.reader.front(SITE, ListName(name), limit=1000)]

    async def announced(self) -> list[ListsChanged]:
        """Every entry of the stream `lists`, oldest first."""
        entries = await self.redis.xrange(KEYS.stream("lists"))
        return [
            ListsChanged.from_wire({key.decode(): value.decode() for key, value in fields.items()})
            for _, fields in entries
        ]

    async def state(self) -> dict[str, object]:
        """Everything that lists are made of but how often they changed."""
        found: dict[str, object] = {}
        for key in sorted(await self.redis.keys("*:list:*")):
            found[key.decode()] = await self.redis.zrange(key, 0, -1, withscores=True)
        found["teasers"] = await self.redis.hgetall(KEYS.teasers(SITE))
        found["indexed"] = {
            key: sorted(value.split(b"\n")) for key, value in (await self.redis.hgetall(KEYS.indexed(SITE))).items()
        }
        due = await self.redis.zrange(KEYS.due(SITE), 0, -1, withscores=True)
        found["due"] = [row for row in due if row[0].startswith((b"event:", b"breaking:", b"resurface:"))]
        return found
