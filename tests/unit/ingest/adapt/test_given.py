"""Blocks that a CMS made itself: checked, sanitised, mended."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import PayloadRejected
from services.ingest.adapt.fields import Fields, Findings
from services.ingest.adapt.given import given_blocks
from shared.contracts.blocks import (
    AdMarker,
    Block,
    Code,
    Divider,
    Embed,
    Gallery,
    Heading,
    ImageBlock,
    ListBlock,
    Paragraph,
    Quote,
    RawHtml,
    Table,
)
from shared.contracts.media import Image
from tests.support.payloads import JSON


def taken(*items: Any) -> tuple[tuple[Block, ...], Findings]:
    """The blocks, and what was found."""
    findings = Findings()
    return given_blocks(Fields({}, findings, at="data"), "body", items), findings


def faults_of(*items: Any) -> dict[str, str]:
    return {fault.field: fault.message for fault in taken(*items)[1].faults}


WHOLE = [
    Paragraph(html="Ein <b>Satz</b>."),
    Heading(level=3, html="Titel"),
    ImageBlock(image=Image(url="/a.jpg", alt="a", caption="Da", credit="Jo", width=3, height=2)),
    Gallery(images=(Image(url="/a.jpg", alt="a"), Image(url="https://x.example/b.jpg", alt="b"))),
    ListBlock(ordered=True, items=("eins<ul><li>zwei</li></ul>", "drei")),
    Quote(html="Ja.", cite="Ana"),
    Table(html="<table><tbody><tr><td>1</td></tr></tbody></table>"),
    Embed(url="https://vimeo.com/1", provider="Vimeo", title="Film"),
    Code(text="  a = 1\n  b = 2", language="python"),
    Divider(),
    AdMarker(mark="here"),
    RawHtml(html="<details><summary>Mehr</summary><p>x</p></details>"),
]


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.type)
def test_each_block_comes_back_as_it_was_given(block):
    blocks, findings = taken(block.model_dump(mode="json"))
    assert blocks == (block,)
    assert not findings.faults
    assert not findings.warnings


@pytest.mark.parametrize(
    ("item", "blocks"),
    [
        ({"type": "paragraph", "html": "a<script>x</script><i onclick=x>b</i>"}, (Paragraph(html="a<i>b</i>"),)),
        ({"type": "paragraph", "text": "1 < 2\n& 3"}, (Paragraph(html="1 &lt; 2<br>&amp; 3"),)),
        ({"type": "paragraph", "html": "<P>a</P><P>b</P>"}, (Paragraph(html="a"), Paragraph(html="b"))),
        ({"type": "paragraph", "html": " &nbsp; "}, ()),
        ({"type": "list", "items": ["<b id=x>a</b><!--#-->", "<style>x"]}, (ListBlock(items=("<b>a</b>",)),)),
        ({"type": "image", "url": "/a.jpg", "alt": "a"}, (ImageBlock(image=Image(url="/a.jpg", alt="a")),)),
        ({"type": "table", "html": "<p>keine</p>"}, (Paragraph(html="keine"),)),
        ({"type": "html", "html": "<h2>a</h2><iframe srcdoc=x></iframe>"}, (Heading(html="a"),)),
        ({"type": "code", "text": "<script>"}, (Code(text="<script>"),)),
    ],
)  # fmt: skip
def test_markup_is_sanitised_and_what_is_nearly_right_is_mended(item, blocks):
    assert taken(item)[0] == blocks


@pytest.mark.parametrize(
    ("item", "blocks", "said"),
    [
        ("<p>a</p>", (Paragraph(html="a"),), "data.body.0: must be an object; the text was taken as HTML"),
        ({"type": "heading", "level": 1, "html": "a"}, (Heading(level=2, html="a"),), "the nearest was taken"),
        ({"type": "aside", "html": "a"}, (Paragraph(html="a"),), "its words were kept"),
        ({"html": "a"}, (Paragraph(html="a"),), "data.body.0.type: is missing; its words were kept"),
        ({"type": "poll", "id": 3}, (), "the block was left out"),
        ({"type": "divider", "color": "red"}, (Divider(),), "data.body.0.color: unknown, left out"),
        ({"type": "ad", "mark": "there"}, (), "is none of here, off, on; the marker was left out"),
        ({"type": "image", "image": {"url": "data:x", "alt": "a"}}, (), "data.body.0.image.url"),
        ({"type": "gallery", "images": []}, (), "the gallery was left out"),
        ({"type": "embed", "url": "javascript:alert(1)"}, (), "the embed was left out"),
    ],
)
def test_what_was_mended_or_left_out_is_told(item, blocks, said):
    found, findings = taken(item)
    assert found == blocks
    assert any(said in warning for warning in findings.warnings)
    assert not findings.faults


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (5, "data.body.0"),
        ({"type": "paragraph"}, "data.body.0.html"),
        ({"type": "paragraph", "html": 5}, "data.body.0.html"),
        ({"type": "image", "image": {"alt": "a"}}, "data.body.0.image.url"),
        ({"type": "gallery", "images": [{"url": "/a.jpg"}, 5]}, "data.body.0.images.1"),
        ({"type": "list", "items": ["a", {}]}, "data.body.0.items.1"),
        ({"type": "list", "ordered": "ja", "items": ["a"]}, "data.body.0.ordered"),
        ({"type": "code", "text": 1}, "data.body.0.text"),
        ({"type": "quote", "html": "<b>" * 100_000}, "data.body.0.html"),
    ],
)
def test_a_fault_has_the_exact_path_of_its_field(item, field):
    assert field in faults_of(item)


def test_more_blocks_than_any_article_has_are_a_fault():
    assert "at most" in faults_of(*[{"type": "divider"}] * 20_001)["data.body"]


KINDS = [block.type for block in WHOLE]
FIELDS = [
    "html",
    "text",
    "level",
    "image",
    "images",
    "items",
    "ordered",
    "cite",
    "url",
    "title",
    "provider",
    "language",
    "alt",
]


@given(st.lists(JSON | st.fixed_dictionaries({"type": st.sampled_from(KINDS)}, optional=dict.fromkeys(FIELDS, JSON))))
def test_any_json_gives_blocks_or_faults(items):
    with suppress(PayloadRejected):
        taken(*items)[1].settle()
