"""What a publish costs does not grow with the archive. Both writing services, over one Valkey and one folder."""

import shutil
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from services.feed.handlers import ListsHandler
from services.feed.metrics import FeedMetrics
from services.feed.parts import Parts
from services.feed.settings import FeedSettings
from shared.contracts import lists
from shared.contracts.config import LitfassConfig, PagesConfig
from shared.contracts.lists import ListName
from shared.runtime.clock import milliseconds
from tests.support.articles import PUBLISHED, SITE, a_teaser
from tests.support.lists import KEYS
from tests.unit.render.paper import Paper

LISTS = (lists.RECENT, lists.section("stadt"), lists.tag("bruecke"), lists.tag("rat"), lists.author("mara-lindt"))
ARCHIVE = timedelta(days=5 * 365)  # over which older articles are spread
FULL_PAGE = range(1_000, 1_100)  # articles of this month: more than any page or feed shows

AT_ONCE = 5_000  # articles a call: a server with other tests beside it must not be busy for long

# Puts the articles from number ARGV[1] to ARGV[2] of ARGV[3] into a list, which is spread evenly over ARGV[5] ms from
# ARGV[4] on; nobody reads so far down.
FILL = """
for number = ARGV[1], ARGV[2] do
  local at = ARGV[4] + math.floor(ARGV[5] * number / ARGV[3])
  redis.call('ZADD', KEYS[1], at, string.format('a%024x', 1000000 + number))
end
"""


async def test_one_article_writes_the_same_files_beside_a_thousand_and_beside_a_hundred_thousand(
    paper, redis, tmp_path
):
    written = {size: await _written_by_one_publish(paper, redis, tmp_path, size) for size in (1_000, 100_000)}
    assert written[1_000] == written[100_000]
    assert {"/index.html", "/stadt/neue-bruecke-2/index.html", "/stadt/2026/11/index.html", "/feed.xml"} <= written[
        1_000
    ]
    assert len(written[1_000]) <= 40


async def _written_by_one_publish(paper: Paper, redis: Redis, folder: Path, size: int) -> set[str]:
    """Return the files that one article changes when each of its lists has `size` others."""
    await redis.flushall()
    shutil.rmtree(folder / "site" / SITE, ignore_errors=True)
    await _fill(redis, size)
    config = LitfassConfig(pages=PagesConfig(store=f"file://{folder}/site"), site={SITE: paper.site.config})
    metrics = FeedMetrics(CollectorRegistry())
    feed = Parts.of(config, FeedSettings(), client=redis, metrics=metrics, clock=paper.newsroom.clock)
    await _publish(paper, feed, 1)
    before = _stamps(folder / "site" / SITE)
    await _publish(paper, feed, 2)
    after = _stamps(folder / "site" / SITE)
    assert await redis.zcard(KEYS.list(SITE, lists.RECENT)) == size + 2
    return {path for path, stamp in after.items() if before.get(path) != stamp} | (before.keys() - after.keys())


async def _fill(redis: Redis, size: int) -> None:
    month_ms = milliseconds(PUBLISHED.replace(day=1))
    older = size - len(FULL_PAGE)
    span_ms = int(ARCHIVE.total_seconds() * 1000)
    for first in range(1, older + 1, AT_ONCE):
        last = min(older, first + AT_ONCE - 1)
        places = (first, last, older, month_ms - span_ms, span_ms - 1)
        await redis.eval(FILL, 1, KEYS.list(SITE, lists.RECENT), *places)
    shown = {teaser.id: teaser for teaser in (a_teaser(number=number) for number in FULL_PAGE)}
    scores = {each: month_ms + number for number, each in enumerate(shown)}
    await redis.zadd(KEYS.list(SITE, lists.RECENT), scores)
    await redis.hset(KEYS.teasers(SITE), mapping={each: teaser.model_dump_json() for each, teaser in shown.items()})
    for name in LISTS[1:]:
        await redis.copy(KEYS.list(SITE, lists.RECENT), KEYS.list(SITE, ListName(name)))


async def _publish(paper: Paper, feed: Parts, number: int) -> None:
    """Let one article go the whole way from the store to every file."""
    told = len(await paper.announced())
    await paper.publish(number)
    await paper.write((await paper.signals())[-1:])
    changes = (await paper.announced())[told:]
    await paper.write_lists(changes)
    await ListsHandler(feed.files, [SITE]).handle(changes)
    paper.newsroom.clock.now_ms += 60_000  # what had to wait is due by then
    await feed.files.write_due(SITE)
    await feed.sitemaps.write_due(SITE)


def _stamps(folder: Path) -> dict[str, int]:
    """Return when each file was last written."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {f"/{path.relative_to(folder).as_posix()}": path.stat().st_mtime_ns for path in files}
