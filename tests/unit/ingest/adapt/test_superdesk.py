"""Superdesk's ninjs: what its words mean. Whole deliveries with their results are in tests/fixtures/deliveries."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.ingest.accept import revision_of
from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.superdesk import OPTIONS, adapt
from services.ingest.draft import Draft

ITEM = (Path(__file__).parents[3] / "fixtures/deliveries/superdesk/published.body.json").read_text(encoding="utf-8")
NOW_MS = 1_795_507_200_000  # 2026-11-24 08:00 UTC


def an_item(**changes: Any) -> dict[str, Any]:
    item: dict[str, Any] = json.loads(ITEM)
    return item | changes


def drafted(item: dict[str, Any], *, canceled: str = "") -> Draft:
    options = {"canceled": canceled} if canceled else {}
    draft = adapt(item, Circumstances(now_ms=NOW_MS, options=options))
    assert isinstance(draft, Draft)
    return draft


def fault_of(item: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(PayloadRejected) as raised:
        adapt(item, Circumstances(now_ms=NOW_MS))
    return {fault.field: fault.message for fault in raised.value.faults}


def test_urgency_is_told_for_the_sources_settings_to_judge():
    content = drafted(an_item(urgency=1)).content
    assert content is not None
    assert content.urgency == 1
    for strange in (None, "hoch", [1]):
        content = drafted(an_item(urgency=strange)).content
        assert content is not None
        assert content.urgency is None


@pytest.mark.parametrize(
    "words",
    [
        {"headline": "KILL NOTICE: Das Dach"},
        {"headline": "Kill/Takedown notice"},
        {"headline": "TAKEDOWN: Das Dach"},
        {"headline": "MANDATORY KILL! Das Dach"},
        {"ednote": "This is a take-down notice."},
        {"body_html": "<p>Take Down Notice</p><p>Bitte löschen.</p>"},
    ],
    ids=lambda words: next(iter(words.values())),
)
@pytest.mark.parametrize("status", ["canceled", "cancelled", "CANCELED"])
def test_what_a_kill_template_wrote_is_a_kill(words, status):
    assert drafted(an_item(pubstatus=status, **words)).verb == "killed"


@pytest.mark.parametrize("headline", ["Kill Bill kehrt ins Kino zurück", "Der Kill-Switch", "Skill notice: neue Kurse"])
def test_an_article_about_killing_is_only_unpublished_for_that_can_be_taken_back(headline):
    draft = drafted(an_item(pubstatus="canceled", headline=headline))
    assert draft.verb == "unpublished"
    assert "options.canceled" in draft.warnings[0]


@pytest.mark.parametrize("verb", ["killed", "unpublished"])
def test_a_newsroom_may_say_what_canceled_means(verb):
    assert verb in OPTIONS["canceled"]
    for headline in ("KILL NOTICE", "Das Dach"):
        draft = drafted(an_item(pubstatus="canceled", headline=headline), canceled=verb)
        assert (draft.verb, draft.warnings) == (verb, ())


def test_a_status_that_nobody_knows_is_refused_for_it_might_be_a_kill():
    assert fault_of(an_item(pubstatus="corrected")) == {
        "pubstatus": 'must be usable, withheld or canceled, not "corrected"'
    }


def test_versions_of_one_second_are_told_apart_and_ten_comes_after_nine():
    nine, ten = (revision_of(drafted(an_item(version=version)), received_ms=NOW_MS) for version in ("9", "10"))
    assert ten.is_newer_than(nine)


def test_a_kill_wins_over_the_version_of_its_second():
    kill = drafted(an_item(version="5", pubstatus="canceled", headline="KILL NOTICE"))
    assert revision_of(kill, received_ms=0).is_newer_than(revision_of(drafted(an_item()), received_ms=NOW_MS))


def test_a_new_item_orders_after_the_one_that_it_takes_the_place_of_whatever_its_version():
    old = drafted(an_item(version="9"))
    new = drafted(an_item(version="2", evolvedfrom="urn:old", versioncreated="2026-11-23T11:00:00+0000"))
    assert new.evolved_from == "urn:old"
    assert revision_of(new, received_ms=0).is_newer_than(revision_of(old, received_ms=NOW_MS))


def test_without_a_time_the_version_orders_and_without_either_it_is_refused():
    assert drafted(an_item(versioncreated=None)).number == 4
    assert "versioncreated" in fault_of(an_item(versioncreated=None, version="x"))


def test_a_withdrawal_is_refused_for_nothing_but_its_id():
    draft = drafted(an_item(pubstatus="withheld", versioncreated="gestern", headline=5, associations=7))
    assert (draft.verb, draft.ordered_by) == ("unpublished", None)
    assert fault_of({"pubstatus": "withheld"}) == {"guid": "is missing"}


def test_what_nothing_depends_on_never_keeps_an_article_back():
    odd = dict.fromkeys(("byline", "located", "service", "subject", "keywords", "place", "source", "authors"), 5)
    draft = drafted(an_item(**odd, associations=[], description_text=["x"], copyrightholder={}))
    assert draft.content is not None
    assert draft.content.headline
    assert len(draft.warnings) >= 5


def test_iptcs_own_ninjs_is_recognised():
    assert "ninjs" in fault_of({"uri": "https://a.example/1", "pubStatus": "usable"})["guid"]


def test_nobody_reads_what_is_for_the_desk():
    assert "Seite 1" not in repr(drafted(an_item()))
    assert "markt-dach" not in repr(drafted(an_item()))


@pytest.mark.parametrize("headline", ["<b></b>", "<script>x</script>", "&nbsp;"])
def test_a_headline_of_markup_alone_is_named_as_missing_and_no_accident(headline):
    assert "only markup" in fault_of(an_item(headline=headline))["headline"]
