"""Each CMS is asked in its own words, page by page, and what it says is read as its adapter wants it."""

from datetime import UTC, datetime, timedelta

import pytest

from services.ingest.adapt import Circumstances, ghost, wordpress
from services.ingest.draft import Draft
from services.ingest.reconcile import CmsAway, CmsRefused, CmsUnreadable, Entry
from services.ingest.reconcile.ghost import Ghost
from services.ingest.reconcile.superdesk import Superdesk
from services.ingest.reconcile.web import Web
from services.ingest.reconcile.wordpress import WordPress
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

HOUR = datetime(2025, 11, 20, 8, tzinfo=UTC)
NOW_MS = round((HOUR + timedelta(hours=2)).timestamp() * 1000)
GHOST_POSTS, WORDPRESS_POSTS = "/ghost/api/content/posts/", "/wp-json/wp/v2/posts"


@pytest.fixture
async def web():
    asking = Web(allow_private=True)
    yield asking
    await asking.aclose()


# --- all of them -----------------------------------------------------------------------------------------------------

ALL = pytest.mark.parametrize(
    ("api", "put", "cms"),
    [
        (GhostApi, a_ghost_post, lambda web, url: Ghost(web, url=url, key="ghost-content-key")),
        (WordPressApi, a_wordpress_post, lambda web, url: WordPress(web, url=url)),
        (SuperdeskApi, a_superdesk_item, lambda web, url: Superdesk(web, url=url, key="superdesk-token")),
    ],
    ids=["ghost", "wordpress", "superdesk"],
)
PATHS = {GhostApi: GHOST_POSTS, WordPressApi: WORDPRESS_POSTS, SuperdeskApi: "/items"}


@ALL
async def test_a_list_of_several_pages_is_read_to_its_end(web, api, put, cms):
    with serving(api()) as served:
        served.api.put(*(put(number) for number in range(1, 251)))
        listing = await cms(web, served.url).listing(None)
        assert len({entry.source_id for entry in listing.entries}) == 250
        assert listing.is_complete
        assert len(served.questions(PATHS[api])) == 3


@ALL
@pytest.mark.parametrize("count", [0, 1, 100, 200])
async def test_a_list_that_fills_its_pages_exactly_ends_as_well(web, api, put, cms, count):
    with serving(api()) as served:
        served.api.put(*(put(number) for number in range(1, count + 1)))
        listing = await cms(web, served.url).listing(None)
        assert (len(listing.entries), listing.is_complete) == (count, True)


@ALL
async def test_only_what_changed_since_then_is_listed(web, api, put, cms):
    changed = {GhostApi: "updated_at", WordPressApi: "modified_gmt", SuperdeskApi: "versioncreated"}[api]
    old = {changed: put(1)[changed].replace("2025-11-20", "2025-11-01")}
    with serving(api()) as served:
        served.api.put(put(1, **old), put(2))
        listing = await cms(web, served.url).listing(HOUR)
        assert [entry.changed_at for entry in listing.entries] == [HOUR + timedelta(minutes=2)]


@ALL
async def test_what_is_not_there_any_more_is_said_to_be_not_there(web, api, put, cms):
    with serving(api()) as served:
        served.api.put(put(1))
        asking = cms(web, served.url)
        (here,) = (await asking.listing(None)).entries
        gone = {GhostApi: f"{7:024x}", WordPressApi: "7", SuperdeskApi: "urn:newsml:7"}[api]
        found = await asking.items([here.source_id, gone])
        assert found[gone] is None
        assert found[here.source_id] is not None


@ALL
@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(429, b"", {"retry-after": "30"}), CmsAway),
        (Reply(500), CmsAway),
        (Reply(403), CmsRefused),
        (Reply(200, b'{"posts": [{"id": "00'), CmsUnreadable),
        (Reply(200, b"<html>Wartung</html>"), CmsUnreadable),
        (json_reply({}), CmsUnreadable),
        (json_reply([{}]), CmsUnreadable),
        (json_reply(None), CmsUnreadable),
        (
            json_reply({"posts": [{}], "meta": {"pagination": {"next": None}}, "_items": [{}], "_meta": {"total": 1}}),
            CmsUnreadable,
        ),
        (json_reply({"posts": "x", "meta": 1, "_items": 1, "_meta": []}), CmsUnreadable),
    ],
)
async def test_a_list_that_fails_on_its_second_page_is_no_list(web, api, put, cms, reply, fault):
    with serving(api()) as served:
        served.api.put(*(put(number) for number in range(1, 151)))
        asking = cms(web, served.url)
        await asking.listing(None)
        first = served.api.answer(served.questions(PATHS[api])[0])
        served.instead[PATHS[api]] = [first, reply]
        with pytest.raises(fault):
            await asking.listing(None)


# --- Ghost -----------------------------------------------------------------------------------------------------------


async def test_what_ghost_gives_is_what_its_adapter_takes(web):
    with serving(GhostApi()) as served:
        served.api.put(a_ghost_post(1))
        cms = Ghost(web, url=f"{served.url}/", key=served.api.key)
        (entry,) = (await cms.listing(None)).entries
        delivered = (await cms.items([entry.source_id]))[entry.source_id]
    assert delivered is not None
    draft = ghost.adapt(delivered.payload, Circumstances(now_ms=NOW_MS, event=delivered.event))
    assert isinstance(draft, Draft)
    assert draft.content is not None
    assert (draft.source_id, draft.content.headline, draft.ordered_by) == (
        entry.source_id,
        "Beitrag 1",
        entry.changed_at,
    )
    assert [author.name for author in draft.content.authors] == ["Ana Ruiz"]
    assert draft.content.sections == ("stadt", "Stadt")


