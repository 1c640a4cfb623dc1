"""The render service as a whole: signals and changes of lists come in over real streams, files and answers come out."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.applications import Starlette

from services.feed.index import Lists
from services.render import app
from shared.contracts.config import LitfassConfig, PagesConfig, RedisConfig
from shared.contracts.keys import LANES, LISTS_STREAM
from shared.runtime.articles import Articles
from shared.runtime.clock import moment, system_clock
from shared.runtime.errors import ConfigurationFault
from shared.runtime.lists import ListReader
from shared.runtime.metrics import DeliveryMetrics
from tests.support.articles import SITE, a_site, an_article, an_event, an_id
from tests.support.lists import KEYS, Newsroom

DEADLINE_S = 15.0
PAGE = "stadt/neue-bruecke-1/index.html"

Make = Callable[..., app.RenderService]


async def eventually(claim: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a claim holds, at most DEADLINE_S."""
    async with asyncio.timeout(DEADLINE_S):
        while not await claim():
            await asyncio.sleep(0.01)


@pytest.fixture
def config(redis_config: RedisConfig, tmp_path: Path) -> LitfassConfig:
    return LitfassConfig(redis=redis_config, pages=PagesConfig(store=f"file://{tmp_path}/site"), site={SITE: a_site()})


@pytest.fixture
def make(config: LitfassConfig, redis: Redis) -> Make:
    def build(name: str, *, registry: CollectorRegistry | None = None, **environ: str) -> app.RenderService:
        registry = registry or CollectorRegistry()
        metrics = DeliveryMetrics(registry)
        environ = {"LITFASS_RENDER_MONTH_APART_S": "1"} | environ  # tests wait for months as well
        return app.build(config, environ=environ, client=redis, registry=registry, delivery_metrics=metrics, name=name)

    return build


@pytest.fixture
async def service(make: Make) -> AsyncIterator[app.RenderService]:
    service = make("one")
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
def newsroom(redis: Redis, config: LitfassConfig) -> Newsroom:
    """Accepts articles, and lists them as the feed service would."""
    lists = Lists(redis, config.sites(), shards=1)
    return Newsroom(redis, lists, ListReader(redis, shards=1), Articles(redis, shards=1), system_clock)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site" / SITE


@pytest.fixture
def shows(folder: Path) -> Callable[[str, str], Callable[[], Awaitable[bool]]]:
    """`shows(file, text)`: a claim that the file is there and has the text in it."""

    def of(file: str, text: str) -> Callable[[], Awaitable[bool]]:
        async def claim() -> bool:
            return (folder / file).is_file() and text in (folder / file).read_text()

        return claim

    return of


async def publish(newsroom: Newsroom, number: int = 1, **changes: object) -> None:
    """Accept an article and put it into its lists."""
    await newsroom.accept(an_article(number=number, **changes))
    await place(newsroom, number)


async def place(newsroom: Newsroom, number: int = 1) -> None:
    (document,) = await newsroom.articles.newest(SITE, [an_id(number)])
    assert document is not None
    await newsroom.place(document)


async def waiting(redis: Redis) -> int:
    """How many entries the group has not settled yet, and how many pages of lists are due."""
    count = int(await redis.zcard(KEYS.due_pages(SITE)))
    for stream in (*LANES, LISTS_STREAM):
        for group in await redis.xinfo_groups(KEYS.stream(stream)):
            count += group["pending"] + (group["lag"] or 0)
    return count


async def nothing_waits(redis: Redis) -> bool:
    streams = [KEYS.stream(stream) for stream in (*LANES, LISTS_STREAM)]
    if await redis.exists(*streams) < len(streams):  # the consumer makes them, after the start
        return False
    return await waiting(redis) == 0


# --- from the stream to the file -------------------------------------------------------------------------------------


async def test_a_published_article_becomes_its_page_the_lists_and_the_boxes(service, newsroom, redis, folder, shows):
    await publish(newsroom, event=an_event(), kind="event")
    await eventually(lambda: nothing_waits(redis))
    headline = "Die neue Brücke kommt im Frühjahr (1)"
    for file in (
        PAGE, "index.html", "stadt/index.html", "tag/rat/index.html", "author/mara-lindt/index.html",
        "events/index.html", "2026/11/index.html", "stadt/2026/11/index.html",
        "_fragments/recent.html", "_fragments/events.html",
        "_fragments/related/tag/rat.html",
    ):  # fmt: skip
        assert headline in (folder / file).read_text(), file
    await eventually(shows("_fragments/nav.html", 'href="/sport/"'))
    await eventually(shows("robots.txt", "Sitemap:"))
    assert service.faults() == []


