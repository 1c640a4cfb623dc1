"""Signals and announcements, as the broker hands them over."""

from pathlib import Path

import feedparser
import pytest

from services.feed.handlers import ArticleHandler, ListsHandler, UrgentHandler, signal_in
from services.feed.index import Lists, UnknownSite
from shared.contracts import ListsChanged, SiteName
from shared.contracts.config import RedisConfig
from shared.runtime.broker import closing, connect
from shared.runtime.errors import RedisAway, StoreAway
from tests.support.articles import SITE, an_article, an_id


@pytest.fixture
def handler(parts, clock) -> ArticleHandler:
    return ArticleHandler(parts.articles, parts.lists, parts.metrics, clock=clock)


@pytest.fixture
def urgent(parts, clock) -> UrgentHandler:
    return UrgentHandler(parts.articles, parts.lists, parts.files, parts.metrics, clock=clock)


def headlines(tmp_path: Path) -> list[str]:
    return [entry.title for entry in feedparser.parse((tmp_path / "site" / SITE / "feed.xml").read_bytes()).entries]


async def test_a_signal_puts_the_newest_document_into_its_lists(newsroom, handler, registry):
    await newsroom.accept(an_article(headline="Alt"))
    await newsroom.accept(an_article(headline="Neu"), number=2)
    signals = await newsroom.signals()
    assert await handler.handle(signals[:1]) == ["listed"]
    (teaser,) = await newsroom.reader.teasers(SITE, "recent", limit=5)
    assert teaser.headline == "Neu"
    assert await handler.handle(signals[1:]) == ["skipped"]
    assert registry.get_sample_value("litfass_feed_articles_placed_total", {"outcome": "listed"}) == 1
    assert registry.get_sample_value("litfass_feed_lists_changed_total") == 5
    assert registry.get_sample_value("litfass_feed_publish_to_listed_seconds_sum") == pytest.approx(0.005)


async def test_three_waiting_edits_are_one_placement(newsroom, handler):
    for number in (1, 2, 3):
        await newsroom.accept(an_article(headline=f"Stand {number}"), number=number)
    await newsroom.accept(an_article(number=9))
    assert await handler.handle(await newsroom.signals()) == ["skipped", "skipped", "listed", "listed"]
    assert [entry.article_id for entry in await newsroom.announced()] == [an_id(1), an_id(9)]


async def test_signals_of_one_batch_may_come_in_any_order_and_again(newsroom, handler):
    await newsroom.accept(an_article())
    await newsroom.accept(an_article(), verb="unpublished", number=2)
    signals = await newsroom.signals()
    await handler.handle([*reversed(signals), *signals])
    assert await newsroom.ids("recent") == []
    assert await handler.handle(signals) == ["skipped", "skipped"]


async def test_a_signal_for_an_article_that_the_store_does_not_know_is_skipped(newsroom, handler):
    await newsroom.accept(an_article())
    (signal,) = await newsroom.signals()
    assert await handler.handle([signal.model_copy(update={"article_id": an_id(99)}), signal]) == ["skipped", "listed"]


async def test_a_signal_of_a_site_that_is_gone_is_rejected(newsroom, handler):
    await newsroom.accept(an_article(site="weg"))
    with pytest.raises(UnknownSite):
        await handler.handle(await newsroom.signals())


async def test_a_kill_counts_as_done_when_no_feed_shows_the_article(newsroom, parts, urgent, handler, tmp_path):
    await newsroom.accept(an_article())
    await newsroom.accept(an_article(number=2, headline="Bleibt"))
    await handler.handle(await newsroom.signals())
    await ListsHandler(parts.files, [SITE]).handle(await newsroom.announced())
    assert len(headlines(tmp_path)) == 2
    await newsroom.accept(an_article(), verb="killed", number=9)
    assert await urgent.handle(await newsroom.signals("articles-urgent")) == ["unlisted"]
    assert headlines(tmp_path) == ["Zurückgezogen", "Bleibt"]


async def test_a_kill_is_not_done_while_the_store_is_away_and_its_announcement_is_not_lost(newsroom, urgent, tmp_path):
    await newsroom.accept(an_article())
    await urgent.handle(await newsroom.signals())
    await newsroom.accept(an_article(), verb="killed", number=9)
    folder = tmp_path / "site" / SITE
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("in the way")
    before = len(await newsroom.announced())
    with pytest.raises(StoreAway):
        await urgent.handle(await newsroom.signals("articles-urgent"))
    assert len(await newsroom.announced()) == before + 1


async def test_a_batch_of_announcements_writes_each_feed_once(newsroom, parts, handler, tmp_path, registry):
    for number in range(1, 21):
        await newsroom.accept(an_article(number=number))
        await handler.handle((await newsroom.signals())[-1:])
    announced = await newsroom.announced()
    assert len(announced) == 20
    assert await ListsHandler(parts.files, [SITE]).handle(announced) == ["written"] * 20
    assert len(headlines(tmp_path)) == 20
    written = registry.get_sample_value("litfass_feed_files_total", {"format": "xml", "outcome": "written"})
    assert written == 5  # lists, once each


async def test_announcements_that_come_too_soon_make_the_feeds_due(newsroom, parts, handler):
    lists = ListsHandler(parts.files, [SITE])
    await newsroom.accept(an_article())
    await handler.handle(await newsroom.signals())
    assert await lists.handle(await newsroom.announced()) == ["written"]
    assert await lists.handle(await newsroom.announced()) == ["due"]


async def test_an_announcement_of_a_site_that_is_gone_is_skipped(parts):
    entry = ListsChanged(site=SiteName("weg"), lists=("recent",))
    assert await ListsHandler(parts.files, [SITE]).handle([entry]) == ["skipped"]


async def test_nothing_is_swallowed_when_redis_is_away(newsroom, parts, clock, tmp_path):
    await newsroom.accept(an_article())
    signals = await newsroom.signals()
    async with closing(connect(RedisConfig(url=f"unix://{tmp_path}/nobody.sock"))) as nobody:
        lists = Lists(nobody, parts.sites, shards=1, clock=clock)
        handler = ArticleHandler(parts.articles, lists, parts.metrics, clock=clock)
        with pytest.raises(RedisAway):
            await handler.handle(signals)


def test_a_signal_is_read_from_text():
    fields = {
        "v": "1",
        "article_id": an_id(1),
        "site": "kurier",
        "verb": "killed",
        "seq": "7",
        "received_ms": "1",
        "accepted_ms": "2",
        "new": "x",
    }
    assert signal_in(fields).seq == 7
