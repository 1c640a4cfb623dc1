"""Bodies in one line: a number is a paragraph of so many words, `S` a slot, a word another block or a marker."""

from collections.abc import Sequence
from typing import Any

from services.render.compose.ads import PageAds, SiteAds, Slot
from services.render.compose.ads.reading import words_in
from services.render.compose.ads.rules import Verdict
from services.render.compose.markup import plain
from shared.contracts.ads import AdsConfig
from shared.contracts.blocks import (
    AdMarker,
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
from tests.support.articles import a_paragraph, an_article, an_image

OTHERS: dict[str, Block] = {
    "heading": Heading(html="Und nun"),
    "bold-heading": Paragraph(html="<strong>So geht es mit dem Bau an der Brücke jetzt weiter</strong>"),
    "image": ImageBlock(image=an_image()),
    "gallery": Gallery(images=(an_image(),)),
    "quote": Quote(html="So war es."),
    "table": Table(html="<table></table>"),
    "embed": Embed(url="https://a.example/"),
    "list": ListBlock(items=("eins", "zwei")),
    "code": Code(text="a"),
    "divider": Divider(),
    "box": RawHtml(html="<div>a</div>"),
    "leads-on": Paragraph(html="Folgende Linien fallen am Montag und am Dienstag aus:"),
    "short": Paragraph(html="Mehr dazu morgen."),
    "short-link": Paragraph(html='<a href="https://rathaus.example/eine/lange/adresse">Mehr</a>'),
}
MARKERS: dict[str, Block] = {
    "here": AdMarker(mark="here"),
    "noads": AdMarker(mark="off"),
    "/noads": AdMarker(mark="on"),
}


def blocks_of(plan: str) -> tuple[Block, ...]:
    """The body that a plan describes; the slots in it are what a test expects."""
    known = OTHERS | MARKERS
    return tuple(
        a_paragraph(words=int(word)) if word.isdigit() else known[word] for word in plan.split() if word != "S"
    )


def plan_of(blocks: Sequence[Block | Slot]) -> str:
    """The plan of a body, with its slots."""
    names = {id(block): name for name, block in (OTHERS | MARKERS).items()}
    return " ".join(
        "S" if isinstance(block, Slot) else names.get(id(block)) or str(words_in(plain(block.html)))  # type: ignore[union-attr]
        for block in blocks
    )


def ads_of(plan: str, *, config: dict[str, Any] | None = None, **article: Any) -> PageAds:
    """The advertising of an article with this body on a site with this configuration."""
    site = SiteAds(AdsConfig.model_validate(config or {}), language="de")
    return site.of_article(an_article(body=blocks_of(plan), **article))


def placed(plan: str, **changes: Any) -> str:
    """The plan with the slots that the rules place."""
    return plan_of(ads_of(plan, **changes).blocks)


def verdict_at(ads: PageAds, *, gap: int = 0, position: str = "") -> Verdict:
    """What was decided about a gap of the text, or about a position around it."""
    return next(
        each for each in ads.verdicts if (each.position == position if position else each.gap == gap and gap > 0)
    )
