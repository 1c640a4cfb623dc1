"""Items of a CMS that take each other's place are one article, in whatever order they come."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts import ArticleId, Document, UrlPath
from shared.runtime.articles import Articles, Candidate
from shared.runtime.schedule import Schedule
from tests.support.candidates import KEYS, SITE, A, B, C, a_candidate, signals

HOUR = 3_600_000
SLUGS = {A: "eins", B: "zwei", C: "drei"}
PARENTS = {A: None, B: A, C: B}
# A is the first, B took its place, C took B's. Their numbers and times say nothing about that.
FIRST = a_candidate(A, 9, slug="eins", headline="Eins", time_ms=900)
SECOND = a_candidate(B, 5, slug="zwei", headline="Zwei", time_ms=500, parent=A)
THIRD = a_candidate(C, 1, slug="drei", headline="Drei", time_ms=100, parent=B)
STORY = [FIRST, SECOND, THIRD]
EDIT = a_candidate(C, 2, slug="drei", headline="Drei, besser", time_ms=200, parent=B)


async def accept(articles: Articles, *candidates: Candidate) -> list[str]:
    return [(await articles.accept(candidate)).outcome for candidate in candidates]


async def article_at(articles: Articles, path: str) -> Document:
    owner = await articles.owner(SITE, UrlPath(path))
    assert owner is not None
    (document,) = await articles.newest(SITE, [owner])
    assert document is not None
    return document


async def public(articles: Articles) -> list[Document]:
    documents = await articles.newest(SITE, [A, B, C])
    return [document for document in documents if document and document.state == "public"]


async def test_an_item_that_takes_anothers_place_keeps_its_article(articles, redis):
    await accept(articles, FIRST)
    taken = await articles.accept(SECOND)
    assert (taken.outcome, taken.verb, taken.article_id, taken.path) == ("accepted", "moved", A, "/stadt/zwei/")
    document = await article_at(articles, "/stadt/eins/")
    assert (document.id, document.path, set(document.old_paths)) == (A, "/stadt/zwei/", {"/stadt/eins/"})
    assert document.article is not None
    assert (document.article.id, document.article.source_id, document.article.headline) == (A, B, "Zwei")
    assert await articles.homes_of(SITE, [B, C]) == [A, C]
    assert [signal[b"article_id"] for signal in await signals(redis, "articles")] == [A.encode()] * 2


async def test_a_parent_that_comes_late_is_stale_and_its_address_leads_on(articles):
    await accept(articles, SECOND)
    assert await accept(articles, FIRST) == ["stale"]
    document = await article_at(articles, "/stadt/eins/")
    assert document.path == "/stadt/zwei/"


async def test_edits_of_one_item_are_ordered_as_ever_and_its_elders_stay_stale(articles):
    assert await accept(articles, FIRST, SECOND, THIRD, EDIT) == ["accepted"] * 4
    again = a_candidate(B, 99, slug="zwei", headline="Zwei, ganz neu", time_ms=99_000, parent=A)
    assert await accept(articles, THIRD, again) == ["stale", "stale"]
    (document,) = await public(articles)
    assert document.article is not None
    assert document.article.headline == "Drei, besser"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_any_order_ends_in_one_article_with_the_youngest_items_words(articles, order: Sequence[int]):
    story = [*STORY, EDIT]
    for index in order:
        await articles.accept(story[index])
    (document,) = await public(articles)
    assert document.article is not None
    assert (document.article.headline, document.article.id) == ("Drei, besser", document.id)
    assert document.path == "/stadt/drei/"
    assert set(document.paths) == {"/stadt/eins/", "/stadt/zwei/", "/stadt/drei/"}
    assert set(await articles.homes_of(SITE, [A, B, C])) == {document.id}
    for path in document.paths:
        assert await articles.owner(SITE, path) == document.id


async def test_two_articles_that_turn_out_to_be_one_are_told_so(articles, redis):
    await accept(articles, FIRST, THIRD)
    assert len(await public(articles)) == 2
    await accept(articles, SECOND)
    (document,) = await public(articles)
    assert document.id == B, "where the younger one was"
    told = [(signal[b"article_id"], signal[b"verb"]) for signal in await signals(redis, "articles")]
    assert told[2:] == [(A.encode(), b"unpublished"), (B.encode(), b"updated")]
    assert (await articles.timeline(SITE, A))[-1]["what"] == "merged"
    assert await redis.exists(KEYS.payloads(A)) == 0


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("item", [A, B, C])
async def test_a_kill_of_any_item_kills_all_of_them_in_any_order(
    articles, redis, order: Sequence[int], item: ArticleId
):
    story = [*STORY, a_candidate(item, 50, verb="killed")]
    for index in order:
        await articles.accept(story[index])
    assert await public(articles) == []
    for path in ("/stadt/eins/", "/stadt/zwei/", "/stadt/drei/"):
        if await articles.owner(SITE, UrlPath(path)):
            assert (await article_at(articles, path)).state == "killed"
    assert not [key async for key in redis.scan_iter(f"{KEYS.payloads(ArticleId('a'))}*")]


async def test_an_unpublish_of_a_replaced_item_takes_nothing_down(articles):
    await accept(articles, FIRST, SECOND)
    assert await accept(articles, a_candidate(A, 10, verb="unpublished", time_ms=99_000)) == ["stale"]
    assert await accept(articles, a_candidate(B, 6, verb="unpublished")) == ["accepted"]
    assert await public(articles) == []


async def test_items_in_a_circle_lose_no_article(articles):
    await accept(articles, a_candidate(A, 1, slug="a", parent=B), a_candidate(B, 1, slug="b", parent=A))
    assert len(await public(articles)) == 1


async def test_two_items_that_take_the_place_of_the_same_one_are_ordered_by_time(articles):
    young = a_candidate(C, 1, slug="c", headline="Jünger", time_ms=2_000, parent=A)
    old = a_candidate(B, 7, slug="b", headline="Älter", time_ms=1_000, parent=A)
    await accept(articles, FIRST, young, old)
    (document,) = await public(articles)
    assert document.article is not None
    assert document.article.headline == "Jünger"


async def test_an_item_that_waits_for_its_time_is_waited_for_under_the_same_article(articles, redis, clock):
    await accept(articles, FIRST)
    waiting = a_candidate(B, 5, slug="zwei", headline="Zwei", parent=A, public_ms=clock() + HOUR)
    assert await accept(articles, waiting) == ["scheduled"]
    clock.now_ms += HOUR
    await Schedule(redis, shards=[KEYS], clock=clock).open_due()
    (document,) = await public(articles)
    assert (document.id, document.path) == (A, "/stadt/zwei/")


async def test_many_in_one_call_find_their_article_too(articles):
    outcomes = await articles.accept_many([THIRD, SECOND, FIRST, EDIT])
    assert len(outcomes) == 4
    (document,) = await public(articles)
    assert document.article is not None
    assert document.article.headline == "Drei, besser"


deliveries = st.lists(
    st.builds(
        lambda item, number, verb, headline: a_candidate(
            item, number, verb=verb, slug=SLUGS[item], headline=headline, parent=PARENTS[item], time_ms=number * 100
        ),
        st.sampled_from([A, B, C]),
        st.integers(1, 4),
        st.sampled_from(["published", "updated", "published", "unpublished", "killed"]),
        st.sampled_from(["Eins", "Zwei"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=deliveries, data=st.data())
async def test_what_readers_find_does_not_depend_on_the_order(articles, redis, case: list[Candidate], data):
    async def found(order: Sequence[Candidate]) -> dict[str, tuple[str, str]]:
        """Every address that an item ever had → what its article is now."""
        await redis.flushall()
        for index, candidate in enumerate(order):
            await articles.accept(replace(candidate, delivery_id=f"{index}"))
        answer = {}
        for slug in SLUGS.values():
            if await articles.owner(SITE, UrlPath(f"/stadt/{slug}/")):
                document = await article_at(articles, f"/stadt/{slug}/")
                answer[slug] = (document.state, document.article.headline if document.article else "")
        return answer

    again = data.draw(st.permutations(case))
    assert await found(again) == await found(case)
