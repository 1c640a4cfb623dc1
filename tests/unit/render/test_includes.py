"""Server-side includes: fragments are put in, and nothing else is executed."""

from services.render.includes import assemble, split

INCLUDE = b'<!--#include virtual="/_fragments/recent.html" -->'


def _fragments(**texts: bytes):
    return lambda path: split(texts.get(path.removeprefix("/_fragments/").removesuffix(".html"), b""))


def test_a_page_is_joined_with_its_fragments():
    assert assemble(split(b"<a>" + INCLUDE + b"<b>"), _fragments(recent=b"R")) == b"<a>R<b>"


def test_a_missing_fragment_is_nothing():
    assert assemble(split(b"<a>" + INCLUDE), _fragments()) == b"<a>"


def test_a_fragment_may_hold_a_fragment_but_a_circle_ends():
    nested = INCLUDE.replace(b"recent", b"nav")
    assert assemble(split(INCLUDE), _fragments(recent=b"[" + nested + b"]", nav=b"N")) == b"[N]"
    assert assemble(split(INCLUDE), _fragments(recent=b"x" + INCLUDE)) == b"xx"


def test_only_our_fragments_can_be_included():
    for directive in (b'<!--#include virtual="/etc/passwd" -->', b'<!--#exec cmd="id" -->', b'<!--#echo var="x" -->'):
        assert split(directive) == (directive,)
