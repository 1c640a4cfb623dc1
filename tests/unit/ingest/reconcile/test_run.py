"""One run: what is missing, stale or should be gone is put right, and nothing else."""

from dataclasses import replace

import pytest

from services.ingest.accept import article_id_of
from services.ingest.adapt import Circumstances
from services.ingest.reconcile import CmsAway, CmsUnreadable
from shared.contracts.revision import Revision
from shared.runtime.articles import Candidate
from tests.support.articles import SITE
from tests.support.cms_api import (
    GhostApi,
    Reply,
    SuperdeskApi,
    WordPressApi,
    a_ghost_post,
    a_superdesk_item,
    a_wordpress_post,
    json_reply,
    serving,
)
from tests.unit.ingest.reconcile.conftest import BLOG, House

HOUR_MS = 3_600_000
LATER = {"modified_gmt": "2025-11-20T08:50:00", "title": {"rendered": "Neuer Titel"}}


@pytest.fixture
def wordpress():
    with serving(WordPressApi()) as served:
        yield served


@pytest.fixture
def house(wordpress, house_of) -> House:
    return house_of(wordpress, "wordpress")


def kinds(report) -> dict[str, str]:
    return {mismatch.what: f"{mismatch.kind} {mismatch.outcome}" for mismatch in report.mismatches}


