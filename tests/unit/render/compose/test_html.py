"""Theme: documents and teasers → the bytes of pages, as readers and edges get them."""

import json
import os
import re
import subprocess
import sys

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.render.compose.html import NOTHING, Chrome, Theme
from services.render.includes import split
from services.render.themes import read_theme
from shared.contracts import Author, Correction, Tag, UrlPath, lists
from shared.contracts.blocks import (
    Code,
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
from tests.support.articles import (
    PUBLISHED,
    SITE,
    a_document,
    a_paragraph,
    a_site,
    a_teaser,
    an_article,
    an_event,
    an_id,
    an_image,
    teasers,
)

EVIL = '</script><b>]]><!--#include virtual="/x" --><!--#exec cmd="id" -->"\'&'
OWN_INCLUDES = re.compile(rb'<!--#include virtual="/_fragments/[a-z/-]+\.html" -->')


def page(theme, chrome, **changes) -> LexborHTMLParser:
    return LexborHTMLParser(theme.article_page(chrome, a_document(an_article(**changes))))


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text(strip=True) for node in tree.css(selector)]


# --- words of strangers ----------------------------------------------------------------------------------------------


def test_nothing_that_any_field_says_is_markup_an_include_or_the_end_of_a_script(theme, chrome):
    article = an_article(
        headline=EVIL, kicker=EVIL, standfirst=EVIL, location=EVIL, credit=EVIL, kind="event", noindex=True,
        authors=(Author(name=EVIL, slug="a"),), tags=(Tag(name=EVIL, slug="b"),), canonical_url=f"https://a.example/{EVIL}",
        image=an_image(url=f"/a{EVIL}", alt=EVIL, caption=EVIL, credit=EVIL), event=an_event(place=EVIL),
        corrections=(Correction(text=EVIL, at=PUBLISHED),),
        body=(Code(text=EVIL), Quote(html="a", cite=EVIL),
              Embed(url=f"https://a.example/{EVIL}", title=EVIL, provider=EVIL),
              ImageBlock(image=an_image(alt=EVIL, caption=EVIL)), Gallery(images=(an_image(alt=EVIL),))),
    )  # fmt: skip
    teaser = a_teaser(article)
    pages = [
        theme.article_page(chrome, a_document(article)),
        theme.front_page(chrome, recent=[teaser, a_teaser(article.model_copy(update={"id": an_id(2)}))], sections={}),
        theme.list_page(chrome, lists.tag("b"), title=EVIL, teasers=[teaser], months=["2026-11"]),
        theme.list_page(chrome, lists.CORRECTIONS, title="", teasers=[teaser], months=()),
        theme.month_page(chrome, lists.tag("b"), title=EVIL, month="2026-11", teasers=[teaser], months=["2026-11"]),
        theme.gone(chrome, note=EVIL, withdrawn_at=PUBLISHED),
        theme.static_page(chrome, slug="a", title=EVIL, html="<p>a</p>"),
        theme.not_found(chrome, recent=[teaser]),
        *(theme.fragment(chrome, kind, teasers=[teaser]) for kind in ("recent", "events", "mixed")),
        theme.fragment(chrome, "related", teasers=[teaser], name=lists.tag("b"), title=EVIL),
    ]
    for body in pages:
        rest = OWN_INCLUDES.sub(b"", body)
        assert b"<!--" not in rest
        assert b"</script><b>" not in rest
        assert b'virtual="' not in rest
        assert all(part.startswith("/_fragments/") for part in split(body) if isinstance(part, str))


