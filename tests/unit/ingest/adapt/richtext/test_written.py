"""Text fields of structured CMSs: HTML or Markdown, as the newsroom likes."""

import pytest

from services.ingest.adapt.fields import Findings
from services.ingest.adapt.richtext.written import BRACKETS, LARGEST, blocks_of
from shared.contracts.blocks import Code, Heading, ImageBlock, ListBlock, Paragraph, Table
from shared.contracts.media import Image


def told(written: str, *, base: str = ""):
    findings = Findings()
    return blocks_of(written, findings, where="body", base=base), list(findings.warnings)


CELLS = "<thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody>"
WRITTEN = {
    "plain": ("Ein Satz.\n\nNoch einer.", (Paragraph(html="Ein Satz."), Paragraph(html="Noch einer."))),
    "lines": ("eins\nzwei", (Paragraph(html="eins<br>\nzwei"),)),
    "heading": ("## Titel", (Heading(html="Titel"),)),
    "marks": ("**fett** & ~~weg~~", (Paragraph(html="<strong>fett</strong> &amp; <s>weg</s>"),)),
    "list": ("- a\n- b", (ListBlock(items=("a", "b")),)),
    "code": ("```sql\nSELECT 1\n```", (Code(text="SELECT 1", language="sql"),)),
    "html": (
        "  <p>Ein <i>Satz</i>.</p>\n\n    <p>Da.</p>",
        (Paragraph(html="Ein <i>Satz</i>."), Paragraph(html="Da.")),
    ),
    "less-than": ("3 < 4", (Paragraph(html="3 &lt; 4"),)),
    "empty": ("", ()),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_an_editor_writes_becomes_blocks(kind):
    written, blocks = WRITTEN[kind]
    assert told(written) == (blocks, [])


def test_a_table_in_markdown_is_a_table():
    ((table,), _) = told("| a |\n|---|\n| 1 |")
    assert isinstance(table, Table)
    assert table.html.replace("\n", "") == f"<table>{CELLS}</table>"


@pytest.mark.parametrize(
    "written",
    [
        "[x](javascript:alert(1))",
        "a <img src=x onerror=alert(1)> b",
        "<script>alert(1)</script>",
        "![x](data:text/html,x)",
    ],
)
def test_nothing_that_runs_comes_through(written):
    assert "alert(1)" not in repr(told(written)[0]).replace("[x](javascript:alert(1))", "")


def test_a_relative_picture_is_found_at_the_cms():
    blocks, _ = told("![Ufer](/uploads/ufer.jpg)", base="https://cms.example")
    assert blocks == (ImageBlock(image=Image(url="https://cms.example/uploads/ufer.jpg", alt="Ufer")),)


@pytest.mark.parametrize("written", ["a " * LARGEST, "[" * (BRACKETS + 1)], ids=["long", "brackets"])
def test_what_is_too_much_for_markdown_is_plain_text(written):
    blocks, warnings = told(written)
    assert len(blocks) == 1
    assert warnings == ["body: is too much to be read as Markdown; it was taken as plain text"]
