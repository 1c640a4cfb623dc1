"""Lists through filters, sparse, and as ninjs: over HTTP and a real Valkey."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.feed import finding
from services.feed.api import Api
from shared.contracts.article import Author, Tag
from tests.support.articles import PUBLISHED, an_article, an_id
from tests.unit.feed.test_api import ARTICLES, assert_problem, client_of, numbers, publish, withdraw

NINJS = "application/vnd.iptc.ninjs+json"
RAT, KITA = Tag(name="Rat", slug="rat"), Tag(name="Kita", slug="kita")
MARA, TOM = Author(name="Mara Lindt", slug="mara-lindt"), Author(name="Tom Ahr", slug="tom-ahr")


@pytest.fixture
async def web(parts) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(Api(parts.reader, parts.articles, parts.sites, max_age_s=5).routes) as client:
        yield client


@pytest.fixture
async def paper(newsroom) -> None:
    await publish(
        newsroom,
        an_article(number=1, section="stadt", tags=(RAT,), authors=(MARA,)),
        an_article(number=2, section="sport", tags=(RAT, KITA), authors=(TOM,), language="de-AT"),
        an_article(number=3, section="sport", tags=(), authors=(MARA, TOM), kind="live"),
        an_article(number=4, section="stadt", tags=(KITA,), authors=(TOM,), language="en"),
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"section": "sport"}, [3, 2]),
        ({"section": "sport,stadt"}, [4, 3, 2, 1]),
        ({"section": "sport", "tag": "rat"}, [2]),
        ({"tag": "rat,kita", "author": "tom-ahr"}, [4, 2]),
        ({"author": "mara-lindt"}, [3, 1]),
        ({"kind": "live"}, [3]),
        ({"kind": "article", "language": "de"}, [2, 1]),
        ({"language": "de-at"}, [2]),
        ({"language": "en"}, [4]),
        ({"list": "tag:rat", "section": "stadt"}, [1]),
        ({"list": "section:stadt", "tag": "kita"}, [4]),
        ({"list": "section:stadt", "section": "sport"}, []),
        ({"list": "author:tom-ahr", "kind": "live"}, [3]),
        ({"list": "month:2026-11", "section": "sport"}, [3, 2]),
        ({"tag": "unbekannt"}, []),
    ],
)
async def test_filters_let_through_what_has_all_that_they_ask_for(paper, web, params, expected):
    answer = await web.get(ARTICLES, params=params)
    assert answer.status_code == 200
    assert (numbers(answer), answer.json()["next"]) == (expected, None)


async def test_a_span_of_time_has_its_start_and_not_its_end(newsroom, web):
    hours = {number: PUBLISHED + timedelta(hours=number) for number in range(1, 6)}
    await publish(newsroom, *(an_article(number=number, published_at=when) for number, when in hours.items()))
    span = {"since": hours[2].isoformat(), "until": hours[4].isoformat()}
    assert numbers(await web.get(ARTICLES, params=span)) == [3, 2]
    assert numbers(await web.get(ARTICLES, params={"since": hours[4].isoformat()})) == [5, 4]
    assert numbers(await web.get(ARTICLES, params={"until": hours[2].isoformat(), "section": "stadt"})) == [1]
    assert numbers(await web.get(ARTICLES, params={**span, "list": "month:2020-01"})) == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sections=st.lists(st.sampled_from(["stadt", "sport", "kultur"]), max_size=12), limit=st.integers(1, 4))
async def test_pages_through_a_filter_are_the_whole_list_through_it(newsroom, web, monkeypatch, sections, limit):
    monkeypatch.setattr(finding, "CHUNK", 2)
    monkeypatch.setattr(finding, "LOOKED", 4)
    await newsroom.redis.flushall()
    articles = dict(enumerate(sections, 1))
    await publish(
        newsroom,
        *(an_article(number=n, section=section, published_at=PUBLISHED) for n, section in articles.items()),
    )
    seen: list[int] = []
    params = {"section": "sport,kultur", "limit": str(limit)}
    while True:
        answer = await web.get(ARTICLES, params=params)
        assert len(numbers(answer)) <= limit
        seen += numbers(answer)
        if (following := answer.json()["next"]) is None:
            break
        params["cursor"] = following
    assert seen == sorted((n for n, section in articles.items() if section != "stadt"), reverse=True)


async def test_a_cursor_belongs_to_its_filters_and_survives_what_comes_and_goes(newsroom, web):
    await publish(newsroom, *(an_article(number=number, section="sport") for number in range(1, 5)))
    params = {"section": "sport", "limit": "2"}
    following = (await web.get(ARTICLES, params=params)).json()["next"]
    await withdraw(newsroom, an_article(number=3, section="sport"))
    await publish(newsroom, an_article(number=9, section="sport"))
    assert numbers(await web.get(ARTICLES, params={**params, "cursor": following})) == [2, 1]
    assert_problem(await web.get(ARTICLES, params={"cursor": following}), 400, "other filters")
    assert_problem(await web.get(ARTICLES, params={"section": "stadt", "cursor": following}), 400, "other filters")
    assert_problem(
        await web.get(ARTICLES, params={**params, "list": "tag:rat", "cursor": following}), 400, "the list 'recent'"
    )


@pytest.mark.parametrize(
    ("params", "detail"),
    [
        ({"section": "Über"}, "path word"),
        ({"section": ""}, "none of them empty"),
        ({"tag": "a,,b"}, "none of them empty"),
        ({"tag": ",".join(f"t{n}" for n in range(11))}, "1 to 10 values"),
        ({"author": "x" * 101}, "1 to 10 values"),
        ({"kind": "poem"}, "sponsored"),
        ({"since": "gestern"}, "moment with its zone"),
        ({"since": "2026-11-24"}, "moment with its zone"),
        ({"until": "2026-11-24T08:00:00"}, "moment with its zone"),
        ({"since": "2026-11-24T08:00:00Z", "until": "2026-11-24T08:00:00Z"}, "later than"),
        ({"fields": "headline,colour"}, "'colour'"),
        ({"fields": ""}, "none of them empty"),
    ],
)
async def test_an_impossible_question_is_refused_with_what_is_possible(web, params, detail):
    assert_problem(await web.get(ARTICLES, params=params), 400, detail)


async def test_who_wants_few_fields_gets_those_and_the_id(paper, web):
    item = (await web.get(ARTICLES, params={"fields": "url,headline", "limit": "1"})).json()["items"][0]
    assert list(item) == ["id", "headline", "url"]
    one = (await web.get(f"{ARTICLES}/{an_id(1)}", params={"fields": "revision"})).json()
    assert one == {"id": an_id(1), "revision": 1}


async def test_each_form_and_choice_of_fields_has_a_validator_of_its_own(paper, web):
    tags = [
        (await web.get(ARTICLES, params=params, headers={"accept": accept})).headers["etag"]
        for params, accept in (({}, "*/*"), ({"fields": "url"}, "*/*"), ({}, NINJS))
    ]
    assert len(set(tags)) == 3
    again = await web.get(ARTICLES, headers={"accept": NINJS, "if-none-match": tags[2]})
    assert (again.status_code, again.headers["vary"]) == (304, "Accept")
    assert (await web.get(ARTICLES, headers={"if-none-match": tags[2]})).status_code == 200


async def test_a_change_of_the_text_alone_is_told_at_once(newsroom, web):
    await publish(newsroom, an_article())
    before = await web.get(ARTICLES)
    await newsroom.accept(an_article(standfirst="Anders"), number=7)  # no list knows of it yet
    after = await web.get(ARTICLES, headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.json()["items"][0]["standfirst"]) == (200, "Anders")


async def test_who_accepts_ninjs_gets_ninjs(paper, web):
    answer = await web.get(f"{ARTICLES}/{an_id(1)}", headers={"accept": f"{NINJS}, application/json;q=0.5"})
    assert answer.headers["content-type"] == NINJS
    assert answer.json()["standard"]["version"] == "3.1"
    items = (await web.get(ARTICLES, headers={"accept": NINJS})).json()["items"]
    assert [item["altIds"][0]["value"] for item in items] == [an_id(number) for number in (4, 3, 2, 1)]
    assert_problem(await web.get(ARTICLES, params={"fields": "url"}, headers={"accept": NINJS}), 400, "the whole item")


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        f"{NINJS};q=0",
        f"{NINJS};q=0.1, */*",
        "text/html",
        "",
        f"{NINJS};q=x;q=0.2, */*;q=0.9",
    ],
)
async def test_who_does_not_prefer_ninjs_gets_json(paper, web, accept):
    answer = await web.get(f"{ARTICLES}/{an_id(1)}", headers={"accept": accept})
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content)["id"] == an_id(1)


async def test_a_page_of_another_origin_may_ask_and_read_what_it_needs(paper, web):
    asked = {"origin": "https://anderswo.example", "access-control-request-method": "GET"}
    for path in (ARTICLES, f"{ARTICLES}/{an_id(1)}"):
        may = await web.options(path, headers=asked)
        assert (may.status_code, may.content) == (204, b"")
        assert may.headers["access-control-allow-origin"] == "*"
        assert "If-None-Match" in may.headers["access-control-allow-headers"]
        answer = await web.get(path, headers={"origin": "https://anderswo.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
    refused = await web.get(ARTICLES, params={"list": "?"})
    assert refused.headers["access-control-allow-origin"] == "*"