def test_no_word_of_a_theme_is_a_directive_of_the_edge(tmp_path):
    evil = '<!--#include virtual="/x" --><esi:include src="/x"/><!--esi x -->'
    (tmp_path / "locales").mkdir()
    texts = read_theme("default").locales["de"]
    said = "\n".join(f"{key} = {json.dumps(text + evil)}" for key, text in texts.items())
    (tmp_path / "locales" / "de.toml").write_text(said)
    theme = Theme.load("default", override=tmp_path)
    chrome = Chrome.of(SITE, a_site(), theme, ())
    article = an_article(tags=(Tag(name="Dach", slug="dach"),), image=an_image(), event=an_event(), kind="event")
    for page in (
        theme.article_page(chrome, a_document(article)),
        theme.front_page(chrome, recent=[a_teaser()], sections={}),
        theme.gone(chrome, note="", withdrawn_at=PUBLISHED),
        theme.not_found(chrome, recent=[a_teaser()]),
        theme.fragment(chrome, "nav"),
        theme.fragment(chrome, "recent", teasers=[a_teaser()]),
    ):
        assert b"&lt;esi:" in page or b"&lt;!--#" in page  # the words are there, as text
        assert b"<!--#" not in OWN_INCLUDES.sub(b"", page)
        assert b"<esi:" not in page
        assert b"<!--esi" not in page


def test_no_comment_begins_in_sanitised_html_either(theme, chrome):
    include = '<!--#include virtual="/_fragments/recent.html" -->'
    body = (Paragraph(html=include), Heading(html=include), ListBlock(items=(include,)), Quote(html=include),
            Table(html=f"<table><tr><td>{include}</table>"), RawHtml(html=f"<div>{include}</div>"))  # fmt: skip
    clean = theme.article_page(chrome, a_document(an_article(body=())))
    assert theme.article_page(chrome, a_document(an_article(body=body))).count(b"<!--") == clean.count(b"<!--")
    static = theme.static_page(chrome, slug="a", title="A", html=include)
    assert static.count(b"<!--") == theme.static_page(chrome, slug="a", title="A", html="").count(b"<!--")


def test_a_headline_of_500_characters_is_there_whole_and_set_smaller(theme, chrome):
    headline = "Wort " * 99 + "Ende."
    tree = page(theme, chrome, headline=headline)
    assert texts(tree, "h1.long") == [headline]


# --- the article's page ----------------------------------------------------------------------------------------------


def test_the_page_says_its_revision_for_whoever_compares_files_with_documents(theme, chrome):
    document = a_document()
    meta = LexborHTMLParser(theme.article_page(chrome, document)).css_first('meta[name="litfass:revision"]')
    assert meta.attributes["content"] == str(document.revision.number)
    assert meta.attributes["data-tie"] == document.revision.tie


def test_an_article_without_picture_section_page_or_authors_still_looks_right(theme, chrome):
    tree = page(
        theme, chrome, image=None, authors=(), tags=(), section="weg", kicker="", standfirst="", location="", body=()
    )
    assert tree.css("img") == []
    assert texts(tree, ".crumbs li") == ["Startseite"]
    assert texts(tree, "h1") == ["Die neue Brücke kommt im Frühjahr (1)"]


def test_400_pictures_are_all_there_and_wait_for_their_reader(theme, chrome):
    tree = page(theme, chrome, body=tuple(ImageBlock(image=an_image()) for _ in range(400)))
    pictures = tree.css(".text img")
    assert len(pictures) == 400
    assert "loading" not in pictures[0].attributes
    assert all(picture.attributes["loading"] == "lazy" for picture in pictures[1:])
    assert all(picture.attributes["width"] == "1200" for picture in pictures)


def test_another_language_runs_its_own_way_and_our_words_stay_ours(theme, chrome):
    article = page(theme, chrome, language="ar", headline="مكتب جديد").css_first("article")
    assert (article.attributes["lang"], article.attributes["dir"]) == ("ar", "rtl")
    assert article.css_first(".byline").attributes["lang"] == "de"


def test_a_site_in_arabic_runs_from_right_to_left(theme, chrome_of):
    tree = LexborHTMLParser(theme.front_page(chrome_of(language="ar"), recent=[], sections={}))
    assert tree.css_first("html").attributes["dir"] == "rtl"


def test_a_correction_stands_on_the_page_with_its_day(theme, chrome):
    tree = page(theme, chrome, corrections=(Correction(text="Es waren drei.", at=PUBLISHED),))
    assert "Es waren drei." in texts(tree, "#corrections p")[0]
    assert tree.css_first('.byline a[href="#corrections"]') is not None


