"""Pictures: what an article says about one → what a template needs to show it without anything moving."""

from services.render.compose.markup import address
from services.render.compose.views import PictureView
from shared.contracts.media import Image


def picture_view(image: Image, *, eager: bool = False) -> PictureView | None:
    """Return a picture; None when its address is none that a browser should follow."""
    src = address(image.url)
    if not src:
        return None
    return PictureView(
        type="image",
        src=src,
        alt=image.alt,
        caption=image.caption,
        credit=image.credit,
        width=image.width,
        height=image.height,
        eager=eager,
    )
