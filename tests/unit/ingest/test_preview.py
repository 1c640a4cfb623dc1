"""A draft that somebody wants to see: kept for an hour for whoever has the link, and nowhere else."""

import json

import pytest
from redis.asyncio import Redis

from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.draft import Draft, Ignored
from services.ingest.vendors import VENDORS
from shared.contracts.config import RedisConfig
from shared.contracts.document import Document
from shared.contracts.keys import Keys
from shared.runtime.articles import Articles
from shared.runtime.previews import KEEP_MS, MOST, Previews
from tests.support.articles import SITE
from tests.support.cms import a_delivery, an_article_payload, signed
from tests.support.deliveries import a_told
from tests.support.ingest import AT, NOW_S, SOURCES, Ingest

KEYS = Keys("s1")


async def look(ingest: Ingest, *, to: str = "cms", verb: str = "published", **fields):
    payload = an_article_payload(**{"published_at": AT, "updated_at": AT} | fields)
    return await send(ingest, a_delivery(verb, payload, at=AT), to=to)


async def send(ingest: Ingest, body: bytes, *, to: str = "cms"):
    proof = signed(body, message_id="msg_look", at_s=ingest.clock() // 1000)
    return await ingest.http.post(f"/preview/{to}", content=body, headers=proof)


async def shown(ingest: Ingest, redis: Redis, answer) -> Document | None:
    previews = Previews(redis, shards=1, clock=ingest.clock)
    return await previews.find(SITE, answer.headers["location"].rpartition("/")[2])


async def test_a_draft_is_kept_and_the_answer_leads_to_its_page(ingest: Ingest, redis: Redis):
    answer = await look(ingest, headline="Das Dach")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("https://kurier.example/preview/")
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["url"], body["expires_at"]) == (answer.headers["location"], "2025-11-20T10:00:00Z")
    draft = await shown(ingest, redis, answer)
    assert draft
    assert draft.article
    assert (draft.article.headline, draft.path, draft.state) == ("Das Dach", "/stadt/das-dach/", "public")
    assert ingest.counted("litfass_ingest_previews_total", source="cms", outcome="kept") == 1


async def test_nothing_of_a_draft_gets_anywhere_else(ingest: Ingest, redis: Redis):
    await look(ingest)
    keys = {key.decode() for key in await redis.keys("*")}
    assert {key for key in keys if ":preview:" not in key and ":previews:" not in key} == set()


async def test_every_look_has_a_link_of_its_own(ingest: Ingest):
    links = {(await look(ingest)).headers["location"] for _ in range(3)}
    assert len(links) == 3


async def test_a_preview_ends_by_itself(ingest: Ingest, redis: Redis):
    await look(ingest)
    lives = [await redis.pttl(key) for key in await redis.keys("*")]
    assert lives
    assert all(0 < life <= KEEP_MS for life in lives)


async def test_of_one_article_only_the_last_looks_are_kept(ingest: Ingest, redis: Redis):
    answers = []
    for _ in range(MOST + 2):
        answers.append(await look(ingest))
        ingest.now_ms += 1000
    found = [await shown(ingest, redis, answer) for answer in answers]
    assert [draft is None for draft in found] == [True, True, *[False] * MOST]


async def test_a_draft_needs_no_date_of_publication(ingest: Ingest, redis: Redis):
    draft = await shown(ingest, redis, await look(ingest, published_at=None))
    assert draft
    assert draft.article
    assert draft.article.published_at.timestamp() == NOW_S


async def test_an_edit_is_shown_at_the_address_that_the_article_has_with_its_corrections(ingest: Ingest, redis: Redis):
    await ingest.deliver(headline="Das Dach")
    await ingest.deliver("corrected", headline="Das Dach", revision=2, correction={"text": "Es waren drei.", "at": AT})
    draft = await shown(ingest, redis, await look(ingest, headline="Das Dach", revision=3, standfirst="Neu"))
    assert draft
    assert draft.article
    assert draft.path == "/stadt/das-dach/"
    assert (draft.article.standfirst, [each.text for each in draft.article.corrections]) == ("Neu", ["Es waren drei."])
    (document,) = await Articles(redis, shards=1).newest(SITE, [draft.id])
    assert document
    assert document.article
    assert document.article.standfirst != "Neu", "nobody published it"


