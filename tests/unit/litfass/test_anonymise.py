"""A name is taken out of everything that is kept of an article."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from litfass.house import House
from litfass.operate.anonymise import anonymise
from litfass.operate.names import Names
from shared.contracts import Author, Image, Tag
from shared.contracts.blocks import ListBlock, Paragraph, RawHtml
from shared.contracts.config import LitfassConfig, RedisConfig
from shared.runtime.articles import Articles, unpack
from shared.runtime.pagestore import PageStore
from shared.runtime.previews import Previews
from tests.support.articles import SITE, a_site, an_article
from tests.support.candidates import KEYS, A, a_candidate, newest, signals
from tests.support.cms import a_delivery
from tests.support.ingest import AT, Ingest

NAMES = Names(("Erika Muster", "Muster", "Musters"), "N. N.")


@pytest.fixture
def house(redis: Redis, redis_config: RedisConfig, tmp_path: Path) -> House:
    config = LitfassConfig(redis=redis_config, site={SITE: a_site()})
    return House(config, redis, Articles(redis, shards=1), PageStore((tmp_path / "site").as_uri()))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Erika Muster sagt", "N. N. sagt"),
        ("Erika\u00a0Muster, Frau Muster und Musters Hund", "N. N., Frau N. N. und N. N. Hund"),
        ("Mustermann, Musterstraße und das Modemuster", "Mustermann, Musterstraße und das Modemuster"),
        ("(Muster)", "(N. N.)"),
    ],
)
def test_a_name_is_whole_words_and_nothing_else(text, cleaned):
    assert NAMES.out_of(text) == cleaned


def test_what_stands_instead_is_escaped_where_it_becomes_markup():
    names = Names(("O'Neill",), "<b>")
    body = (Paragraph(html="Frau O&#39;Neill, Herr O&#x27;Neill, O'Neill"), ListBlock(items=("O'Neill",)))
    cleaned = names.out_of_article(an_article(headline="O'Neill", body=body))
    assert cleaned.headline == "<b>"
    assert cleaned.body[0] == Paragraph(html="Frau &lt;b&gt;, Herr &lt;b&gt;, &lt;b&gt;")
    assert cleaned.body[1] == ListBlock(items=("&lt;b&gt;",))


def test_every_text_is_cleaned_and_no_address():
    url = "/m/erika-muster.jpg"
    article = an_article(
        headline="Muster geht", kicker="Muster", standfirst="Erika Muster geht.", location="Haus Muster",
        credit="Muster", slug="erika-muster-geht",
        authors=(Author(name="Erika Muster", slug="erika-muster", url="https://x.example/muster"),),
        tags=(Tag(name="Fall Muster", slug="fall-muster"), Tag(name="Rat", slug="rat")),
        image=Image(url=url, alt="Muster lacht", caption="Erika Muster", credit="Muster"),
        body=(Paragraph(html="<b>Erika Muster</b>"), RawHtml(html="<details>Muster</details>")),
    )  # fmt: skip
    cleaned = NAMES.out_of_article(article)
    assert "Muster" not in cleaned.model_dump_json()
    assert (cleaned.slug, cleaned.image and cleaned.image.url) == ("erika-muster-geht", url)
    assert cleaned.authors == (Author(name="N. N.", slug="n-n"),)
    assert [tag.slug for tag in cleaned.tags] == ["fall-n-n", "rat"]


async def test_a_name_is_taken_out_of_everything_that_is_kept(house, redis):
    articles = house.articles
    await articles.accept(a_candidate(number=1, headline="Erika Muster kommt", slug="erika-muster-kommt"))
    await articles.accept(
        a_candidate(number=2, headline="Muster geht", slug="geht", corrections=("Nicht Muster war es.",))
    )
    await redis.xadd(KEYS.stream("dead"), {"reason": "bug", "detail": "KeyError('Muster')", "m:article_id": A})
    await redis.xadd(KEYS.stream("dead"), {"reason": "bug", "detail": "Muster", "m:article_id": "a" + "9" * 24})
    before = (await newest(articles)).seq
    answer = await anonymise(house, "/stadt/geht/", names=NAMES)
    assert answer["status"] == "anonymised"
    assert answer["cleaned"] == {"fields": 2, "payloads": 2, "dead_letters": 1, "refused": 0}
    assert "/stadt/erika-muster-kommt/: the address has the name in it" in answer["warnings"][0]

    document = await newest(articles)
    assert document.article is not None
    assert (document.article.headline, document.seq > before) == ("N. N. geht", True)
    assert [correction.text for correction in document.article.corrections] == ["Nicht N. N. war es."]
    kept = [unpack(value.split(b"\n", 3)[3]) for value in (await redis.hgetall(KEYS.payloads(A))).values()]
    assert sorted(article.headline for article in kept) == ["N. N. geht", "N. N. geht", "N. N. kommt"]
    details = [fields[b"detail"] for _, fields in await redis.xrange(KEYS.stream("dead"))]
    assert details == [b"Muster", b"KeyError('N. N.')"], "another article's letter is another matter"
    signal = (await signals(redis, "articles"))[-1]
    assert signal[b"verb"] == b"updated"
    told = await redis.hget(KEYS.payloads(A), signal[b"event_id"])
    assert unpack(told.split(b"\n", 3)[3]).headline == "N. N. geht", "partners get the article anew"
    assert (await articles.timeline(SITE, A))[-1]["what"] == "anonymised"


async def test_a_correction_that_was_cleaned_does_not_come_a_second_time(house):
    story = [a_candidate(number=number, corrections=("Nicht Muster war es.",)) for number in (1, 2)]
    await house.articles.accept(story[0])
    await anonymise(house, A, names=NAMES)
    await house.articles.accept(story[1])
    document = await newest(house.articles)
    assert document.article is not None
    assert [correction.text for correction in document.article.corrections] == ["Nicht N. N. war es."]


async def test_what_was_refused_of_it_is_forgotten_when_it_has_the_name(house, redis, redis_config):
    ingest = Ingest(redis, redis_config)
    taken = await ingest.deliver(headline="Ein Fall")
    for number, word in enumerate(("Erika Muster", "Niemand")):
        await ingest.send(a_delivery("published", {"id": "4711", "headline": word}, at=AT), message_id=f"r{number}")
    answer = await anonymise(house, taken.json()["article_id"], names=NAMES)
    assert (answer["status"], answer["cleaned"]["refused"]) == ("anonymised", 1)
    assert await redis.hlen(KEYS.rejected("cms", "proved")) == 1, "what does not have it stays"
    await ingest.http.aclose()


async def test_previews_of_it_end(house, redis, redis_config):
    ingest = Ingest(redis, redis_config)
    taken = await ingest.deliver(headline="Erika Muster kommt")
    previews = Previews(redis, shards=1)
    document = (await house.articles.newest(SITE, [taken.json()["article_id"]]))[0]
    assert document is not None
    kept = await previews.keep(document)
    assert kept is not None
    assert await previews.find(SITE, kept.token) is not None
    await anonymise(house, document.id, names=NAMES)
    assert await previews.find(SITE, kept.token) is None
    await ingest.http.aclose()


async def test_texts_in_partners_streams_are_deleted(house, redis):
    await house.articles.accept(a_candidate(headline="Erika Muster kommt"))
    entry = await redis.xadd(KEYS.out("dpa"), {"event": "Erika Muster kommt"})
    another = await redis.xadd(KEYS.out("dpa"), {"event": "Der Markt"})
    await redis.rpush(KEYS.copies(A), f"{KEYS.out('dpa')} {entry.decode()}")  # as the fan-out notes it
    await anonymise(house, A, names=NAMES)
    assert [id_ for id_, _ in await redis.xrange(KEYS.out("dpa"))] == [another]
    assert not await redis.exists(KEYS.copies(A))


async def test_where_the_name_is_not_nothing_changes(house, redis):
    await house.articles.accept(a_candidate())
    answer = await anonymise(house, A, names=Names(("Niemand",), ""))
    assert answer["status"] == "not found"
    assert len(await signals(redis, "articles")) == 1
