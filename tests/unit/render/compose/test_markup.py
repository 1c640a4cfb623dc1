"""The few places where text becomes HTML without the template engine."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.compose.markup import address, attribute, inert, json_script, plain, sponsored_links


@given(st.dictionaries(st.text(), st.text()))
def test_json_in_a_script_says_the_same_and_can_end_nothing(data):
    text = json_script(data)
    assert json.loads(text) == data
    assert not any(character in text for character in "<>&\u2028\u2029")


@pytest.mark.parametrize("evil", ["</script>", "<!--", "]]>", "<!--#include virtual='/x' -->", "\u2028"])
def test_nothing_in_json_ends_the_script(evil):
    assert evil not in json_script({"headline": evil})
    assert json.loads(json_script({"headline": evil})) == {"headline": evil}


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://a.example/b?c=1&d=2", "https://a.example/b?c=1&amp;d=2"),
        ("/media/a.svg", "/media/a.svg"),
        ("//a.example/b", ""),
        ("javascript:alert(1)", ""),
        ("data:image/svg+xml,<svg>", ""),
        ('/a"onload="x', "/a&quot;onload=&quot;x"),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_and_of_the_site_are_taken(url, taken):
    assert address(url) == taken


def test_markup_is_not_escaped_twice():
    assert attribute("a & b").__html__() == "a &amp; b"


def test_no_comment_can_begin_in_sanitised_html():
    assert inert("a <!--#include virtual='/etc' --> b") == "a &lt;!--#include virtual='/etc' --> b"
    clean = "<b>a</b>"
    assert inert(clean) is clean


def test_plain_text_has_neither_tags_nor_entities():
    assert plain('Wer <a href="/x">A &amp; B</a> liest') == "Wer A & B liest"


def test_links_of_sponsored_articles_say_so_whatever_they_said_before():
    html = 'a <a href="https://b.example/?x=1&gt;2" rel="noopener">b</a> <abbr>c</abbr>'
    assert sponsored_links(html) == (
        'a <a href="https://b.example/?x=1&gt;2" rel="sponsored nofollow">b</a> <abbr>c</abbr>'
    )


@pytest.mark.parametrize(
    "directive", ['<!--#include virtual="/x" -->', '<esi:include src="/x"/>', "<!--esi a -->", "</esi:remove>"]
)
def test_no_directive_of_any_edge_stays_one(directive):
    made = inert(f'<a title="{directive}">{directive}</a>')
    assert "<!--" not in made
    assert "<esi:" not in made
    assert "</esi:" not in made
    assert inert("<b>a</b>") == "<b>a</b>"
