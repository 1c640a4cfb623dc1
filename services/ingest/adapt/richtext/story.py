"""The blocks of one article while they are being made, and what had to be left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from services.ingest.adapt.embeds import embed_of
from services.ingest.adapt.fields import Findings, described
from services.ingest.adapt.html import MAX_BLOCKS, paragraph, says_nothing, trimmed
from services.ingest.adapt.richtext.inline import followable
from services.ingest.adapt.text import cleared, shortened
from shared.contracts.blocks import (
    Block,
    Code,
    Divider,
    Embed,
    Gallery,
    Heading,
    ImageBlock,
    ListBlock,
    Quote,
    Table,
)
from shared.contracts.media import Image

MAX_PARTS: Final = 2_000  # components of the newsroom's own in one article; each may be Markdown, which is slow
LANGUAGE_LENGTH: Final = 40  # characters of a code's language

# One vendor's own picture → ours; None when it has no address that a reader could load. Args: the object.
Picture: TypeAlias = Callable[[Mapping[str, object]], Image | None]


@dataclass
class Story:
    """Collects blocks.

    Args:
        where: the field's name, for warnings.
        picture: the vendor's.
    """

    findings: Findings
    where: str
    picture: Picture
    blocks: list[Block] = field(default_factory=list)
    parts: int = 0

    def warn(self, message: str) -> None:
        """Note what was left out or mended."""
        self.findings.warn(f"{self.where}: {message}")

    def is_full(self) -> bool:
        """Say whether there is more than an article can have, so that the rest need not be looked at."""
        return len(self.blocks) > MAX_BLOCKS or self.parts > MAX_PARTS

    def settled(self) -> tuple[Block, ...]:
        """Return the blocks; too many are a fault."""
        if self.is_full():
            most = f"{MAX_BLOCKS} blocks or {MAX_PARTS} components"
            self.findings.fault(self.where, f"is too long to be one article: at most {most} are possible")
            return ()
        return tuple(self.blocks)

    def paragraph(self, html: str) -> None:
        """Add running text; an address alone in it may stand for the thing itself."""
        self.blocks += paragraph(html)

    def heading(self, level: int, html: str) -> None:
        """Add a heading."""
        html = trimmed(html)
        if not says_nothing(html):
            self.blocks.append(Heading.model_validate({"level": level, "html": html}))

    def quote(self, html: str, *, cite: str = "") -> None:
        """Add a quotation."""
        html = trimmed(html)
        if not says_nothing(html):
            self.blocks.append(Quote(html=html, cite=cite))

    def code(self, text: str, *, language: str = "") -> None:
        """Add preformatted text."""
        text = cleared(text.replace("\r\n", "\n")).strip("\n")
        if text.strip():
            self.blocks.append(Code(text=text, language=shortened(language, LANGUAGE_LENGTH)))

    def listing(self, items: Iterable[str], *, ordered: bool) -> None:
        """Add a list; nested ones stand in their items."""
        kept = tuple(item for item in items if not says_nothing(item))
        if kept:
            self.blocks.append(ListBlock(ordered=ordered, items=kept))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add a table of whole cells (`<td>…</td>`)."""
        html = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows if cells)
        if not says_nothing(html):
            self.blocks.append(Table(html=f"<table><tbody>{html}</tbody></table>"))

    def divider(self) -> None:
        """Add a break between two thoughts."""
        self.blocks.append(Divider())

    def image(self, data: Mapping[str, object], *, caption: str = "") -> bool:
        """Add a picture, and say whether there is one."""
        image = self._image(data)
        if image is None:
            self.warn("pictures without a usable address were left out")
            return False
        if caption and not image.caption:
            image = image.model_copy(update={"caption": caption})
        self.blocks.append(ImageBlock(image=image))
        return True

    def gallery(self, pictures: Sequence[Mapping[str, object]]) -> None:
        """Add pictures that belong together."""
        images = [image for each in pictures if (image := self._image(each)) is not None]
        if len(images) < len(pictures):
            self.warn("pictures without a usable address were left out")
        if len(images) == 1:
            self.blocks.append(ImageBlock(image=images[0]))
        elif images:
            self.blocks.append(Gallery(images=tuple(images)))

    def embed(self, url: object, *, title: str = "") -> bool:
        """Add somebody else's content by its address, and say whether it is one."""
        found: Embed | None = embed_of(followable(url), title=title)
        if found is not None:
            self.blocks.append(found)
        return found is not None

    def unfollowable(self, href: object) -> None:
        """Note that a link became its text."""
        if href is None:
            self.warn("links to other entries have no address here; their text was kept")
        else:
            self.warn(f"a link to {described(href)} is none that a reader should follow; its text was kept")

    def _image(self, data: Mapping[str, object]) -> Image | None:
        image = self.picture(data)
        if image is not None and not image.alt:
            self.warn("pictures have no alternative text; readers who cannot see them miss it")
        return image
