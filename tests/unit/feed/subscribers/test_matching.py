import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feed.subscribers.matching import concerned, facts_of, has, with_numbers, without
from shared.contracts import Author, Tag
from shared.contracts.subscribers import Subscriber, SubscriberName, Wanted
from tests.support.articles import SITE, an_article

ARTICLE = an_article(
    section="stadt",
    tags=(Tag(name="Rat", slug="rat"),),
    authors=(Author(name="Mara Lindt", slug="mara-lindt"),),
    language="de-AT",
)


def a_subscriber(number: int = 3, **wanted: object) -> Subscriber:
    return Subscriber(
        name=SubscriberName("dpa"),
        number=number,
        wanted=Wanted.model_validate(wanted),
        signing_key="0" * 64,
        created_ms=0,
    )


def hears(one: Subscriber, verb: str = "published", *, article=ARTICLE, received: bytes = b"") -> bool:
    facts = facts_of(article) if article else None
    return bool(concerned([one], verb, site=SITE, facts=facts, received=received))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"sites": [SITE]},
        {"sections": ["sport", "stadt"]},
        {"tags": ["rat", "wald"]},
        {"authors": ["mara-lindt"]},
        {"kinds": ["article"]},
        {"languages": ["de"]},
        {"languages": ["DE-at"]},
        {"verbs": ["published"]},
        {"sections": ["stadt"], "tags": ["rat"]},
    ],
)
def test_what_is_wanted_comes(wanted):
    assert hears(a_subscriber(**wanted))


@pytest.mark.parametrize(
    "wanted",
    [
        {"sites": ["bote"]},
        {"sections": ["sport"]},
        {"tags": ["wald"]},
        {"authors": ["jo-brand"]},
        {"kinds": ["live"]},
        {"languages": ["de-DE", "d"]},
        {"verbs": ["updated"]},
        {"sections": ["stadt"], "tags": ["wald"]},
    ],
)
def test_what_is_not_wanted_does_not_come(wanted):
    assert not hears(a_subscriber(**wanted))


def test_who_has_an_article_hears_of_it_also_when_it_leaves_what_was_wanted():
    one = a_subscriber(sections=["stadt"])
    elsewhere = an_article(section="sport")
    assert hears(one, "updated", article=elsewhere, received=with_numbers(b"", [one.number]))
    assert not hears(one, "updated", article=elsewhere)


def test_an_unpublished_article_concerns_who_has_it():
    one = a_subscriber(sections=["stadt"], verbs=["published"])
    assert hears(one, "unpublished", article=None, received=with_numbers(b"", [one.number]))
    assert not hears(one, "unpublished", article=None)


def test_a_kill_concerns_every_subscriber_of_the_site():
    assert hears(a_subscriber(sections=["sport"], verbs=["published"]), "killed", article=None)
    assert not hears(a_subscriber(sites=["bote"]), "killed", article=None)


@given(st.sets(st.integers(0, 5_000)), st.sets(st.integers(0, 5_000)), st.integers(0, 5_000))
def test_a_bitmap_holds_the_numbers_put_into_it_and_no_others(first, second, asked):
    assert has(with_numbers(with_numbers(b"", first), second), asked) == (asked in first | second)


@given(st.sets(st.integers(0, 50)), st.integers(0, 50), st.integers(0, 50))
def test_what_is_taken_out_of_a_bitmap_is_no_longer_in_it(first, out, asked):
    assert has(without(with_numbers(b"", first), out), asked) == (asked in first - {out})


async def test_a_bitmap_is_read_as_redis_writes_it(redis):
    await redis.setbit("bits", 11, 1)
    assert await redis.get("bits") == with_numbers(b"", [11])
