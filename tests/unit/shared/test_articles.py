"""Accept: what may become of a delivery, and that order and repetition never matter."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts import UrlPath
from shared.runtime.articles import Articles, Candidate
from tests.support.candidates import DAY, KEYS, SITE, A, B, C, a_candidate, newest, signals

SUFFIX = re.compile(r"-[0-9a-f]{6}/$")


@pytest.fixture
def articles(redis) -> Articles:
    return Articles(redis, shards=1)


async def test_a_new_article_is_accepted_stored_mapped_and_signalled(articles, redis):
    acceptance = await articles.accept(a_candidate())
    assert (acceptance.outcome, acceptance.verb, acceptance.path) == ("accepted", "published", "/stadt/markt/")
    document = await newest(articles)
    assert document.state == "public"
    assert document.article is not None
    assert document.article.headline == "Der Markt"
    assert await articles.owner(SITE, UrlPath("/stadt/markt/")) == A
    (signal,) = await signals(redis, "articles")
    assert (signal[b"article_id"], signal[b"verb"], signal[b"seq"]) == (A.encode(), b"published", b"1")


async def test_the_same_delivery_id_twice_changes_nothing_the_second_time(articles, redis):
    first = await articles.accept(a_candidate(delivery_id="msg_1"))
    second = await articles.accept(a_candidate(delivery_id="msg_1"))
    assert (second.outcome, second.event_id, second.path) == ("duplicate", first.event_id, first.path)
    assert len(await signals(redis, "articles")) == 1


async def test_an_older_revision_never_wins(articles):
    await articles.accept(a_candidate(number=2, headline="Neu"))
    assert (await articles.accept(a_candidate(number=1, headline="Alt"))).outcome == "stale"
    article = (await newest(articles)).article
    assert article is not None
    assert article.headline == "Neu"


async def test_equal_content_is_unchanged_but_advances_the_revision(articles, redis):
    await articles.accept(a_candidate(number=1))
    assert (await articles.accept(a_candidate(number=5))).outcome == "unchanged"
    assert (await newest(articles)).revision.number == 5
    assert (await articles.accept(a_candidate(number=3, headline="Anders"))).outcome == "stale"
    assert len(await signals(redis, "articles")) == 1
    assert len(await signals(redis, "articles-bulk")) == 1, "the page still has to show the new revision, without hurry"


async def test_edits_of_one_second_are_ordered_by_the_time_of_their_delivery(articles):
    await articles.accept(a_candidate(number=1, time_ms=20, headline="Zweite"))
    assert (await articles.accept(a_candidate(number=1, time_ms=10, headline="Erste"))).outcome == "stale"
    assert (await articles.accept(a_candidate(number=1, time_ms=30, headline="Dritte"))).outcome == "accepted"


async def test_a_withdrawal_without_a_number_is_ordered_by_time(articles):
    await articles.accept(a_candidate(number=7, time_ms=100))
    late = await articles.accept(a_candidate(verb="unpublished", number=0, scheme="none", time_ms=50))
    assert late.outcome == "stale"
    assert (
        await articles.accept(a_candidate(verb="unpublished", number=0, scheme="none", time_ms=150))
    ).outcome == "accepted"
    assert (await articles.accept(a_candidate(number=8, time_ms=200))).verb == "published"


async def test_a_kill_is_final_whatever_comes_later(articles, redis):
    await articles.accept(a_candidate(number=1))
    assert (await articles.accept(a_candidate(verb="killed", number=2))).outcome == "accepted"
    assert (await articles.accept(a_candidate(number=99, headline="Zurück"))).outcome == "killed"
    assert (await articles.accept(a_candidate(verb="unpublished", number=100))).outcome == "killed"
    document = await newest(articles)
    assert (document.state, document.article) == ("killed", None)
    assert await redis.exists(articles.keys(SITE).payloads(A)) == 0, "no stored event keeps the text"
    assert (await signals(redis, "articles-urgent"))[0][b"verb"] == b"killed"


async def test_a_kill_leaves_nothing_of_the_article_in_any_store(articles, redis):
    word = "Geheimwort"
    await articles.accept(a_candidate(number=1, headline=word, corrections=(f"{word} war falsch.",)))
    await articles.accept(a_candidate(number=2, headline=f"{word} zwei"))
    await articles.accept(a_candidate(B, slug="b"))
    for number, article_id in enumerate([A] * 501 + [B]):
        letter = {"reason": "bug", "detail": f"{word} {number}", "m:article_id": article_id}
        await redis.xadd(KEYS.stream("dead"), letter)
    await articles.accept(a_candidate(verb="killed", number=3))
    letters = await redis.xrange(KEYS.stream("dead"))
    assert [fields[b"m:article_id"] for _, fields in letters] == [B.encode()], "another article's letters stay"
    assert await redis.exists(KEYS.payloads(A)) == 0
    fields = await redis.hgetall(KEYS.article(A))
    assert b"doc" not in fields
    assert not [name for name in fields if name.startswith(b"correction:")]
    assert word.encode() not in b"".join(fields.values())


async def test_every_list_that_an_article_was_ever_in_is_remembered_for_its_retraction(articles, redis):
    await articles.accept(a_candidate(number=1, slug="markt"))
    await articles.accept(a_candidate(number=2, slug="dach"))
    await articles.accept(a_candidate(number=3, slug="dach", headline="Neu"))
    await articles.accept(a_candidate(verb="killed", number=4))
    names = (await redis.hget(KEYS.article(A), "lists")).split()
    assert sorted(names) == [b"month:2026-11", b"section:stadt", b"tag:dach", b"tag:markt"]
    assert await redis.zrange(KEYS.retractions(), 0, -1) == [A.encode()]


async def test_a_kill_wins_even_when_it_is_older_than_what_is_here(articles):
    await articles.accept(a_candidate(number=9))
    assert (await articles.accept(a_candidate(verb="killed", number=2))).outcome == "accepted"
    assert (await newest(articles)).state == "killed"


async def test_a_released_article_takes_any_delivery_again(articles):
    await articles.accept(a_candidate(number=5))
    await articles.accept(a_candidate(verb="killed", number=6))
    assert await articles.release(SITE, A)
    assert (await newest(articles)).state == "unpublished"
    assert (await articles.accept(a_candidate(number=5))).verb == "published"
    assert not await articles.release(SITE, A), "it is not killed any more"


async def test_a_source_that_may_republish_lifts_a_kill_by_a_later_publish_only(articles):
    await articles.accept(a_candidate(verb="killed", number=6))
    assert (await articles.accept(a_candidate(number=5, republish=True))).outcome == "killed"
    assert (await articles.accept(a_candidate(verb="unpublished", number=7, republish=True))).outcome == "killed"
    assert (await articles.accept(a_candidate(number=8, republish=True))).outcome == "accepted"


async def test_a_path_once_public_is_never_given_to_another_article(articles):
    await articles.accept(a_candidate(A, slug="markt"))
    await articles.accept(a_candidate(A, 2, slug="wochenmarkt"))
    other = await articles.accept(a_candidate(B, slug="markt"))
    assert other.path == f"/stadt/markt-{B[1:7]}/"
    assert await articles.owner(SITE, UrlPath("/stadt/markt/")) == A
    assert set((await newest(articles)).old_paths) == {"/stadt/markt/"}


async def test_a_move_and_back_needs_no_new_path(articles):
    for number, slug in enumerate(["a", "b", "a"], start=1):
        acceptance = await articles.accept(a_candidate(number=number, slug=slug, headline=f"{number}"))
    assert acceptance.path == "/stadt/a/"
    assert acceptance.verb == "moved"


async def test_a_stale_delivery_still_brings_its_correction_and_its_old_address(articles):
    await articles.accept(a_candidate(number=3, slug="neu"))
    assert (
        await articles.accept(a_candidate(number=2, slug="alt", corrections=("Der Name war falsch.",)))
    ).outcome == "stale"
    document = await newest(articles)
    assert document.article is not None
    assert [correction.text for correction in document.article.corrections] == ["Der Name war falsch."]
    assert set(document.paths) == {"/stadt/neu/", "/stadt/alt/"}
    assert document.path == "/stadt/neu/"


FRAME = ("/stadt/", "/")


async def test_where_a_cms_has_no_slugs_a_new_headline_moves_nothing(articles):
    await articles.accept(a_candidate(number=1, slug="markt", frame=FRAME))
    acceptance = await articles.accept(a_candidate(number=2, slug="neues-dach", headline="Neu", frame=FRAME))
    assert (acceptance.verb, acceptance.path) == ("updated", "/stadt/markt/")
    document = await newest(articles)
    assert (document.path, document.paths) == ("/stadt/markt/", ("/stadt/markt/",))


async def test_the_kept_address_is_the_articles_own_also_when_its_slug_was_another_articles(articles):
    await articles.accept(a_candidate(B, slug="markt"))
    first = await articles.accept(a_candidate(A, slug="markt", frame=FRAME))
    again = await articles.accept(a_candidate(A, 2, slug="dach", headline="Neu", frame=FRAME))
    assert first.path == again.path == f"/stadt/markt-{A[1:7]}/"


@pytest.mark.parametrize("frame", [("/sport/", "/"), ("/stadt/2026/", "/"), ("/", "/"), ("/stadt/", "/x/")])
async def test_an_article_moves_all_the_same_when_more_than_the_slug_is_another(articles, frame):
    await articles.accept(a_candidate(number=1, slug="markt", frame=FRAME))
    acceptance = await articles.accept(a_candidate(number=2, slug="dach", headline="Neu", frame=frame))
    assert (acceptance.verb, acceptance.path) == ("moved", "/stadt/dach/")


async def test_an_unpublished_article_returns_to_the_address_that_it_had(articles):
    await articles.accept(a_candidate(number=1, slug="markt", frame=FRAME))
    await articles.accept(a_candidate(number=2, verb="unpublished"))
    back = await articles.accept(a_candidate(number=3, slug="dach", headline="Neu", frame=FRAME))
    assert (back.verb, back.path) == ("published", "/stadt/markt/")


EARLY, LATE = DAY + timedelta(hours=1), DAY + timedelta(hours=2)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_minor_edit_shows_the_date_of_the_last_that_was_not_in_any_order(articles, order):
    story = [
        a_candidate(number=1, headline="Der Mark", updated_at=DAY),
        a_candidate(number=2, headline="Der Markd", updated_at=EARLY),
        a_candidate(number=3, headline="Der Markt", updated_at=LATE, minor=True),
    ]
    for index in order:
        await articles.accept(story[index])
    article = (await newest(articles)).article
    assert article is not None
    assert (article.headline, article.updated_at) == ("Der Markt", EARLY)


async def test_an_edit_that_is_not_minor_moves_the_date(articles):
    await articles.accept(a_candidate(number=1, minor=True, updated_at=EARLY))
    article = (await newest(articles)).article
    assert article is not None
    assert article.updated_at == article.published_at, "no other edit was ever seen"
    await articles.accept(a_candidate(number=2, headline="Neu", updated_at=LATE))
    article = (await newest(articles)).article
    assert article is not None
    assert article.updated_at == LATE


async def test_a_late_edit_that_dates_the_shown_one_anew_is_told(articles, redis):
    await articles.accept(a_candidate(number=3, minor=True, updated_at=LATE))
    late = await articles.accept(a_candidate(number=2, headline="Alt", updated_at=EARLY))
    assert (late.outcome, late.verb) == ("stale", "updated")
    assert len(await signals(redis, "articles")) == 2


async def test_bulk_deliveries_take_the_bulk_lane_but_their_kills_do_not(articles, redis):
    await articles.accept(a_candidate(bulk=True))
    await articles.accept(a_candidate(verb="killed", number=2, bulk=True))
    assert [len(await signals(redis, lane)) for lane in ("articles-urgent", "articles", "articles-bulk")] == [1, 0, 1]


async def test_many_are_taken_in_order_in_one_call(articles):
    outcomes = await articles.accept_many([a_candidate(number=1), a_candidate(number=1), a_candidate(B, slug="b")])
    assert [outcome.outcome for outcome in outcomes] == ["accepted", "duplicate", "accepted"]


async def test_the_script_is_sent_again_after_the_server_forgot_it(articles, redis):
    await articles.accept(a_candidate())
    await redis.script_flush()
    assert (await articles.accept(a_candidate(number=2, headline="Neu"))).outcome == "accepted"


deliveries = st.lists(
    st.builds(
        lambda article_id, number, verb, slug, headline, correction, minor: a_candidate(
            article_id,
            number,
            verb=verb,
            slug=slug,
            headline=headline,
            corrections=(correction,) if correction else (),
            minor=minor and not correction,
            updated_at=DAY + timedelta(minutes=number),
        ),
        st.sampled_from([A, B, C]),
        st.integers(1, 5),
        st.sampled_from(["published", "updated", "corrected", "unpublished", "killed", "published"]),
        st.sampled_from(["markt", "rathaus"]),
        st.sampled_from(["Eins", "Zwei"]),
        st.sampled_from(["", "", "Falsch war …"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


async def _end_state(articles: Articles, redis, order: list[Candidate]) -> dict[str, object]:
    await redis.flushall()
    for index, candidate in enumerate(order):
        await articles.accept(replace(candidate, delivery_id=f"{index}"))
    state: dict[str, object] = {}
    for article_id in (A, B, C):
        (document,) = await articles.newest(SITE, [article_id])
        if document:
            plain = {SUFFIX.sub("/", path) for path in document.paths}
            seqless = document.model_copy(update={"seq": 0, "paths": (), "path": SUFFIX.sub("/", document.path or "")})
            withdrawn_path = seqless if document.article else seqless.model_copy(update={"path": None})
            state[article_id] = (withdrawn_path.model_dump_json(), sorted(plain))
    urls = await redis.hgetall(articles.keys(SITE).urls(SITE))
    state["urls"] = sorted((SUFFIX.sub("/", path.decode()), owner) for path, owner in urls.items())
    return state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=deliveries, data=st.data())
async def test_any_permutation_and_repetition_ends_in_the_same_documents_tombstones_and_urls(
    articles, redis, case, data
):
    reference = await _end_state(articles, redis, case)
    again = data.draw(st.permutations(case + case[: len(case) // 2]))
    assert await _end_state(articles, redis, again) == reference


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_publish_edit_kill_and_a_late_edit_end_killed_in_any_order(articles, redis, order):
    story = [
        a_candidate(number=1),
        a_candidate(number=2, headline="Zwei"),
        a_candidate(verb="killed", number=3),
        a_candidate(number=4),
    ]
    for index in order:
        await articles.accept(story[index])
    assert (await newest(articles)).state == "killed"
