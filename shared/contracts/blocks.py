"""The body of an article: a list of typed blocks, one discriminated union.

Every `html` field has passed ingest's sanitiser and holds inline markup only (`a b em i s strong sub sup …`),
except in `Table` and `RawHtml`, which hold a whole sanitised element. Renderers may trust it; nobody else writes it.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.base import Contract
from shared.contracts.media import Image


class Paragraph(Contract):
    """Running text."""

    type: Literal["paragraph"] = "paragraph"
    html: str


class Heading(Contract):
    """A heading inside the article; level 1 is the headline's, so 2 is the highest."""

    type: Literal["heading"] = "heading"
    level: Literal[2, 3, 4, 5, 6] = 2
    html: str


class ImageBlock(Contract):
    """One picture in the running text."""

    type: Literal["image"] = "image"
    image: Image


class Gallery(Contract):
    """Several pictures that belong together."""

    type: Literal["gallery"] = "gallery"
    images: tuple[Image, ...] = Field(min_length=1)


class ListBlock(Contract):
    """A list; nested lists are inline HTML of their item."""

    type: Literal["list"] = "list"
    ordered: bool = False
    items: tuple[str, ...] = Field(min_length=1)


class Quote(Contract):
    """A quotation set apart, and who said it."""

    type: Literal["quote"] = "quote"
    html: str
    cite: str = ""


class Table(Contract):
    """A whole sanitised `<table>` element."""

    type: Literal["table"] = "table"
    html: str


class Embed(Contract):
    """Somebody else's content, shown as a link until the reader consents."""

    type: Literal["embed"] = "embed"
    url: str
    provider: str = ""
    title: str = ""


class Code(Contract):
    """Preformatted text; plain, escaped by the renderer."""

    type: Literal["code"] = "code"
    text: str
    language: str = ""


class Divider(Contract):
    """A break between two thoughts."""

    type: Literal["divider"] = "divider"


class AdMarker(Contract):
    """What an editor said about advertising at this place; nothing that a reader sees.

    `here`: one goes here, and only markers place any. `off` … `on`: none in between; without `on` to the end.
    """

    type: Literal["ad"] = "ad"
    mark: Literal["here", "off", "on"]


class RawHtml(Contract):
    """An element that passed the sanitiser and is none of the others."""

    type: Literal["html"] = "html"
    html: str


Block = Annotated[
    Paragraph
    | Heading
    | ImageBlock
    | Gallery
    | ListBlock
    | Quote
    | Table
    | Embed
    | Code
    | Divider
    | AdMarker
    | RawHtml,
    Field(discriminator="type"),
]
