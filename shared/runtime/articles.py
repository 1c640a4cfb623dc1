"""The one truth: accept a delivery, and read the newest document of an article.

    accept(candidate) → Acceptance      one script (accept.lua), one round trip
    newest(site, ids) → documents       one pipeline; corrections merged
    owner(site, path) → article id      who has, or ever had, this path

What a delivery may become: accepted, duplicate (seen before), stale (something newer is here), unchanged (equal
content; the revision still advances), killed (refused: a kill is final until released), scheduled (stored, nobody
sees it before its time), expired (stored as no longer to be seen). ADR-0002, ADR-0012.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, cast

from redis.exceptions import ResponseError

from shared.contracts import upcast
from shared.contracts.article import Article, Correction
from shared.contracts.base import ArticleId, SiteName, SourceName, UrlPath
from shared.contracts.document import Document, State
from shared.contracts.keys import DEAD_STREAM, EMBARGOED_STREAM, Keys, shard_of
from shared.contracts.lists import ListName
from shared.contracts.revision import Revision, Scheme
from shared.contracts.verbs import DeclaredVerb, Verb
from shared.runtime.broker import Client, away, is_away
from shared.runtime.clock import Clock, milliseconds, moment, system_clock
from shared.runtime.errors import LitfassError, RedisAway
from shared.runtime.scripts import Call, Script

COMPRESSION: Final = 1  # zlib's fastest: 5 KB in 40 µs, to 45 %; level 6 takes three times as long for 3 % less
MOVES: Final = 8  # times that a delivery may be sent on to the article that it is part of
REPLICA_WAIT_MS: Final = 800  # below the client's own timeout
DAY_S: Final = 86_400
PAYLOAD_DAYS: Final = 30  # how long what happened can be told again

_ACCEPT = Script.of("shared.runtime", "accept.lua")
_RELEASE = Script.of("shared.runtime", "release.lua")

Outcome = Literal["accepted", "duplicate", "stale", "unchanged", "killed", "scheduled", "expired"]


@dataclass(frozen=True)
class Candidate:
    """A delivery that was verified and adapted, on its way into the store.

    Args:
        article: the whole article; None for `unpublished` and `killed`.
        paths: wished-for paths, best first; it gets the first that no other article has or had.
        delivery_id: what makes a repetition known; empty = only the revision does.
        received_ms: when the first byte came, milliseconds since 1970.
        bulk: import or rebuild: takes the lane that never delays news.
        republish: the source's setting that lets a later publish lift a kill.
        member: the id that its own source id gives; None = `article_id`. Items of a CMS that take each other's place
            are one article.
        parent: the id that the source id of the item it takes the place of gives.
        frame: what stands before and after the slug in its paths, for articles whose CMS has no slugs: an address
            that differs by its slug only is kept. Empty = the slug is the CMS's own, and a new one moves the article.
        lists: which it is in, so that after a kill each can be looked at.
        public_ms: not to be seen before, milliseconds since 1970; 0 or in the past = at once.
        expires_ms: not to be seen from then on, milliseconds since 1970; 0 = for ever.
        warnings: for its timeline, without a word of its text.
    """

    verb: DeclaredVerb
    article_id: ArticleId
    site: SiteName
    source: SourceName
    revision: Revision
    article: Article | None = None
    paths: tuple[UrlPath, ...] = ()
    delivery_id: str = ""
    note: str = ""
    received_ms: int = 0
    traceparent: str = ""
    bulk: bool = False
    republish: bool = False
    member: ArticleId | None = None
    parent: ArticleId | None = None
    frame: tuple[str, str] = ("", "")
    lists: tuple[ListName, ...] = ()
    public_ms: int = 0
    expires_ms: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Acceptance:
    """What became of a candidate.

    Args:
        verb: what the change amounts to for whoever sees the article; None when nobody sees a change.
        public_ms: when a `scheduled` one becomes public, milliseconds since 1970.
    """

    outcome: Outcome
    verb: Verb | None
    event_id: str
    article_id: ArticleId
    revision: Revision
    path: UrlPath | None
    seq: int
    public_ms: int = 0


class NotReplicated(RedisAway):
    """The delivery is stored, but no replica confirmed it in time; the CMS should send it again."""

    reason = "not_replicated"


class Articles:
    """The documents of all sites, wherever their shard is."""

    def __init__(
        self,
        client: Client,
        *,
        shards: int,
        clock: Clock = system_clock,
        dedupe_window_s: int = DAY_S,
        payload_days: int = PAYLOAD_DAYS,
        replicated: bool = False,
    ) -> None:
        self._client = client
        self._shards = shards
        self._clock = clock
        self._dedupe_window_s = dedupe_window_s
        self._payload_s = payload_days * DAY_S
        self._replicated = replicated

    def keys(self, site: SiteName) -> Keys:
        """The keys of the site's shard."""
        return Keys(shard_of(site, self._shards))

    async def accept(self, candidate: Candidate) -> Acceptance:
        """Store `candidate` if it wins; when this returns, the answer is on disk. Raises RedisAway."""
        (answer,) = await self.accept_many([candidate])
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def accept_many(self, candidates: Sequence[Candidate]) -> list[Acceptance | LitfassError]:
        """Store candidates in order, in one pipeline; one that failed has its error in its place.

        Raises RedisAway when none was stored.
        """
        pending = dict(enumerate(candidates))
        found: dict[int, Acceptance | LitfassError] = {}
        for _ in range(MOVES):
            answers = await self._call_all(list(pending.values()))
            answered = list(zip(pending.items(), answers, strict=True))
            pending = {}
            for (index, candidate), answer in answered:
                if home := _elsewhere(answer):
                    pending[index] = at_home(candidate, home)
                else:
                    found[index] = _acceptance(candidate, answer)
            if not pending:
                break
        else:
            found |= {
                index: RedisAway("The article is being put together with others; send it again.") for index in pending
            }
        return [found[index] for index in range(len(candidates))]

    async def _call_all(self, candidates: Sequence[Candidate]) -> list[Any]:
        """Run the script for each; the scripts' own answers."""
        wait = [("WAIT", 1, REPLICA_WAIT_MS)] if self._replicated else []
        answers = await _ACCEPT.call_many(self._client, [self._call(candidate) for candidate in candidates], then=wait)
        if wait and not (isinstance(answers.pop(), int) and answers):
            raise NotReplicated
        return answers

    async def newest(self, site: SiteName, ids: Sequence[ArticleId]) -> list[Document | None]:
        """Return the newest documents in the order of `ids`, None for unknown ones. Raises RedisAway."""
        rows = await self.stored(site, ids)
        return [read_document(article_id, row) if row else None for article_id, row in zip(ids, rows, strict=True)]

    async def stored(self, site: SiteName, ids: Sequence[ArticleId]) -> list[Mapping[bytes, bytes]]:
        """Return the newest documents as they are stored, for callers that remember what they made of equal ones.

        Raises RedisAway.
        """
        keys = self.keys(site)
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for article_id in ids:
                    pipe.hgetall(keys.article(article_id))
                rows: list[Mapping[bytes, bytes]] = await pipe.execute()
        return rows

    async def seqs(self, site: SiteName, ids: Sequence[ArticleId]) -> list[int]:
        """Return each article's newest sequence number, 0 for unknown ones. Raises RedisAway."""
        keys = self.keys(site)
        with away():
            async with self._client.pipeline(transaction=False) as pipe:
                for article_id in ids:
                    pipe.hget(keys.article(article_id), "seq")
                return [int(seq or 0) for seq in await pipe.execute()]

    async def lists_of(self, site: SiteName, article_id: ArticleId) -> tuple[ListName, ...]:
        """Return the lists that an article is or ever was in; none once its kill is proved. Raises RedisAway."""
        with away():
            names: bytes | None = await self._client.hget(self.keys(site).article(article_id), "lists")
        return tuple(ListName(name) for name in (names or b"").decode().split())

    async def owner(self, site: SiteName, path: UrlPath) -> ArticleId | None:
        """Return the article that has, or ever had, this path. Raises RedisAway."""
        with away():
            owner = await self._client.hget(self.keys(site).urls(site), path)
        return ArticleId(owner.decode()) if owner else None

    async def homes_of(self, site: SiteName, ids: Sequence[ArticleId]) -> list[ArticleId]:
        """Return the articles that items are part of, for the ids that their own source ids give. Raises RedisAway."""
        found, aliases = list(ids), self.keys(site).aliases(site)
        while found:
            with away():
                answers: list[bytes | None] = await self._client.hmget(aliases, found)
            if not any(answers):  # an alias may lead to another one, when articles were put together later
                break
            found = [ArticleId(home.decode()) if home else here for home, here in zip(answers, found, strict=True)]
        return found

    async def release(self, site: SiteName, article_id: ArticleId) -> bool:
        """Lift a kill, so that a later delivery is taken again; False when it was not killed. Raises RedisAway."""
        keys = self.keys(site)
        places = [
            keys.article(article_id),
            keys.stream("articles-urgent"),
            keys.changed(),
            keys.seq(),
            keys.timeline(article_id),
            keys.retractions(),
        ]
        return bool(await _RELEASE.call(self._client, places, [article_id, site, self._clock()]))

    async def timeline(self, site: SiteName, article_id: ArticleId) -> list[dict[str, str]]:
        """Return what happened to the article, oldest first: `what`, `at_ms` and more. Raises RedisAway."""
        with away():
            entries = await self._client.xrange(self.keys(site).timeline(article_id))
        return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in entries]

    def _call(self, candidate: Candidate) -> Call:
        keys = self.keys(candidate.site)
        article = keys.article(candidate.article_id)
        mark = keys.delivery(candidate.source, candidate.delivery_id) if candidate.delivery_id else article
        places = [
            article,
            keys.urls(candidate.site),
            mark,
            keys.payloads(candidate.article_id),
            *(keys.stream(lane) for lane in ("articles-urgent", "articles", "articles-bulk")),
            keys.changed(),
            keys.seq(),
            keys.timeline(candidate.article_id),
            keys.schedule(),
            keys.retractions(),
            keys.stream(DEAD_STREAM),
            keys.aliases(candidate.site),
            keys.previews(candidate.article_id),
            keys.stream(EMBARGOED_STREAM),
            keys.embargoed_changed(),
        ]
        return places, self._arguments(candidate)

    def _arguments(self, candidate: Candidate) -> list[str | bytes | int]:
        revision, article, now = candidate.revision, candidate.article, self._clock()
        corrections = article.corrections if article else ()
        return [
            candidate.article_id,
            candidate.site,
            candidate.source,
            candidate.verb,
            revision.scheme,
            revision.number,
            revision.time_ms,
            revision.digest,
            pack(article) if article else b"",
            event_id_of(candidate.article_id, revision, candidate.verb),
            now,
            candidate.received_ms or now,
            int(candidate.bulk),
            int(candidate.republish),
            candidate.note,
            candidate.traceparent,
            self._dedupe_window_s,
            self._payload_s,
            candidate.public_ms,
            candidate.expires_ms,
            int(article is not None and article.minor),
            milliseconds(article.updated_at) if article is not None and not article.minor else 0,
            " ".join(candidate.lists),
            candidate.member or candidate.article_id,
            candidate.parent or "",
            *candidate.frame,
            "\n".join(candidate.warnings),
            len(candidate.paths),
            *candidate.paths,
            *(part for correction in corrections for part in _correction_field(correction)),
        ]


