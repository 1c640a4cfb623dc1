"""One loop a cache: what changed is told softly, what is gone hard and until it is proved."""

import pytest
from structlog.testing import capture_logs

from services.render.affects import Job
from services.render.purge import CacheAway
from services.render.purge.keep import PAUSE_MS, PROVE_AGAIN_MS, CacheLoop
from services.render.purge.queue import AGAIN_MS, Purges, make_purger
from services.render.written import Written, of_article, of_jobs
from shared.contracts.keys import PAGES_STREAM, Keys
from shared.contracts.lists import RECENT, section
from shared.contracts.signals import PagesWritten
from tests.support.articles import SITE, an_article, an_id

KEYS = Keys("s1")
PAGE = "/stadt/neue-bruecke-1/"
SOFT = PagesWritten(site=SITE, names=("a-1", "l-kurier/recent"))


class Remembering:
    """A cache that writes down what it is told."""

    def __init__(self):
        self.told: list[tuple[str, ...]] = []
        self.is_away = False
        self.answers: dict[str, int] = {}
        self.meanwhile = None

    async def purge(self, names, *, hard):
        if self.is_away:
            raise CacheAway("down")
        self.told.append(("hard" if hard else "soft", *sorted(names)))
        if self.meanwhile:
            await self.meanwhile()

    async def status(self, host, path):
        if self.is_away:
            raise CacheAway("down")
        assert host == "kurier.example"
        return self.answers.get(path, 410)


class Desk:
    """The queues of two caches, and a loop for each."""

    def __init__(self, paper):
        self.paper, self.clock = paper, paper.newsroom.clock
        self.caches = {name: Remembering() for name in ("front", "back")}
        self.purges = Purges(paper.newsroom.redis, tuple(self.caches), shards=1, clock=self.clock)
        self.loops = {
            name: CacheLoop(
                name, cache, self.purges, paper.newsroom.articles, paper.sites, shards=[KEYS],
                metrics=paper.metrics, clock=self.clock, sleep=self.slept,
            )
            for name, cache in self.caches.items()
        }  # fmt: skip
        self.pauses: list[float] = []

    async def slept(self, seconds):
        self.pauses.append(seconds)

    async def write(self, *pages):
        """Tell it as render's workers do, and let the stream be handled."""
        assert await make_purger(self.purges)(pages) == ["queued"] * len(pages)

    async def round(self, name="front"):
        return await self.loops[name].round(KEYS)

    async def left(self, name="front"):
        return {
            m.decode(): int(s)
            for m, s in await self.paper.newsroom.redis.zrange(KEYS.purges(name), 0, -1, withscores=True)
        }

    def failing(self, name="front"):
        return self.paper.metrics.purge_failing.labels(name)._value.get()


@pytest.fixture
def desk(paper):
    return Desk(paper)


async def killed(paper):
    await paper.publish()
    await paper.newsroom.accept(an_article(), verb="killed", number=2)
    return of_article(await paper.document(an_id()))


async def test_what_changed_is_told_softly_and_once_more_a_moment_later(desk):
    await desk.write(SOFT, SOFT)
    await desk.round()
    assert desk.caches["front"].told == [("soft", "a-1", "l-kurier/recent")]
    await desk.round()
    assert len(desk.caches["front"].told) == 1
    desk.clock.now_ms += AGAIN_MS
    await desk.round()
    assert len(desk.caches["front"].told) == 2
    assert await desk.left() == {}


async def test_a_hundred_changes_of_one_page_are_one_purge(desk):
    await desk.write(*[SOFT] * 100)
    assert len(await desk.left()) == 4


async def test_what_was_killed_is_told_hard_and_before_everything_else(desk, paper):
    await desk.write(SOFT, await killed(paper))
    await desk.round()
    hard, soft = desk.caches["front"].told
    assert hard == ("hard", f"a-{an_id()}", f"p-kurier{PAGE}")
    assert soft[0] == "soft"


