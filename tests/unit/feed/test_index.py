import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.feed.index import Change, UnknownSite
from shared.contracts import Author, Correction, Document, SiteName, Tag
from shared.runtime.clock import milliseconds, moment
from shared.runtime.lists import teaser_in
from tests.support.articles import PUBLISHED, SITE, a_document, a_tombstone, an_article, an_event, an_id
from tests.support.lists import KEYS

HOUR_MS = 3_600_000

LISTS = ("author:mara-lindt", "recent", "section:stadt", "tag:bruecke", "tag:rat")


async def test_a_published_article_is_in_all_its_lists_and_announced_once(newsroom):
    (placed,) = await newsroom.place(a_document())
    assert (placed.outcome, placed.lists, placed.months) == ("listed", LISTS, ("2026-11",))
    assert [await newsroom.ids(name) for name in LISTS] == [[1]] * 5
    (entry,) = await newsroom.announced()
    assert (entry.site, entry.lists, entry.months, entry.article_id) == (SITE, LISTS, ("2026-11",), an_id(1))
    assert entry.received_ms == newsroom.clock() - 5
    assert await newsroom.reader.version(SITE, [*placed.lists, "events"]) == [1, 1, 1, 1, 1, 0]


async def test_the_same_signal_again_changes_and_announces_nothing(newsroom):
    await newsroom.place(a_document())
    (again,) = await newsroom.place(a_document())
    assert again.outcome == "skipped"
    assert len(await newsroom.announced()) == 1


async def test_a_late_worker_cannot_put_an_older_version_over_a_newer_one(newsroom):
    await newsroom.place(a_document(an_article(headline="Neu"), seq=7))
    (late,) = await newsroom.place(a_document(an_article(headline="Alt", section="sport"), seq=6))
    assert late.outcome == "skipped"
    (row,) = await newsroom.reader.rows(SITE, "recent", limit=1)
    assert teaser_in(row.teaser).headline == "Neu"
    assert await newsroom.ids("section:sport") == []


async def test_an_equal_version_with_a_greater_sequence_is_remembered_but_not_announced(newsroom):
    await newsroom.place(a_document(seq=1))
    (equal,) = await newsroom.place(a_document(seq=5))
    assert (equal.outcome, equal.lists) == ("unchanged", ())
    (late,) = await newsroom.place(a_document(an_article(headline="Dazwischen"), seq=4))
    assert late.outcome == "skipped"
    assert len(await newsroom.announced()) == 1


async def test_an_edit_moves_nothing_but_changes_every_list_that_shows_it(newsroom):
    await newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2)))
    edited = an_article(number=1, headline="Anders", updated_at=PUBLISHED + timedelta(days=1))
    (placed,) = await newsroom.place(a_document(edited, seq=3))
    assert placed.lists == LISTS
    assert await newsroom.ids("recent") == [2, 1]
    assert [teaser.headline for teaser in await newsroom.reader.teasers(SITE, "recent", limit=2)][1] == "Anders"


async def test_an_article_that_changes_its_section_leaves_the_old_one(newsroom):
    await newsroom.place(a_document())
    moved = an_article(section="sport", tags=(Tag(name="Rat", slug="rat"),))
    (placed,) = await newsroom.place(a_document(moved, seq=2))
    assert set(placed.lists) == {*LISTS, "section:sport"}
    assert await newsroom.ids("section:stadt") == await newsroom.ids("tag:bruecke") == []
    assert await newsroom.ids("section:sport") == [1]


async def test_another_publication_date_moves_it_and_names_both_months(newsroom):
    await newsroom.place(a_document(an_article(number=1)), a_document(an_article(number=2)))
    (placed,) = await newsroom.place(
        a_document(an_article(number=2, published_at=PUBLISHED - timedelta(days=40)), seq=2)
    )
    assert placed.months == ("2026-11", "2026-10")
    assert await newsroom.ids("recent") == [1, 2]


