"""The files that show lists."""

from datetime import timedelta

import pytest

from services.feed.pins import Pin, Pins
from services.render.affects import Job, jobs_for
from services.render.listing import file_of, title_of
from shared.contracts import Author, Tag, lists
from shared.runtime.clock import moment
from tests.support.articles import PUBLISHED, SITE, a_teaser, an_id
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
    assert page.partition("</head>")[2].count(f"a-{an_id(3)}") == 1


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


async def pin(paper: Paper, number: int, name, position: int = 1) -> None:
    pins = Pins(paper.newsroom.redis, shards=1, clock=paper.newsroom.clock)
    await pins.set(SITE, Pin(an_id(number), name, position, until_ms=paper.newsroom.clock() + 3_600_000))


async def test_a_pinned_article_leads_the_front_page_and_a_section_may_borrow_one_from_another(paper):
    await paper.publish(*range(1, 12))
    await pin(paper, 1, lists.RECENT)
    await pin(paper, 2, lists.section("sport"))
    front, sport = [
        await rendered(paper, job) for job in (Job("front", lists.RECENT), Job("list", lists.section("sport")))
    ]
    assert f"card a-{an_id(1)} hero" in front
    assert (front.count(f"card a-{an_id(1)}"), sport.count(f"card a-{an_id(2)}")) == (1, 1)
    explained = await paper.list_files.ads(paper.site, Job("list", lists.section("sport")))
    assert explained == paper.site.chrome.ads.of_list(lists.section("sport"), 1)


async def test_what_resurfaces_leads_the_front_page_and_its_section_and_stands_on_none_twice(paper):
    old = PUBLISHED - timedelta(days=400)
    again = moment(paper.newsroom.clock() - 1)
    await paper.publish(1, published_at=old, resurface_at=again)
    await paper.publish(*range(2, 30))
    front, sport, box, related, month = [
        await rendered(paper, job)
        for job in (
            Job("front", lists.RECENT),
            Job("list", lists.section("stadt")),
            Job("fragment", lists.RECENT),
            Job("related", lists.section("stadt")),
            Job("month", lists.RECENT, "2026-11"),
        )
    ]
    assert f"card a-{an_id(1)} hero" in front
    assert front.count(f"card a-{an_id(1)}") == sport.count(f"card a-{an_id(1)}") == 1
    for page in (sport, box, related):
        assert page.index("/stadt/neue-bruecke-1/") < page.index("/stadt/neue-bruecke-29/")
    assert f"a-{an_id(1)}" not in month, "months are by publication"
    await pin(paper, 1, lists.section("stadt"), position=2)
    assert (await rendered(paper, Job("front", lists.RECENT))).count(f"card a-{an_id(1)}") == 1


async def test_breaking_news_stands_above_every_page_until_its_time_is_over(paper):
    await paper.publish(1)
    job = Job("fragment", lists.BREAKING)
    assert await rendered(paper, job) == ""
    await pin(paper, 1, lists.BREAKING)
    banner = await rendered(paper, job)
    assert 'aria-label="Eilmeldung"' in banner
    assert 'href="/stadt/neue-bruecke-1/"' in banner
    assert jobs_for(["breaking"], ()) == [job]
    paper.newsroom.clock.now_ms += 3_600_000
    await Pins(paper.newsroom.redis, shards=1, clock=paper.newsroom.clock).look(SITE)
    assert await rendered(paper, job) == ""


async def test_an_article_that_says_so_is_breaking_news_behind_what_editors_pinned(paper):
    until = moment(paper.newsroom.clock() + 3_600_000)
    await paper.publish(1, breaking_until=until)
    await paper.publish(2)
    banner = await rendered(paper, Job("fragment", lists.BREAKING))
    assert banner.count("Eilmeldung</b>") == 1
    assert 'href="/stadt/neue-bruecke-1/"' in banner
    for number in (2, 1):
        await pin(paper, number, lists.BREAKING)
    banner = await rendered(paper, Job("fragment", lists.BREAKING))
    assert banner.count("Eilmeldung</b>") == 2, "none twice"


async def test_every_page_has_a_place_for_breaking_news_and_without_any_it_is_nothing(paper):
    await paper.publish(1)
    await paper.write_all()
    include = '<!--#include virtual="/_fragments/breaking.html" -->'
    pages = [await rendered(paper, Job("front", lists.RECENT)), await paper.file("/stadt/neue-bruecke-1/index.html")]
    pages.append(paper.site.theme.static_page(paper.site.chrome, slug="a", title="A", html="").decode())
    assert [page.count(include) for page in pages] == [1, 1, 1]
    async with paper.reader() as reader:
        assert "breaking" not in (await reader.get("/stadt/neue-bruecke-1/")).text
