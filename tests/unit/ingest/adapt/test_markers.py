"""What editors say about advertising in their text becomes blocks that no reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import blocks_of
from shared.contracts.blocks import AdMarker, Block, ListBlock, Paragraph, Quote, Table

HERE, OFF, ON = AdMarker(mark="here"), AdMarker(mark="off"), AdMarker(mark="on")


def read(html: str) -> tuple[Block, ...]:
    findings = Findings()
    blocks = blocks_of(html, findings, where="body")
    assert not findings.faults
    return blocks


def p(html: str) -> Paragraph:
    return Paragraph(html=html)


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<p>Eins.</p><!-- ad:here --><p>Zwei.</p>", (p("Eins."), HERE, p("Zwei."))),
        ("<p>Eins.</p><!--ad:here--><p>Zwei.</p>", (p("Eins."), HERE, p("Zwei."))),
        ("<p>Eins.</p><p>[ad:here]</p><p>Zwei.</p>", (p("Eins."), HERE, p("Zwei."))),
        ("<p>Eins.</p>\n[AD:HERE]\n<p>Zwei.</p>", (p("Eins."), HERE, p("Zwei."))),
        ("<div><p>Eins.</p><!-- noads --><p>Zwei.</p></div><!-- /noads -->", (p("Eins."), OFF, p("Zwei."), ON)),
        ("<!-- wp:shortcode -->\n[noads]\n<!-- /wp:shortcode --><p>a</p>[/noads]", (OFF, p("a"), ON)),
        ("Eins.\n\n[ad:here]\n\nZwei.", (p("Eins."), HERE, p("Zwei."))),
        ("Eins.\n\n<!-- ad:here -->\n\nZwei.", (p("Eins."), HERE, p("Zwei."))),
        ("[noads]", (OFF,)),
        ("<p>Ein Satz <!-- ad:here -->geht weiter.</p><p>Zwei.</p>", (p("Ein Satz geht weiter."), HERE, p("Zwei."))),
        ("<p>Eins<strong>!<!-- ad:here --></strong></p>", (p("Eins<strong>!</strong>"), HERE)),
    ],
)
def test_a_marker_is_a_block_where_the_editor_put_it(html, blocks):
    assert read(html) == blocks


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("<ul><li>a<!-- ad:here --></li></ul>", (ListBlock(items=("a",)),)),
        ("<blockquote>a<!-- noads --></blockquote>", (Quote(html="a"),)),
        (
            "<table><tbody><tr><td>a<!-- ad:here --></td></tr></tbody></table>",
            (Table(html="<table><tbody><tr><td>a</td></tr></tbody></table>"),),
        ),
    ],
)
def test_inside_what_cannot_be_parted_it_says_nothing_and_leaves_nothing(html, blocks):
    assert read(html) == blocks


@pytest.mark.parametrize(
    "html",
    [
        "<p>Wer [noads] schreibt, meint es so.</p>",
        '<p>a <a href="https://a.example/" title="[noads]">b</a></p>',
        "<p>Im Quelltext: ad:here</p>",
    ],
)
def test_talk_about_markers_is_no_marker(html):
    assert read(html) == (p(html.removeprefix("<p>").removesuffix("</p>")),)


@given(st.lists(st.sampled_from(["<p>a</p>", "<!-- ad:here -->", "[noads]", "<ul><li>", "</ul>", "b", "<b>", "\n\n"])))
def test_no_marker_ever_reaches_a_reader(pieces):
    for block in read("".join(pieces)):
        if not isinstance(block, AdMarker):
            assert "litfass:" not in str(block)
            assert "ad:here" not in str(block)