@pytest.mark.parametrize("state", ["unpublished", "killed"])
async def test_a_withdrawn_article_leaves_everything(newsroom, state):
    correction = (Correction(text="Es waren zwei.", at=PUBLISHED),)
    article = an_article(event=an_event(), corrections=correction)
    await newsroom.place(a_document(article))
    assert await newsroom.lists.draw_mixed(SITE)
    assert await newsroom.ids("mixed") == [1]
    (placed,) = await newsroom.place(a_tombstone(article, state=state, seq=2))
    assert placed.outcome == "unlisted"
    assert set(placed.lists) == {*LISTS, "events", "corrections", "mixed"}
    assert placed.months == ("2026-11",)
    assert await newsroom.redis.keys("*:list:*") == []
    assert await newsroom.redis.hgetall(KEYS.teasers(SITE)) == {}
    assert await newsroom.redis.zscore(KEYS.due(SITE), f"event:{an_id(1)}") is None


async def test_a_late_worker_cannot_bring_a_killed_article_back(newsroom):
    await newsroom.place(a_tombstone(seq=5))
    (late,) = await newsroom.place(a_document(seq=4))
    assert late.outcome == "skipped"
    assert await newsroom.ids("recent") == []


async def test_an_unpublished_article_may_return(newsroom):
    await newsroom.place(a_document(seq=1), a_tombstone(state="unpublished", seq=2))
    (back,) = await newsroom.place(a_document(seq=3))
    assert (back.outcome, back.lists) == ("listed", LISTS)


async def test_a_withdrawal_of_something_that_was_never_listed_is_not_announced(newsroom):
    (placed,) = await newsroom.place(a_tombstone())
    assert placed.outcome == "unchanged"
    assert await newsroom.announced() == []


async def test_a_batch_is_placed_in_order(newsroom):
    placed = await newsroom.place(a_document(seq=1), a_tombstone(seq=2), a_document(an_article(number=2), seq=3))
    assert [one.outcome for one in placed] == ["listed", "unlisted", "listed"]
    assert await newsroom.ids("recent") == [2]


async def test_what_was_listed_stands_in_the_timeline(newsroom):
    await newsroom.place(a_document(), a_tombstone(seq=2))
    entries = await newsroom.redis.xrange(KEYS.timeline(an_id(1)))
    assert [fields[b"what"] for _, fields in entries] == [b"listed", b"unlisted"]
    assert 0 < await newsroom.redis.ttl(KEYS.timeline(an_id(1))) <= 30 * 86_400


async def test_a_signal_of_a_site_that_is_gone_is_rejected(newsroom):
    with pytest.raises(UnknownSite, match="verschwunden"):
        await newsroom.lists.place(SiteName("verschwunden"), [Change(a_document())])


# --- any order, any repetition ---------------------------------------------------------------------------------------

WORDS = st.sampled_from(["a", "b", "c"])


@st.composite
def histories(draw: st.DrawFn) -> list[Document]:
    """All versions of some articles: what accept made of them, each with its sequence number."""
    documents = []
    for seq in range(1, draw(st.integers(2, 12)) + 1):
        number = draw(st.integers(1, 3))
        article = an_article(
            number=number,
            section=draw(WORDS),
            headline=draw(WORDS),
            tags=tuple(Tag(name=word, slug=word) for word in draw(st.lists(WORDS, unique=True))),
            authors=tuple(Author(name=word, slug=word) for word in draw(st.lists(WORDS, unique=True))),
            published_at=PUBLISHED + timedelta(days=draw(st.integers(-40, 0))),
            event=draw(st.sampled_from([None, an_event(), an_event(starts_at=PUBLISHED, ends_at=PUBLISHED)])),
            corrections=draw(st.sampled_from([(), (Correction(text="x", at=PUBLISHED),)])),
        )
        state = draw(st.sampled_from(["public", "public", "unpublished", "killed"]))
        documents.append(
            a_document(article, seq=seq) if state == "public" else a_tombstone(article, state=state, seq=seq)
        )
    return documents


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), data=st.data())
async def test_any_order_and_repetition_of_signals_ends_in_the_same_lists(newsroom, history, data):
    mixed_up = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history), max_size=6))))
    await newsroom.redis.flushall()
    await newsroom.place(*history)
    expected = await newsroom.state()
    await newsroom.redis.flushall()
    await asyncio.gather(*(newsroom.place(*mixed_up[first::3]) for first in range(3)))
    assert await newsroom.state() == expected
    newest = {document.id: document for document in history}
    public = sorted(document.id for document in newest.values() if document.state == "public")
    assert sorted((await newsroom.redis.hgetall(KEYS.teasers(SITE))).keys()) == [
        article_id.encode() for article_id in public
    ]


