"""An article as an editor writes it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from litfass.manuscript import LARGEST_BYTES, Manuscript, ManuscriptFault, read_manuscript
from services.ingest.adapt import Circumstances
from services.ingest.adapt.standard import adapt
from services.ingest.draft import Draft
from shared.contracts.blocks import Embed, Gallery, Heading, ImageBlock, ListBlock, Paragraph, Quote, Table
from shared.runtime.clock import milliseconds

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=BERLIN)


def written(folder: Path, text: str | bytes, name: str = "der-markt.md") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read(folder: Path, text: str | bytes, name: str = "der-markt.md", *, now: datetime = NOW) -> Manuscript:
    return read_manuscript(written(folder, text, name), now=now, zone=BERLIN)


def adapted(manuscript: Manuscript) -> Draft:
    draft = adapt(manuscript.delivery(now=NOW), Circumstances(now_ms=milliseconds(NOW)))
    assert isinstance(draft, Draft)
    return draft


def test_markdown_with_nothing_but_a_heading_is_an_article(tmp_path):
    manuscript = read(tmp_path, "# Der Markt bekommt ein *Dach*\n\nIm Mai wird gebaut.\n")
    assert manuscript.id == "der-markt"
    assert manuscript.article["headline"] == "Der Markt bekommt ein Dach"
    assert manuscript.article["body"] == "<p>Im Mai wird gebaut.</p>\n"


def test_front_matter_says_what_the_adapter_takes(tmp_path):
    text = (
        '+++\nid = "4711"\nsection = "stadt"\ntags = ["Markt"]\nauthors = [{name = "Ana Ruiz"}]\n+++\n# Dach\n\nText.\n'
    )
    draft = adapted(read(tmp_path, text))
    assert (draft.source_id, draft.warnings) == ("4711", ())
    assert draft.content is not None
    assert [author.name for author in draft.content.authors] == ["Ana Ruiz"]


def test_a_headline_in_the_front_matter_still_lets_the_text_have_no_heading(tmp_path):
    assert read(tmp_path, '+++\nheadline = "Dach"\n+++\nText.').article["body"] == "<p>Text.</p>\n"


def test_markdown_becomes_the_blocks_that_it_means(tmp_path):
    text = """# Kopf

Ein „Satz“.

## Zwischenruf

- eins
- zwei

> Man sitzt gut.
>
> — Ein Besucher

| a | b |
|---|---|
| 1 | 2 |

![Die Brücke](/media/bruecke.svg "Im Nebel")

![A](/a.svg "Eins")
![B](/b.svg "Zwei") ![C](/c.svg)

