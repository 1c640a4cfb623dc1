"""What a draft is made into: ids, revisions, sections and wished-for paths."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.ingest.accept import Intake, article_id_of, candidate_of, digest_of, revision_of
from services.ingest.draft import Content, Draft
from shared.contracts import SiteName, SourceConfig, SourceName, UrlPath
from shared.contracts.blocks import Paragraph
from shared.runtime.articles import Candidate
from shared.runtime.clock import milliseconds
from tests.support.articles import PUBLISHED, a_site

NOW = PUBLISHED + timedelta(hours=1)
NOW_MS = milliseconds(NOW)


def an_intake(*, source: dict[str, Any] | None = None, **site: Any) -> Intake:
    return Intake(
        SourceName("rathaus"),
        SourceConfig.model_validate({"site": "kurier", "adapter": "standard", "allow_unsigned": True} | (source or {})),
        SiteName("kurier"),
        a_site(**site),
        frozenset({"imprint"}),
    )


def a_draft(content: dict[str, Any] | None = None, **changes: Any) -> Draft:
    fields: dict[str, Any] = {
        "headline": "Die Brücke",
        "slug": "die-bruecke",
        "published_at": PUBLISHED,
        "sections": ("stadt",),
    }
    return Draft(
        **({"verb": "published", "source_id": "4711", "content": Content(**(fields | (content or {})))} | changes)
    )


def candidate(draft: Draft, intake: Intake | None = None) -> Candidate:
    return candidate_of(draft, intake or an_intake(), delivery_id="d1", received_ms=NOW_MS)[0]


def warnings(draft: Draft, intake: Intake | None = None) -> tuple[str, ...]:
    return candidate_of(draft, intake or an_intake(), delivery_id="d1", received_ms=NOW_MS)[1]


@pytest.mark.parametrize(
    ("permalink", "frame"),
    [
        ("/{section}/{slug}/", ("/stadt/", "/")),
        ("/{year}/{month}/{slug}-{id}/", None),
        ("/{section}/{id}/", ("", "")),
        ("/{slug}/{slug}/", ("", "")),
    ],
)
def test_where_the_cms_has_no_slugs_the_store_learns_where_they_stand(permalink, frame):
    intake = an_intake(permalink=permalink)
    found = candidate(a_draft({"slug_is_made": True}), intake)
    assert frame in (found.frame, None)
    if frame is None:
        assert found.paths[0] == f"{found.frame[0]}die-bruecke{found.frame[1]}"
    assert candidate(a_draft(), intake).frame == ("", "")


def test_the_public_part_of_an_article_for_members_is_published_and_says_so():
    found = candidate(a_draft({"members_only": True}))
    assert found.article is not None
    assert found.article.members_only


def test_a_source_may_leave_articles_for_members_out_and_one_that_was_public_goes():
    leaves_out, for_members = an_intake(source={"members_only": "leave-out"}), a_draft({"members_only": True})
    found = candidate(for_members, leaves_out)
    assert (found.verb, found.article, found.paths) == ("unpublished", None, ())
    assert warnings(for_members, leaves_out) == ("members_only: this source leaves such articles out",)
    assert candidate(a_draft(), leaves_out).verb == "published"


def test_an_article_has_the_same_id_in_every_delivery_and_another_one_in_another_source():
    here = article_id_of(SiteName("kurier"), SourceName("rathaus"), "4711")
    assert here == article_id_of(SiteName("kurier"), SourceName("rathaus"), "4711")
    assert (
        len(
            {
                here,
                article_id_of(SiteName("kurier"), SourceName("rat"), "haus4711"),
                article_id_of(SiteName("k"), SourceName("rathaus"), "4711"),
            }
        )
        == 3
    )


def test_the_cms_own_number_orders_before_its_dates():
    revision = revision_of(a_draft(number=7, ordered_by=PUBLISHED, sent_ms=5), received_ms=NOW_MS)
    assert (revision.scheme, revision.number, revision.time_ms) == ("revision", 7, 5)


def test_without_a_number_the_date_of_the_change_orders_to_the_microsecond():
    revision = revision_of(a_draft(ordered_by=PUBLISHED), received_ms=NOW_MS)
    assert revision.scheme == "updated_at"
    assert revision.number == milliseconds(PUBLISHED) * 1000
    assert revision.time_ms == milliseconds(PUBLISHED)


def test_a_withdrawal_that_names_nothing_is_ordered_by_when_it_came():
    revision = revision_of(Draft("unpublished", "4711"), received_ms=NOW_MS)
    assert (revision.scheme, revision.number, revision.time_ms) == ("none", 0, NOW_MS)


def test_equal_content_has_an_equal_digest_whenever_it_was_saved():
    first = candidate(a_draft({"updated_at": PUBLISHED}, number=1)).article
    again = candidate(a_draft({"updated_at": PUBLISHED + timedelta(minutes=5)}, number=2)).article
    other = candidate(a_draft({"body": (Paragraph(html="Neu."),)}, number=2)).article
    assert first
    assert again
    assert other
    assert digest_of(first) == digest_of(again) != digest_of(other)


@pytest.mark.parametrize("name", ["sport", "Sport", " SPORT "])
def test_a_section_is_found_by_slug_or_title(name):
    found = candidate(a_draft({"sections": (name,)}))
    assert found.article
    assert found.article.section == "sport"


def test_the_first_section_that_the_site_knows_counts():
    article = candidate(a_draft({"sections": ("Top-News", "Kultur", "Sport")})).article
    assert article
    assert article.section == "kultur"


def test_an_unknown_section_falls_into_the_first_with_a_warning_that_names_the_others():
    draft = a_draft({"sections": ("gartenbau",)})
    article = candidate(draft).article
    assert article
    assert article.section == "stadt"
    assert "gartenbau" in warnings(draft)[0]
    assert "kultur" in warnings(draft)[0]


def test_a_source_may_say_where_articles_without_a_section_go():
    draft, intake = a_draft({"sections": ()}), an_intake(source={"section": "sport"})
    article = candidate(draft, intake).article
    assert article
    assert article.section == "sport"
    assert warnings(draft, intake) == ()


def test_the_slug_is_wished_for_first_and_then_with_digits_of_the_id():
    wishes = candidate(a_draft()).paths
    digits = article_id_of(SiteName("kurier"), SourceName("rathaus"), "4711")[1:]
    assert wishes[:2] == (UrlPath("/stadt/die-bruecke/"), UrlPath(f"/stadt/die-bruecke-{digits[:6]}/"))
    assert wishes[-1] == UrlPath(f"/stadt/die-bruecke-{digits}/")


def test_a_long_slug_leaves_room_for_the_digits():
    wishes = candidate(a_draft({"slug": "-".join(["wort"] * 20)})).paths
    assert all(len(path.split("/")[2]) <= 100 for path in wishes)


@pytest.mark.parametrize(
    ("permalink", "slug", "reserved"),
    [
        ("/{slug}/", "imprint", "/imprint/"),
        ("/{slug}/", "sport", "/sport/"),
        ("/{slug}/", "admin", "/admin/"),
        ("/{section}/{slug}/x/", "x", ""),
    ],
)
def test_an_address_that_something_else_has_is_not_wished_for(permalink, slug, reserved):
    draft, intake = a_draft({"slug": slug}), an_intake(permalink=permalink)
    paths = candidate(draft, intake).paths
    assert (reserved in paths) is False
    assert any("reserved" in warning for warning in warnings(draft, intake)) is bool(reserved)
    assert paths


def test_a_month_page_is_no_address_for_an_article():
    assert (
        "/stadt/2026/11/"
        not in candidate(a_draft({"slug": "11"}), an_intake(permalink="/{section}/{year}/{slug}/")).paths
    )


def test_the_permalink_is_of_the_day_in_the_sites_zone():
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    paths = candidate(a_draft({"published_at": late}), an_intake(permalink="/{year}/{month}/{day}/{slug}/")).paths
    assert paths[0] == UrlPath("/2026/11/01/die-bruecke/")


LATER, LATEST = NOW + timedelta(hours=1), NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("content", "public_at"),
    [
        ({"published_at": LATER}, LATER),
        ({"embargoed_until": LATER}, LATER),
        ({"published_at": LATER, "embargoed_until": LATEST}, LATEST),
        ({"published_at": LATEST, "embargoed_until": LATER}, LATEST),
        ({"embargoed_until": NOW - timedelta(seconds=1)}, NOW - timedelta(seconds=1)),
    ],
)
def test_an_article_waits_for_its_publication_and_for_the_end_of_its_embargo(content, public_at):
    assert candidate(a_draft(content)).public_ms == milliseconds(public_at)


def test_an_embargoed_article_is_as_new_as_the_end_of_its_embargo():
    article = candidate(a_draft({"embargoed_until": LATER, "updated_at": PUBLISHED})).article
    assert article
    assert (article.published_at, article.updated_at) == (LATER, LATER)


def test_a_cms_whose_clock_is_ahead_means_now_when_it_says_now():
    ahead = NOW + timedelta(minutes=4)
    assert candidate(a_draft({"published_at": ahead}, sent_ms=milliseconds(ahead))).public_ms == 0
    assert candidate(a_draft({"published_at": ahead}, ordered_by=ahead)).public_ms == 0
    assert candidate(a_draft({"published_at": ahead}, sent_ms=NOW_MS)).public_ms == milliseconds(ahead)
    assert candidate(a_draft({"embargoed_until": ahead}, sent_ms=milliseconds(ahead))).public_ms == milliseconds(ahead)


def test_a_clock_that_is_far_ahead_is_not_believed():
    ahead = NOW + timedelta(minutes=6)
    assert candidate(a_draft({"published_at": ahead}, sent_ms=milliseconds(ahead))).public_ms == milliseconds(ahead)


def test_an_article_that_nobody_will_see_is_taken_with_a_warning_that_says_so():
    assert candidate(a_draft({"expires_at": LATER})).expires_ms == milliseconds(LATER)
    assert warnings(a_draft({"expires_at": LATER})) == ()
    assert "is over" in warnings(a_draft({"expires_at": NOW}))[0]
    assert "nobody will see" in warnings(a_draft({"embargoed_until": LATER, "expires_at": LATER}))[0]


@pytest.mark.parametrize(
    ("content", "rule", "until"),
    [
        ({"breaking_until": LATER}, {}, LATER),
        ({"urgency": 1}, {}, None),
        ({"urgency": 1}, {"urgency": 1}, PUBLISHED + timedelta(minutes=60)),
        ({"urgency": 3}, {"urgency": 2}, None),
        ({"urgency": 2}, {"urgency": 3, "minutes": 15}, PUBLISHED + timedelta(minutes=15)),
        ({"urgency": 0}, {"urgency": 9}, None),
        ({"urgency": 1, "breaking_until": LATER}, {"urgency": 1}, LATER),
        ({"urgency": 1, "embargoed_until": LATER}, {"urgency": 1}, LATER + timedelta(minutes=60)),
    ],
)
def test_breaking_news_is_what_says_so_or_what_is_as_urgent_as_the_source_says(content, rule, until):
    article = candidate(a_draft(content), an_intake(source={"breaking": rule})).article
    assert article
    assert article.breaking_until == until


@pytest.mark.parametrize(("when", "kept"), [(LATER, LATER), (PUBLISHED, None)])
def test_what_resurfaces_keeps_its_dates_and_what_is_not_after_the_publication_is_none(when, kept):
    draft = a_draft({"resurface_at": when})
    article = candidate(draft).article
    assert article
    assert (article.resurface_at, article.published_at) == (kept, PUBLISHED)
    assert article.updated_at == candidate(a_draft()).article.updated_at
    assert bool([each for each in warnings(draft) if each.startswith("resurface_at:")]) == (kept is None)
    assert (candidate(draft).revision.digest == candidate(a_draft()).revision.digest) == (kept is None)


def test_what_is_sponsored_is_never_breaking_news():
    draft = a_draft({"breaking_until": LATER, "kind": "sponsored"})
    article = candidate(draft).article
    assert article
    assert article.breaking_until is None
    assert "never breaking news" in warnings(draft)[0]


def test_another_embargo_or_end_is_another_content_and_none_is_as_it_always_was():
    plain, until, end, minor, breaking = (
        candidate(a_draft(content)).revision.digest
        for content in (
            {},
            {"embargoed_until": PUBLISHED},
            {"expires_at": LATER},
            {"minor": True},
            {"breaking_until": LATER},
        )
    )
    assert len({plain, until, end, minor, breaking}) == 5
    article = candidate(a_draft()).article
    assert article
    before = article.model_dump_json(
        exclude={
            "revision",
            "updated_at",
            "corrections",
            "members_only",
            "minor",
            "embargoed_until",
            "expires_at",
            "resurface_at",
            "breaking_until",
        }
    )
    assert hashlib.sha256(before.encode()).hexdigest()[:16] == plain, "what is stored stays unchanged by an upgrade"


def test_an_item_that_evolved_from_another_names_it_by_the_id_that_its_deliveries_have():
    elder = candidate(a_draft(source_id="urn:1")).article_id
    assert candidate(a_draft(source_id="urn:2", evolved_from="urn:1")).parent == elder
    assert candidate(Draft("killed", "urn:2", evolved_from="urn:1")).parent == elder
    assert candidate(a_draft(source_id="urn:1", evolved_from="urn:1")).parent is None


def test_a_withdrawal_brings_no_article_and_no_paths():
    kill = candidate(Draft("killed", "4711", note="Falsch."))
    assert (kill.article, kill.paths, kill.note) == (None, (), "Falsch.")


def test_a_draft_without_language_gets_the_sites():
    article = candidate(a_draft(), an_intake(language="fr")).article
    assert article
    assert article.language == "fr"
