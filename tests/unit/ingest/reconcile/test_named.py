"""Feeds and sitemaps: what they name is put right where nothing is left to guess, and else reported."""

import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape

import pytest

from services.ingest.adapt import Circumstances
from services.ingest.reconcile import CmsUnreadable
from services.ingest.reconcile import pages as pages_module
from shared.contracts.revision import Revision
from shared.runtime.articles import Candidate
from tests.support.articles import SITE
from tests.support.cms_api import Fixed, Reply, a_ghost_post, a_wordpress_post, serving
from tests.unit.ingest.reconcile.conftest import BLOG, House

ROUND_MS = 300_000
WORDPRESS = {"adapter": "wordpress", "path": "/feed"}


@pytest.fixture
def cms():
    with serving(Fixed({})) as served:
        yield served


def kinds(report) -> dict[str, str]:
    return {mismatch.what: f"{mismatch.kind} {mismatch.outcome}" for mismatch in report.mismatches}


def details(report) -> dict[str, str]:
    return {mismatch.what: mismatch.detail for mismatch in report.mismatches}


def an_entry(cms, number: int = 1, *, at: str = "08:01", text: str | None = None, **more: str) -> str:
    """Return an item as WordPress writes it."""
    fields = {
        "title": f"Beitrag {number}", "link": f"{cms.url}/beitrag-{number}/", "guid": f"{cms.url}/?p={number}",
        "description": f"Text von Beitrag {number}.", "pubDate": f"Thu, 20 Nov 2025 {at}:00 +0000",
    }  # fmt: skip
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (fields | more).items() if value)
    whole = f"<p>Text von Beitrag {number}.</p>" if text is None else text
    encoded = f"<content:encoded>{escape(whole)}</content:encoded>" if whole else ""
    return f"<item>{inside}{encoded}</item>"


def publish_feed(cms, *entries: str) -> None:
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Amt</title>'
    body = f"{head}<link>{cms.url}</link><description>x</description>{''.join(entries)}</channel></rss>"
    cms.api.files["/feed"] = Reply(200, body.encode(), {"content-type": "application/rss+xml"})


def publish_sitemap(cms, *paths: str, at: str = "2025-11-20T08:01:00+00:00") -> None:
    urls = "".join(f"<url><loc>{cms.url}{path}</loc><lastmod>{at}</lastmod></url>" for path in paths)
    cms.api.files["/sitemap.xml"] = Reply(200, f"<urlset>{urls}</urlset>".encode())


def publish_page(cms, path: str, *, head: str = "", **said: object) -> None:
    """Put up an article's page with its linked data."""
    node = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": "Vom Markt", "url": f"{cms.url}{path}",
        "datePublished": "2025-11-20T08:01:00+00:00", "articleBody": "Erster Absatz.\n\nZweiter <Absatz>.",
    } | said  # fmt: skip
    node = {name: value for name, value in node.items() if value is not None}
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    cms.api.files[path] = Reply(200, f"<html><head>{head}{script}</head><body>x</body></html>".encode())


async def deliver(house: House, payload: Mapping, **circumstances) -> None:
    """What the CMS's webhook brings."""
    made = await house.sources.named(BLOG).candidate(
        payload, Circumstances(now_ms=house.clock(), **circumstances), articles=house.articles, delivery_id="",
        traceparent="",
    )  # fmt: skip
    acceptance = await house.articles.accept(made[0])
    assert acceptance.outcome in {"accepted", "unchanged"}, acceptance


async def withdraw(house: House, source_id: str, verb: str) -> None:
    document = await house.document(source_id)
    revision = Revision(scheme="none", number=0, time_ms=house.clock(), digest="0" * 16)
    await house.articles.accept(Candidate(verb, document.id, SITE, BLOG, revision, received_ms=house.clock()))


# --- a feed beside webhooks ------------------------------------------------------------------------------------------