def test_the_page_of_an_article_for_members_says_so_in_one_line_and_no_other_does(theme, chrome):
    shown = page(theme, chrome, members_only=True)
    assert texts(shown, ".members-only") == ["Der Rest dieses Beitrags ist für Mitglieder."]
    assert texts(page(theme, chrome), ".members-only") == []


def test_who_paid_is_said_at_the_top_and_an_agency_where_no_author_is(theme, chrome):
    sponsored = page(theme, chrome, kind="sponsored", credit="Küchenhaus Brandt")
    assert texts(sponsored, "header .label") == ["Anzeige"]
    assert "Bezahlt von Küchenhaus Brandt" in texts(sponsored, ".byline p")
    assert texts(page(theme, chrome, authors=(), credit="dpa"), ".byline p")[0] == "Quelle: dpa"
    assert texts(page(theme, chrome, credit="dpa"), "footer .credit") == ["Quelle: dpa"]


def test_an_article_never_lists_itself_and_is_not_alone_in_a_box(theme, chrome):
    style = page(theme, chrome).css_first("head style").text()
    assert f".related .a-{an_id(1)}{{display:none}}" in style
    assert f".related:has(.a-{an_id(1)}:only-child){{display:none}}" in style


def test_a_tombstone_cannot_be_rendered_as_an_article(theme, chrome):
    with pytest.raises(ValueError, match="has no article"):
        theme.article_page(chrome, a_document().model_copy(update={"article": None, "state": "killed"}))


# --- advertisements in the page --------------------------------------------------------------------------------------


def test_each_slot_has_its_label_and_its_height_before_anything_is_in_it(theme, chrome):
    slots = page(theme, chrome, body=(a_paragraph(words=100),) * 12).css(".ad")
    places = [slot.attributes["id"] for slot in slots]
    assert places == [
        "ad-top", "ad-in-article-1", "ad-in-article-2", "ad-in-article-3", "ad-article-end", "ad-sidebar-1",
        "ad-sidebar-2",
    ]  # fmt: skip
    assert {slot.text(strip=True) for slot in slots} == {"Anzeige"}
    assert slots[0].attributes["style"] == "--s:124px;--m:114px;--l:114px"
    assert slots[1].attributes["style"] == "--s:274px;--m:274px;--l:274px"


def test_an_article_without_advertisements_has_no_slot_at_all(theme, chrome):
    assert page(theme, chrome, ads="none").css(".ad") == []


def test_a_sticky_slot_can_be_closed_without_a_script_and_is_not_shown_where_it_has_no_size(theme, chrome_of):
    chrome = chrome_of(ads={"slots": {"sticky": {"enabled": True}}})
    sticky = page(theme, chrome).css_first("details.sticky.no-tablet.no-desktop[open]")
    assert sticky.css_first("summary").text(strip=True) == "×Anzeige schließen oder zeigen"
    assert sticky.css_first(".ad").attributes["style"].startswith("--s:74px;--m:0px")
    assert page(theme, chrome_of()).css("details.sticky") == []


def test_slots_stand_between_teasers_and_between_sections(theme, chrome):
    listed = LexborHTMLParser(
        theme.list_page(chrome, lists.section("stadt"), title="Stadt", teasers=teasers(14), months=())
    ).css(".rows > *")
    assert [number for number, row in enumerate(listed) if "ad" in (row.attributes["class"] or "").split()] == [6, 13]
    front = LexborHTMLParser(theme.front_page(chrome, recent=teasers(7), sections={"sport": teasers(12)[:5]}))
    assert [each.attributes["id"] for each in front.css("main > .ad")] == ["ad-list-1"]


# --- lists, fragments, messages --------------------------------------------------------------------------------------


def test_an_empty_site_says_so(theme, chrome):
    tree = LexborHTMLParser(theme.front_page(chrome, recent=[], sections={}))
    assert texts(tree, "main .empty") == ["Noch ist nichts erschienen. Der erste Beitrag steht gleich hier."]