async def test_of_an_article_for_members_ghosts_public_part_is_published_and_said_to_be_one(web):
    with serving(GhostApi()) as served:
        served.api.put(a_ghost_post(1, visibility="members", access=False, html="<p>Der Anfang.</p>"))
        found = await Ghost(web, url=served.url, key=served.api.key).items([f"{1:024x}"])
    delivered = found[f"{1:024x}"]
    assert delivered is not None
    draft = ghost.adapt(delivered.payload, Circumstances(now_ms=NOW_MS, event=delivered.event))
    assert isinstance(draft, Draft)
    assert draft.content is not None
    assert draft.content.members_only
    assert draft.content.body[0].html == "<p>Der Anfang.</p>".removeprefix("<p>").removesuffix("</p>")


async def test_a_page_of_ghost_is_found_by_its_id_and_never_listed(web):
    with serving(GhostApi()) as served:
        page = a_ghost_post(5)
        served.api.pages[page["id"]] = page
        cms = Ghost(web, url=served.url, key=served.api.key)
        assert (await cms.listing(None)).entries == ()
        assert (await cms.items([page["id"]]))[page["id"]] is not None


async def test_an_id_that_is_none_of_ghosts_is_not_asked_for_and_nothing_is_said_of_it(web):
    with serving(GhostApi()) as served:
        found = await Ghost(web, url=served.url, key=served.api.key).items(["4711", "x],status:draft+id:[y"])
        assert (found, served.asked) == ({}, [])


async def test_a_wrong_key_says_what_to_check(web):
    with serving(GhostApi()) as served:
        with pytest.raises(CmsRefused, match="check the key") as caught:
            await Ghost(web, url=served.url, key="falsch").listing(None)
        assert "falsch" not in str(caught.value)


# --- WordPress -------------------------------------------------------------------------------------------------------


async def test_what_wordpress_gives_is_what_its_adapter_takes(web):
    with serving(WordPressApi()) as served:
        served.api.put(a_wordpress_post(7))
        cms = WordPress(web, url=served.url)
        (entry,) = (await cms.listing(None)).entries
        delivered = (await cms.items([entry.source_id]))[entry.source_id]
    assert delivered is not None
    draft = wordpress.adapt(delivered.payload, Circumstances(now_ms=NOW_MS))
    assert isinstance(draft, Draft)
    assert draft.content is not None
    assert (draft.source_id, draft.content.headline, draft.ordered_by) == ("7", "Beitrag 7", entry.changed_at)
    assert draft.content.sections == ("stadt", "Stadt")


@pytest.mark.parametrize("zone_hours", [-11, 0, 1, 13])
async def test_nothing_is_overlooked_because_wordpress_compares_with_the_clock_on_its_wall(web, zone_hours):
    with serving(WordPressApi(zone_hours=zone_hours)) as served:
        served.api.put(a_wordpress_post(1))
        assert [each.source_id for each in (await WordPress(web, url=served.url).listing(HOUR)).entries] == ["1"]


async def test_an_application_password_opens_a_closed_wordpress(web):
    with serving(WordPressApi()) as served:
        await WordPress(web, url=served.url, key="bot:abcd efgh").listing(None)
        assert served.asked[0].headers["authorization"] == "Basic Ym90OmFiY2QgZWZnaA=="


async def test_a_proxy_that_takes_the_count_of_pages_away_is_noticed(web):
    with serving(WordPressApi()) as served:
        served.instead[WORDPRESS_POSTS] = [json_reply([a_wordpress_post(1)])]
        with pytest.raises(CmsUnreadable, match="X-WP-TotalPages"):
            await WordPress(web, url=served.url).listing(None)


# --- Superdesk -------------------------------------------------------------------------------------------------------


async def test_superdesk_says_versions_and_what_was_taken_back(web):
    with serving(SuperdeskApi()) as served:
        served.api.put(
            a_superdesk_item(1, version="12"),
            a_superdesk_item(2, pubstatus="canceled"),
            a_superdesk_item(3, type="picture"),
        )
        entries = {
            entry.source_id: entry
            for entry in (await Superdesk(web, url=served.url, key="superdesk-token").listing(None)).entries
        }
    one, two = a_superdesk_item(1)["guid"], a_superdesk_item(2)["guid"]
    assert entries[one] == Entry(one, HOUR + timedelta(minutes=1), version=12)
    assert entries[two].is_withdrawn
    assert len(entries) == 2


async def test_an_item_of_superdesk_has_the_guid_that_its_adapter_wants(web):
    with serving(SuperdeskApi()) as served:
        item = a_superdesk_item(1)
        served.api.put(item)
        found = await Superdesk(web, url=served.url, key="superdesk-token").items([item["guid"]])
    assert found[item["guid"]] is not None
    assert found[item["guid"]].payload["guid"] == item["guid"]
    assert found[item["guid"]].payload["body_html"] == item["body_html"]


async def test_a_list_longer_than_superdesk_counts_is_not_complete(web, monkeypatch):
    monkeypatch.setattr("services.ingest.reconcile.superdesk.MOST_PAGES", 2)
    with serving(SuperdeskApi()) as served:
        served.api.put(*(a_superdesk_item(number) for number in range(1, 251)))
        listing = await Superdesk(web, url=served.url, key="superdesk-token").listing(None)
    assert (len(listing.entries), listing.is_complete) == (200, False)