# --- time ------------------------------------------------------------------------------------------------------------


async def test_an_event_leaves_when_it_is_over_and_not_before(newsroom):
    event = an_event()
    await newsroom.place(a_document(an_article(number=1, event=event)))
    before = await newsroom.reader.version(SITE, ["events", "recent"])
    newsroom.clock.now_ms = milliseconds(event.ends_at) - 1
    assert await newsroom.lists.end_what_is_over(SITE) == []
    newsroom.clock.now_ms += 1
    assert await newsroom.lists.end_what_is_over(SITE) == [("events", an_id(1), milliseconds(event.ends_at))]
    assert await newsroom.lists.end_what_is_over(SITE) == []
    assert await newsroom.ids("events") == []
    assert await newsroom.ids("recent") == [1]
    assert (await newsroom.announced())[-1].lists == ("events",)
    assert await newsroom.reader.version(SITE, ["events", "recent"]) == [before[0] + 1, before[1]]


async def test_an_event_that_left_is_as_if_it_had_been_placed_after_its_end(newsroom):
    event = an_event()
    document = a_document(an_article(event=event))
    await newsroom.place(document)
    newsroom.clock.now_ms = milliseconds(event.ends_at)
    await newsroom.lists.end_what_is_over(SITE)
    left = await newsroom.state()
    await newsroom.redis.flushall()
    await newsroom.place(document)
    assert await newsroom.state() == left


async def test_breaking_news_is_so_until_its_end_or_until_it_comes_without_one(newsroom):
    end = moment(newsroom.clock() + HOUR_MS)
    await newsroom.place(a_document(an_article(number=1, breaking_until=end)))
    await newsroom.place(a_document(an_article(number=2, breaking_until=end + timedelta(hours=1))))
    await newsroom.place(a_document(an_article(number=3)))
    assert await newsroom.ids("breaking") == [2, 1]
    newsroom.clock.now_ms = milliseconds(end) - 1
    assert await newsroom.lists.end_what_is_over(SITE) == []
    newsroom.clock.now_ms += 1
    assert await newsroom.lists.end_what_is_over(SITE) == [("breaking", an_id(1), milliseconds(end))]
    assert (await newsroom.announced())[-1].lists == ("breaking",)
    assert await newsroom.ids("breaking") == [2]
    (edit,) = await newsroom.place(a_document(an_article(number=2), seq=9))
    assert "breaking" in edit.lists
    assert await newsroom.ids("breaking") == []
    newsroom.clock.now_ms += HOUR_MS
    assert await newsroom.lists.end_what_is_over(SITE) == []
    assert await newsroom.ids("recent") == [3, 2, 1]


async def test_a_kill_ends_breaking_news_and_leaves_no_feed_of_it_to_be_written(newsroom):
    await newsroom.place(a_document(an_article(breaking_until=moment(newsroom.clock() + HOUR_MS))))
    (kill,) = await newsroom.place(a_document(an_article(), state="killed", seq=2))
    assert "breaking" in kill.lists
    assert await newsroom.ids("breaking") == []
    due = await newsroom.redis.zrange(KEYS.due(SITE), 0, -1)
    assert not [each for each in due if b"breaking" in each]


async def test_an_event_that_is_put_off_after_its_end_comes_back(newsroom):
    event = an_event()
    await newsroom.place(a_document(an_article(event=event)))
    newsroom.clock.now_ms = milliseconds(event.ends_at)
    await newsroom.lists.end_what_is_over(SITE)
    later = an_event(starts_at=event.starts_at + timedelta(days=2), ends_at=event.ends_at + timedelta(days=2))
    (placed,) = await newsroom.place(a_document(an_article(event=later), seq=2))
    assert "events" in placed.lists
    assert await newsroom.ids("events") == [1]
