"""What render does with signals and with changes of lists; over a real Valkey and a folder."""

import pytest
from prometheus_client import CollectorRegistry

from services.render.furniture import write_furniture
from services.render.handlers import ArticleFiles, make_article_writer
from services.render.listing import ListFiles
from services.render.metrics import RenderMetrics
from services.render.settings import RenderSettings
from shared.contracts import SiteName
from shared.runtime.timeline import Timeline
from tests.support.articles import SITE, an_article, an_id
from tests.unit.render.paper import BusyStore

PAGE = "/stadt/neue-bruecke-1/index.html"
GONE = f"/_gone{PAGE}"
MOVED = f"/_moved{PAGE}"


@pytest.fixture
def busy(paper, tmp_path):
    """Article files over a store in which something happens after each put, and the writer that uses them."""

    def make(meanwhile):
        store = BusyStore(f"file://{tmp_path}/site", meanwhile)
        newsroom, metrics = paper.newsroom, paper.metrics
        timeline = Timeline(newsroom.redis, shards=1)
        files = ArticleFiles(store, metrics)
        return store, make_article_writer(paper.sites, newsroom.articles, files, timeline, metrics, newsroom.clock)

    return make


def once(path, action):
    """Do something after the first put of a file, and never again."""
    done = []

    async def meanwhile(put):
        if put == path and not done:
            done.append(put)
            await action()

    return meanwhile


# --- look again ------------------------------------------------------------------------------------------------------


async def test_a_newer_revision_that_comes_while_a_page_is_written_is_what_stands_in_the_end(paper, busy):
    await paper.publish(headline="Alt")
    _, write = busy(once(PAGE, lambda: paper.newsroom.accept(an_article(headline="Neu"), number=2)))
    assert await write((await paper.signals())[:1]) == ["rendered"]
    assert "<h1>Neu</h1>" in await paper.file(PAGE)
    assert paper.metrics.looks_again._value.get() == 1


async def test_a_kill_that_comes_while_a_page_is_written_wins(paper, busy):
    await paper.publish(headline="Geheim")
    kill = lambda: paper.newsroom.accept(an_article(), verb="killed", number=2, note="War falsch.")  # noqa: E731
    _, write = busy(once(PAGE, kill))
    assert await write((await paper.signals())[:1]) == ["buried"]
    assert await paper.file(PAGE) == ""
    assert "War falsch." in await paper.file(GONE)
    assert not any(b"Geheim" in data for data in (await paper.everything()).values())


async def test_an_older_worker_that_wakes_late_finds_the_newest(paper):
    await paper.publish(headline="Alt")
    old = await paper.signals()
    await paper.newsroom.accept(an_article(headline="Neu"), number=2)
    assert await paper.write(old) == ["rendered"]
    assert await paper.write(old) == ["equal"]
    assert "<h1>Neu</h1>" in await paper.file(PAGE)


async def test_a_list_that_changes_while_its_page_is_written_is_written_again(paper, tmp_path):
    await paper.publish(1)
    store = BusyStore(f"file://{tmp_path}/site", once("/_fragments/recent.html", lambda: paper.publish(2)))
    newsroom = paper.newsroom
    files = ListFiles(store, newsroom.reader, RenderSettings(), RenderMetrics(CollectorRegistry()))

    await paper.write_lists((await paper.announced())[:1], paper.list_writer(files))
    for file in ("/index.html", "/_fragments/recent.html", "/stadt/index.html"):
        assert "(2)" in await paper.file(file), file


# --- one article -----------------------------------------------------------------------------------------------------


async def test_equal_bytes_are_not_put_again(paper, tmp_path):
    await paper.publish()
    await paper.write_all()
    file = tmp_path / "site" / SITE / PAGE.strip("/")
    before = file.stat().st_mtime_ns, file.stat().st_ino
    assert await paper.write_all() == ["equal"]
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


async def test_three_waiting_edits_render_once(paper):
    await paper.publish()
    for number in (2, 3):
        await paper.newsroom.accept(an_article(headline=f"Stand {number}"), number=number)
    assert await paper.write_all() == ["rendered"] * 3
    assert paper.metrics.files.labels("article", "written")._value.get() == 1


async def test_a_kill_leaves_the_note_at_every_path_and_nothing_of_the_text(paper):
    await paper.publish(headline="Geheim")
    await paper.write_all()
    await paper.newsroom.accept(an_article(slug="anders", headline="Geheim"), number=2)
    await paper.write_all()
    await paper.newsroom.accept(an_article(), verb="killed", number=3, note="War falsch.")
    assert (await paper.write_all())[-1] == "buried"
    files = await paper.everything()
    assert sorted(files) == ["/_gone/stadt/anders/index.html", GONE]
    assert all(b"War falsch." in data and b"Geheim" not in data for data in files.values())


