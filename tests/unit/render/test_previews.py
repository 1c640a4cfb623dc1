"""The page of a draft: as readers would get it, for whoever has the link, and never kept anywhere."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from shared.runtime.previews import Previews
from tests.support.articles import SITE, a_document, a_paragraph, an_article


@pytest.fixture
async def reader(paper):
    async with paper.reader() as client:
        yield client


async def kept(paper, **changes) -> str:
    previews = Previews(paper.newsroom.redis, shards=1, clock=paper.newsroom.clock)
    found = await previews.keep(a_document(**changes))
    assert found is not None
    return f"/preview/{found.token}"


async def test_a_draft_is_shown_as_the_page_that_it_would_be(paper, reader):
    answer = await reader.get(await kept(paper))
    assert answer.status_code == 200
    page = LexborHTMLParser(answer.text)
    assert page.css_first("h1").text() == "Die neue Brücke kommt im Frühjahr (1)"
    assert page.css_first("aside.preview") is not None
    assert "/stadt/neue-bruecke-1/" in page.css_first("aside.preview").text()


async def test_a_preview_is_neither_indexed_nor_kept(paper, reader):
    answer = await reader.get(await kept(paper))
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert LexborHTMLParser(answer.text).css_first("meta[name=robots]").attributes["content"] == "noindex"
    assert await paper.everything() == {}
    assert await paper.signals() == []
    assert (await reader.get("/stadt/neue-bruecke-1/")).status_code == 404


async def test_the_reasons_for_advertisements_are_there_and_can_be_taken_away(paper, reader):
    link = await kept(paper, article=an_article(body=tuple([a_paragraph(words=60)] * 12)))
    with_reasons = LexborHTMLParser((await reader.get(link)).text)
    assert with_reasons.css(".text .gap")
    other = with_reasons.css_first(".preview a").attributes["href"]
    plain = LexborHTMLParser((await reader.get(other)).text)
    assert not plain.css(".gap")
    assert plain.css_first(".preview a").attributes["href"] == link


async def test_a_slash_at_the_end_of_the_link_does_no_harm(paper, reader):
    assert (await reader.get(await kept(paper) + "/")).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "a/b", "..%2F", "A" * 31 + "%00", "A" * 33])
async def test_an_unknown_link_is_answered_with_a_page_that_helps(paper, reader, token):
    await kept(paper)
    answer = await reader.get(f"/preview/{token}")
    assert answer.status_code == 404
    if token in {"", "x", "A" * 32}:
        assert "Diese Vorschau gibt es nicht mehr" in answer.text
        assert answer.headers["cache-control"] == "no-store"


async def test_no_token_opens_the_draft_of_another_site(paper):
    previews = Previews(paper.newsroom.redis, shards=1, clock=paper.newsroom.clock)
    found = await previews.keep(a_document())
    assert found
    assert await previews.find("another", found.token) is None
    assert await previews.find(SITE, found.token) is not None