async def test_an_edit_reaches_every_file_and_a_kill_takes_the_article_out_of_all(service, newsroom, redis, folder):
    await publish(newsroom, headline="Erste Fassung")
    await publish(newsroom, 2, headline="Bleibt")
    await newsroom.accept(an_article(headline="Zweite Fassung"), number=5)
    await place(newsroom)
    await eventually(lambda: nothing_waits(redis))
    texts = {str(file): file.read_text() for file in folder.rglob("*.html")}
    assert not [file for file, text in texts.items() if "Erste Fassung" in text]
    assert len([file for file, text in texts.items() if "Zweite Fassung" in text]) > 5

    await newsroom.accept(an_article(), verb="killed", number=9, note="War falsch.")
    await place(newsroom)
    await eventually(lambda: nothing_waits(redis))
    assert not [file for file in folder.rglob("*.html") if "Zweite Fassung" in file.read_text()]
    assert "War falsch." in (folder / "_gone" / PAGE).read_text()
    assert "Bleibt" in (folder / "index.html").read_text()


async def test_readers_are_served_by_the_same_service(service, newsroom, redis):
    await publish(newsroom)
    await eventually(lambda: nothing_waits(redis))
    transport = httpx.ASGITransport(app=Starlette(routes=service.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://kurier.example") as web:
        page = await web.get("/stadt/neue-bruecke-1/")
        assert "Aktuelle Beiträge" in page.text  # a fragment
        assert (await web.get("/nirgends/")).status_code == 404


# --- restarts --------------------------------------------------------------------------------------------------------


async def test_what_was_published_before_the_first_start_is_not_missed(make, newsroom, shows):
    await publish(newsroom, headline="Schon da")
    service = make("late")
    await service.start()
    await eventually(shows(PAGE, "Schon da"))
    await eventually(shows("index.html", "Schon da"))
    await service.stop()


async def test_a_restart_goes_on_where_it_was_and_puts_nothing_twice(make, newsroom, redis, folder, shows):
    first = make("one")
    await first.start()
    await publish(newsroom, 1)
    await eventually(lambda: nothing_waits(redis))
    await eventually(shows("robots.txt", "Sitemap:"))  # the last of the furniture
    await first.stop()
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    await publish(newsroom, 2, section="sport", tags=(), authors=())
    second = make("one")
    await second.start()
    await eventually(shows("sport/neue-bruecke-2/index.html", "(2)"))
    await eventually(lambda: nothing_waits(redis))
    await second.stop()
    untouched = {"stadt/index.html", PAGE, "tag/rat/index.html", "author/mara-lindt/index.html", "_fragments/nav.html"}
    assert {name for name in untouched if before[folder / name] == (folder / name).stat().st_mtime_ns} == untouched


async def test_two_processes_under_a_storm_of_edits_end_with_the_newest(make, newsroom, redis, folder):
    services = [make("one"), make("two")]
    for service in services:
        await service.start()
    for edit in range(1, 21):
        await asyncio.gather(
            *(newsroom.accept(an_article(number=n, headline=f"{n} Stand {edit}"), number=edit) for n in range(1, 6))
        )
        await asyncio.gather(*(place(newsroom, number) for number in range(1, 6)))
    await eventually(lambda: nothing_waits(redis))
    for number in range(1, 6):
        assert f"<h1>{number} Stand 20</h1>" in (folder / f"stadt/neue-bruecke-{number}/index.html").read_text()
        for file in ("index.html", "stadt/index.html", "_fragments/recent.html", "2026/11/index.html"):
            assert f"{number} Stand 20<" in (folder / file).read_text(), file
    for service in services:
        await service.stop()
    assert await redis.xlen(KEYS.stream("dead")) == 0


async def test_beside_lists_that_never_stand_still_breaking_news_stands_above_every_page(service, newsroom, shows):
    await publish(newsroom)

    is_over = asyncio.Event()  # a cancellation may be lost in the client

    async def storm() -> None:
        edits = itertools.count(2)
        while not is_over.is_set():
            edit = next(edits)
            await newsroom.accept(an_article(headline=f"Stand {edit}"), number=edit)
            await place(newsroom)

    import_going_on = asyncio.create_task(storm())
    await eventually(shows("index.html", "Stand"))
    soon = newsroom.clock() + 3_600_000
    await publish(newsroom, 2, headline="Der Fluss steigt", breaking_until=moment(soon))
    await eventually(shows("_fragments/breaking.html", "Der Fluss steigt"))
    assert not import_going_on.done()
    is_over.set()
    await import_going_on


# --- when the store is away ------------------------------------------------------------------------------------------


async def test_a_store_that_is_away_costs_no_message_and_everything_resumes(make, newsroom, redis, folder, shows):
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where a folder should be")
    registry = CollectorRegistry()
    service = make("one", registry=registry)
    await service.start()
    await publish(newsroom, headline="Trotzdem")
    await newsroom.accept(an_article(number=2), number=2)
    await newsroom.accept(an_article(number=2), verb="killed", number=3, note="War falsch.")

    async def was_tried_again_and_again() -> bool:
        return (registry.get_sample_value("litfass_render_page_seconds_count", {"page": "article"}) or 0) >= 5

    await eventually(was_tried_again_and_again)
    assert await waiting(redis) >= 4
    assert await redis.xlen(KEYS.stream("dead")) == 0
    assert service.faults() == []

    folder.unlink()
    await eventually(shows(PAGE, "Trotzdem"))
    await eventually(shows("index.html", "Trotzdem"))
    await eventually(shows("_gone/stadt/neue-bruecke-2/index.html", "War falsch."))
    await eventually(shows("_fragments/nav.html", 'href="/sport/"'))  # the furniture as well
    await eventually(lambda: nothing_waits(redis))
    assert await redis.xlen(KEYS.stream("dead")) == 0
    await service.stop()


async def test_what_an_interrupted_put_left_is_swept_at_start(make, folder, shows):
    leftover = folder / "stadt" / "index.html#1"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half a pa")
    os.utime(leftover, (0, 0))
    service = make("one")
    await service.start()

    async def is_swept() -> bool:
        return not leftover.exists()

    await eventually(is_swept)
    await service.stop()


# --- the start -------------------------------------------------------------------------------------------------------


async def test_a_broken_template_of_the_sites_own_stops_the_start_naming_file_and_line(make, tmp_path):
    own = tmp_path / "own" / "templates" / "article.html"
    own.parent.mkdir(parents=True)
    own.write_text("<h1>{{ article.headline }}</h1>\n{{ article.no_such_field.x }}\n")
    with pytest.raises(ConfigurationFault) as fault:
        make("one", LITFASS_RENDER_THEME_FOLDER=str(tmp_path / "own"))
    assert f"{own}, line 2:" in str(fault.value)


async def test_a_template_of_the_sites_own_is_what_readers_see(make, newsroom, tmp_path, shows):
    own = tmp_path / "own" / "templates" / "article.html"
    own.parent.mkdir(parents=True)
    own.write_text("<h1>Eigen: {{ article.headline }}</h1>\n")
    service = make("one", LITFASS_RENDER_THEME_FOLDER=str(tmp_path / "own"))
    await service.start()
    await publish(newsroom, headline="Neu")
    await eventually(shows(PAGE, "<h1>Eigen: Neu</h1>"))
    await service.stop()


async def test_a_misspelt_setting_stops_the_start(make):
    with pytest.raises(ConfigurationFault, match="LITFASS_RENDER_LIST_LENGHT"):
        make("one", LITFASS_RENDER_LIST_LENGHT="20")


async def test_an_edit_of_a_template_is_soon_on_pages_that_were_written_before(make, newsroom, shows, tmp_path):
    overrides = tmp_path / "own"
    (overrides / "templates" / "parts").mkdir(parents=True)
    service = make("one", LITFASS_RENDER_THEME_FOLDER=str(overrides), LITFASS_RENDER_THEME_LOOK_S="0.05")
    await service.start()
    try:
        await newsroom.accept(an_article())
        (document,) = await newsroom.articles.newest(SITE, [an_article().id])
        await newsroom.place(document)
        await eventually(shows(PAGE, "<h1"))
        (overrides / "templates" / "parts" / "footer.html").write_text("<footer>Ganz anders</footer>")
        await eventually(shows(PAGE, "Ganz anders"))
        await eventually(shows("index.html", "Ganz anders"))
        await eventually(shows("404.html", "Ganz anders"))
        (overrides / "templates" / "parts" / "footer.html").write_text("{% if %}")
        await newsroom.accept(an_article(number=2))
        await eventually(shows("stadt/neue-bruecke-2/index.html", "Ganz anders"))
        assert service.faults() == []
    finally:
        await service.stop()