<https://www.openstreetmap.org/node/1>
"""
    content = adapted(read(tmp_path, '+++\nsection = "stadt"\n+++\n' + text)).content
    assert content is not None
    kinds = [type(block) for block in content.body]
    assert kinds == [Paragraph, Heading, ListBlock, Quote, Table, ImageBlock, Gallery, Embed]
    _, _, _, quote, _, picture, gallery, embed = content.body
    assert (quote.html, quote.cite) == ("Man sitzt gut.", "Ein Besucher")
    assert (picture.image.url, picture.image.alt, picture.image.caption) == (
        "/media/bruecke.svg",
        "Die Brücke",
        "Im Nebel",
    )
    assert [image.caption for image in gallery.images] == ["Eins", "Zwei", ""]
    assert embed.provider == "OpenStreetMap"


def test_who_said_it_may_stand_in_the_last_line_of_the_quotation(tmp_path):
    content = adapted(read(tmp_path, "# x\n\n> Man sitzt *gut*.\n> — Ein Besucher\n")).content
    assert content is not None
    assert content.body == (Quote(html="Man sitzt <em>gut</em>.", cite="Ein Besucher"),)


def test_html_in_markdown_is_shown_as_text(tmp_path):
    body = read(tmp_path, "# x\n\n<script>alert(1)</script>\n\nein <b>Wort</b>\n").article["body"]
    assert "<script" not in body
    assert "<b>" not in body


@pytest.mark.parametrize(
    "text", ["<h1>Ein\n <em>Dach</em></h1><p>Text.</p>", "<html><body><h1>Ein Dach</h1><p>Text.</p>"]
)
def test_html_gives_its_first_heading_to_the_headline(tmp_path, text):
    manuscript = read(tmp_path, text, "dach.html")
    assert (manuscript.article["headline"], manuscript.article["body"]) == ("Ein Dach", "<p>Text.</p>")


def test_json_is_one_article(tmp_path):
    article = {"headline": "Dach", "body": [{"type": "paragraph", "html": "Text."}], "section": "stadt"}
    manuscript = read(tmp_path, json.dumps(article), "dach.json")
    assert manuscript.article == {**article, "id": "dach"}


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"-3d 14:05"', "2026-11-21T14:05:00+01:00"),
        ('"+2d 19:30"', "2026-11-26T19:30:00+01:00"),
        ('"-1d"', "2026-11-23T10:30:00+01:00"),
        ('"-40m"', "2026-11-24T09:50:00+01:00"),
        ('"-2h"', "2026-11-24T08:30:00+01:00"),
        ('"-30d 08:00"', "2026-10-25T08:00:00+01:00"),
        ('"-31d 08:00"', "2026-10-24T08:00:00+02:00"),  # before the clocks changed: a day is a day of the calendar
        ('"2026-11-20 09:15"', "2026-11-20T09:15:00+01:00"),
        ('"2026-11-20T09:15:00Z"', "2026-11-20T09:15:00+00:00"),
        ("2026-11-20T09:15:00", "2026-11-20T09:15:00+01:00"),
        ("2026-11-20T09:15:00-05:00", "2026-11-20T09:15:00-05:00"),
        ("2026-07-20", "2026-07-20T00:00:00+02:00"),
    ],
)
def test_a_date_may_be_written_in_many_ways(tmp_path, given, expected):
    assert read(tmp_path, f"+++\npublished_at = {given}\n+++\n# x").article["published_at"] == expected


def test_an_hour_ago_is_an_hour_ago_in_the_night_when_clocks_change(tmp_path):
    now = datetime(2027, 3, 28, 3, 10, tzinfo=BERLIN)
    article = read(tmp_path, '+++\npublished_at = "-1h"\n+++\n# x', now=now).article
    assert article["published_at"] == "2027-03-28T01:10:00+01:00"


def test_dates_of_events_and_corrections_are_read_too(tmp_path):
    text = (
        '+++\nevent = {starts_at = "+1d 20:00", place = "Halle"}\ncorrection = {text = "Zwei.", at = "-1h"}\n+++\n# x'
    )
    article = read(tmp_path, text).article
    assert article["event"]["starts_at"] == "2026-11-25T20:00:00+01:00"
    assert article["correction"]["at"] == "2026-11-24T09:30:00+01:00"


def test_an_article_without_dates_appears_now_and_was_changed_when_the_file_was(tmp_path):
    path = written(tmp_path, "# x\n\nText.")
    changed = NOW - timedelta(hours=2)
    os.utime(path, (changed.timestamp(), changed.timestamp()))
    manuscript = read_manuscript(path, now=NOW, zone=BERLIN)
    first = manuscript.delivery(now=NOW)["data"]
    assert first["published_at"] == first["updated_at"] == NOW.isoformat()
    again = manuscript.delivery(now=NOW, published_at=datetime(2026, 11, 1, 8, tzinfo=UTC))["data"]
    assert (again["published_at"], again["updated_at"]) == ("2026-11-01T09:00:00+01:00", changed.isoformat())


def test_a_file_from_the_future_was_changed_now(tmp_path):
    path = written(tmp_path, "# x")
    os.utime(path, (NOW.timestamp() + 9_000, NOW.timestamp() + 9_000))
    assert read_manuscript(path, now=NOW, zone=BERLIN).delivery(now=NOW)["data"]["updated_at"] == NOW.isoformat()


def test_a_correction_is_delivered_as_one(tmp_path):
    text = '+++\ncorrection = {text = "Zwei, nicht drei.", at = "-1h"}\n+++\n# x'
    assert read(tmp_path, text).delivery(now=NOW)["type"] == "article.corrected"
    assert read(tmp_path, "# x").delivery(now=NOW)["type"] == "article.published"


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("Nur Text.", "a.md", r"a\.md:1: has no headline; begin with a line such as"),
        ('+++\nkicker = "x"\n+++\nNur Text.', "a.md", r"a\.md:4: has no headline"),
        ("<p>Nur Text.</p>", "a.html", r"a\.html:1: has no headline"),
        ("+++\nsection = 'x'\n# Kopf", "a.md", r"a\.md:1: the front matter does not end; close it with a line \+\+\+"),
        ("+++\nkicker = 'x'\nsection = stadt\n+++\n# x", "a.md", r"a\.md:3: the front matter is not TOML"),
        ("+++\nkicker = 'x'\nkicker = 'y'\n+++\n# x", "a.md", r"a\.md:3: the front matter is not TOML"),
        ('+++\nbody = "x"\n+++\n# x', "a.md", r"a\.md:2: body is what stands below"),
        ('+++\nid = "1"\npublished_at = "gestern"\n+++\n# x', "a.md", r'a\.md:3: published_at: "gestern" is no date'),
        (
            '+++\npublished_at = "-2h 14:00"\n+++\n# x',
            "a.md",
            r"a\.md:2: published_at: a time of day goes with days only",
        ),
        ('+++\npublished_at = "-2d 25:00"\n+++\n# x', "a.md", r"25:00 is no time of day"),
        ('+++\n[event]\nstarts_at = "bald"\n+++\n# x', "a.md", r'a\.md:2: event\.starts_at: "bald" is no date'),
        ('{"id": 1,\n}', "a.json", r"a\.json:2: is not JSON"),
        ("[" * 200_000, "a.json", r"a\.json: nests too deep"),
        ("[]", "a.json", r"a\.json:1: must be one JSON object"),
        ('{"type": "article.published", "data": {}}', "a.json", r"only what is in its `data` belongs here"),
        ("# x", "a.docx", r"a\.docx: is neither \.md, \.html nor \.json"),
        (b"# x\n\n\xe4", "a.md", r"a\.md:3: is not UTF-8; save it with that encoding"),
        ("# x\n" + "y" * LARGEST_BYTES, "a.md", r"an article has 5 at most"),
    ],
    ids=lambda value: None if isinstance(value, bytes) or len(value) > 60 else value,
)
def test_a_fault_says_file_and_line_and_what_to_do(tmp_path, text, name, message):
    with pytest.raises(ManuscriptFault, match=message):
        read(tmp_path, text, name)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(ManuscriptFault, match=r"fehlt\.md: cannot be read \(No such file or directory\)"):
        read_manuscript(tmp_path / "fehlt.md", now=NOW, zone=BERLIN)


def test_a_field_that_the_adapter_refuses_is_found_in_the_file(tmp_path):
    manuscript = read(tmp_path, '+++\nkicker = "x"\nevent = {starts_at = "-1d"}\n\n[image]\nurl = "/a.svg"\n+++\n# x')
    assert manuscript.where("data.event.starts_at").endswith("der-markt.md:3")
    assert manuscript.where("data.image.url").endswith("der-markt.md:5")
    assert manuscript.where("data.section").endswith("der-markt.md")
