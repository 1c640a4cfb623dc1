"""One loop a cache: what changed is told softly, what is gone hard and until it is proved."""

import pytest
from structlog.testing import capture_logs

from services.render.affects import Job
from services.render.purge import CacheAway
from services.render.purge.keep import LOOK_AGAIN_MS, PAUSE_MS, CacheLoop
from services.render.purge.queue import AGAIN_MS, Purges, make_purger
from services.render.written import Written, of_article, of_jobs
from shared.contracts.keys import PAGES_STREAM, Keys
from shared.contracts.lists import RECENT, month, section
from shared.contracts.places import Answer, places_of, what_is_left
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
        self.pages: dict[str, tuple[int, str]] = {PAGE: (410, "")}  # everything else is 404
        self.looked_at: list[str] = []
        self.meanwhile = None

    async def purge(self, names, *, hard):
        if self.is_away:
            raise CacheAway("down")
        self.told.append(("hard" if hard else "soft", *sorted(names)))
        if self.meanwhile:
            await self.meanwhile()

    async def look(self, site, articles):
        if self.is_away:
            raise CacheAway("down")
        found = {}
        for article in articles:
            places = places_of(article)
            self.looked_at += [place.path for place in places]
            found[article.article_id] = {
                place: what_is_left(place, self.answer(place.path), article, base_url=site.base_url) for place in places
            }
        return found

    def answer(self, path):
        status, body = self.pages.get(path, (404, ""))
        return Answer(status, body.encode())


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
    return of_article(await paper.document(an_id()), [section("stadt"), month("2026-11")])


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
    hard, soft, boxes = desk.caches["front"].told
    assert hard == ("hard", f"a-{an_id()}", f"p-kurier{PAGE}")
    assert soft[0] == "soft"
    assert boxes == (
        "hard", "f-kurier/breaking", "f-kurier/events", "f-kurier/mixed", "f-kurier/recent",
        "f-kurier/related/section/stadt",
    )  # fmt: skip


async def test_a_kill_is_looked_for_wherever_its_lists_are_shown(desk, paper):
    await desk.write(await killed(paper))
    await desk.round()
    assert {
        PAGE, "/", "/feed.xml", "/stadt/", "/stadt/feed.atom", "/stadt/2026/11/", "/2026/11/feed.json",
        "/_fragments/recent.html", "/_fragments/related/section/stadt.html", "/sitemap.xml", "/news-sitemap.xml",
    } <= set(desk.caches["front"].looked_at)  # fmt: skip


async def test_what_still_leads_to_a_killed_article_is_purged_until_it_does_not_and_then_what_holds_a_fragment(
    desk, paper
):
    cache = desk.caches["front"]
    cache.pages |= {
        "/stadt/feed.xml": (200, f"<link>https://kurier.example{PAGE}</link>"),
        "/_fragments/recent.html": (200, f'<a href="{PAGE}">'),
    }
    await desk.write(await killed(paper))
    await desk.round()
    assert cache.told[1:] == [("hard", "p-kurier/_fragments/recent.html", "p-kurier/stadt/feed.xml")]
    assert paper.metrics.purges.labels("front", "unproved")._value.get() == 1

    cache.pages = {PAGE: (410, "")}
    desk.clock.now_ms += LOOK_AGAIN_MS
    await desk.round()
    assert "f-kurier/recent" in cache.told[-1], "pages that were sent with the old one in them"
    desk.clock.now_ms += AGAIN_MS
    await desk.round()
    assert await desk.left() == {}


async def test_an_article_that_stays_is_looked_at_less_and_less_and_that_is_said(desk, paper):
    desk.caches["front"].pages[PAGE] = (200, "")
    await desk.write(await killed(paper))
    pauses = []
    with capture_logs() as logs:
        for _ in range(8):
            await desk.round()
            due_ms = min(due for member, due in (await desk.left()).items() if member.startswith("1 "))
            pauses.append(due_ms - desk.clock.now_ms)
            desk.clock.now_ms = due_ms
    assert pauses == [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]
    told = {"cache": "front", "article_id": an_id(), "left": 1, "first": f"{PAGE}: answers 200, not 410"}
    assert {"event": "purge.delayed", "log_level": "warning", **told} in logs


async def test_what_was_only_unpublished_must_not_be_at_its_address_and_its_lists_are_told_softly(desk, paper):
    await paper.publish()
    await paper.newsroom.accept(an_article(), verb="unpublished", number=2)
    await desk.write(of_article(await paper.document(an_id())))
    desk.caches["front"].pages[PAGE] = (200, "")
    await desk.round()
    own = ("hard", f"a-{an_id()}", f"p-kurier{PAGE}")
    assert desk.caches["front"].told == [own, ("hard", f"p-kurier{PAGE}")]
    assert desk.caches["front"].looked_at == [PAGE]
    desk.caches["front"].pages[PAGE] = (404, "")
    desk.clock.now_ms += AGAIN_MS
    await desk.round()
    assert await desk.left() == {}


async def test_what_may_be_seen_again_needs_no_proof(desk, paper):
    gone = await killed(paper)
    await paper.newsroom.articles.release(SITE, an_id())
    await paper.newsroom.accept(an_article(headline="Wieder da"), number=3)
    await desk.write(gone)
    desk.caches["front"].pages[PAGE] = (200, "")
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
    assert (read[1].gone, read[1].lists) == ((PAGE,), ("recent", "section:stadt", "month:2026-11"))