async def test_an_address_that_another_article_has_is_not_promised(ingest: Ingest, redis: Redis):
    await ingest.deliver(headline="Das Dach")
    draft = await shown(ingest, redis, await look(ingest, id="other", headline="Das Dach"))
    assert draft
    assert draft.path == f"/stadt/das-dach-{draft.id[1:7]}/"


async def kill(ingest: Ingest, id_: str = "4711") -> None:
    body = a_delivery("killed", {"id": id_, "note": "Falsch."}, at=AT)
    assert (await ingest.send(body, message_id=f"kill-{id_}")).status_code == 202


@pytest.mark.parametrize("was_published", [True, False], ids=["published", "never-published"])
async def test_a_kill_drops_the_previews_of_its_article_and_no_others(ingest: Ingest, redis: Redis, was_published):
    if was_published:
        await ingest.deliver()
    mine, too, other = await look(ingest), await look(ingest, headline="Neu"), await look(ingest, id="other")
    await kill(ingest)
    assert await shown(ingest, redis, mine) is None
    assert await shown(ingest, redis, too) is None
    assert await shown(ingest, redis, other) is not None


async def test_a_killed_article_cannot_be_looked_at_again_until_it_is_released(ingest: Ingest, redis: Redis):
    await ingest.deliver()
    await kill(ingest)
    refused = await look(ingest, headline="Doch")
    assert (refused.status_code, refused.json()["reason"]) == (409, "killed")
    assert await redis.keys("*:preview:*") == []
    article_id = (await look(ingest, id="other")).json()["article_id"]
    assert article_id
    await Articles(redis, shards=1).release(SITE, await killed_id(redis))
    assert (await look(ingest, headline="Doch")).status_code == 303


async def killed_id(redis: Redis):
    (key,) = [key async for key in redis.scan_iter("*:article:*") if await redis.hget(key, "state") == b"killed"]
    return key.decode().rpartition(":")[2]


async def test_a_kill_drops_the_preview_of_what_was_to_take_its_place(redis: Redis, redis_config: RedisConfig):
    sources = {"cms": {"site": SITE, "adapter": "superdesk", "allow_unsigned": True}}
    ingest = Ingest(redis, redis_config, sources=sources)

    def item(guid: str, **more) -> bytes:
        base = {"type": "text", "guid": guid, "headline": "A", "body_html": "<p>A</p>", "pubstatus": "usable"}
        return json.dumps({**base, "versioncreated": "2025-11-20T08:00:00+0000", "version": "1", **more}).encode()

    assert (await ingest.send(item("first"))).status_code == 202
    answer = await send(ingest, item("second", evolvedfrom="first"))
    assert answer.status_code == 303
    notice = item("first", pubstatus="canceled", headline="KILL NOTICE", versioncreated="2025-11-20T08:30:00+0000")
    assert (await ingest.send(notice)).json()["status"] == "accepted"
    assert await shown(ingest, redis, answer) is None


@pytest.mark.parametrize("verb", ["unpublished", "killed"])
async def test_what_takes_an_article_away_has_nothing_to_show_and_takes_nothing_away(ingest, redis, verb):
    await ingest.deliver()
    answer = await look(ingest, verb=verb)
    assert (answer.status_code, answer.json()["reason"]) == (409, "nothing_to_show")
    (signal,) = await redis.xrange(KEYS.stream("articles"))
    assert signal[1][b"verb"] == b"published"
    assert await redis.xlen(KEYS.stream("articles-urgent")) == 0


