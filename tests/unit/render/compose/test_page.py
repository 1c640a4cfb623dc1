"""Document → everything that the page of one article says."""

from datetime import timedelta

import pytest

from services.render.compose.page import article_view
from shared.contracts import Correction, UrlPath
from tests.support.articles import PUBLISHED, an_article, an_event, an_image

PATH = UrlPath("/stadt/neue-bruecke-1/")


@pytest.fixture
def view(chrome):
    return lambda **changes: article_view(
        chrome, article := an_article(**changes), path=PATH, revision=article.revision
    )


def test_a_change_is_shown_only_when_a_reader_can_tell_it_from_the_publication(view):
    assert view(updated_at=PUBLISHED)["updated"] is None
    assert view(published_at=PUBLISHED, updated_at=PUBLISHED + timedelta(seconds=30))["updated"] is None
    later = view(published_at=PUBLISHED, updated_at=PUBLISHED + timedelta(hours=2))["updated"]
    assert later["text"] == "21. November 2026, 16:03\u00a0Uhr"


def test_corrections_stand_newest_first_and_the_byline_names_the_newest_day(view):
    corrections = tuple(Correction(text=text, at=PUBLISHED + timedelta(days=day)) for day, text in enumerate("AB"))
    shown = view(corrections=corrections)
    assert [each["text"] for each in shown["corrections"]] == ["B", "A"]
    assert shown["corrected"]["text"] == "22. November 2026"


@pytest.mark.parametrize(
    ("kind", "language", "label"),
    [
        ("article", "de", ""),
        ("sponsored", "de", "Anzeige"),
        ("sponsored", "en", "Advertisement"),
        ("live", "de", "Live"),
    ],
)
def test_what_must_be_said_before_the_headline(view, kind, language, label):
    assert view(kind=kind, language=language)["label"] == label


def test_authors_of_sponsored_articles_have_no_page_among_the_newsrooms(view):
    assert view()["authors"] == [{"title": "Mara Lindt", "url": "/author/mara-lindt/"}]
    assert view(kind="sponsored")["authors"] == [{"title": "Mara Lindt", "url": ""}]


def test_only_another_language_is_named(view):
    assert (view()["language"], view()["direction"]) == ("", "ltr")
    arabic = view(language="ar")
    assert (arabic["language"], arabic["direction"]) == ("ar", "rtl")


def test_related_is_of_the_first_tag_and_without_tags_of_the_section(view):
    assert view()["related"] == "/_fragments/related/tag/bruecke.html"
    assert view(tags=())["related"] == "/_fragments/related/section/stadt.html"


def test_the_mail_that_shares_an_article_cannot_be_given_other_headers(view):
    mail = view(headline='A & "B"\r\nBcc: x@y.example?&cc=z')["mailto"]
    assert mail.startswith(
        "mailto:?subject=A%20%26%20%22B%22%0D%0ABcc%3A%20x%40y.example%3F%26cc%3Dz&amp;body=https%3A"
    )


def test_an_event_says_when_and_where(view):
    event = view(kind="event", event=an_event())["event"]
    assert event["when"] == "Samstag, 28. November 2026, 14:03–16:03\u00a0Uhr"
    assert (event["day"], event["month"], event["place"]) == ("28", "Nov", "Stadthalle")


def test_the_public_part_of_an_article_for_members_says_so(view):
    assert not view()["members_only"]
    assert view(members_only=True)["members_only"]


def test_the_articles_own_picture_is_the_first(view):
    shown = view(image=an_image())
    assert shown["picture"]["eager"]
    assert view()["picture"] is None


@pytest.mark.parametrize(("length", "is_long"), [(90, False), (91, True), (500, True)])
def test_long_headlines_are_set_smaller(view, length, is_long):
    assert view(headline="x" * length)["is_long"] is is_long


def test_the_history_of_an_article_names_each_change_once_newest_first(view):
    correction = Correction(text="A", at=PUBLISHED + timedelta(days=1))
    assert view(updated_at=PUBLISHED)["history"] == []
    shown = view(published_at=PUBLISHED, corrections=(correction,), updated_at=PUBLISHED + timedelta(days=2))
    assert [step["what"] for step in shown["history"]] == ["Aktualisiert", "Korrigiert", "Veröffentlicht"]
    corrected = view(published_at=PUBLISHED, corrections=(correction,), updated_at=correction.at)
    assert [step["what"] for step in corrected["history"]] == ["Korrigiert", "Veröffentlicht"]


def test_an_article_is_shared_by_links_that_nothing_in_a_headline_can_lead_elsewhere(view):
    shares = {place["title"]: place["url"] for place in view(headline='A & "B"#c?u=//x.example/')["shares"]}
    page = "https%3A%2F%2Fkurier.example%2Fstadt%2Fneue-bruecke-1%2F"
    text = "A%20%26%20%22B%22%23c%3Fu%3D%2F%2Fx.example%2F"
    assert shares == {
        "WhatsApp": f"https://wa.me/?text={text}%20{page}",
        "Bluesky": f"https://bsky.app/intent/compose?text={text}%20{page}",
        "Facebook": f"https://www.facebook.com/sharer/sharer.php?u={page}",
    }
