"""The files that show lists."""

import pytest

from services.render.affects import Job
from services.render.listing import file_of, title_of
from shared.contracts import Author, Tag, lists
from tests.support.articles import SITE, a_teaser, an_id
from tests.unit.render.paper import Paper


async def rendered(paper: Paper, job: Job) -> str:
    return (await paper.list_files.render(paper.site, job) or b"").decode()


@pytest.mark.parametrize(
    ("job", "file"),
    [
        (Job("front", lists.RECENT), "/index.html"),
        (Job("list", lists.section("sport")), "/sport/index.html"),
        (Job("month", lists.RECENT, "2026-11"), "/2026/11/index.html"),
        (Job("month", lists.author("ana"), "2026-11"), "/author/ana/2026/11/index.html"),
        (Job("fragment", lists.EVENTS), "/_fragments/events.html"),
        (Job("related", lists.tag("rat")), "/_fragments/related/tag/rat.html"),
    ],
)
def test_each_job_has_one_file(job, file):
    assert file_of(job) == file


async def test_lists_are_called_as_the_newsroom_writes_them(paper):
    teaser = a_teaser(tags=(Tag(name="Brücke", slug="bruecke"),), authors=(Author(name="Ana Ruiz", slug="ana-ruiz"),))
    assert title_of(paper.site, lists.section("stadt"), ()) == "Stadt"
    assert title_of(paper.site, lists.tag("bruecke"), [teaser]) == "Brücke"
    assert title_of(paper.site, lists.author("ana-ruiz"), [teaser]) == "Ana Ruiz"
    assert title_of(paper.site, lists.tag("weg"), [teaser]) == "weg"


async def test_a_month_has_the_articles_of_the_sites_month_and_no_other(paper):
    await paper.publish(1)
    page = await rendered(paper, Job("month", lists.RECENT, "2026-11"))
    assert "Die neue Brücke kommt im Frühjahr (1)" in page
    assert await rendered(paper, Job("month", lists.RECENT, "2026-10")) == ""
    assert await rendered(paper, Job("month", lists.RECENT, "0000-01")) == ""


async def test_a_list_leads_to_its_months(paper):
    await paper.publish(1)
    assert 'href="/tag/rat/2026/11/"' in await rendered(paper, Job("list", lists.tag("rat")))


async def test_tags_and_authors_that_nobody_has_are_no_pages_and_events_may_be_empty(paper):
    for name in (lists.tag("weg"), lists.author("niemand")):
        assert await rendered(paper, Job("list", name)) == ""
    assert "Hier ist noch nichts erschienen." in await rendered(paper, Job("list", lists.EVENTS))


async def test_the_front_page_shows_all_sections_in_their_order(paper):
    await paper.publish(*range(1, 9))
    await paper.publish(20, section="sport")
    await paper.publish(21, section="kultur")
    page = await rendered(paper, Job("front", lists.RECENT))
    assert page.index(f"a-{an_id(21)}") < page.index(f"a-{an_id(20)}")  # the newest leads
    assert page.count(f"a-{an_id(3)}") == 1


async def test_the_box_of_the_newest_has_eight_with_their_minutes(paper):
    await paper.publish(*range(1, 12))
    box = await rendered(paper, Job("fragment", lists.RECENT))
    assert box.count("<li") == 8
    assert "21. November 2026, 14:14\u00a0Uhr" in box


async def test_writing_puts_the_file_and_an_empty_list_takes_it_away(paper):
    await paper.publish(1)
    job = Job("list", lists.tag("rat"))
    await paper.list_files.write(paper.site, job)
    assert await paper.file("/tag/rat/index.html")
    await paper.newsroom.redis.delete(*await paper.newsroom.redis.keys("*:list:*"))
    await paper.list_files.write(paper.site, job)
    assert await paper.store.get(SITE, "/tag/rat/index.html") is None
