"""Pictures in XML feeds: Media RSS 1.5 (rssboard.org/media-rss)."""

from mimetypes import guess_type
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from services.feed.formats import Publication
from services.feed.formats.xml import add
from shared.contracts.media import Image

_TYPES: Final = {".avif": "image/avif", ".webp": "image/webp"}  # what older tables of the system lack


def add_picture(parent: Element, image: Image | None, publication: Publication) -> None:
    """Append `media:content` with what is known of the picture."""
    if image is None:
        return
    facts = {"type": type_of(image.url), "width": str(image.width or ""), "height": str(image.height or "")}
    known = {name: value for name, value in facts.items() if value}
    content = add(parent, "media:content", url=publication.url(image.url), medium="image", **known)
    if text := image.caption or image.alt:
        add(content, "media:description", text, type_="plain")
    if image.credit:
        add(content, "media:credit", image.credit)


def type_of(url: str) -> str:
    """Guess the media type from the address; empty when it says nothing."""
    path = urlsplit(url).path.lower()
    suffix = path[path.rfind(".") :] if "." in path else ""
    guess = _TYPES.get(suffix) or guess_type(path, strict=True)[0] or ""
    return guess if guess.startswith("image/") else ""
