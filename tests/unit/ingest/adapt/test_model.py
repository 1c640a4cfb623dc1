"""Fields of a content model of one's own: what is found, what is followed, what is left out."""

from typing import Any

import pytest

from shared.contracts.article import Author, Tag
from shared.contracts.media import Image
from tests.support.vendors import content_of, drafted, faults_of, told


def entry(*, fields: dict[str, str] | None = None, **changes: Any):
    """Sanity's document has its fields at the top, so it shows the model alone."""
    return told("sanity-create", changes=changes, model={"fields": fields or {}})


def warned(delivery, *words: str) -> bool:
    return any(all(word in warning for word in words) for warning in drafted(delivery).warnings)


@pytest.mark.parametrize(
    ("value", "authors"),
    [
        ("Ana Ruiz", ["Ana Ruiz"]),
        (["Ana Ruiz", "Jo Brandt"], ["Ana Ruiz", "Jo Brandt"]),
        ([{"title": "Ana Ruiz"}, {"firstName": "Jo", "lastName": "Brandt"}], ["Ana Ruiz", "Jo Brandt"]),
        ({"name": "Ana Ruiz <ana@kurier.example>"}, ["Ana Ruiz"]),
        ({"name": "ana@kurier.example"}, []),
        ([None, "", {}], []),
        ([], []),
        (None, []),
    ],
)
def test_authors_are_names_however_they_stand_there(value, authors):
    assert [author.name for author in content_of(entry(author=value)).authors] == authors


def test_an_author_has_a_path_word_and_an_address_of_ones_own():
    author = {"name": "Ana Ruiz", "slug": {"current": "ana"}, "url": "https://ana.example/"}
    assert content_of(entry(author=author)).authors == (
        Author(name="Ana Ruiz", slug="ana", url="https://ana.example/"),
    )


@pytest.mark.parametrize("value", [["Markt", "Rat"], "Markt, Rat,", [{"label": "Markt"}, {"name": "Rat"}]])
def test_tags_are_words_however_they_stand_there(value):
    assert content_of(entry(tags=value)).tags == (Tag(name="Markt", slug="markt"), Tag(name="Rat", slug="rat"))


@pytest.mark.parametrize("value", [[f"Tag {number}" for number in range(5_000)], "a," * 5_000], ids=["list", "text"])
def test_of_very_many_tags_the_first_hundred_are_taken(value):
    delivery = entry(tags=value)
    assert len(content_of(delivery).tags) <= 100
    assert warned(delivery, "tags", "the first 100 were taken")


@pytest.mark.parametrize("value", [True, 1.5, [[]], 5])
def test_what_has_no_name_is_left_out_with_a_warning(value):
    delivery = entry(author=value)
    assert content_of(delivery).authors == ()
    assert warned(delivery, "author", "left out")


@pytest.mark.parametrize(
    ("value", "image"),
    [
        ("https://a.example/b.jpg", Image(url="https://a.example/b.jpg")),
        ([{"url": "https://a.example/b.jpg", "alt": "B"}], Image(url="https://a.example/b.jpg", alt="B")),
        ({"alt": "B", "asset": {"url": "https://a.example/b.jpg"}}, Image(url="https://a.example/b.jpg", alt="B")),
        ({"url": "javascript:alert(1)"}, None),
        (5, None),
        ([], None),
    ],
)
def test_a_picture_has_an_address_or_is_left_out(value, image):
    assert content_of(entry(mainImage=value)).image == image


def test_a_field_that_only_has_a_usual_name_may_hold_something_else():
    delivery = entry(summary=5, dek=None, noindex="ja", date=5, publishedAt=None)
    assert (content_of(delivery).standfirst, content_of(delivery).noindex) == ("", False)
    for name in ("summary", "noindex", "date"):
        assert warned(delivery, name, "left out")


@pytest.mark.parametrize(("ours", "value"), [("standfirst", 5), ("noindex", "ja"), ("published_at", 5), ("slug", True)])
def test_a_field_that_was_written_down_must_hold_what_it_should(ours, value):
    assert "eigenes" in faults_of(entry(fields={ours: "eigenes"}, eigenes=value))


def test_a_name_with_dots_leads_into_objects():
    delivery = entry(
        fields={"standfirst": "seo.text.lang", "kicker": "seo.fehlt.ganz"}, seo={"text": {"lang": "Kurz."}}
    )
    assert (content_of(delivery).standfirst, content_of(delivery).kicker) == ("Kurz.", "")


def test_rich_text_in_a_text_field_is_its_words():
    rich = [{"_type": "block", "children": [{"_type": "span", "text": "Kurz & gut"}]}]
    assert content_of(entry(dek=rich)).standfirst == "Kurz & gut"


@pytest.mark.parametrize(
    ("written", "moment", "hint"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00+00:00", False),
        ("2026-11-22T10:00", "2026-11-22T10:00:00+01:00", True),
        ("2026-07-01 10:00:30.5", "2026-07-01T10:00:30.500000+02:00", True),
        ("2026-11-22", "2026-11-22T00:00:00+01:00", False),
        ("2026-10-25T02:30", "2026-10-25T02:30:00+02:00", True),
        ("2026-03-29T02:30", "2026-03-29T02:30:00+01:00", True),
    ],
    ids=["zone", "no-zone", "summer", "day", "twice", "never"],
)
def test_a_date_without_a_zone_is_the_newsrooms_own(written, moment, hint):
    delivery = entry(publishedAt=written)
    assert content_of(delivery).published_at.isoformat() == moment
    assert warned(delivery, "publishedAt", "no zone") is hint


@pytest.mark.parametrize(
    "written", ["0000-00-00", "0001-01-01", "2026-02-30", "2026-11-22T25:00", "1764000000", "morgen"]
)
def test_a_date_that_is_none_is_named(written):
    assert "publishedAt" in faults_of(entry(publishedAt=written))


def test_a_body_that_was_written_down_may_be_missing():
    delivery = entry(fields={"body": "langtext"}, body=None)
    assert content_of(delivery).body == ()
    assert warned(delivery, "langtext", "nothing to read")


def test_a_missing_headline_says_where_it_was_looked_for_and_what_to_write():
    delivery = entry()
    del delivery.payload["title"]
    message = faults_of(delivery)["title"]
    assert "headline or title" in message
    assert "[source.NAME.model]" in message


@pytest.mark.parametrize(("language", "slug"), [("de", "baeume"), ("en", "baume"), ("de_DE", "baeume")])
def test_a_slug_is_made_by_the_entrys_language(language, slug):
    assert content_of(entry(language=language, slug=None, title="Bäume")).slug == slug


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/nur/ein/pfad"])
def test_a_canonical_address_that_is_none_is_left_out(url):
    delivery = entry(canonicalUrl=url)
    assert content_of(delivery).canonical_url == ""
    assert warned(delivery, "canonicalUrl", "left out")
