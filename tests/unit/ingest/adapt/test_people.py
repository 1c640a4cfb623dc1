"""Authors and tags."""

from typing import Any

import pytest

from services.ingest.adapt.fields import Fields, Findings
from services.ingest.adapt.people import MOST, authors_of, tags_of
from shared.contracts.article import Author, Tag


def authors(value: Any, *, language: str = "de") -> tuple[tuple[Author, ...], list[str]]:
    findings = Findings()
    found = authors_of(Fields({"authors": value}, findings), "authors", language=language)
    return found, [*(fault.field for fault in findings.faults), *findings.warnings]


def tags(value: Any, *, language: str = "de") -> tuple[tuple[Tag, ...], list[str]]:
    findings = Findings()
    found = tags_of(Fields({"tags": value}, findings), "tags", language=language)
    return found, [*(fault.field for fault in findings.faults), *findings.warnings]


def test_a_path_word_is_made_by_the_articles_language():
    assert authors([{"name": "Jörg Åberg"}])[0] == (Author(name="Jörg Åberg", slug="joerg-aberg"),)
    assert authors([{"name": "Jörg Åberg"}], language="sv")[0] == (Author(name="Jörg Åberg", slug="jorg-aberg"),)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Ana Ruiz <ana@kurier.example>", "Ana Ruiz"),
        ("Ana Ruiz (ana@kurier.example)", "Ana Ruiz"),
        ("ana@kurier.example Ana Ruiz", "Ana Ruiz"),
        ("ana@kurier.example", None),
        ("mailto:ana@kurier.example", None),
    ],
)
def test_no_email_address_ever_passes(name, left):
    found, told = authors([{"name": name, "slug": "ana@kurier.example", "url": "mailto:ana@kurier.example"}])
    assert [each.name for each in found] == ([left] if left else [])
    assert "@" not in "".join(each.model_dump_json() for each in found)
    assert told


def test_an_unknown_key_such_as_an_email_is_kept_out_and_named():
    found, told = authors([{"name": "Ana Ruiz", "email": "ana@kurier.example"}])
    assert found == (Author(name="Ana Ruiz", slug="ana-ruiz"),)
    assert told == ["authors.0.email: unknown, left out"]


def test_who_is_named_twice_is_one_author():
    found, _ = authors([{"name": "Ana Ruiz"}, {"name": "Ana  Ruiz"}, {"name": "A. Ruiz", "slug": "ana-ruiz"}])
    assert found == (Author(name="Ana Ruiz", slug="ana-ruiz"),)


def test_bare_names_are_understood():
    assert [each.name for each in authors("Ana Ruiz, Jo Brandt")[0]] == ["Ana Ruiz", "Jo Brandt"]
    assert [each.name for each in authors(["Ana Ruiz"])[0]] == ["Ana Ruiz"]


@pytest.mark.parametrize(
    ("value", "field"), [(5, "authors"), ({}, "authors"), ([5], "authors.0"), ([{}], "authors.0.name")]
)
def test_what_is_no_author_is_a_fault_at_its_place(value, field):
    assert field in authors(value)[1]


def test_tags_that_share_a_path_word_are_one_and_the_first_spelling_stays():
    assert tags(["Bäume", "bäume", "BAEUME", "", "2026"])[0] == (
        Tag(name="Bäume", slug="baeume"),
        Tag(name="2026", slug="2026"),
    )


def test_tags_may_be_objects_numbers_or_one_text():
    assert tags([{"name": "Markt", "slug": "maerkte"}, 2026])[0] == (
        Tag(name="Markt", slug="maerkte"),
        Tag(name="2026", slug="2026"),
    )
    assert [each.name for each in tags("Markt, Rat")[0]] == ["Markt", "Rat"]


@pytest.mark.parametrize(("value", "field"), [(5, "tags"), ([None], "tags.0"), ([True], "tags.0"), ([[]], "tags.0")])
def test_what_is_no_tag_is_a_fault_at_its_place(value, field):
    assert field in tags(value)[1]


def test_a_name_without_latin_letters_still_has_a_page():
    ((tag,), _) = tags(["🎪"])
    assert tag.slug.startswith("x-")


def test_an_endless_list_is_cut_with_a_warning():
    found, told = tags([f"t{i}" for i in range(MOST + 5)])
    assert len(found) == MOST
    assert told
