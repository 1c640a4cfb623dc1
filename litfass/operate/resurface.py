"""An old article on top of its lists again, by hand: now, or at a moment; or no more."""

from datetime import datetime
from typing import Any

from litfass.house import House
from litfass.operate.pins import ms_of
from services.feed.resurfacing import Resurfacing
from shared.runtime.clock import moment
from shared.runtime.errors import LitfassError


class NotResurfaced(LitfassError):
    """Nobody put the article on top of its lists."""

    reason = "not_resurfaced"


async def resurface(house: House, text: str, *, at: datetime | None) -> dict[str, Any]:
    """Put the article that `text` names on top of its lists; a moment without a zone is the site's.

    Raises NoSuchArticle, CannotResurface.
    """
    site, article_id = await house.find(text)
    at_ms = await _resurfacing(house).set(site, article_id, ms_of(house, site, at))
    return {"article_id": article_id, "at": moment(at_ms).isoformat(timespec="seconds")}


async def sink(house: House, text: str) -> dict[str, Any]:
    """Let the article stand where its CMS says. Raises NoSuchArticle, NotResurfaced."""
    site, article_id = await house.find(text)
    if not await _resurfacing(house).remove(site, article_id):
        raise NotResurfaced(f"Nobody put {text} on top of its lists by hand.")
    return {"article_id": article_id, "at": None}


def _resurfacing(house: House) -> Resurfacing:
    return Resurfacing(house.client, shards=house.config.redis.shards)
