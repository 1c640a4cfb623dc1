"""A new theme reaches every page, newest first, once, and however often the process is started."""

from dataclasses import replace

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from services.render.compose.html import Theme
from services.render.rerender import LISTS, Rerender, pages_left, settle
from services.render.sites import Site
from services.render.themes import read_theme
from shared.contracts.keys import Keys
from shared.runtime.quiet import nobody_waits
from tests.support.articles import SITE

KEYS = Keys("s1")
MANY = 45  # three batches


def another_theme(paper, word: str = "Anders") -> None:
    """Give the site a theme in which every article says a word."""
    files = read_theme("default")
    body = files.templates["parts/footer.html"] + f"<p>{word}</p>"
    theme = Theme(replace(files, templates={**files.templates, "parts/footer.html": body}))
    paper.sites.swap(Site.of(SITE, paper.site.config, theme))


@pytest.fixture
def rerender(paper, redis: Redis):
    """Make what a process with this name does."""

    def made(name: str = "one", give_way=nobody_waits) -> Rerender:
        return Rerender(
            paper.sites, redis, paper.newsroom.articles, paper.files, paper.newsroom.reader, paper.list_writer(),
            paper.metrics, give_way=give_way, name=name,
        )  # fmt: skip

    return made


async def work_off(rerender: Rerender) -> int:
    ticks = 1
    while await rerender.tick() is not None:
        ticks += 1
    return ticks


async def with_word(paper, word: str = "Anders") -> set[str]:
    return {path for path, data in (await paper.everything()).items() if f"<p>{word}</p>".encode() in data}


async def a_paper_in_its_first_theme(paper, rerender, count: int = 3) -> None:
    await paper.publish(*range(1, count + 1))
    await paper.write_all()
    await work_off(rerender())


async def test_a_new_theme_reaches_every_page_of_an_article_and_of_a_list(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender, MANY)
    before = {path for path in await paper.everything() if path.endswith("index.html")}
    another_theme(paper)
    await work_off(rerender())
    assert await with_word(paper) == before
    assert await pages_left(paper.newsroom.redis, KEYS, SITE) == 0


async def test_the_front_page_comes_first_and_then_the_newest_articles(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender, MANY)
    another_theme(paper)
    await rerender().tick()
    done = await with_word(paper)
    assert "/index.html" in done
    left = [i.decode() for i in await paper.newsroom.redis.zrange(KEYS.theme_todo(SITE), 0, -1, desc=True)]
    newest = [row.id for row in await paper.newsroom.reader.rows(SITE, "recent", limit=MANY)]
    assert LISTS not in left
    assert left == newest[len(newest) - len(left) :]
    assert 0 < len(left) < MANY


async def test_the_same_theme_again_writes_nothing(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender)
    with capture_logs() as logs:
        assert await work_off(rerender("again")) == 1
    assert [entry for entry in logs if entry["event"] == "theme.changed"] == []


async def test_what_a_process_did_not_finish_another_does(paper, rerender, redis: Redis):
    await a_paper_in_its_first_theme(paper, rerender, MANY)
    another_theme(paper)
    await rerender("dies").tick()
    await redis.delete(KEYS.theme_lease(SITE))  # as it ends by itself
    await work_off(rerender("lives"))
    assert len(await with_word(paper)) > MANY


async def test_two_processes_share_the_work(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender, MANY)
    another_theme(paper)
    await rerender("one").tick()
    left = await pages_left(paper.newsroom.redis, KEYS, SITE)
    assert await rerender("two").tick() is None
    assert await pages_left(paper.newsroom.redis, KEYS, SITE) == left


async def test_a_process_that_still_has_the_old_theme_writes_none_of_it(paper, rerender, redis: Redis):
    await a_paper_in_its_first_theme(paper, rerender)
    old = rerender("old")
    await work_off(old)
    await redis.hset(KEYS.theme(SITE), "digest", "of a newer one")
    await redis.zadd(KEYS.theme_todo(SITE), {"x": 1})
    assert await old.tick() is None
    assert await redis.zcard(KEYS.theme_todo(SITE)) == 1


async def test_each_part_waits_until_no_news_does(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender, MANY)
    another_theme(paper)
    waited = []

    async def give_way() -> None:
        waited.append(len(await with_word(paper)))

    await work_off(rerender(give_way=give_way))
    assert waited[0] == 0
    assert len(waited) >= 3


async def test_progress_is_counted_and_logged(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender, MANY)
    another_theme(paper)
    process = rerender()
    with capture_logs() as logs:
        await process.tick()
        halfway = paper.metrics.theme_pages_left.labels(SITE)._value.get()
        await work_off(process)
    assert 0 < halfway < MANY
    assert paper.metrics.theme_pages_left.labels(SITE)._value.get() == 0
    (changed,) = [entry for entry in logs if entry["event"] == "theme.changed"]
    assert changed["pages"] == MANY + 1
    assert [entry["event"] for entry in logs].count("theme.rendered") == 1


async def test_an_article_that_was_killed_meanwhile_stays_gone(paper, rerender):
    await a_paper_in_its_first_theme(paper, rerender)
    another_theme(paper)
    process = rerender()
    await process.announce(paper.sites.at(""))
    article = (await paper.newsroom.reader.rows(SITE, "recent", limit=1))[0]
    document = await paper.document(article.id)
    await paper.newsroom.accept(document.article, verb="killed", number=99)
    await work_off(process)
    assert await paper.file(f"{document.path}index.html") == ""


async def test_after_a_rebuild_nothing_is_left_to_do(paper, rerender, redis: Redis):
    await a_paper_in_its_first_theme(paper, rerender)
    another_theme(paper)
    await settle(redis, KEYS, paper.sites.at(""))
    assert await work_off(rerender("later")) == 1
    assert await with_word(paper) == set()
