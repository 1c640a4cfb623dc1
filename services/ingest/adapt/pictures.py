"""Pictures: addresses, sizes, and who made them."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from services.ingest.adapt.fields import whole_number
from services.ingest.adapt.text import line, without_mail
from shared.contracts.media import Image

MAX_URL: Final = 2_048  # characters
MAX_SIDE: Final = 100_000  # CSS pixels
_ADDRESS: Final = re.compile(r"^(?:https?://[^\s/?#][^\s]*|/(?!/)[^\s]*)$", re.IGNORECASE)
_WEB: Final = re.compile(r"https?://[^\s<>\"'@/?#\\]+(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)  # no `user:password@`
_READ: Final = 2_000  # characters of a caption in which a credit is looked for
# At the start, or after a full stop, bracket, dash or bar: "Das Bild: ein Rätsel" names no photographer.
_CREDIT: Final = re.compile(
    r"^(?P<caption>(?:.*?(?:[.(\[|/–—:!?-]|\s(?=©)))??)\s*"
    r"(?:©|(?:Fotos?|Photos?|Bild|Picture|Image|Grafik|Illustration|Credit|Quelle)\s*:)\s*"
    r"(?P<credit>[^()\[\]]{2,120}?)[\s)\].]*$",
    re.IGNORECASE,
)


def address(url: object, *, base: str = "") -> str:
    """Return a picture's address, absolute or from the site's root; empty when it has none that a reader could load.

    Args:
        base: address of the CMS's own page; what is relative there is made absolute.
    """
    if not isinstance(url, str):
        return ""
    url = url.strip().replace(" ", "%20")
    if url.startswith("//"):
        url = f"https:{url}"
    if base and not url.lower().startswith(("http:", "https:", "data:")):
        try:
            url = urljoin(base, url)
        except ValueError:
            return ""
    return url if len(url) <= MAX_URL and _ADDRESS.match(url) else ""


def image_of(
    url: str, *, alt: str = "", caption: str = "", credit: str = "", width: object = None, height: object = None
) -> Image:
    """Return a picture at a usable `address`; a credit at the end of the caption is told apart."""
    if caption and not credit:
        caption, credit = caption_and_credit(caption)
    return Image(
        url=url, alt=line(alt), caption=caption, credit=without_mail(credit), width=side(width), height=side(height)
    )


def web_address(url: str) -> str:
    """Return an absolute http(s) address that a link may lead to; empty when it is none."""
    url = url.strip()
    return url if len(url) <= MAX_URL and _WEB.fullmatch(url) else ""


def image_from(attributes: Mapping[str, str | None], *, caption: str = "", base: str = "") -> Image | None:
    """Return the picture of an `<img>`; None when it has no usable address. Lazy loaders keep the real one aside."""
    for name in ("src", "data-src", "data-lazy-src"):
        url = address(attributes.get(name), base=base)
        if url:
            width, height = attributes.get("width"), attributes.get("height")
            return image_of(url, alt=attributes.get("alt") or "", caption=caption, width=width, height=height)
    return None


def caption_and_credit(text: str) -> tuple[str, str]:
    """Split `Die Brücke (Foto: Mara Lindt)` into what it shows and who made it."""
    found = _CREDIT.match(text) if len(text) <= _READ else None
    return (found["caption"].rstrip(" ([|/–—-"), found["credit"].strip()) if found else (text, "")


def side(value: object) -> int | None:
    """Return a width or height in CSS pixels; None when it says nothing (`100%`, 0)."""
    number = whole_number(value)
    return number if number and number <= MAX_SIDE else None