async def test_what_we_never_got_is_published(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    report = await house.run()
    assert kinds(report) == {"1": "missing accepted", "2": "missing accepted"}
    document = await house.document("1")
    assert document.state == "public"
    assert document.article.headline == "Beitrag 1"
    assert document.article.section == "stadt"


async def test_a_second_run_finds_nothing_and_asks_only_for_the_list(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    wordpress.asked.clear()
    before = await house.changes()
    assert (await house.run()).mismatches == ()
    assert await house.changes() == before
    assert len(wordpress.asked) == 1


async def test_what_is_older_here_is_brought_up_to_date(house, wordpress):
    wordpress.api.put(a_wordpress_post(1))
    await house.run()
    wordpress.api.put(a_wordpress_post(1, **LATER))
    assert kinds(await house.run()) == {"1": "stale accepted"}
    assert (await house.document("1")).article.headline == "Neuer Titel"


async def test_what_was_deleted_there_is_taken_back_here(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    del wordpress.api.posts[1]
    assert kinds(await house.run()) == {"1": "gone accepted"}
    assert (await house.state("1"), await house.state("2")) == ("unpublished", "public")


async def test_a_draft_again_is_no_longer_public(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    wordpress.api.put(a_wordpress_post(1, status="draft"))
    await house.run()
    assert await house.state("1") == "unpublished"


async def test_what_a_list_forgot_but_the_cms_still_has_stays(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    half = json_reply([{"id": 2, "modified_gmt": "2025-11-20T08:02:00"}], x_wp_totalpages="1")
    wordpress.instead["/wp-json/wp/v2/posts"] = [half]
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == "public"


async def test_a_page_of_the_cms_that_came_by_webhook_is_not_taken_back(house, wordpress):
    wordpress.api.put(a_wordpress_post(1))
    await house.run()
    wordpress.api.pages[1] = wordpress.api.posts.pop(1)
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == "public"


async def test_what_comes_back_after_we_took_it_back_is_published_again(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    lost = wordpress.api.posts.pop(1)
    house.clock.now_ms += HOUR_MS
    await house.run()
    wordpress.api.put(lost)
    house.clock.now_ms += HOUR_MS
    assert kinds(await house.run()) == {"1": "missing accepted"}
    assert await house.state("1") == "public"


async def test_an_empty_list_takes_nothing_back(house, wordpress):
    wordpress.api.put(a_wordpress_post(1))
    await house.run()
    wordpress.api.posts.clear()
    report = await house.run()
    assert "empty" in report.refused
    assert await house.state("1") == "public"


async def test_a_share_too_large_is_refused_until_somebody_says_yes(house, wordpress):
    wordpress.api.put(*map(a_wordpress_post, range(1, 21)))
    await house.run()
    for number in range(1, 11):
        del wordpress.api.posts[number]
    report = await house.run()
    assert "10 of our 20" in report.refused
    assert {mismatch.outcome for mismatch in report.mismatches} == {"refused"}
    assert await house.state("1") == "public"
    confirmed = await house.run(is_confirmed=True)
    assert (confirmed.refused, len(confirmed.mismatches)) == ("", 10)
    assert (await house.state("1"), await house.state("11")) == ("unpublished", "public")


async def test_a_dry_run_finds_the_same_and_changes_nothing(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2), a_wordpress_post(3))
    await house.run()
    del wordpress.api.posts[1]
    wordpress.api.put(a_wordpress_post(2, **LATER), a_wordpress_post(4))
    before = await house.changes()
    found = kinds(await house.run(is_dry=True))
    assert found == {"1": "gone found", "2": "stale found", "4": "missing found"}
    assert await house.changes() == before
    assert {what: kind.replace("found", "accepted") for what, kind in found.items()} == kinds(await house.run())


# --- what must never happen ------------------------------------------------------------------------------------------


async def killed(house: House, source_id: str) -> None:
    document = await house.document(source_id)
    revision = Revision(scheme="none", number=0, time_ms=house.clock(), digest="0" * 16)
    await house.articles.accept(Candidate("killed", document.id, SITE, BLOG, revision, received_ms=house.clock()))


@pytest.mark.parametrize("republish", [False, True])
async def test_a_kill_stays_final_whatever_the_list_says(wordpress, house_of, republish):
    house = house_of(wordpress, "wordpress", republish=republish)
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    await killed(house, "1")
    wordpress.api.put(a_wordpress_post(1, **LATER))
    house.clock.now_ms += HOUR_MS
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == "killed"


async def test_a_kill_that_comes_while_the_article_is_fetched_wins(wordpress, house_of, monkeypatch):
    house = house_of(wordpress, "wordpress", republish=True)
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    wordpress.api.put(a_wordpress_post(1, **LATER))
    accept = house.articles.accept

    async def accept_after_the_kill(candidate):
        monkeypatch.setattr(house.articles, "accept", accept)
        await killed(house, "1")
        return await accept(candidate)

    monkeypatch.setattr(house.articles, "accept", accept_after_the_kill)
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == "killed"


async def test_a_newer_delivery_that_comes_while_the_list_is_read_is_not_overwritten(house, wordpress, monkeypatch):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    wordpress.api.put(a_wordpress_post(1, **LATER))
    newer = replace_headline(
        await candidate_of_post(house, a_wordpress_post(1, modified_gmt="2025-11-20T08:55:00")), "Am neuesten"
    )
    accept = house.articles.accept

    async def accept_after_a_delivery(candidate):
        monkeypatch.setattr(house.articles, "accept", accept)
        await accept(newer)
        return await accept(candidate)

    monkeypatch.setattr(house.articles, "accept", accept_after_a_delivery)
    await house.run()
    assert (await house.document("1")).article.headline == "Am neuesten"


async def candidate_of_post(house: House, post: dict) -> Candidate:
    made = await house.sources.named(BLOG).candidate(
        post, Circumstances(now_ms=house.clock()), articles=house.articles, delivery_id="x", traceparent=""
    )
    return made[0]


def replace_headline(candidate: Candidate, headline: str) -> Candidate:
    return replace(candidate, article=candidate.article.model_copy(update={"headline": headline}))


async def test_a_withdrawal_by_the_newsroom_is_not_undone_by_a_list_that_lags_behind(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    document = await house.document("1")
    told = document.revision.model_copy(update={"time_ms": house.clock() + 1, "digest": "f" * 16})
    await house.articles.accept(Candidate("unpublished", document.id, SITE, BLOG, told, received_ms=house.clock()))
    house.clock.now_ms += HOUR_MS
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == "unpublished"


@pytest.mark.parametrize(("reply", "fault"), [(Reply(503), CmsAway), (Reply(200, b'[{"id": 1'), CmsUnreadable)])
async def test_a_cms_that_fails_changes_nothing(house, wordpress, reply, fault):
    wordpress.api.put(*map(a_wordpress_post, range(1, 151)))
    await house.run()
    before = await house.changes()
    first = wordpress.api.answer(wordpress.asked[0])
    wordpress.instead["/wp-json/wp/v2/posts"] = [first, reply]
    with pytest.raises(fault):
        await house.run()
    assert await house.changes() == before


async def test_an_article_that_cannot_be_read_is_named_and_the_others_are_taken(house, wordpress):
    wordpress.api.put(a_wordpress_post(1, title={"rendered": ""}), a_wordpress_post(2))
    found = kinds(await house.run())
    assert found == {"1": "missing invalid_payload", "2": "missing accepted"}


async def test_articles_of_other_sources_are_nobodys_business_here(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run()
    mine = await candidate_of_post(house, a_wordpress_post(3))
    await house.articles.accept(replace(mine, source="anders", article_id="a" + "9" * 24))
    assert (await house.run()).mismatches == ()


# --- the last hours --------------------------------------------------------------------------------------------------


async def test_the_last_hours_are_asked_for_alone_and_put_right(house, wordpress):
    old = a_wordpress_post(1, modified_gmt="2025-10-01T08:00:00", date_gmt="2025-10-01T08:00:00")
    wordpress.api.put(old, a_wordpress_post(2))
    assert kinds(await house.run("recent")) == {"2": "missing accepted"}
    assert "modified_after" in wordpress.asked[0].query


async def test_what_was_published_in_the_last_hours_and_is_gone_is_taken_back_by_the_quick_look_too(house, wordpress):
    wordpress.api.put(a_wordpress_post(1), a_wordpress_post(2))
    await house.run("recent")
    await house.put_into_lists("1", "2")
    del wordpress.api.posts[1]
    assert kinds(await house.run("recent")) == {"1": "gone accepted"}


async def test_an_older_article_that_the_quick_look_does_not_list_is_left_to_the_night(house, wordpress):
    old = a_wordpress_post(1, modified_gmt="2025-10-01T08:00:00", date_gmt="2025-10-01T08:00:00")
    wordpress.api.put(old, a_wordpress_post(2))
    await house.run()
    await house.put_into_lists("1", "2")
    assert (await house.run("recent")).mismatches == ()
    assert await house.state("1") == "public"


async def test_a_list_that_did_not_change_keeps_its_address_for_an_hour(house, wordpress):
    await house.run("recent")
    house.clock.now_ms += HOUR_MS // 2
    await house.run("recent")
    assert wordpress.asked[0].query == wordpress.asked[1].query


async def test_all_at_night_waits_behind_the_news(house, wordpress):
    wordpress.api.put(a_wordpress_post(1))
    await house.run("all")
    wordpress.api.put(a_wordpress_post(2))
    await house.run("recent")
    assert len(await house.newsroom.signals("articles-bulk")) == 1
    assert len(await house.newsroom.signals("articles")) == 1


# --- others ----------------------------------------------------------------------------------------------------------


async def test_ghost_is_put_right_the_same_way(house_of):
    with serving(GhostApi()) as cms:
        house = house_of(cms, "ghost")
        cms.api.put(*map(a_ghost_post, range(1, 121)))
        assert len((await house.run()).mismatches) == 120
        assert (await house.run()).mismatches == ()
        del cms.api.posts[f"{1:024x}"]
        cms.api.put(a_ghost_post(2, updated_at="2025-11-20T08:59:00.000+00:00", title="Neu"))
        assert kinds(await house.run()) == {f"{1:024x}": "gone accepted", f"{2:024x}": "stale accepted"}


async def test_superdesk_is_put_right_the_same_way_and_says_itself_what_it_took_back(house_of):
    with serving(SuperdeskApi()) as cms:
        house = house_of(cms, "superdesk")
        one, two, three = (a_superdesk_item(number) for number in (1, 2, 3))
        cms.api.put(one, two, three)
        assert len((await house.run()).mismatches) == 3
        assert (await house.run()).mismatches == ()
        cms.api.put(
            a_superdesk_item(1, version="3", headline="Neu", versioncreated="2025-11-20T08:59:00+0000"),
            a_superdesk_item(2, version="3", pubstatus="canceled", versioncreated="2025-11-20T08:59:00+0000"),
        )
        del cms.api.items[three["guid"]]
        house.clock.now_ms += HOUR_MS
        found = kinds(await house.run())
        assert found == {one["guid"]: "stale accepted", two["guid"]: "gone accepted", three["guid"]: "gone accepted"}
        assert [await house.state(each["guid"]) for each in (one, two, three)] == [
            "public", "unpublished", "unpublished"
        ]  # fmt: skip
        assert (await house.run()).mismatches == ()


async def test_items_that_took_each_others_place_are_one_article_here_and_are_compared_as_one(house_of):
    with serving(SuperdeskApi()) as cms:
        house = house_of(cms, "superdesk")
        old, other = a_superdesk_item(1), a_superdesk_item(3)
        new = a_superdesk_item(2, version="1", evolvedfrom=old["guid"])
        cms.api.put(old, new, other)
        await house.run()
        documents = await house.articles.newest(SITE, [article_id_of(SITE, BLOG, each["guid"]) for each in (old, new)])
        assert [bool(document and document.state == "public") for document in documents].count(True) == 1
        cms.api.put(a_superdesk_item(1, version="9", versioncreated="2025-11-20T08:58:00+0000"))
        assert (await house.run()).mismatches == (), "an edit of what was replaced is no edit of what is shown"
        del cms.api.items[old["guid"]]
        assert (await house.run()).mismatches == (), "the newer one is still listed"
        del cms.api.items[new["guid"]]
        house.clock.now_ms += HOUR_MS
        assert kinds(await house.run()) == {new["guid"]: "gone accepted"}
        assert (await house.run()).mismatches == ()


async def a_chain(house, cms) -> tuple[str, str]:
    """Have an article of two items, of which the second took the first one's place; return their guids."""
    first = a_superdesk_item(1)
    second = a_superdesk_item(2, evolvedfrom=first["guid"], headline="Was danach geschah")
    cms.api.put(first, second)
    await house.run()
    house.clock.now_ms += HOUR_MS
    return first["guid"], second["guid"]


async def test_an_article_is_there_as_long_as_the_item_is_that_readers_see(house_of):
    with serving(SuperdeskApi()) as cms:
        house = house_of(cms, "superdesk")
        first, second = await a_chain(house, cms)
        del cms.api.items[first]
        assert (await house.run()).mismatches == ()
        cms.api.items.clear()
        assert kinds(await house.run(is_confirmed=True)) == {second: "gone accepted"}


@pytest.mark.parametrize(("notice", "state"), [("KILL NOTICE", "killed"), ("Meldung 1", "public")])
async def test_a_kill_of_an_item_that_readers_no_longer_see_kills_the_article_and_its_withdrawal_does_not(
    house_of, notice, state
):
    with serving(SuperdeskApi()) as cms:
        house = house_of(cms, "superdesk")
        first, second = await a_chain(house, cms)
        cms.api.put(a_superdesk_item(1, version="9", pubstatus="canceled", headline=notice))
        dry = kinds(await house.run(is_dry=True))
        found = kinds(await house.run())
        assert found == ({first: "gone accepted"} if state == "killed" else {})
        assert set(dry) == set(found)
        document = await house.document(first) or await house.document(second)
        assert document.state == state


async def test_what_was_put_right_stands_in_the_articles_timeline(house, wordpress):
    wordpress.api.put(a_wordpress_post(1))
    await house.run()
    document = await house.document("1")
    steps = await house.articles.timeline(SITE, document.id)
    assert [(step["what"], step.get("kind")) for step in steps] == [("accepted", None), ("reconciled", "missing")]
