"""Pins by hand: what stands where on the front page, on a section's, above every page; from when to when."""

from datetime import datetime
from typing import Any

from litfass.house import House
from services.feed.pin_desk import shown
from services.feed.pins import Pin, Pins
from shared.contracts.base import SiteName
from shared.contracts.lists import ListName
from shared.runtime.clock import milliseconds, system_clock
from shared.runtime.errors import LitfassError


class NotPinned(LitfassError):
    """The article is not pinned there."""

    reason = "not_pinned"


async def pin(
    house: House, text: str, *, name: str, position: int, begins: datetime | None, ends: datetime | None
) -> dict[str, Any]:
    """Pin the article that `text` names; moments without a zone are the site's. Raises NoSuchArticle, PinRefused."""
    site, article_id = await house.find(text)
    wish = Pin(article_id, ListName(name), position, ms_of(house, site, begins), ms_of(house, site, ends))
    await _pins(house).set(site, wish)
    return shown(wish, now_ms=system_clock())


async def rows(house: House, site: SiteName) -> list[dict[str, Any]]:
    """Return every pin that is shown or will be, with its article's headline."""
    pins = await _pins(house).all(site)
    documents = await house.articles.newest(site, [each.article_id for each in pins])
    return [
        {
            **shown(each, now_ms=system_clock()),
            "headline": document.article.headline if document and document.article else "",
        }
        for each, document in zip(pins, documents, strict=True)
    ]


async def unpin(house: House, text: str, *, name: str | None) -> dict[str, Any]:
    """Take an article's pin off a list, or off all. Raises NoSuchArticle, NotPinned."""
    site, article_id = await house.find(text)
    if not await _pins(house).remove(site, article_id, ListName(name) if name else None):
        raise NotPinned(f"{text} is not pinned{f' to {name}' if name else ''}; see: litfass pins list")
    return {"removed": article_id}


def ms_of(house: House, site: SiteName, when: datetime | None) -> int | None:
    """Return an editor's moment in milliseconds since 1970; without a zone it is the site's."""
    if when is None:
        return None
    return milliseconds(when if when.tzinfo else when.replace(tzinfo=house.config.sites()[site].zone))


def _pins(house: House) -> Pins:
    return Pins(house.client, shards=house.config.redis.shards)