def at_home(candidate: Candidate, home: ArticleId) -> Candidate:
    """The same delivery as one of the article that its item is part of."""
    article = candidate.article.model_copy(update={"id": home}) if candidate.article else None
    return replace(candidate, article_id=home, member=candidate.member or candidate.article_id, article=article)


def event_id_of(article_id: ArticleId, revision: Revision, verb: DeclaredVerb) -> str:
    """The id of the event that a delivery makes: the same for every repetition of it, 32 hex digits."""
    text = f"{article_id}|{revision.scheme}|{revision.number}|{revision.tie}|{verb}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def pack(article: Article) -> bytes:
    """An article as it is stored: compressed JSON, without its corrections, which are kept beside it."""
    return zlib.compress(article.model_dump_json(exclude={"corrections"}).encode(), COMPRESSION)


def unpack(blob: bytes, corrections: Sequence[Correction] = ()) -> Article:
    """Read what `pack` wrote, with its corrections, oldest first."""
    article = upcast.read(Article, zlib.decompress(blob))
    if not corrections:
        return article
    ordered = sorted(corrections, key=lambda correction: (correction.at, correction.text))
    return article.model_copy(update={"corrections": tuple(ordered)})


def _correction_field(correction: Correction) -> tuple[str, str]:
    text = correction.model_dump_json()
    return f"correction:{hashlib.sha256(text.encode()).hexdigest()[:16]}", text


