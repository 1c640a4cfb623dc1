"""The world outside of a newsroom of real processes: a CMS that delivers through the edge, and patience."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx

from tests.support.cms import a_delivery, an_article_payload, signed

WAIT_S: Final = 30.0


async def say(world: httpx.AsyncClient, verb: str, message_id: str, **article: Any) -> dict[str, Any]:
    """Deliver; return the answer, which has to be 202."""
    payload = an_article_payload(**article) if verb not in {"killed", "unpublished"} else article
    body = a_delivery(verb, payload)
    answer = await world.post("/webhooks/cms", content=body, headers=signed(body, message_id=message_id))
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Return once it happened."""
    end_s = time.monotonic() + WAIT_S
    while not await happened():
        assert time.monotonic() < end_s, "waited in vain"
        await asyncio.sleep(0.05)
