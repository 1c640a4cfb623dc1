"""What the rules look at in a text: read all at once, each block is as if it stood alone."""

import pytest

from services.render.compose.ads.reading import read, read_all
from shared.contracts.blocks import Block, Heading, Paragraph

ODD = ("", " ", "a  b", "a\nb\tc", "a\0b", "a > b < c", "a &amp b &euro; c", "<strong>a</strong>", "a:", "a <b>b c</b>")


@pytest.mark.parametrize("odd", ODD)
def test_a_paragraph_changes_nothing_about_those_beside_it(odd):
    plain = Paragraph(html='So <a href="https://a.example/" rel="b">viele</a> Wörter stehen hier')
    blocks: list[Block] = [plain, Paragraph(html=odd), Heading(html="Und nun"), plain]
    assert read_all(blocks, neighbour_characters=20) == [read(block, neighbour_characters=20) for block in blocks]
