"""Networks: what the script `ads.js` needs to know of a site and of a page, and nothing when there is no network.

Nothing here or in the page depends on a reader: who has consented is known only in the browser.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.render.compose.markup import EMPTY, Markup, json_script
from shared.contracts.ads import AdsConfig, PageKind, ScreenConfig, SlotConfig
from shared.contracts.ads.providers import GOOGLE
from shared.contracts.article import Article

TAGS: Final = 20  # key-values of one page; Google takes more, but nobody sells them
FROM_PX: Final = (("phone", 0), ("tablet", 768), ("desktop", 1100))  # as in the theme's style sheet
_NEUTRAL: Final = re.compile(r"[^a-z0-9-]")


class Network:
    """The network of one site; false when it has none."""

    def __init__(self, config: AdsConfig) -> None:
        self._site: Mapping[str, Any] = _of_site(config)  # JSON
        self._exclusion = config.gpt.sensitive_exclusion

    def __bool__(self) -> bool:
        return bool(self._site)

    def of_article(self, article: Article, *, is_sensitive: bool) -> Markup:
        """Return what the script is told on an article's page."""
        targeting: dict[str, object] = {"type": article.kind, "id": article.id}
        if article.tags:
            targeting["tags"] = [tag.slug for tag in article.tags[:TAGS]]
        if is_sensitive:
            targeting["sens"] = "t"
        return self._of_page("article", article.section, targeting, is_sensitive=is_sensitive)

    def of_list(self, page: PageKind, section: str) -> Markup:
        """Return what the script is told on the front page or on a list's."""
        return self._of_page(page, section, {"type": page})

    def _of_page(
        self, page: PageKind, section: str, targeting: Mapping[str, object], *, is_sensitive: bool = False
    ) -> Markup:
        if not self._site:
            return EMPTY
        section = _NEUTRAL.sub("", section) or page
        data = {**self._site, "section": section, "targeting": {**targeting, "section": section}}
        if is_sensitive and self._exclusion:
            data["exclusions"] = [self._exclusion]
        return json_script(data)


def sizes_of(slot: SlotConfig) -> str:
    """Return a slot's sizes for `data-sizes`: "0:320x100,320x50 768:728x90 1100:"."""
    return " ".join(f"{start}:{','.join(_sizes(getattr(slot, name)))}" for name, start in FROM_PX)


def _sizes(screen: ScreenConfig | None) -> Sequence[str]:
    return screen.sizes if screen else ()


def _of_site(config: AdsConfig) -> Mapping[str, Any]:
    if config.provider == "none":
        return {}
    is_google = config.provider in {"gpt", "prebid"}
    site: dict[str, Any] = {
        "provider": config.provider,
        "cmp": config.consent.cmp,
        "purposes": config.consent.purposes,
        "vendors": config.consent.vendors or ((GOOGLE,) if is_google else ()),
    }
    if is_google:
        site |= {"gpt": config.gpt.script, "unit": config.gpt.unit}
    if config.provider == "prebid":
        bids = [bid.model_dump(mode="json") for bid in config.prebid.bids]
        site["prebid"] = {"script": config.prebid.script, "timeout": config.prebid.timeout_ms, "bids": bids}
    if config.provider == "tag":
        site["tag"] = config.tag.html
    return site
