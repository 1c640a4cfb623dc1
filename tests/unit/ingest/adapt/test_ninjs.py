"""IPTC's ninjs 3: roles, types, versions. Whole deliveries with their results are in tests/fixtures/deliveries."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.ingest.accept import revision_of
from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.ninjs import adapt
from services.ingest.draft import Content, Draft

ITEM = (Path(__file__).parents[3] / "fixtures/deliveries/ninjs/published.body.json").read_text(encoding="utf-8")
NOW_MS = 1_795_507_200_000  # 2026-11-24 08:00 UTC


def an_item(**changes: Any) -> dict[str, Any]:
    item: dict[str, Any] = json.loads(ITEM)
    return item | changes


def drafted(item: dict[str, Any]) -> Draft:
    draft = adapt(item, Circumstances(now_ms=NOW_MS))
    assert isinstance(draft, Draft)
    return draft


def told(**changes: Any) -> Content:
    content = drafted(an_item(**changes)).content
    assert content is not None
    return content


def fault_of(item: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PayloadRejected) as raised:
        adapt(item, Circumstances(now_ms=NOW_MS))
    return {fault.field: fault.message for fault in raised.value.faults}


@pytest.mark.parametrize("kind", ["text", "ninat:text", "http://cv.iptc.org/newscodes/ninature/text", None])
def test_the_type_may_be_a_word_a_code_or_an_address(kind):
    assert drafted(an_item(type=kind)).verb == "published"


@pytest.mark.parametrize(
    ("status", "verb"),
    [("usable", "published"), (None, "published"), ("withheld", "unpublished"), ("canceled", "killed")],
)
def test_the_status_is_the_verb(status, verb):
    assert drafted(an_item(pubStatus=status)).verb == verb


def test_a_status_that_nobody_knows_is_refused_for_it_might_be_a_kill():
    assert set(fault_of(an_item(pubStatus="dead"))) == {"pubStatus"}


def test_version_ten_is_newer_than_version_nine_and_a_late_withdrawal_is_not():
    nine, ten = (revision_of(drafted(an_item(version=version)), received_ms=NOW_MS) for version in ("9", "10"))
    late = revision_of(drafted(an_item(version="8", pubStatus="withheld")), received_ms=NOW_MS + 1)
    assert ten.is_newer_than(nine)
    assert not late.is_newer_than(nine)


def test_a_version_that_is_no_number_leaves_the_order_to_the_time_and_without_either_it_is_refused():
    assert drafted(an_item(version="2b")).number is None
    assert "versionCreated" in fault_of(an_item(version="2b", versionCreated=None))


def test_without_a_main_role_what_comes_first_is_said():
    headlines = [{"role": "web", "value": "Erste"}, {"role": "print", "value": "Zweite"}]
    assert told(headlines=headlines).headline == "Erste"
    assert set(fault_of(an_item(headlines=[{"value": " "}]))) == {"headlines"}


@pytest.mark.parametrize("rel", ["creator", "author", "crel:author", "http://cv.iptc.org/newscodes/rel/Creator"])
def test_who_wrote_it_is_an_author_and_who_it_is_about_is_none(rel):
    people = [{"rel": "about", "name": "Eva Klein"}, {"rel": rel, "name": "Jo Brandt"}]
    assert [author.name for author in told(people=people).authors] == ["Jo Brandt"]


def test_a_picture_that_may_not_be_used_is_left_out():
    (picture, _) = an_item()["associations"]
    assert told(associations=[picture]).image is not None
    assert told(associations=[picture | {"pubStatus": "canceled"}]).image is None


def test_pictures_that_the_text_does_not_show_follow_it():
    (picture, _) = an_item()["associations"]
    others = [
        picture | {"name": name, "renditions": [{"name": "main", "href": f"https://a.example/{name}.jpg"}]}
        for name in ("eins", "zwei")
    ]
    body = told(
        associations=others, bodies=[{"value": '<p>Text</p><img src="https://a.example/eins.jpg" alt="x">'}]
    ).body
    assert [block.type for block in body] == ["paragraph", "image", "image"]


def test_half_an_item_says_so():
    assert "partial" in drafted(an_item(representationType="partial")).warnings[0]