def _elsewhere(answer: Any) -> ArticleId | None:
    """The article that a delivery belongs to, when the script was asked for another one."""
    return ArticleId(answer[5].decode()) if isinstance(answer, list) and answer[0] == b"elsewhere" else None


def _acceptance(candidate: Candidate, answer: Any) -> Acceptance | LitfassError:
    if isinstance(answer, ResponseError) and not is_away(answer):
        raise answer  # a bug in the script: nothing that the next delivery would survive
    if isinstance(answer, BaseException):
        return RedisAway(f"Redis did not take the delivery: {answer}")
    outcome, verb, event_id, path, seq, _ = (part.decode() if isinstance(part, bytes) else str(part) for part in answer)
    return Acceptance(
        outcome=cast("Outcome", outcome),
        verb=cast("Verb", verb) if verb else None,
        event_id=event_id,
        article_id=candidate.article_id,
        revision=candidate.revision,
        path=UrlPath(path) if path else None,
        seq=int(seq),
        public_ms=candidate.public_ms,
    )


def read_document(article_id: ArticleId, row: Mapping[bytes, bytes]) -> Document | None:
    """Read one article hash; a hash that only holds a refused delivery's marks is no document."""
    if b"state" not in row or b"seq" not in row:
        return None
    corrections = [upcast.read(Correction, value) for name, value in row.items() if name.startswith(b"correction:")]
    blob = row.get(b"doc")
    article = unpack(blob, corrections) if blob else None
    if article is not None and article.minor:
        modified_at = _moment(row, b"modified_ms") or article.published_at
        article = article.model_copy(update={"updated_at": modified_at})
    return Document.model_construct(  # every part was validated when it was stored, or just now
        id=article_id,
        site=SiteName(row[b"site"].decode()),
        state=cast("State", row[b"state"].decode()),
        seq=int(row[b"seq"]),
        revision=Revision.model_construct(
            scheme=cast("Scheme", row.get(b"scheme", b"none").decode()),
            number=int(row.get(b"number", 0)),
            time_ms=int(row.get(b"time_ms", 0)),
            digest=row.get(b"digest", b"0" * 16).decode(),
        ),
        path=UrlPath(row[b"path"].decode()) if row.get(b"path") else None,
        paths=tuple(UrlPath(path) for path in row.get(b"paths", b"").decode().split("\n") if path),
        article=article,
        note=row.get(b"note", b"").decode(),
        withdrawn_at=_moment(row, b"withdrawn_ms"),
        public_at=_moment(row, b"public_ms"),
        expires_at=_moment(row, b"expires_ms"),
        resurface_at=_moment(row, b"resurface_ms"),
    )


def _moment(row: Mapping[bytes, bytes], name: bytes) -> datetime | None:
    text = row.get(name)
    return moment(int(text)) if text else None