async def test_who_does_not_sign_sees_nothing_and_nothing_is_kept(ingest: Ingest, redis: Redis):
    body = a_delivery("published", an_article_payload(), at=AT)
    answer = await ingest.http.post("/preview/cms", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert (await send(ingest, body, to="nobody")).status_code == 404
    assert await redis.keys("*") == []


async def test_faults_are_those_of_a_delivery_and_not_kept_for_a_look(ingest: Ingest, redis: Redis):
    answer = await look(ingest, headline="", id="")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"data.id", "data.headline"}
    assert await redis.keys("*") == []


async def test_looking_at_drafts_never_keeps_news_waiting(redis: Redis, redis_config: RedisConfig):
    ingest = Ingest(redis, redis_config, sources={"cms": {**SOURCES["cms"], "deliveries_per_minute": 1}})
    assert [(await look(ingest)).status_code for _ in range(3)] == [303, 429, 429]
    assert (await ingest.deliver()).status_code == 202


@pytest.mark.parametrize("name", ["contentful-draft", "drupal-draft", "payload-draft", "sanity-draft", "strapi-draft"])
def test_the_draft_of_a_structured_cms_is_read_as_if_it_were_published(name):
    told = a_told(name)
    vendor = VENDORS[told.vendor]
    payload, around = vendor.as_published(told.payload, told.circumstances())
    draft = vendor.adapt(payload, around)
    assert isinstance(draft, Draft)
    assert draft.content is not None
    assert draft.content.headline
    published = a_told(f"{told.vendor}-{'create' if told.vendor not in {'contentful', 'strapi'} else 'publish'}")
    assert draft.source_id == adapted(published).source_id


def adapted(told) -> Draft:
    draft = told.adapted()
    assert isinstance(draft, Draft)
    return draft


POST = {
    "id": 7, "type": "post", "status": "draft", "date_gmt": None, "modified_gmt": "2025-11-20T08:00:00", "slug": "",
    "link": "https://wp.example/?p=7", "title": {"rendered": "A"}, "content": {"rendered": "<p>A</p>"},
}  # fmt: skip
ROW = {
    "ID": 7, "post_type": "post", "post_status": "pending", "post_title": "A", "post_content": "A", "post_name": "",
    "post_date_gmt": "0000-00-00 00:00:00", "post_modified_gmt": "2025-11-20 08:00:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "payload"),
    [
        ("wordpress", POST),
        ("wp-webhooks", {"post_id": 7, "post": ROW, "post_before": ROW}),
        ("wordpress-com", {name: str(value) for name, value in ROW.items()} | {"hook": "publish_post"}),
        ("ghost", {"post": {"current": {"id": "7", "title": "A", "status": "draft", "html": "<p>A</p>"}}}),
    ],
)
def test_the_draft_of_a_blog_is_read_as_if_it_were_published(vendor, payload):
    around = Circumstances(now_ms=NOW_S * 1000)
    draft = VENDORS[vendor].adapt(*VENDORS[vendor].as_published(payload, around))
    assert isinstance(draft, Draft)
    assert draft.content is not None
    assert (draft.source_id, draft.content.headline) == ("7", "A")


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@pytest.mark.parametrize("payload", [{}, {"data": [], "post": 1, "entry": "x", "sys": None, "entity": [], "_id": 4}])
def test_nonsense_is_a_fault_of_a_draft_as_of_a_delivery(vendor, payload):
    assert refusal(vendor, payload), "a sentence for whoever set the button up"


def refusal(vendor, payload) -> str:
    """Why an adapter makes nothing of a payload as if it were published; empty when it makes something."""
    around = Circumstances(now_ms=NOW_S * 1000)
    try:
        answer = VENDORS[vendor].adapt(*VENDORS[vendor].as_published(payload, around))
    except PayloadRejected as fault:
        return str(fault)
    return answer.reason if isinstance(answer, Ignored) else ""
