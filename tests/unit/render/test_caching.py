"""What a cache in front is told: how long it keeps a page, and by which names it is purged."""

from datetime import UTC, datetime

import pytest

from services.render.caching import ARCHIVED_S, LIVE_S, OLDER_S, PAGE_AGE, TODAY_S, Caching, Facts, age_of, facts_of
from services.render.caching import names_of as names
from shared.contracts.edge import CacheConfig, EdgeConfig
from tests.support.articles import SITE, a_document, an_article

NOW_S = datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()
HOUR_S, DAY_S = 3600, 86_400
PURGED = Caching(EdgeConfig(cache={"front": CacheConfig(url="http://127.0.0.1:6081")}))


@pytest.mark.parametrize(
    ("facts", "age_s"),
    [
        (Facts(is_live=True, changed_s=NOW_S - 90 * DAY_S), LIVE_S),
        (Facts(changed_s=NOW_S - HOUR_S), TODAY_S),
        (Facts(changed_s=NOW_S + HOUR_S), TODAY_S),  # a clock that is behind
        (Facts(changed_s=NOW_S - 2 * DAY_S), OLDER_S),
        (Facts(changed_s=NOW_S - 31 * DAY_S), ARCHIVED_S),
        (Facts(), TODAY_S),
    ],
    ids=["live", "today", "not-yet", "older", "archive", "list"],
)
def test_the_older_an_article_the_longer_a_cache_keeps_its_page(facts, age_s):
    assert age_of(facts, NOW_S) == age_s
    said = PURGED.age(facts, NOW_S).decode()
    assert said == f"public, max-age=5, s-maxage={age_s}, stale-while-revalidate=60, stale-if-error=864000"


def test_who_is_never_purged_keeps_a_page_for_seconds_and_learns_no_names():
    nobody = Caching(EdgeConfig())
    assert nobody.age(Facts(changed_s=0.0), NOW_S) == PAGE_AGE == b"public, max-age=5"
    assert nobody.names(SITE, "/", Facts(), ()) == ()


def test_the_page_of_an_article_says_what_it_is(theme, chrome):
    article = an_article(kind="live", published_at=datetime(2026, 11, 1, 8, tzinfo=UTC))
    facts = facts_of(theme.article_page(chrome, a_document(article)))
    assert (facts.article_id, facts.is_live) == (article.id, True)
    assert facts.changed_s is not None
    assert facts.changed_s >= datetime(2026, 11, 1, 8, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "page",
    [
        b"<p>Eine Seite</p>",
        b'<meta name="litfass:revision" content="3" data-tie="x">',
        b'<meta name="litfass:revision" data-changed="gestern">',
    ],
)
def test_a_theme_that_says_nothing_of_its_articles_is_served_all_the_same(page):
    assert facts_of(page) == Facts()


def test_an_article_cannot_say_to_be_another(theme, chrome):
    evil = '"><meta name="litfass:revision" data-article="a0">'
    article = an_article(headline=evil, standfirst=evil, kicker=evil)
    assert facts_of(theme.article_page(chrome, a_document(article))).article_id == article.id


@pytest.mark.parametrize(
    ("path", "facts", "fragments", "expected"),
    [
        ("/", Facts(), ["/_fragments/nav.html"], ["l-kurier/recent", "f-kurier/nav", "p-kurier/", "site-kurier"]),
        ("/stadt/", Facts(), [], ["l-kurier/section:stadt", "p-kurier/stadt/", "site-kurier"]),
        ("/tag/markt/2026/11/", Facts(), [], ["l-kurier/tag:markt", "p-kurier/tag/markt/2026/11/", "site-kurier"]),
        ("/stadt/neu/", Facts("a7"), ["/_fragments/related/tag/x.html"], ["a-a7", "f-kurier/related/tag/x"]),
        ("/_fragments/recent.html", Facts(), ["/_fragments/nav.html"], ["f-kurier/recent", "f-kurier/nav"]),
    ],
)
def test_a_page_is_named_after_its_article_its_list_its_fragments_its_address_and_its_site(
    path, facts, fragments, expected
):
    found = names(SITE, path, facts, fragments)
    assert found[: len(expected)] == expected
    assert found[-2:] == [f"p-kurier{path}", "site-kurier"]


def test_both_kinds_of_caches_are_told_the_names_in_their_way():
    (_, spaced), (_, commas) = PURGED.names(SITE, "/stadt/", Facts(), ["/_fragments/nav.html"])
    assert spaced == b"l-kurier/section:stadt f-kurier/nav p-kurier/stadt/ site-kurier"
    assert commas == b"l-kurier/section:stadt,f-kurier/nav,p-kurier/stadt/,site-kurier"
