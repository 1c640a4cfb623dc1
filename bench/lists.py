"""Does it matter for an article's lists how many others there are, and what does one more weigh in Redis?

Two sites on one Valkey with `appendfsync always`: one of a thousand articles and one of a million, both in three
sections, ten tags and four authors, written straight into their keys. The same articles are then placed in both, in
turns. What an article weighs is counted afterwards, key by key, of articles that came by webhook.
"""

import asyncio
import random
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from time import perf_counter
from typing import Any, Final

from redis import Redis

from bench import material
from bench.house import House, until
from bench.load import send_all
from bench.measure import Row, medians
from services.feed.index import Change, Lists
from shared.contracts import Author, SiteName, Tag
from shared.contracts.base import ArticleId
from shared.contracts.config import RedisConfig
from shared.contracts.keys import Keys
from shared.runtime.broker import Client, connect
from shared.runtime.clock import milliseconds
from tests.support.articles import a_document, a_site, an_article

FEW, MANY = 1_000, 1_000_000
AT_ONCE: Final = 2_000  # articles written in one go
ROUNDS: Final = 300
A_ROUND: Final = 1  # article placed, new and then moved to another section and tag; so that noise meets both sites
AIM: Final = 1.2
WEIGHED: Final = 2_000
AIM_KB: Final = 6.0
KEYS: Final = Keys("s1")
SITES: Final = {SiteName("bote"): FEW, SiteName("kurier"): MANY}
SYLLABLES: Final = [a + b + c for a in "bdfgklmnrstw" for b in "aeiou" for c in ("", "n", "r", "st", "ch")]


def run(note: Callable[[str], None]) -> Iterator[Row]:
    """Fill, place in turns, then weigh in a newsroom of its own."""
    with House(with_bare=False, with_newsroom=False) as house:
        yield from asyncio.run(_placing(house, note))
    with House(with_bare=False) as house:
        yield from _weighing(house, note)


async def _placing(house: House, note: Callable[[str], None]) -> list[Row]:
    client = connect(RedisConfig(url=house.newsroom.valkey.url), timeout_s=60)
    try:
        lists = Lists(client, {name: a_site() for name in SITES}, shards=1)
        for name, count in SITES.items():
            await _fill(client, name, count)
            await lists.draw_mixed(name)
        until(
            lambda: house.redis.info("persistence")["aof_rewrite_in_progress"] == 0, 120.0, "the AOF is being rewritten"
        )
        note(f"{house.redis.zcard(KEYS.list(SiteName('kurier'), 'recent')):,} articles listed")
        seen: dict[SiteName, list[tuple[float, float]]] = {name: [] for name in SITES}
        for number in range(ROUNDS):
            for name in list(SITES) if number % 2 else list(SITES)[::-1]:
                seen[name].append(await _round(lists, house.redis, name, number))
    finally:
        await client.aclose()
    few, many = (medians({"script": [s for s, _ in r], "call": [c for _, c in r]}) for r in seen.values())
    what = f"one article into its lists, at {MANY:,} articles and at {FEW:,}"
    return [
        Row(f"{what}: the script", "µs", many["script"], few["script"], AIM, "as Valkey counts it"),
        Row(f"{what}: until it is on disk", "µs", many["call"], few["call"], AIM, "fsync included"),
    ]


async def _fill(client: Client, site: SiteName, count: int) -> None:
    """Write so many articles as place.lua leaves them; teasers are short, for nothing reads them here."""
    for start in range(0, count, AT_ONCE):
        lists: dict[str, dict[str, int]] = {}
        records: dict[str, str] = {}
        for number in range(start, min(start + AT_ONCE, count)):
            article_id, at_ms = f"b{number:024x}", milliseconds(material.FIRST_DAY) - (count - number) * 60_000
            names = _names(number)
            for name in names:
                lists.setdefault(name, {})[article_id] = at_ms
            records[article_id] = "\n".join(["1 2026-05 -", *(f"{name} {at_ms}" for name in names)])
        async with client.pipeline(transaction=False) as pipe:
            pipe.hset(KEYS.indexed(site), mapping=records)
            pipe.hset(KEYS.teasers(site), mapping=dict.fromkeys(records, "{}"))
            for name, scores in lists.items():
                pipe.zadd(KEYS.list(site, name), scores)
            await pipe.execute()