async def test_what_never_came_is_taken_from_the_feed_under_the_id_of_the_webhook(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    publish_feed(cms, an_entry(cms, 1))
    cms.api.files["/"] = Reply(301, b"", {"location": "/beitrag-1/"})
    cms.api.files["/beitrag-1/"] = Reply(200, b"<html></html>")
    assert kinds(await house.run("recent")) == {f"{cms.url}/beitrag-1/": "missing accepted"}
    document = await house.document("1")
    assert (document.state, document.article.headline) == ("public", "Beitrag 1")
    assert (document.article.canonical_url, document.article.credit) == ("", "")
    assert (await house.run("recent")).mismatches == ()


async def test_the_webhook_that_comes_after_all_wins_over_the_feed_and_nothing_is_there_twice(cms, house_of, redis):
    house = house_of(cms, "feed", **WORDPRESS)
    publish_feed(cms, an_entry(cms, 1, **{"post-id": "1"}))
    await house.run("recent")
    await deliver(
        house, a_wordpress_post(1, title={"rendered": "Wie es wirklich heißt"}), sent_ms=house.clock() - 60_000
    )
    assert (await house.document("1")).article.headline == "Wie es wirklich heißt"
    assert len(await redis.keys("litfass:{s1}:article:*")) == 1
    assert (await house.run("recent")).mismatches == ()


@pytest.mark.parametrize("where", ["/ganz-anders/", None])
async def test_a_guid_that_leads_elsewhere_is_not_believed(cms, house_of, where):
    house = house_of(cms, "feed", **WORDPRESS)
    publish_feed(cms, an_entry(cms, 1))
    if where:
        cms.api.files |= {"/": Reply(301, b"", {"location": where}), where: Reply(200, b"<html></html>")}
    report = await house.run("recent")
    assert kinds(report) == {f"{cms.url}/beitrag-1/": "missing reported"}
    assert "guid" in details(report)[f"{cms.url}/beitrag-1/"]
    assert await house.state("1") == "unknown"


async def test_ghosts_guid_is_the_posts_id(cms, house_of):
    house = house_of(cms, "feed", adapter="ghost", path="/feed")
    publish_feed(cms, an_entry(cms, 1, guid=f"{7:024x}"), an_entry(cms, 2))
    report = await house.run("recent")
    assert kinds(report) == {f"{cms.url}/beitrag-1/": "missing accepted", f"{cms.url}/beitrag-2/": "missing reported"}
    assert await house.state(f"{7:024x}") == "public"
    post = a_ghost_post(7, updated_at="2025-11-20T08:01:00.000Z", published_at="2025-11-20T08:01:00.000Z")
    await deliver(house, {"post": {"current": {**post, "status": "published"}, "previous": {}}}, event="post.published")
    assert (await house.document(f"{7:024x}")).article.authors[0].name == "Ana Ruiz", "the webhook knows more"


async def test_of_a_stale_article_headline_and_text_are_taken_and_what_editors_chose_stays(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    await deliver(house, a_wordpress_post(1))
    before = (await house.document("1")).article
    newer = an_entry(cms, 1, at="08:30", title="Neu", text="<p>Neuer Text</p>", category="Sport", **{"post-id": "1"})
    publish_feed(cms, newer)
    assert kinds(await house.run("recent")) == {f"{cms.url}/beitrag-1/": "stale accepted"}
    document = await house.document("1")
    article = document.article
    assert (article.headline, article.body[0].html) == ("Neu", "Neuer Text")
    assert document.path == "/stadt/beitrag-1/"
    kept = {"headline", "body", "updated_at", "revision"}
    assert article.model_dump(exclude=kept) == before.model_dump(exclude=kept)


async def test_an_older_feed_overwrites_nothing_and_clocks_a_minute_apart_make_nothing_stale(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    await deliver(house, a_wordpress_post(1, modified_gmt="2025-11-20T08:40:00"))
    publish_feed(cms, an_entry(cms, 1, at="08:41", title="Alt", **{"post-id": "1"}))
    assert (await house.run()).mismatches == ()
    assert (await house.document("1")).article.headline == "Beitrag 1"


@pytest.mark.parametrize("verb", ["killed", "unpublished"])
async def test_a_feed_that_lags_behind_brings_nothing_back_that_was_taken_away(cms, house_of, verb):
    house = house_of(cms, "feed", **WORDPRESS)
    await deliver(house, a_wordpress_post(1))
    await withdraw(house, "1", verb)
    publish_feed(cms, an_entry(cms, 1, at="08:30", **{"post-id": "1"}))
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == verb


async def test_a_kill_stays_final_even_when_the_feed_is_newer(cms, house_of):
    house = house_of(cms, "feed", republish=True, **WORDPRESS)
    await deliver(house, a_wordpress_post(1))
    await withdraw(house, "1", "killed")
    house.clock.now_ms += 24 * 3_600_000
    publish_feed(cms, an_entry(cms, 1, pubDate="Fri, 21 Nov 2025 08:30:00 +0000", **{"post-id": "1"}))
    assert (await house.run()).mismatches == ()
    assert await house.state("1") == "killed"


async def test_an_article_for_members_is_not_taken_from_a_feed_that_does_not_know_it(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    await deliver(house, a_wordpress_post(1, content={"rendered": "", "protected": True}))
    publish_feed(cms, an_entry(cms, 1, at="08:30", **{"post-id": "1"}))
    report = await house.run("recent")
    assert kinds(report) == {f"{cms.url}/beitrag-1/": "stale reported"}
    assert "members" in details(report)[f"{cms.url}/beitrag-1/"]


async def test_what_wordpress_shows_instead_of_a_protected_text_is_no_text(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    form = '<form class="post-password-form"><p>Bitte das Passwort.</p></form>'
    publish_feed(cms, an_entry(cms, 1, text=form, **{"post-id": "1"}))
    assert kinds(await house.run("recent")) == {f"{cms.url}/beitrag-1/": "missing reported"}


async def test_where_no_rule_says_the_id_it_is_reported_with_what_to_do(cms, house_of):
    house = house_of(cms, "feed", adapter="strapi", path="/feed")
    publish_feed(cms, an_entry(cms, 1))
    report = await house.run("recent")
    assert kinds(report) == {f"{cms.url}/beitrag-1/": "missing reported"}
    assert "send it again" in details(report)[f"{cms.url}/beitrag-1/"]


async def test_an_article_is_known_by_its_address_on_our_site_whoever_sent_it(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    await deliver(house, a_wordpress_post(1))
    link = f"https://kurier.example{(await house.document('1')).path}"
    publish_feed(cms, an_entry(cms, 1, at="08:30", link=link, guid="irgendwas", title="Neu"))
    assert kinds(await house.run("recent")) == {link: "stale accepted"}
    assert (await house.document("1")).article.headline == "Neu"


async def test_a_dry_run_finds_the_same_and_takes_nothing(cms, house_of):
    house = house_of(cms, "feed", **WORDPRESS)
    publish_feed(cms, an_entry(cms, 1, **{"post-id": "1"}))
    assert kinds(await house.run(is_dry=True)) == {f"{cms.url}/beitrag-1/": "missing found"}
    assert await house.changes() == 0


# --- a feed alone ----------------------------------------------------------------------------------------------------


@pytest.fixture
def club(cms, house_of):
    return house_of(cms, "feed", path="/feed")


async def test_all_articles_of_a_source_may_come_by_its_feed(club, cms):
    publish_feed(cms, an_entry(cms, 1, category="Sport"), an_entry(cms, 2, pubDate="Mon, 01 Sep 2025 08:00:00 +0000"))
    assert set(kinds(await club.run("recent")).values()) == {"missing accepted"}, "old ones as well"
    article = (await club.document(f"{cms.url}/?p=1")).article
    assert (article.section, article.credit, article.canonical_url) == ("sport", "Amt", f"{cms.url}/beitrag-1/")
    before = await club.changes()
    assert (await club.run("recent")).mismatches == ()
    assert await club.changes() == before, "what did not change is not written"


async def test_an_edit_that_no_date_tells_is_seen_and_the_address_stays(club, cms):
    publish_feed(cms, an_entry(cms, 1))
    await club.run("recent")
    path = (await club.document(f"{cms.url}/?p=1")).path
    club.clock.now_ms += ROUND_MS
    publish_feed(cms, an_entry(cms, 1, title="Ganz anders", text="<p>Mit mehr.</p>"))
    assert kinds(await club.run("recent")) == {f"{cms.url}/beitrag-1/": "stale accepted"}
    document = await club.document(f"{cms.url}/?p=1")
    assert (document.article.headline, document.path) == ("Ganz anders", path)


async def test_an_entry_without_a_date_is_as_old_as_our_first_look(club, cms):
    publish_feed(cms, an_entry(cms, 1, pubDate=""))
    await club.run("recent")
    first = (await club.document(f"{cms.url}/?p=1")).article.published_at
    club.clock.now_ms += ROUND_MS
    assert (await club.run("recent")).mismatches == ()
    club.clock.now_ms += ROUND_MS
    publish_feed(cms, an_entry(cms, 1, pubDate="", title="Neu"))
    await club.run("recent")
    article = (await club.document(f"{cms.url}/?p=1")).article
    assert (article.headline, article.published_at) == ("Neu", first)


async def test_two_entries_with_one_id_do_not_take_turns(club, cms):
    publish_feed(cms, an_entry(cms, 1, guid="0"), an_entry(cms, 2, guid="0"))
    await club.run("recent")
    club.clock.now_ms += ROUND_MS
    assert (await club.run("recent")).mismatches == ()
    assert (await club.document("0")).article.headline == "Beitrag 1"


@pytest.mark.parametrize("summaries", ["teaser", "leave-out", "whole"])
async def test_the_source_says_what_becomes_of_entries_with_a_summary_only(cms, house_of, summaries):
    house = house_of(cms, "feed", path="/feed", options={"summaries": summaries})
    publish_feed(cms, an_entry(cms, 1, text=""))
    await house.run("recent")
    document = await house.document(f"{cms.url}/?p=1")
    if summaries == "leave-out":
        assert document is None
    elif summaries == "teaser":
        assert document.article.standfirst == "Text von Beitrag 1."
        assert document.article.body[0].html == f'<a href="{cms.url}/beitrag-1/">127.0.0.1</a>'
    else:
        assert (document.article.standfirst, document.article.body[0].html) == ("", "Text von Beitrag 1.")


async def test_an_entry_that_cannot_be_read_is_named_and_the_others_are_taken(club, cms):
    publish_feed(cms, an_entry(cms, 1, title=""), an_entry(cms, 2))
    assert sorted(kinds(await club.run("recent")).values()) == ["missing accepted", "missing invalid_payload"]


async def test_what_the_newsroom_took_back_stays_away_though_the_feed_still_has_it(club, cms):
    publish_feed(cms, an_entry(cms, 1))
    await club.run("recent")
    club.clock.now_ms += ROUND_MS
    await withdraw(club, f"{cms.url}/?p=1", "unpublished")
    club.clock.now_ms += ROUND_MS
    assert (await club.run("recent")).mismatches == ()
    assert await club.state(f"{cms.url}/?p=1") == "unpublished"


async def test_nothing_goes_because_a_feed_ends_before_it(club, cms):
    publish_feed(cms, an_entry(cms, 1), an_entry(cms, 2))
    await club.run()
    publish_feed(cms, an_entry(cms, 2))
    assert (await club.run()).mismatches == ()
    assert await club.state(f"{cms.url}/?p=1") == "public"


async def test_a_page_of_maintenance_is_no_feed_and_changes_nothing(club, cms):
    cms.api.files["/feed"] = Reply(200, b"<html>Wartung</html>", {"content-type": "text/html"})
    with pytest.raises(CmsUnreadable):
        await club.run()


# --- a sitemap -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(cms, house_of):
    return house_of(cms, "sitemap", adapter="feed", path="/sitemap.xml")


async def test_a_source_with_a_sitemap_only_is_read_from_its_pages(mapped, cms):
    publish_sitemap(cms, "/a/")
    publish_page(cms, "/a/", author=[{"@type": "Person", "name": "Ana Ruiz"}], articleSection="Sport")
    assert kinds(await mapped.run()) == {f"{cms.url}/a/": "missing accepted"}
    article = (await mapped.document(f"{cms.url}/a/")).article
    assert [block.html for block in article.body] == ["Erster Absatz.", "Zweiter &lt;Absatz&gt;."]
    assert (article.headline, article.section, article.authors[0].name) == ("Vom Markt", "sport", "Ana Ruiz")
    assert (await mapped.run()).mismatches == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"articleBody": None}, "articleBody"),
        ({"isAccessibleForFree": False}, "members"),
        ({"isAccessibleForFree": "http://schema.org/False"}, "members"),
        ({"hasPart": {"isAccessibleForFree": "False", "cssSelector": ".rest"}}, "members"),
        ({"@type": "Product"}, "no NewsArticle"),
        ({"url": "https://anders.example/b/"}, "no NewsArticle of its own"),
    ],
)
async def test_a_page_that_does_not_say_it_all_and_freely_is_reported(mapped, cms, said, why):
    publish_sitemap(cms, "/a/")
    publish_page(cms, "/a/", **said)
    report = await mapped.run()
    assert kinds(report) == {f"{cms.url}/a/": "missing reported"}
    assert why in details(report)[f"{cms.url}/a/"]


async def test_wordpress_says_its_id_in_the_short_link_of_the_page(cms, house_of):
    house = house_of(cms, "sitemap", adapter="wordpress", path="/sitemap.xml")
    publish_sitemap(cms, "/a/", "/b/")
    publish_page(cms, "/a/", head=f'<link rel="shortlink" href="{cms.url}/?p=7">')
    publish_page(cms, "/b/")
    assert kinds(await house.run()) == {f"{cms.url}/a/": "missing accepted", f"{cms.url}/b/": "missing reported"}
    assert await house.state("7") == "public"


async def test_an_address_that_was_learned_needs_no_second_look(cms, house_of):
    house = house_of(cms, "sitemap", adapter="wordpress", path="/sitemap.xml")
    await deliver(house, a_wordpress_post(7, modified_gmt="2025-11-20T08:07:00"))
    publish_sitemap(cms, "/a/")
    publish_page(cms, "/a/", head=f'<link rel="shortlink" href="{cms.url}/?p=7">')
    assert (await house.run()).mismatches == ()
    cms.asked.clear()
    assert (await house.run()).mismatches == ()
    assert [asked.path for asked in cms.asked] == ["/sitemap.xml"]


async def test_pages_elsewhere_are_not_asked_for(mapped, cms):
    with serving(Fixed({})) as other:
        body = f"<urlset><url><loc>{other.url}/a/</loc></url><url><loc>{cms.url}/weg/</loc></url></urlset>"
        cms.api.files["/sitemap.xml"] = Reply(200, body.encode())
        cms.api.files["/weg/"] = Reply(302, b"", {"location": f"{other.url}/b/"})
        publish_page(other, "/b/", url=f"{other.url}/b/")
        report = await mapped.run()
        assert set(kinds(report).values()) == {"missing reported"}
        assert other.questions("/a/") == []


async def test_only_so_many_pages_are_asked_for_in_one_run_and_the_next_goes_on(mapped, cms, monkeypatch):
    monkeypatch.setattr(pages_module, "MOST", 2)
    paths = [f"/{number}/" for number in range(5)]
    publish_sitemap(cms, *paths)
    for path in paths:
        publish_page(cms, path)
    taken = [list(kinds(await mapped.run()).values()).count("missing accepted") for _ in range(3)]
    assert taken == [2, 2, 1]


# --- what should be gone ---------------------------------------------------------------------------------------------


async def published(mapped: House, cms, count: int) -> list[str]:
    paths = [f"/{number}/" for number in range(count)]
    publish_sitemap(cms, *paths)
    for path in paths:
        publish_page(cms, path, headline=f"Artikel {path}")
    await mapped.run()
    return paths


async def test_what_answers_404_twice_is_taken_back_and_not_the_first_time(mapped, cms):
    paths = await published(mapped, cms, 3)
    publish_sitemap(cms, *paths[1:])
    del cms.api.files["/0/"]
    assert kinds(await mapped.run()) == {f"{cms.url}/0/": "gone reported"}
    assert (await mapped.run("recent")).mismatches == (), "a round has not gone by"
    assert await mapped.state(f"{cms.url}/0/") == "public"
    mapped.clock.now_ms += ROUND_MS
    assert kinds(await mapped.run("recent")) == {f"{cms.url}/0/": "gone accepted"}
    assert [await mapped.state(f"{cms.url}{path}") for path in paths] == ["unpublished", "public", "public"]
    assert (await mapped.run()).mismatches == ()


@pytest.mark.parametrize(
    "reply", [Reply(200, b"<html>da</html>"), Reply(503), Reply(403), Reply(301, b"", {"location": "/1/"})]
)
async def test_any_other_answer_is_only_reported(mapped, cms, reply):
    paths = await published(mapped, cms, 2)
    publish_sitemap(cms, paths[1])
    cms.api.files["/0/"] = reply
    for _ in range(2):
        assert kinds(await mapped.run()) == {f"{cms.url}/0/": "gone reported"}
        mapped.clock.now_ms += ROUND_MS
    assert await mapped.state(f"{cms.url}/0/") == "public"


async def test_what_came_back_in_between_was_not_gone(mapped, cms):
    paths = await published(mapped, cms, 2)
    publish_sitemap(cms, paths[1])
    page = cms.api.files.pop("/0/")
    await mapped.run()
    cms.api.files["/0/"] = page
    mapped.clock.now_ms += ROUND_MS
    await mapped.run("recent")
    del cms.api.files["/0/"]
    assert kinds(await mapped.run()) == {f"{cms.url}/0/": "gone reported"}, "the count starts anew"
    assert await mapped.state(f"{cms.url}/0/") == "public"


async def test_an_empty_sitemap_empties_no_site(mapped, cms):
    await published(mapped, cms, 2)
    publish_sitemap(cms)
    cms.api.files = {"/sitemap.xml": cms.api.files["/sitemap.xml"]}
    for _ in range(2):
        report = await mapped.run()
        assert "empty" in report.refused
        mapped.clock.now_ms += ROUND_MS
    assert await mapped.state(f"{cms.url}/0/") == "public"


async def test_a_share_too_large_is_refused_until_somebody_says_yes(mapped, cms):
    paths = await published(mapped, cms, 8)
    publish_sitemap(cms, *paths[6:])
    for path in paths[:6]:
        del cms.api.files[path]
    await mapped.run()
    mapped.clock.now_ms += ROUND_MS
    report = await mapped.run("recent")
    assert "6 of our 8" in report.refused
    assert set(kinds(report).values()) == {"gone refused"}
    assert await mapped.state(f"{cms.url}/0/") == "public"
    assert set(kinds(await mapped.run(is_confirmed=True)).values()) == {"gone accepted"}


async def test_what_we_took_back_comes_again_when_the_sitemap_names_it_again(mapped, cms):
    paths = await published(mapped, cms, 2)
    publish_sitemap(cms, paths[1])
    page = cms.api.files.pop("/0/")
    for _ in range(2):
        await mapped.run()
        mapped.clock.now_ms += ROUND_MS
    assert await mapped.state(f"{cms.url}/0/") == "unpublished"
    cms.api.files["/0/"] = replace(page)
    publish_sitemap(cms, *paths)
    assert kinds(await mapped.run()) == {f"{cms.url}/0/": "missing accepted"}
    assert await mapped.state(f"{cms.url}/0/") == "public"


async def test_an_address_in_the_cms_that_a_sitemap_named_once_is_the_one_that_is_asked(cms, house_of):
    house = house_of(cms, "sitemap", adapter="wordpress", path="/sitemap.xml")
    publish_sitemap(cms, "/a/", "/b/")
    for path, number in (("/a/", 7), ("/b/", 8)):
        publish_page(cms, path, head=f'<link rel="shortlink" href="{cms.url}/?p={number}">')
    await house.run()
    publish_sitemap(cms, "/b/")
    del cms.api.files["/a/"]
    for _ in range(2):
        await house.run()
        house.clock.now_ms += ROUND_MS
    assert (await house.state("7"), await house.state("8")) == ("unpublished", "public")


async def test_articles_whose_address_in_the_cms_nobody_knows_stay(cms, house_of):
    house = house_of(cms, "sitemap", adapter="wordpress", path="/sitemap.xml")
    await deliver(house, a_wordpress_post(1))
    publish_sitemap(cms, "/anders/")
    for _ in range(2):
        assert "gone reported" in kinds(await house.run()).values()
        house.clock.now_ms += ROUND_MS
    assert await house.state("1") == "public"
