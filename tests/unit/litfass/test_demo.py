"""The demo newsroom: every manuscript is an article, and fills the lists that a newcomer looks at."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from litfass.manuscript import ManuscriptFault, read_manuscript
from services.ingest.adapt import Circumstances
from services.ingest.adapt.standard import adapt
from services.ingest.draft import Draft
from shared.runtime.clock import milliseconds
from shared.runtime.settings import load_config

DEMO = Path(__file__).parents[3] / "litfass" / "demo"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")


def drafts() -> list[Draft]:
    found = []
    for file in sorted((DEMO / "articles").glob("*.md")):
        draft = adapt(
            read_manuscript(file, now=NOW, zone=ZONE).delivery(now=NOW), Circumstances(now_ms=milliseconds(NOW))
        )
        assert isinstance(draft, Draft), file
        assert draft.content, file
        found.append(draft)
    return found


def test_every_article_of_the_demo_is_published_without_a_warning():
    assert len(drafts()) >= 15
    assert [warning for draft in drafts() for warning in draft.warnings] == []


def test_the_demo_has_one_of_everything_that_a_page_can_show():
    contents = [draft.content for draft in drafts() if draft.content]
    config = load_config(DEMO / "litfass.toml", {"LITFASS_DEMO_SECRET": "whsec_x"})
    (site,) = config.site.values()
    assert {content.sections[0] for content in contents} == set(site.sections)
    assert sum(content.event is not None and content.event.starts_at > NOW for content in contents) >= 3
    assert any(content.corrections for content in contents)
    assert any(content.credit for content in contents)
    assert {"event", "sponsored"} <= {content.kind for content in contents}
    assert len({(content.published_at.year, content.published_at.month) for content in contents}) >= 5


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.md", "No heading."), ("a.md", "+++\nx = \n+++\n# A"), ("a.json", "[]"), ("a.json", "{"), ("a.txt", "A")],
)
def test_a_manuscript_that_is_no_article_names_the_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ManuscriptFault, match=r"a\.(md|json|txt)"):
        read_manuscript(tmp_path / name, now=NOW, zone=ZONE)


def test_headline_id_and_relative_dates_are_made_from_what_is_there(tmp_path):
    file = tmp_path / "brueckentag.md"
    file.write_text('+++\npublished_at = "-3d 14:05"\n+++\n# Brückentag\n\nFrei.\n')
    data = read_manuscript(file, now=NOW, zone=ZONE).delivery(now=NOW)["data"]
    assert (data["id"], data["headline"]) == ("brueckentag", "Brückentag")
    assert datetime.fromisoformat(data["published_at"]) == datetime(2026, 11, 21, 14, 5, tzinfo=ZONE)
