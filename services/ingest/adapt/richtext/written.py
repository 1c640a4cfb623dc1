"""Text fields: whatever a newsroom lets its editors write in them, HTML or Markdown; plain text is Markdown too."""

import html as entities
import re
from typing import Final

from markdown_it import MarkdownIt

from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import blocks_of as blocks_of_html
from services.ingest.adapt.text import cleared
from shared.contracts.blocks import Block

LARGEST: Final = (
    400_000  # characters; Markdown of that size takes a quarter of a second, and is longer than any article
)
BRACKETS: Final = 10_000  # `[` that may open a link; the parser looks for the end of each
_HTML: Final = re.compile(r"\s*<(?:!--|[a-zA-Z][a-zA-Z0-9]*[\s>/])")
# Raw HTML in it is kept: all of it goes through the sanitiser. Links keep their scheme for the same reason.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])


def blocks_of(written: str, findings: Findings, *, where: str, base: str = "") -> tuple[Block, ...]:
    """Return the blocks of a text field.

    Args:
        findings: gets warnings about what was left out, and a fault when there is too much of it.
        where: the field's name, for those.
        base: address that relative pictures are relative to.
    """
    if not _HTML.match(written):
        written = _rendered(cleared(written), findings, where)
    return blocks_of_html(written, findings, where=where, base=base)


def _rendered(written: str, findings: Findings, where: str) -> str:
    if len(written) > LARGEST or written.count("[") > BRACKETS:
        findings.warn(f"{where}: is too much to be read as Markdown; it was taken as plain text")
        return entities.escape(written, quote=False)
    return str(_MARKDOWN.render(written))
