"""Pictures: what an article says about one → what a template needs to show it without anything moving.

With an image service (`[site.NAME] images`) a browser gets a choice of widths and takes the one that fits its screen.
Source: HTML Living Standard, 4.8.4.2.1 ("srcset"). How wide a picture is shown is the theme's to say (`sizes`).
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from services.render.compose.markup import EMPTY, Markup, address, attribute
from services.render.compose.views import PictureView
from shared.contracts.media import Image

WIDTHS: Final = (320, 480, 640, 960, 1280, 1600, 1920)  # device pixels; a phone's 6.5rem up to a desktop's whole column
PLAIN_WIDTH: Final = 960  # for whoever does not know srcset
_DRAWN: Final = ".svg"  # sharp at every width as it is
CUTS: Final = ((16, 9), (4, 3), (1, 1))  # that Google asks for: Search Central, "Article structured data"
CUT_WIDTH: Final = 1200  # pixels at most; Discover wants so many at least
# What may stand in a URL (RFC 3986, 2), and "%": what is encoded stays so.
_IN_URL: Final = "%:/?#[]@!$&'()*+,;=~"


@dataclass(frozen=True)
class ImageService:
    """Where pictures of other widths come from.

    Args:
        cuts: a URL with `{height}` as well, where they are cut to exactly that size; empty = nowhere.
        pattern: a URL with `{width}` and `{url}` (everything encoded) or `{raw_url}` (as it is); empty = nowhere.
        base_url: of the site, for pictures whose address is a path.
    """

    pattern: str = ""
    base_url: str = ""
    cuts: str = ""

    def urls(self, image: Image) -> dict[int, str]:
        """Return width → address, narrowest first; empty where there is nothing to choose from.

        None is wider than the picture itself: a service would blow it up, or refuse.
        """
        if not self.pattern or _is_drawn(image):
            return {}
        own = image.width or WIDTHS[-1]
        widths = [width for width in WIDTHS if width < own] + [min(own, WIDTHS[-1])]
        return {width: self._url(self.pattern, image, width=width) for width in widths}

    def cuts_of(self, image: Image) -> list[Image]:
        """Return the picture in each of `CUTS`, widest first; empty where nobody cuts. None is larger than it is."""
        if not self.cuts or _is_drawn(image):
            return []
        return [self._cut(image, *_size_of_cut(image, *shape)) for shape in CUTS]

    def _cut(self, image: Image, width: int, height: int) -> Image:
        url = self._url(self.cuts, image, width=width, height=height)
        return image.model_copy(update={"url": url, "width": width, "height": height})

    def _url(self, pattern: str, image: Image, **sizes: int) -> str:
        # Not `format`: the address of a picture may hold braces.
        whole = f"{self.base_url}{image.url}" if image.url.startswith("/") else image.url
        encoded, raw = quote(whole, safe=""), quote(whole, safe=_IN_URL)
        before, name, after = pattern.partition("{raw_url}" if "{raw_url}" in pattern else "{url}")
        for size, pixels in sizes.items():
            before, after = (part.replace(f"{{{size}}}", str(pixels)) for part in (before, after))
        return f"{before}{raw if name == '{raw_url}' else encoded}{after}"


NO_SERVICE: Final = ImageService()


def picture_view(image: Image, *, eager: bool = False, service: ImageService = NO_SERVICE) -> PictureView | None:
    """Return a picture; None when its address is none that a browser should follow."""
    src = address(image.url)
    if not src:
        return None
    urls = service.urls(image)
    if urls:
        src = attribute(urls[max((width for width in urls if width <= PLAIN_WIDTH), default=min(urls))])
    return PictureView(
        type="image",
        src=src,
        srcset=_srcset(urls),
        alt=image.alt,
        caption=image.caption,
        credit=image.credit,
        width=image.width,
        height=image.height,
        eager=eager,
    )


def _is_drawn(image: Image) -> bool:
    return urlsplit(image.url).path.lower().endswith(_DRAWN)


def _size_of_cut(image: Image, across: int, down: int) -> tuple[int, int]:
    """Return the largest size of this shape in the picture, in pixels; of one whose size nobody knows, the usual."""
    width = min(CUT_WIDTH, image.width or CUT_WIDTH, (image.height or CUT_WIDTH) * across // down)
    return max(1, width), max(1, width * down // across)


def _srcset(urls: dict[int, str]) -> Markup:
    return attribute(", ".join(f"{url} {width}w" for width, url in urls.items())) if urls else EMPTY
