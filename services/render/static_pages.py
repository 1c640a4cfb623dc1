"""Static pages: the Markdown files of a site's folder, imprint.md at /imprint/ and so on.

Only what is in the folder: an imprint that nobody wrote would be worse than none. HTML in the Markdown is shown as
text; a line stays a line, because that is how addresses are written. Read once, at start.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from shared.contracts.base import PATH_WORD_BYTES, PATH_WORD_PATTERN
from shared.contracts.config import SiteConfig
from shared.contracts.paths import RESERVED_WORDS
from shared.runtime.errors import ConfigurationFault

_PATH_WORD = re.compile(PATH_WORD_PATTERN)
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False}).enable("table")


@dataclass(frozen=True)
class StaticPage:
    """One page that is no article.

    Args:
        slug: its path word; the page is at /{slug}/.
        title: its first heading, as text.
        html: everything else.
    """

    slug: str
    title: str
    html: str


def read_static_pages(folder: Path, *, site: SiteConfig) -> Sequence[StaticPage]:
    """Return the pages of a folder by file name.

    Raises ConfigurationFault, with all faults in one message, when the folder is not there, or a file cannot be read,
    has no heading, or has a name that cannot be a page's address.
    """
    if not folder.is_dir():
        raise ConfigurationFault(f"{folder}: the folder of static pages is not there; make it, or leave `static` out.")
    pages, faults = [], []
    for path in sorted(folder.glob("*.md")):
        try:
            pages.append(_page(path, site))
        except ConfigurationFault as fault:
            faults.append(str(fault))
    if faults:
        raise ConfigurationFault("\n".join(faults))
    return pages


def _page(path: Path, site: SiteConfig) -> StaticPage:
    slug = _slug(path, site)
    tokens = _MARKDOWN.parse(_text(path))
    heading = next((index for index, token in enumerate(tokens) if token.type == "heading_open"), None)
    title = _title(tokens[heading + 1]) if heading is not None else ""
    if heading is None or not title:
        raise ConfigurationFault(f'{path}: has no heading; begin with a line such as "# Impressum".')
    if heading == 0:  # the page's own h1 says it
        del tokens[:3]
    return StaticPage(slug=slug, title=title, html=_html(tokens))


def _slug(path: Path, site: SiteConfig) -> str:
    slug = path.stem
    if not _PATH_WORD.match(slug) or len(slug) > PATH_WORD_BYTES:
        raise ConfigurationFault(
            f"{path}: the file's name becomes the page's address, so it may have only a-z, 0-9 and single hyphens."
        )
    if slug in RESERVED_WORDS:
        raise ConfigurationFault(f"{path}: /{slug}/ is reserved; give the file another name.")
    if slug in site.sections:
        raise ConfigurationFault(
            f"{path}: /{slug}/ is the section {site.sections[slug]!r}; give the file another name."
        )
    return slug


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as cause:
        raise ConfigurationFault(f"{path}: cannot be read ({cause.strerror}).") from cause
    except UnicodeDecodeError as cause:
        raise ConfigurationFault(f"{path}: byte {cause.start} is not UTF-8.") from cause


def _title(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in {"text", "code_inline"}).strip()


def _html(tokens: Sequence[Token]) -> str:
    """Render what follows the title; a second heading of the first level becomes one of the second."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"} and token.tag == "h1":
            token.tag = "h2"
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return html
