"""Blocks and slots → the parts of a body."""

import pytest

from services.render.compose.ads import Heights, Slot
from services.render.compose.body import parts_of
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
    Table,
)
from tests.support.articles import a_paragraph, an_image


def parts(*blocks, is_sponsored=False, has_picture=False):
    return parts_of(blocks, is_sponsored=is_sponsored, has_picture=has_picture)


def test_blocks_that_can_be_printed_as_they_are_go_through_untouched():
    blocks = (
        a_paragraph(), Code(text="a"), Divider(), Quote(html="b"), Table(html="<table></table>"),
        Slot("in-article-1", "Anzeige", "de", Heights(274, 274, 274)), ListBlock(items=("a", "b")),
    )  # fmt: skip
    assert all(part is block for part, block in zip(parts(*blocks), blocks, strict=True))


def test_headings_never_skip_a_level():
    levels = [part.level for part in parts(*(Heading(level=level, html="A") for level in (4, 6, 2, 3, 6)))]
    assert levels == [2, 3, 2, 3, 4]


def test_only_the_first_picture_of_a_page_does_not_wait():
    two = (ImageBlock(image=an_image()), Gallery(images=(an_image(), an_image())))
    first, gallery = parts(*two)
    assert first["eager"]
    assert [picture["eager"] for picture in gallery["pictures"]] == [False, False]
    assert not parts(*two, has_picture=True)[0]["eager"]


def test_a_picture_that_cannot_be_shown_leaves_no_hole():
    assert parts(ImageBlock(image=an_image(url="javascript:x"))) == []
    (gallery,) = parts(Gallery(images=(an_image(url="javascript:x"), an_image())))
    assert len(gallery["pictures"]) == 1


def test_an_embed_is_a_link_that_names_whose_it_is():
    (embed,) = parts(Embed(url="https://www.video.example/watch?v=1&t=2"))
    assert embed == {
        "type": "embed",
        "url": "https://www.video.example/watch?v=1&amp;t=2",
        "title": "video.example",
        "provider": "video.example",
        "player": "",
    }
    assert parts(Embed(url="javascript:alert(1)")) == []


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://www.youtube.com/watch?v=abcdefghijk", "https://www.youtube-nocookie.com/embed/abcdefghijk"),
        ("https://youtu.be/abcdefghijk?t=42", "https://www.youtube-nocookie.com/embed/abcdefghijk"),
        ("https://vimeo.com/123456", "https://player.vimeo.com/video/123456?dnt=1"),
        ('https://www.youtube.com/watch?v=abc"onload=x', ""),
        ("https://www.youtube.com/watch?v=abcdefghijkl", ""),
        ("https://www.youtube.com.evil.example/watch?v=abcdefghijk", ""),
        ("https://evil.example/https://vimeo.com/1", ""),
        ("https://x.com/a/status/1", ""),
    ],
)
def test_only_a_film_has_a_player_and_only_its_id_gets_there(url, player):
    (embed,) = parts(Embed(url=url))
    assert embed["player"] == player


def test_no_include_of_the_edge_begins_in_any_block():
    evil = '<!--#include virtual="/x" -->'
    blocks = (Paragraph(html=evil), Heading(html=evil), ListBlock(items=(evil,)), Quote(html=evil), Table(html=evil))
    for part in parts(*blocks):
        assert "<!--" not in str(part)


def test_sponsored_links_say_so_in_every_block():
    link = '<a href="https://a.example/">a</a>'
    for part in parts(Paragraph(html=link), ListBlock(items=(link,)), Heading(html=link), is_sponsored=True):
        assert 'rel="sponsored nofollow"' in str(part)