async def test_what_readers_still_get_through_the_cache_is_purged_until_they_do_not(desk, paper):
    await desk.write(await killed(paper))
    desk.caches["front"].answers[PAGE] = 200
    with capture_logs() as logs:
        await desk.round()
    assert logs == [
        {"event": "purge.delayed", "log_level": "warning", "cache": "front", "left": 2, "first": PAGE},
    ]
    assert paper.metrics.purges.labels("front", "unproved")._value.get() == 2
    desk.clock.now_ms += PROVE_AGAIN_MS
    desk.caches["front"].answers.clear()
    await desk.round()
    assert len(desk.caches["front"].told) == 2
    desk.clock.now_ms += AGAIN_MS
    await desk.round()
    assert await desk.left() == {}


async def test_what_may_be_seen_again_needs_no_proof(desk, paper):
    gone = await killed(paper)
    await paper.newsroom.articles.release(SITE, an_id())
    await paper.newsroom.accept(an_article(headline="Wieder da"), number=3)
    await desk.write(gone)
    desk.caches["front"].answers[PAGE] = 200
    await desk.round()
    assert all(member.startswith("2 ") for member in await desk.left())


async def test_a_dead_cache_delays_nobody_is_asked_ever_less_and_forgets_nothing(desk, paper):
    await desk.write(SOFT, await killed(paper))
    desk.caches["back"].is_away = True
    waiting = await desk.left("back")
    with capture_logs() as logs:
        for _ in range(len(PAUSE_MS) + 1):
            await desk.round("back")
            desk.clock.now_ms += 10_000
    assert [line["event"] for line in logs] == ["purge.cache_lost"]
    assert desk.pauses == [pause / 1000 for pause in (*PAUSE_MS, PAUSE_MS[-1])]
    assert desk.failing("back") == 60
    assert (await desk.left("back")).keys() == waiting.keys()
    await desk.round("front")
    assert await desk.left("front") == {}
    assert desk.failing("front") == 0

    desk.caches["back"].is_away = False
    desk.clock.now_ms += 10_000
    with capture_logs() as logs:
        await desk.round("back")
    assert [line["event"] for line in logs] == ["purge.cache_found"]
    assert await desk.left("back") == {}
    assert desk.failing("back") == 0


async def test_what_changes_once_more_while_it_is_told_is_told_once_more(desk):
    await desk.write(SOFT)
    desk.caches["front"].meanwhile = lambda: desk.write(SOFT)
    await desk.round()
    desk.caches["front"].meanwhile = None
    desk.clock.now_ms += 1
    await desk.round()
    assert len(desk.caches["front"].told) == 2


async def test_what_a_dead_process_had_in_hand_is_told_by_the_next(desk):
    await desk.write(SOFT)
    await desk.purges.take(KEYS, "front", limit=10, lease_ms=1_000)  # and died
    await desk.round()
    assert desk.caches["front"].told == []
    desk.clock.now_ms += 1_000
    await desk.round()
    assert desk.caches["front"].told == [("soft", "a-1", "l-kurier/recent")]


async def test_without_a_cache_nothing_is_kept(paper):
    purges = Purges(paper.newsroom.redis, (), shards=1, clock=paper.newsroom.clock)
    await make_purger(purges)([SOFT])
    assert await paper.newsroom.redis.keys("*purges*") == []


async def test_what_is_told_on_the_stream_can_be_read_again(paper):
    jobs = [
        Job("front", RECENT),
        Job("month", RECENT, "2026-11"),
        Job("fragment", RECENT),
        Job("related", section("stadt")),
    ]
    pages = [of_jobs(SITE, jobs), await killed(paper)]
    await Written(paper.newsroom.redis, shards=1).tell(pages)
    rows = await paper.newsroom.redis.xrange(KEYS.stream(PAGES_STREAM))
    read = [PagesWritten.from_wire({k.decode(): v.decode() for k, v in fields.items()}) for _, fields in rows]
    assert read == pages
    assert read[0].names == ("l-kurier/recent", "f-kurier/recent", "f-kurier/related/section/stadt")
    assert read[1].gone == (PAGE,)
