"""What render tells of what it wrote, on the stream `pages`."""

import pytest

from services.render.handlers import ArticleFiles, make_article_writer
from services.render.house_ads import keep_house_ads
from services.render.written import Written
from shared.contracts.keys import PAGES_STREAM, Keys
from shared.contracts.signals import ListsChanged, PagesWritten
from shared.runtime.timeline import Timeline
from tests.support.articles import SITE, an_article, an_id
from tests.unit.render.paper import BusyStore

KEYS = Keys("s1")
PAGE = "/stadt/neue-bruecke-1/"


@pytest.fixture
def written(paper):
    return Written(paper.newsroom.redis, shards=1)


@pytest.fixture
def write(paper, written):
    redis, newsroom = paper.newsroom.redis, paper.newsroom
    return make_article_writer(
        paper.sites, newsroom.articles, paper.files, Timeline(redis, shards=1), paper.metrics, newsroom.clock,
        written=written,
    )  # fmt: skip


async def told(paper) -> list[PagesWritten]:
    rows = await paper.newsroom.redis.xrange(KEYS.stream(PAGES_STREAM))
    return [PagesWritten.from_wire({k.decode(): v.decode() for k, v in fields.items()}) for _, fields in rows]


async def test_what_was_right_already_is_told_as_well_since_who_wrote_it_may_have_died(paper, write):
    await paper.publish()
    assert await write(await paper.signals()) == ["rendered"]
    assert await write(await paper.signals()) == ["equal"]
    page = PagesWritten(site=SITE, names=(f"a-{an_id()}", f"p-kurier{PAGE}"), article_id=an_id())
    assert await told(paper) == [page, page]


async def test_a_kill_is_told_with_every_address_that_has_to_be_free_of_it(paper, write):
    await paper.publish()
    await paper.newsroom.accept(an_article(slug="neu"), number=2)
    await paper.newsroom.accept(an_article(slug="neu"), verb="killed", number=3)
    await write((await paper.signals())[:1])
    page, again = await told(paper)
    assert page == again
    assert set(page.gone) == {PAGE, "/stadt/neu/"}
    assert set(page.names) == {f"a-{an_id()}", f"p-kurier{PAGE}", "p-kurier/stadt/neu/"}
    assert page.lists == ("recent", "section:stadt"), "whose pages, boxes and feeds may not lead to it either"


async def test_a_kill_is_told_before_its_page_goes_since_once_proved_its_lists_are_forgotten(paper, written, tmp_path):
    before: list[PagesWritten] = []

    async def look(path: str) -> None:
        before.extend(await told(paper))

    await paper.publish()
    await paper.newsroom.accept(an_article(), verb="killed", number=2)
    newsroom, files = paper.newsroom, ArticleFiles(BusyStore(f"file://{tmp_path}/busy", look), paper.metrics)
    timeline = Timeline(newsroom.redis, shards=1)
    write = make_article_writer(
        paper.sites, newsroom.articles, files, timeline, paper.metrics, newsroom.clock, written=written
    )
    assert await write(await paper.signals()) == ["buried", "buried"]
    assert [page.lists for page in before] == [("recent", "section:stadt")]


async def test_pages_and_fragments_of_lists_are_told_once_a_batch(paper, written):
    await paper.publish(1, 2)
    writer = paper.list_writer(written=written)
    await paper.write_lists([ListsChanged(site=SITE, lists=("section:stadt",))] * 3, writer)
    (page,) = await told(paper)
    assert set(page.names) == {"l-kurier/recent", "l-kurier/section:stadt", "f-kurier/related/section/stadt"}
    assert page.gone == ()


async def test_nothing_that_was_written_is_nothing_to_tell(paper, write, written):
    await written.tell([])
    assert await told(paper) == []
    await keep_house_ads(paper.site, paper.store, paper.newsroom.clock, written=written)  # it has none
    assert await told(paper) == []