def test_a_months_page_leads_on_to_its_neighbours_and_back(theme, chrome):
    months = ["2026-12", "2026-11", "2026-09"]
    tree = LexborHTMLParser(
        theme.month_page(chrome, lists.tag("rat"), title="Rat", month="2026-11", teasers=teasers(2), months=months)
    )
    assert [link.attributes["href"] for link in tree.css(".onward a")] == ["/tag/rat/2026/12/", "/tag/rat/2026/09/"]
    assert texts(tree, '.archive [aria-current="page"]') == ["November"]
    assert tree.css_first('link[rel="canonical"]').attributes["href"] == "https://kurier.example/tag/rat/2026/11/"
    assert texts(tree, "main h2 a")[:2] == [teaser.headline for teaser in teasers(2)]


@pytest.mark.parametrize(
    ("kind", "title"), [("recent", "Aktuelle Beiträge"), ("events", "Events"), ("mixed", "Bunt gemischt")]
)
def test_boxes_are_called_as_readers_know_them_and_empty_ones_are_not_there(theme, chrome, kind, title):
    box = LexborHTMLParser(theme.fragment(chrome, kind, teasers=teasers(2)))
    assert texts(box, "h2") == [title]
    assert len(box.css("li")) == 2
    assert theme.fragment(chrome, kind) == NOTHING


def test_a_note_about_a_killed_article_has_the_note_and_needs_no_fragment(theme, chrome):
    body = theme.gone(chrome, note="Der Beitrag war falsch.", withdrawn_at=PUBLISHED)
    tree = LexborHTMLParser(body)
    assert split(body) == (body,)
    assert "Der Beitrag war falsch." in texts(tree, "main p")[0]
    assert tree.css_first('meta[name="robots"]').attributes["content"] == "noindex"
    assert "Er ist nicht mehr verfügbar." in texts(
        LexborHTMLParser(theme.gone(chrome, note="", withdrawn_at=None)), "p"
    )


def test_a_moved_page_sends_readers_on_without_a_server(theme, chrome):
    tree = LexborHTMLParser(theme.moved(chrome, to=UrlPath("/sport/neu/")))
    assert tree.css_first('meta[http-equiv="refresh"]').attributes["content"] == "0; url=/sport/neu/"
    assert tree.css_first('link[rel="canonical"]').attributes["href"] == "https://kurier.example/sport/neu/"
    assert tree.css_first('main a[href="/sport/neu/"]') is not None


# --- bytes -----------------------------------------------------------------------------------------------------------

_IN_ANOTHER_PROCESS = """
import hashlib
from services.render.compose.html import Chrome, Theme
from tests.support.articles import SITE, a_document, a_site, teasers
theme = Theme.load("default"); chrome = Chrome.of(SITE, a_site(), theme, ())
pages = theme.article_page(chrome, a_document()) + theme.front_page(chrome, recent=teasers(9), sections={})
print(hashlib.sha256(pages).hexdigest())
"""


def test_equal_documents_give_equal_bytes_in_any_process_and_zone():
    def digest(seed: str, zone: str) -> bytes:
        environ = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        return subprocess.run(
            [sys.executable, "-c", _IN_ANOTHER_PROCESS], env=environ, capture_output=True, check=True
        ).stdout

    assert digest("1", "UTC") == digest("2", "Asia/Tokyo")


def test_static_files_are_called_by_their_content_and_the_page_knows_the_name(theme, chrome):
    css = next(path for path in theme.static_files if path.endswith(".css"))
    assert re.fullmatch(r"/_static/site\.[0-9a-f]{8}\.css", css)
    assert page(theme, chrome).css_first('link[rel="stylesheet"]').attributes["href"] == css


def test_a_style_sheet_leads_to_the_hashed_names_of_its_files(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "own.css").write_text("a { background: url('b.svg') url(missing.svg) }")
    (tmp_path / "static" / "b.svg").write_text("<svg/>")
    files = Theme.load("default", override=tmp_path).static_files
    own = next(content for path, content in files.items() if path.startswith("/_static/own."))
    assert re.fullmatch(rb"a \{ background: url\(/_static/b\.[0-9a-f]{8}\.svg\) url\(missing\.svg\) \}", own)
