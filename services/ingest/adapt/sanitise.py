"""Four sieves: what may stand in an article. Everything that leaves `adapt` as HTML went through one of them.

    body      a whole article: structure, pictures, players, and the few class names that say what something is
    inline    markup inside a paragraph, heading or quotation
    item      the same and nested lists
    element   one whole element that stays HTML: a table, a definition list, an accordion

No scripts, styles, forms, ids or event handlers; links and pictures by http(s), links also by mailto.
"""

from typing import Final

import nh3

from services.ingest.adapt.text import cleared

INLINE_TAGS: Final = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "br",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    ]
)
_LISTS: Final = frozenset({"ul", "ol", "li"})
_TABLES: Final = frozenset(["table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"])
_TEXTS: Final = frozenset(
    [
        "p",
        "div",
        "blockquote",
        "pre",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "figure",
        "figcaption",
        "img",
    ]
)
_STRUCTURE: Final = frozenset(
    ["section", "article", "main", "header", "footer", "aside", "center", "nav", "address", "hgroup", "picture"]
)
_PLAYERS: Final = frozenset(["iframe", "video", "audio", "source"])
# Gone with everything in them; of any other unknown element the content stays.
_DROPPED: Final = {
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "math",
    "object",
    "embed",
    "applet",
    "form",
    "select",
    "textarea",
    "button",
    "title",
}

_ATTRIBUTES: Final = {
    "*": {"lang", "dir"},
    "a": {"href", "hreflang", "title", "rel"},
    "abbr": {"title"},
    "bdo": {"dir"},
    "data": {"value"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "ol": {"start", "reversed", "type"},
    "time": {"datetime"},
}
_ELEMENT_ATTRIBUTES: Final = {
    **_ATTRIBUTES,
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
}
_BODY_ATTRIBUTES: Final = {
    **_ELEMENT_ATTRIBUTES,
    "img": {"src", "data-src", "data-lazy-src", "alt", "width", "height"},
    "iframe": {"src", "data-src", "title"},
    "video": {"src", "title"},
    "audio": {"src", "title"},
    "source": {"src"},
}
# Names that CMSs and networks give: WordPress (classic and blocks), Ghost's cards, the embed codes of networks.
_GALLERIES: Final = {"wp-block-gallery", "blocks-gallery-grid", "gallery", "kg-gallery-card"}
_POSTS: Final = {"twitter-tweet", "instagram-media", "tiktok-embed", "bluesky-embed", "mastodon-embed", "fb-post"}
_CARDS: Final = {"kg-bookmark-card", "kg-video-card", "kg-audio-card", "kg-signup-card", "kg-bookmark-title"}
_LANGUAGES: Final = (
    "bash c cpp css csv diff go html java javascript js json kotlin lua php python r ruby rust sh sql toml ts "
    "typescript xml yaml"
)
_CLASSES: Final = {
    "div": {*_GALLERIES, *_POSTS, *_CARDS, "wp-caption"},
    "figure": {*_GALLERIES, *_CARDS, "wp-block-embed"},
    "ul": _GALLERIES,
    "p": {"wp-caption-text"},
    "pre": {"wp-block-verse"},
    "img": {"wp-smiley", "emoji"},
    "blockquote": _POSTS,
    "code": {f"language-{name}" for name in _LANGUAGES.split()},
}
_SCHEMES: Final = {"http", "https", "mailto"}


def _relative(url: str) -> str | None:
    """Keep what is relative to a host; what is relative to the CMS's own page would lead nowhere on ours."""
    if url.startswith("//"):
        return f"https:{url}"
    return url if url.startswith("/") else None


def _cleaner(
    tags: frozenset[str], attributes: dict[str, set[str]], classes: dict[str, set[str]] | None = None
) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(tags),
        clean_content_tags=_DROPPED,
        attributes={tag: names for tag, names in attributes.items() if tag == "*" or tag in tags},
        allowed_classes=classes,
        link_rel=None,  # the newsroom's own links; rel="sponsored" must stay as it is
        url_schemes=_SCHEMES,
        url_relative=_relative,
    )


_BODY: Final = _cleaner(INLINE_TAGS | _LISTS | _TABLES | _TEXTS | _STRUCTURE | _PLAYERS, _BODY_ATTRIBUTES, _CLASSES)
_INLINE: Final = _cleaner(INLINE_TAGS, _ATTRIBUTES)
_ITEM: Final = _cleaner(INLINE_TAGS | _LISTS, _ATTRIBUTES)
_ELEMENT: Final = _cleaner(INLINE_TAGS | _LISTS | _TABLES | _TEXTS, _ELEMENT_ATTRIBUTES)


def body(html: str) -> str:
    """Return a whole article's HTML with nothing in it that `html.py` would not expect."""
    return cleared(_BODY.clean(html))


def inline(html: str) -> str:
    """Return what may stand inside a paragraph; the text of other elements stays."""
    return sealed(cleared(_INLINE.clean(html)).strip())


def item(html: str) -> str:
    """Return what may stand inside a list's item."""
    return sealed(cleared(_ITEM.clean(html)).strip())


def element(html: str) -> str:
    """Return one whole element."""
    return sealed(cleared(_ELEMENT.clean(html)).strip())


def sealed(html: str) -> str:
    """Break what the edge would take for an instruction.

    Comments are gone, but lexbor writes `<` in attributes as it is, and nginx obeys `<!--# …` even there.
    """
    return html.replace("<!--", "&lt;!--") if "<!--" in html else html