async def test_the_marker_is_there_before_the_page_is_gone(paper, busy):
    await paper.publish()
    await paper.write_all()
    seen = []

    async def look(path):
        seen.append((path, bool(await paper.file(PAGE))))

    await paper.newsroom.accept(an_article(), verb="killed", number=2)
    _, write = busy(look)
    await write(await paper.signals())
    assert seen == [(GONE, True)]
    assert await paper.file(PAGE) == ""


async def test_an_unpublished_article_leaves_nothing(paper):
    await paper.publish()
    await paper.write_all()
    await paper.newsroom.accept(an_article(), verb="unpublished", number=2)
    assert (await paper.write_all())[-1] == "removed"
    assert await paper.everything() == {}


async def test_a_move_leaves_a_page_that_leads_on(paper):
    await paper.publish()
    await paper.write_all()
    await paper.newsroom.accept(an_article(section="sport"), number=2)
    await paper.write_all()
    assert sorted(await paper.everything()) == [MOVED, "/sport/neue-bruecke-1/index.html"]
    assert "url=/sport/neue-bruecke-1/" in await paper.file(MOVED)


async def test_a_move_back_makes_the_first_path_the_page_again(paper):
    await paper.publish()
    for number, section in ((2, "sport"), (3, "stadt")):
        await paper.write_all()
        await paper.newsroom.accept(an_article(section=section), number=number)
    await paper.write_all()
    assert sorted(await paper.everything()) == ["/_moved/sport/neue-bruecke-1/index.html", PAGE]


async def test_a_released_article_comes_back_and_its_marker_goes(paper):
    await paper.publish()
    await paper.newsroom.accept(an_article(), verb="killed", number=2)
    await paper.write_all()
    assert await paper.newsroom.articles.release(SITE, an_id(1))
    await paper.newsroom.accept(an_article(headline="Wieder da"), number=3)
    await paper.write_all()
    assert sorted(await paper.everything()) == [PAGE]
    assert "Wieder da" in await paper.file(PAGE)


async def test_signals_that_nobody_can_act_on_are_settled(paper):
    await paper.publish()
    (signal,) = await paper.signals()
    unknown = signal.model_copy(update={"article_id": an_id(99)})
    elsewhere = signal.model_copy(update={"article_id": an_id(98), "site": SiteName("abgeschafft")})
    assert await paper.write([unknown, elsewhere, signal]) == ["unknown", "no_site", "rendered"]


async def test_the_timeline_says_what_was_done_and_how_long_readers_waited_is_measured(paper):
    await paper.publish()
    await paper.write_all()
    steps = [step["what"] for step in await paper.newsroom.articles.timeline(SITE, an_id(1))]
    assert steps == ["accepted", "listed", "rendered"]
    assert paper.metrics.visible_seconds._sum.get() == pytest.approx(0.005)


# --- lists -----------------------------------------------------------------------------------------------------------


async def test_many_changes_of_lists_write_each_file_once_and_give_way_to_articles(paper):
    await paper.publish(1, 2, 3)
    gave_way = 0

    async def give_way():
        nonlocal gave_way
        gave_way += 1

    await paper.write_lists(await paper.announced(), paper.list_writer(give_way=give_way))
    files = await paper.everything()
    assert gave_way == len(files)
    assert {"/index.html", "/stadt/index.html", "/2026/11/index.html", "/_fragments/related/tag/rat.html"} <= set(files)


async def test_changes_of_a_site_that_is_gone_write_nothing(paper):
    await paper.publish()
    changes = [change.model_copy(update={"site": SiteName("abgeschafft")}) for change in await paper.announced()]
    assert await paper.write_lists(changes) == ["no_site"]
    assert await paper.everything() == {}


async def test_a_tag_without_articles_loses_its_page_and_a_section_keeps_an_empty_one(paper):
    await paper.publish()
    await paper.write_lists(await paper.announced())
    assert await paper.file("/tag/rat/index.html")
    await paper.newsroom.accept(an_article(), verb="unpublished", number=2)
    await paper.newsroom.place(await paper.document(an_id(1)))
    await paper.write_lists(await paper.announced())
    assert not await paper.file("/tag/rat/index.html")
    assert not await paper.file("/2026/11/index.html")
    assert "Hier ist noch nichts erschienen." in await paper.file("/stadt/index.html")
    assert "Noch ist nichts erschienen." in await paper.file("/index.html")


async def test_nothing_to_do_is_done(paper):
    assert await paper.write_lists([]) == []
    assert await paper.list_writer().write(paper.site, [])
    assert await write_furniture(paper.site, paper.store) > 0
