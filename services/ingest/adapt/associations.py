"""Pictures that an item brings beside its text, as the ninjs family does."""

from collections.abc import Sequence

from services.ingest.adapt.fields import Findings
from services.ingest.adapt.html import blocks_of
from shared.contracts.blocks import Block, Gallery, ImageBlock
from shared.contracts.media import Image


def blocks_with_pictures(html: str, pictures: Sequence[Image], findings: Findings, *, where: str) -> tuple[Block, ...]:
    """Return the blocks of the text, and after them the pictures that the text does not show itself."""
    blocks = blocks_of(html, findings, where=where)
    shown = html.replace("&amp;", "&")
    more = tuple(image for image in pictures if image.url not in shown)
    if not blocks and not more and not findings.faults:
        findings.warn(f"{where}: has nothing to read in it")
    return (*blocks, Gallery(images=more)) if len(more) > 1 else (*blocks, *(ImageBlock(image=image) for image in more))
