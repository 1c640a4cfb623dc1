"""One article in four dialects: the same blocks come of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import sanitise
from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import MAX_BLOCKS
from services.ingest.adapt.pictures import address, image_of
from services.ingest.adapt.richtext import contentful, lexical, portable_text, strapi
from services.ingest.adapt.richtext.inline import MARKS, Run, followable, markup
from services.ingest.adapt.richtext.node import Read
from services.ingest.adapt.richtext.story import MAX_PARTS, Story
from services.ingest.adapt.richtext.walk import blocks_of, words_of
from shared.contracts.blocks import (
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

FIXTURES = Path(__file__).parents[4] / "fixtures/richtext"
ASSET = {"sys": {"type": "Link", "linkType": "Asset", "id": "ufer"}}
ENTRY = {"sys": {"type": "Link", "linkType": "Entry", "id": "zitat"}}


def resolve(link: Mapping[str, object]) -> tuple[Mapping[str, object], str, bool] | None:
    if link == ASSET:
        return {"file": {"url": "//images.example/ufer.jpg"}}, "", True
    return ({"quote": "So etwas baut man nur einmal.", "author": "Ana Ruiz"}, "zitat", False) if link == ENTRY else None


def picture(data: Mapping[str, object]) -> Image | None:
    url = address("https://images.example/ufer.jpg" if data == ASSET or "asset" in data else data.get("url"))
    alt = data.get("alt") or data.get("alternativeText") or ("Das Ufer" if data == ASSET else "")
    return image_of(url, alt=str(alt)) if url else None


READS: dict[str, Read] = {
    "contentful": contentful.reader(resolve),
    "lexical": lexical.read,
    "portable-text": portable_text.read,
    "strapi": strapi.read,
}
DIALECTS = pytest.mark.parametrize("dialect", READS)


def told(dialect: str, value: object) -> tuple[tuple[Any, ...], list[str]]:
    findings = Findings()
    blocks = blocks_of(value, Story(findings, "body", picture), read=READS[dialect])
    return blocks, list(findings.warnings)


def block_of(dialect: str, value: object) -> Any:
    blocks, _ = told(dialect, value)
    assert len(blocks) == 1, blocks
    return blocks[0]


COMMON = (
    Paragraph(
        html="Am Abend hat der Rat <strong>über das <em>Dach</em></strong> beraten, "
        '<a href="https://rat.example/?a=1&amp;b=2">so das <strong>Protokoll</strong></a> &amp; &lt;niemand&gt; ging.'
    ),
    Heading(level=3, html="Wie es weitergeht"),
    ListBlock(items=("Planen<ul><li>Zeichnen<ol><li>Messen</li></ol></li><li>Rechnen</li></ul>", "Bauen")),
    ListBlock(ordered=True, items=("Erstens", "Zweitens")),
)


@DIALECTS
def test_one_article_is_the_same_whatever_editor_wrote_it(dialect):
    blocks, warnings = told(dialect, json.loads((FIXTURES / f"{dialect}.json").read_text(encoding="utf-8")))
    assert blocks[:4] == COMMON
    assert [block.type for block in blocks[4:]] == ["quote", "image"]
    assert blocks[4].html == "So etwas baut man nur einmal."
    assert blocks[5].image == Image(url="https://images.example/ufer.jpg", alt="Das Ufer")
    assert warnings == []


def a_text(dialect: str, words: str, mark: str = "") -> dict[str, Any]:
    match dialect:
        case "contentful":
            return {"nodeType": "text", "value": words, "marks": [{"type": mark}] if mark else [], "data": {}}
        case "portable-text":
            return {"_type": "span", "text": words, "marks": [mark] if mark else []}
        case "strapi":
            return {"type": "text", "text": words} | ({mark: True} if mark else {})
        case _:
            return {"type": "text", "text": words, "format": int(mark or 0)}


def a_paragraph(dialect: str, *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    match dialect:
        case "contentful":
            return {"nodeType": "paragraph", "content": list(children)}
        case "portable-text":
            return {"_type": "block", "style": "normal", "children": list(children), "markDefs": []} | more
        case _:
            return {"type": "paragraph", "children": list(children)}


def a_link(dialect: str, url: object, words: str = "mehr") -> dict[str, Any]:
    """A paragraph with a link in it."""
    inner = a_text(dialect, words)
    match dialect:
        case "contentful":
            return a_paragraph(dialect, {"nodeType": "hyperlink", "data": {"uri": url}, "content": [inner]})
        case "portable-text":
            return a_paragraph(
                dialect, inner | {"marks": ["k"]}, markDefs=[{"_key": "k", "_type": "link", "href": url}]
            )
        case "strapi":
            return a_paragraph(dialect, {"type": "link", "url": url, "children": [inner]})
        case _:
            return a_paragraph(dialect, {"type": "link", "fields": {"url": url}, "children": [inner]})


def a_document(dialect: str, *nodes: object) -> Any:
    match dialect:
        case "contentful":
            return {"nodeType": "document", "content": list(nodes)}
        case "lexical":
            return {"root": {"type": "root", "children": list(nodes)}}
        case _:
            return list(nodes)


MARKED = [
    *(("contentful", mark, tag) for mark, tag in contentful._MARKS.items()),
    *(("portable-text", mark, tag) for mark, tag in portable_text._MARKS.items()),
    *(("strapi", mark, tag) for mark, tag in strapi._MARKS.items()),
    *(("lexical", str(bit), tag) for bit, tag in lexical._BITS),
]


@pytest.mark.parametrize(("dialect", "mark", "tag"), MARKED)
def test_every_mark_of_an_editor_is_an_element(dialect, mark, tag):
    value = a_document(dialect, a_paragraph(dialect, a_text(dialect, "a "), a_text(dialect, "Wort", mark)))
    assert block_of(dialect, value) == Paragraph(html=f"a <{tag}>Wort</{tag}>")


@DIALECTS
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "http:javascript",
        "https://user:pass@evil.example/",
        "#top",
        "seite.html",
        "",
        None,
        5,
        ["https://a.example"],
    ],
)
def test_a_link_that_nobody_should_follow_is_its_text(dialect, url):
    blocks, warnings = told(dialect, a_document(dialect, a_link(dialect, url)))
    assert blocks == (Paragraph(html="mehr"),)
    assert any("link" in warning for warning in warnings)


@DIALECTS
@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://a.example/x y", "https://a.example/x%20y"),
        ("//a.example/x", "https://a.example/x"),
        ("www.a.example", "https://www.a.example"),
        ("/sport/", "/sport/"),
        ("mailto:post@a.example", "mailto:post@a.example"),
        ('https://a.example/"onclick="x', "https://a.example/%22onclick=%22x"),
        ("https://a.example/<!--#exec-->", "https://a.example/%3C!--#exec--%3E"),
    ],
)
def test_a_link_that_can_be_followed_is_kept(dialect, url, href):
    assert block_of(dialect, a_document(dialect, a_link(dialect, url))) == Paragraph(html=f'<a href="{href}">mehr</a>')


@DIALECTS
def test_a_link_to_a_film_alone_in_a_paragraph_stands_for_the_film(dialect):
    url = "https://www.youtube.com/watch?v=abcdefghijk"
    block = block_of(dialect, a_document(dialect, a_link(dialect, url, words=url)))
    assert (block.type, block.provider) == ("embed", "YouTube")


@DIALECTS
def test_text_is_never_taken_for_markup(dialect):
    value = a_document(dialect, a_paragraph(dialect, a_text(dialect, "<b>&amp;</b><!--# include -->\x00\u00a0x")))
    assert block_of(dialect, value) == Paragraph(html="&lt;b&gt;&amp;amp;&lt;/b&gt;&lt;!--# include --&gt;&nbsp;x")


@DIALECTS
def test_a_line_end_in_a_text_is_a_break_and_empty_paragraphs_are_dropped(dialect):
    nodes = [a_paragraph(dialect, a_text(dialect, words)) for words in ("", " \n", "eins\nzwei\n", "\u200b")]
    assert block_of(dialect, a_document(dialect, *nodes)) == Paragraph(html="eins<br>zwei")


@pytest.mark.parametrize("dialect", ["contentful", "strapi", "lexical"])
def test_an_unknown_node_keeps_its_text_with_a_warning(dialect):
    name = {"contentful": "nodeType"}.get(dialect, "type")
    children = {"contentful": "content"}.get(dialect, "children")
    value = a_document(dialect, {name: "hologram", children: [a_paragraph(dialect, a_text(dialect, "Noch da"))]})
    blocks, warnings = told(dialect, value)
    assert blocks == (Paragraph(html="Noch da"),)
    assert warnings == ['body: "hologram" is unknown here; its text was kept']


@pytest.mark.parametrize("dialect", ["contentful", "strapi", "lexical"])
def test_lists_that_nest_deeper_than_any_editor_lets_them_become_plain_text(dialect):
    list_name = {"contentful": "unordered-list"}.get(dialect, "list")
    item_name = {"contentful": "list-item", "strapi": "list-item"}.get(dialect, "listitem")
    name, children = ("nodeType", "content") if dialect == "contentful" else ("type", "children")
    value: Any = a_paragraph(dialect, a_text(dialect, "ganz unten"))
    for _ in range(60):
        value = {name: list_name, children: [{name: item_name, children: [value]}]}
    blocks, warnings = told(dialect, a_document(dialect, value))
    assert "ganz unten" in repr(blocks)
    assert warnings == ["body: what nests too deep became plain text"]


@pytest.mark.parametrize("dialect", ["contentful", "strapi", "lexical"])
def test_an_unknown_node_in_the_text_keeps_its_words(dialect):
    name, words = ("nodeType", "value") if dialect == "contentful" else ("type", "text")
    value = a_paragraph(
        dialect, a_text(dialect, "Vorher "), {name: "glossar", words: "Wort"}, a_text(dialect, " danach")
    )
    blocks, warnings = told(dialect, a_document(dialect, value))
    assert blocks == (Paragraph(html="Vorher Wort danach"),)
    assert warnings == ['body: "glossar" is unknown here; its text was kept']


def test_boxes_that_nest_too_deep_become_plain_text():
    value: Any = a_paragraph("lexical", a_text("lexical", "ganz unten"))
    for _ in range(150):
        value = {"type": "column", "children": [value]}
    blocks, _ = told("lexical", {"root": value})
    assert blocks == (Paragraph(html="ganz unten"),)


@pytest.mark.parametrize("depth", [1, 5, 20, 60])
def test_components_in_components_keep_every_word_however_deep(depth):
    value: Any = [a_paragraph("strapi", a_text("strapi", "ganz unten"))]
    for level in range(depth):
        component = {"__component": "teile.box", "title": f"Titel {level}", "body": value}
        value = [component, a_paragraph("strapi", a_text("strapi", f"Satz {level}."))]
    blocks, _ = told("strapi", value)
    words = repr(blocks)
    assert "ganz unten" in words
    assert all(f"Titel {level}" in words and f"Satz {level}." in words for level in range(depth))


def test_contentfuls_table_has_header_cells_and_spans():
    def cell(name: str, words: str, **data: Any) -> dict[str, Any]:
        inner = [a_paragraph("contentful", a_text("contentful", part)) for part in words.split("|")]
        return {"nodeType": name, "data": data, "content": inner}

    rows = [
        {"nodeType": "table-row", "content": [cell("table-header-cell", "Jahr", colspan=2)]},
        {"nodeType": "table-row", "content": [cell("table-cell", "2026"), cell("table-cell", "drei|vier")]},
    ]
    assert block_of("contentful", a_document("contentful", {"nodeType": "table", "content": rows})) == Table(
        html='<table><tbody><tr><th colspan="2">Jahr</th></tr>'
        "<tr><td>2026</td><td>drei<br>vier</td></tr></tbody></table>"
    )


def test_lexicals_table_too():
    def cell(words: str, header: int) -> dict[str, Any]:
        return {
            "type": "tablecell",
            "headerState": header,
            "colSpan": 1,
            "children": [a_paragraph("lexical", a_text("lexical", words))],
        }

    value = {"type": "table", "children": [{"type": "tablerow", "children": [cell("Jahr", 1), cell("2026", 0)]}]}
    assert block_of("lexical", a_document("lexical", value)) == Table(
        html="<table><tbody><tr><th>Jahr</th><td>2026</td></tr></tbody></table>"
    )


def test_what_contentful_did_not_resolve_is_named():
    unknown = {"sys": {"type": "Link", "linkType": "Asset", "id": "asset77"}}
    value = a_document(
        "contentful",
        {"nodeType": "embedded-asset-block", "data": {"target": unknown}, "content": []},
        {"nodeType": "embedded-entry-block", "data": {"target": ENTRY}, "content": []},
    )
    blocks, warnings = told("contentful", value)
    assert blocks == (Quote(html="So etwas baut man nur einmal.", cite="Ana Ruiz"),)
    assert warnings == ['body: "embedded-asset-block asset77" is unknown here; it was left out']


def test_a_link_to_an_entry_without_an_address_is_its_text():
    link = {"nodeType": "entry-hyperlink", "data": {"target": {}}, "content": [a_text("contentful", "dort")]}
    blocks, warnings = told("contentful", a_document("contentful", a_paragraph("contentful", link)))
    assert blocks == (Paragraph(html="dort"),)
    assert warnings == ["body: links to other entries have no address here; their text was kept"]


def test_a_picture_in_a_paragraph_follows_it():
    link = {"nodeType": "embedded-entry-inline", "data": {"target": ASSET}, "content": []}
    value = a_paragraph("contentful", a_text("contentful", "Davor "), link, a_text("contentful", "danach"))
    blocks, _ = told("contentful", a_document("contentful", value))
    assert [block.type for block in blocks] == ["paragraph", "image"]
    assert blocks[0] == Paragraph(html="Davor danach")


UFER = Image(url="/ufer.jpg", alt="Ufer", caption="Am Ufer")
CELLS = "<table><tbody><tr><td>a</td><td>&lt;b&gt;</td></tr></tbody></table>"
PARTS = [
    ({"code": "print(1)", "language": "python"}, Code(text="print(1)", language="python")),
    ({"rows": [{"cells": ["a", "<b>"]}]}, Table(html=CELLS)),
    ({"quote": "Ja & nein", "author": "Ana"}, Quote(html="Ja &amp; nein", cite="Ana")),
    ({"url": "https://vimeo.com/1", "title": "Film"}, Embed(url="https://vimeo.com/1", provider="Vimeo", title="Film")),
    ({"body": "**Kasten**"}, Paragraph(html="<strong>Kasten</strong>")),
    ({"html": "<p onclick=x>Roh<script>x</script></p>"}, Paragraph(html="Roh")),
    ({"image": {"url": "/ufer.jpg", "alt": "Ufer", "width": 3}, "caption": "Am Ufer"}, ImageBlock(image=UFER)),
    (
        {"images": [{"url": "/1.jpg", "alt": "1"}, {"url": "/2.jpg", "alt": "2"}]},
        Gallery(images=(Image(url="/1.jpg", alt="1"), Image(url="/2.jpg", alt="2"))),
    ),
]
CARRIERS = {
    "portable-text": lambda data: [{"_type": "kasten", **data}],
    "strapi": lambda data: [{"__component": "teile.kasten", **data}],
    "lexical": lambda data: {"root": {"children": [{"type": "block", "fields": {"blockType": "kasten", **data}}]}},
}


@pytest.mark.parametrize("dialect", CARRIERS)
@pytest.mark.parametrize(("data", "block"), PARTS, ids=[block.type for _, block in PARTS])
def test_a_component_of_ones_own_is_what_it_holds(dialect, data, block):
    assert block_of(dialect, CARRIERS[dialect](data)) == block


@pytest.mark.parametrize("dialect", CARRIERS)
def test_a_component_with_rich_text_gives_its_blocks_under_its_heading(dialect):
    inner = a_document(dialect, a_paragraph(dialect, a_text(dialect, "Kleiner Text")))
    blocks, _ = told(dialect, CARRIERS[dialect]({"title": "Hintergrund", "text": inner}))
    assert blocks == (Heading(html="Hintergrund"), Paragraph(html="Kleiner Text"))


@pytest.mark.parametrize("dialect", CARRIERS)
def test_a_component_that_nobody_knows_keeps_what_was_written_for_readers(dialect):
    blocks, warnings = told(dialect, CARRIERS[dialect]({"colour": "red", "note": "Bitte hier abstimmen"}))
    assert blocks == (Paragraph(html="Bitte hier abstimmen"),)
    assert warnings == ['body: "kasten" is unknown here; its text was kept']


@pytest.mark.parametrize("name", ["divider", "break", "horizontal-rule"])
def test_a_component_that_is_a_line_is_a_divider(name):
    assert block_of("portable-text", [{"_type": name}]) == Divider()


def test_portable_texts_comments_are_nobodys_business():
    value = a_paragraph(
        "portable-text",
        {"_type": "span", "text": "Satz", "marks": ["k"]},
        markDefs=[{"_key": "k", "_type": "comment", "text": "stimmt das?"}],
    )
    assert told("portable-text", [value]) == ((Paragraph(html="Satz"),), [])


def test_strapis_code_keeps_its_lines():
    value = [{"type": "code", "language": "sql", "children": [{"type": "text", "text": "SELECT 1\n  FROM a"}]}]
    assert block_of("strapi", value) == Code(text="SELECT 1\n  FROM a", language="sql")


def test_lexicals_code_is_put_together_from_its_pieces():
    pieces = [{"type": "code-highlight", "text": "a"}, {"type": "linebreak"}, {"type": "code-highlight", "text": "b"}]
    assert block_of("lexical", {"root": {"children": [{"type": "code", "children": pieces}]}}) == Code(text="a\nb")


@pytest.mark.parametrize(
    "value",
    [[a_paragraph("strapi", a_text("strapi", "x"))] * 30_000, [{"__component": "teile.text", "body": "x"}] * 100_000],
    ids=["blocks", "components"],
)
def test_what_is_too_long_to_be_an_article_is_a_fault_and_not_read_to_its_end(value):
    findings = Findings()
    story = Story(findings, "body", picture)
    assert blocks_of(value, story, read=strapi.read) == ()
    assert findings.faults[0].message.startswith("is too long to be one article")
    assert len(story.blocks) <= MAX_BLOCKS + 1
    assert story.parts <= MAX_PARTS + 1


@DIALECTS
def test_a_rich_text_is_also_one_line(dialect):
    value = a_document(
        dialect, a_paragraph(dialect, a_text(dialect, "eins ")), a_paragraph(dialect, a_text(dialect, "zwei"))
    )
    assert words_of(value, read=READS[dialect]) == "eins zwei"


RUNS = st.builds(
    Run,
    st.text(),
    st.frozensets(st.sampled_from(MARKS)),
    st.sampled_from(["", "https://a.example/?a=1&b='2'", "/x", "mailto:a@b.example"]) | st.text().map(followable),
)


@given(st.lists(RUNS, max_size=6))
def test_what_is_written_passes_the_sanitiser_unchanged(runs):
    html = markup(runs)
    assert sanitise.inline(html) == html.strip()


NAMES = [
    *(*contentful._KINDS, "heading-2", "hyperlink", "embedded-asset-block"),
    *(*lexical._KINDS, "heading", "list", "link", "code", "tablecell", "upload", "block"),
    *("list-item", "image", "span", "block", "text", "hologram"),
]
KEYS = ["style", "listItem", "level", "marks", "markDefs", "data", "fields", "url", "image", "rows", "code", "format"]


def a_node(name: str, children: object, more: dict[str, object]) -> dict[str, object]:
    names = {"type": name, "_type": name, "nodeType": name}
    return {"text": "Text", "value": "Text", **more, **names, "children": children, "content": children}


NODES = st.recursive(
    JSON | st.builds(lambda text: {"type": "text", "nodeType": "text", "text": text, "value": text}, st.text()),
    lambda inner: st.builds(
        a_node,
        st.sampled_from(NAMES),
        st.lists(inner, max_size=4) | JSON,
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    ),
    max_leaves=12,
)


@DIALECTS
@given(value=NODES)
def test_whatever_comes_becomes_blocks_that_are_clean(dialect, value):
    for tree in (value, [value], {"root": value}):
        blocks, _ = told(dialect, tree)
        for block in blocks:
            match block:
                case Paragraph() | Heading() | Quote():
                    assert sanitise.inline(block.html) == block.html.strip()
                case Table() | RawHtml():
                    assert sanitise.element(block.html) == block.html
                case ListBlock():
                    assert [sanitise.item(item) for item in block.items] == [item.strip() for item in block.items]