def _names(number: int) -> list[str]:
    tags = {number % 10, number // 3 % 10}
    return ["recent", f"section:{material.SECTIONS[number % 3]}", *(f"tag:t{n}" for n in tags), f"author:a{number % 4}"]


async def _round(lists: Lists, redis: Redis, site: SiteName, round_: int) -> tuple[float, float]:
    """Place some articles, each twice; return µs of the script and of the whole call, for one placing."""
    changes = [change for n in range(A_ROUND) for change in _twice(site, round_ * A_ROUND + n)]
    redis.config_resetstat()
    started = perf_counter()
    for change in changes:
        await lists.place(site, [change])
    call_us = (perf_counter() - started) * 1e6 / len(changes)
    stats: Any = redis.info("commandstats")
    return float(stats["cmdstat_evalsha"]["usec_per_call"]), call_us


def _twice(site: SiteName, number: int) -> list[Change]:
    """Return one article when it is new, and when its section, tag and words changed."""
    at = material.FIRST_DAY + timedelta(minutes=number)
    article = an_article(
        number=number + 1,
        site=site,
        section=material.SECTIONS[number % 3],
        tags=(Tag(name="T", slug=f"t{number % 10}"),),
        authors=(Author(name="A", slug=f"a{number % 4}"),),
        published_at=at,
        updated_at=at,
    )
    edited = article.model_copy(
        update={
            "section": material.SECTIONS[(number + 1) % 3],
            "tags": (Tag(name="T", slug=f"t{(number + 1) % 10}"),),
            "headline": "Anders",
        }
    )
    return [Change(a_document(article, site=site)), Change(a_document(edited, site=site, seq=2))]


def _weighing(house: House, note: Callable[[str], None]) -> Iterator[Row]:
    chance = random.Random(7)  # noqa: S311 -- words, and the same in every run
    articles = [material.an_article(number, prefix="w", body=_unlike_any_other(chance)) for number in range(WEIGHED)]
    text = str(articles[0]["body"]).encode()
    note(f"texts of {len(text):,} bytes, which zlib makes {len(zlib.compress(text)):,}: as German prose")
    before = int(house.redis.info("memory")["used_memory"])
    requests = [
        material.post("/webhooks/cms", material.delivery(article), message_id=f"msg_w_{number}")
        for number, article in enumerate(articles)
    ]
    statuses, _ = send_all(house.newsroom.ports["ingest"], requests, connections=8)
    assert statuses == {202: WEIGHED}, statuses
    house.drained()
    all_bytes = int(house.redis.info("memory")["used_memory"]) - before
    kept = sum(_bytes(house.redis, pattern) for pattern in _KEPT)
    yield Row("a 5 KB article and its lists in Redis", "KB", kept / WEIGHED / 1_000, aim=AIM_KB)
    yield Row("… with its event, delivery mark, timeline and place in the streams", "KB", all_bytes / WEIGHED / 1_000)


_KEPT: Final = (
    KEYS.article(ArticleId("*")),
    KEYS.list(SiteName("*"), "*"),
    *(of(SiteName("*")) for of in (KEYS.indexed, KEYS.teasers, KEYS.versions, KEYS.due, KEYS.urls)),
    KEYS.changed(),
)


def _bytes(redis: Redis, pattern: str) -> int:
    pattern = pattern.replace("[", "\\[")
    return sum(int(redis.memory_usage(key, samples=0) or 0) for key in redis.scan_iter(match=pattern, count=1_000))


def _unlike_any_other(chance: random.Random) -> str:
    """Return paragraphs of about 5 KB that are as hard to compress as prose."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < 5_000:
        words = ("".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 2, 3)))) for _ in range(60))
        paragraphs.append(f"<p>{' '.join(words)}.</p>")
    return "\n".join(paragraphs)
