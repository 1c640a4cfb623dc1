"""What stands on its own in an article: pictures with their captions, galleries, players, posts, bookmarks."""

from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from services.ingest.adapt.embeds import embed_of
from services.ingest.adapt.fields import Findings
from services.ingest.adapt.pictures import image_from
from services.ingest.adapt.text import from_html
from shared.contracts.blocks import Block, Embed, Gallery, ImageBlock, Paragraph
from shared.contracts.media import Image

GALLERIES: Final = frozenset({"wp-block-gallery", "blocks-gallery-grid", "gallery", "kg-gallery-card"})
POSTS: Final = frozenset(
    {"twitter-tweet", "instagram-media", "tiktok-embed", "bluesky-embed", "mastodon-embed", "fb-post"}
)
PLAYERS: Final = frozenset({"iframe", "video", "audio"})
_CAPTIONS: Final = "figcaption, .wp-caption-text, dd"
_HOLDERS: Final = frozenset({"figure", "li", "dl"})  # what holds one picture of a gallery with its caption


def classes(node: LexborNode) -> frozenset[str]:
    """The class names that the sanitiser left."""
    return frozenset((node.attributes.get("class") or "").split())


def is_gallery(node: LexborNode) -> bool:
    """Say whether a CMS calls this a gallery."""
    return not GALLERIES.isdisjoint(classes(node))


def post_of(node: LexborNode) -> Embed | None:
    """Return the embed for a network's post, whose last link leads to it; None when it is none."""
    if POSTS.isdisjoint(classes(node)):
        return None
    links = [link.attributes.get("href") or "" for link in node.css("a[href]")]
    return embed_of(links[-1]) if links else None


class Pictures:
    """Makes blocks of figures, and notes what is missing."""

    def __init__(self, findings: Findings, *, where: str, base: str = "") -> None:
        self._findings, self._where, self._base = findings, where, base

    def image(self, node: LexborNode, *, caption: str = "") -> Image | None:
        """Return the picture of an `<img>`; None, with a warning, when it has no usable address."""
        image = image_from(node.attributes, caption=caption, base=self._base)
        if image is None:
            self._findings.warn(f"{self._where}: pictures without a usable address were left out")
        elif not image.alt:
            self._findings.warn(
                f"{self._where}: pictures have no alternative text; readers who cannot see them miss it"
            )
        return image

    def figure(self, node: LexborNode) -> list[Block] | None:
        """Return the blocks of a `<figure>`; None when it holds something else (a table, code, a quotation)."""
        found = self.box(node)
        if found is not None:
            return found
        parts = node.css("img, iframe, video, audio, table, blockquote, pre")
        tags = [part.tag for part in parts]
        player = next((part for part in parts if part.tag in PLAYERS), None)
        if player is not None:
            return self.player(player, title=_caption(node))
        if "blockquote" in tags:
            post = next((post for part in parts if part.tag == "blockquote" and (post := post_of(part))), None)
            return [post] if post else None
        if set(tags) != {"img"}:
            return self._address_alone(node)
        if len(parts) > 1:
            return self.gallery(node)
        image = self.image(parts[0], caption=_caption(node))
        return [ImageBlock(image=image)] if image else []

    def box(self, node: LexborNode) -> list[Block] | None:
        """Return the blocks of a box that its class gives a meaning; None when it has none."""
        names = classes(node)
        if not names:
            return None
        if names & GALLERIES:
            return self.gallery(node)
        if names & POSTS:
            post = post_of(node)
            return [post] if post else None
        if "kg-signup-card" in names:
            return []
        if "kg-bookmark-card" in names:
            return list(_bookmark(node)) or None
        if names & {"kg-video-card", "kg-audio-card"}:
            player = node.css_first("video, audio")
            return self.player(player, title=_caption(node)) if player is not None else []
        if "wp-caption" in names and (image := node.css_first("img")) is not None:
            picture = self.image(image, caption=_caption(node))
            return [ImageBlock(image=picture)] if picture else []
        return None

    def gallery(self, node: LexborNode) -> list[Block]:
        """Return a gallery of all pictures in `node`, and its own caption after it."""
        captions = _Captions(node)
        images = [image for child in node.css("img") if (image := self.image(child, caption=captions.of(child)))]
        if not images:
            return []
        caption = _direct_caption(node)
        words: list[Block] = [Paragraph(html=_escaped(caption))] if caption else []
        return [Gallery(images=tuple(images)), *words]

    def player(self, node: LexborNode, *, title: str = "") -> list[Block]:
        """Return the embed of an `<iframe>`, `<video>` or `<audio>`; nothing when it has no address."""
        source = node.css_first("source[src]")
        own = node.attributes.get("src") or node.attributes.get("data-src") or ""
        url = own or (source.attributes.get("src") if source is not None else "") or ""
        embed = embed_of(url, title=title or from_html(node.attributes.get("title") or ""))
        if embed is None:
            self._findings.warn(f"{self._where}: players without a usable address were left out")
        return [embed] if embed else []

    def _address_alone(self, node: LexborNode) -> list[Block] | None:
        """WordPress writes an embed that it could not resolve as a figure with the address in it."""
        embed = embed_of(node.text().strip()) if "wp-block-embed" in classes(node) else None
        return [embed] if embed else None


def _bookmark(node: LexborNode) -> Iterator[Block]:
    link, title = node.css_first("a[href]"), node.css_first(".kg-bookmark-title")
    words = from_html(title.inner_html or "") if title is not None else ""
    embed = embed_of((link.attributes.get("href") or "") if link is not None else "", title=words)
    if embed:
        yield embed


def _caption(node: LexborNode) -> str:
    caption = node.css_first(_CAPTIONS)
    return from_html(caption.inner_html or "") if caption is not None else ""


class _Captions:
    """The captions of a gallery's pictures. Each holder is looked at once: it may hold thousands of pictures."""

    def __init__(self, gallery: LexborNode) -> None:
        self._gallery = gallery.mem_id
        self._of_holder: dict[int, str] = {}

    def of(self, image: LexborNode) -> str:
        """The caption in the nearest holder of `image` that is not the gallery itself."""
        node = image.parent
        while node is not None and node.mem_id != self._gallery:
            if node.tag in _HOLDERS:
                if node.mem_id not in self._of_holder:
                    self._of_holder[node.mem_id] = _caption(node)
                return self._of_holder[node.mem_id]
            node = node.parent
        return ""


def _direct_caption(node: LexborNode) -> str:
    for child in node.iter():
        if child.tag == "figcaption":
            return from_html(child.inner_html or "")
    return ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
