"""The rejected deliveries: list, show, replay. Ingest keeps them for a week, masked (services/ingest/rejected.py)."""

import json
from typing import Any

from litfass.house import House
from services.ingest.masking import masked_text
from services.ingest.rejected import Rejection, body_of_rejection, drop, rejections
from services.ingest.replay import replay as replay_one
from services.ingest.sources import source_of
from shared.contracts.base import SourceName
from shared.contracts.keys import Keys
from shared.runtime.clock import moment, system_clock
from shared.runtime.errors import ConfigurationFault, LitfassError


class NoSuchRejection(LitfassError):
    """There is no such rejected delivery."""

    reason = "no_such_rejection"


async def listed(house: House, source: str | None) -> list[Rejection]:
    """Return what is kept of a source, or of all, oldest first; raises ConfigurationFault for an unknown one."""
    if source and source not in house.config.source:
        raise ConfigurationFault(f"There is no source {source!r}; there are {', '.join(house.config.source)}.")
    found = []
    for name in house.config.sources():
        if source in (None, name):
            found += await rejections(house.client, _keys(house, name), name)
    return sorted(found, key=lambda rejection: rejection.id)


def row(rejection: Rejection) -> dict[str, Any]:
    """What a list shows of one."""
    return {
        "id": rejection.id,
        "at": moment(rejection.at_ms).isoformat(timespec="seconds"),
        "source": rejection.source,
        "status": rejection.status,
        "reason": rejection.reason,
        "can_replay": rejection.can_replay,
        "detail": rejection.detail,
    }


async def shown(house: House, rejection_id: str) -> dict[str, Any]:
    """Return everything that is kept of one, its body as people may see it; raises NoSuchRejection."""
    rejection = await _named(house, rejection_id)
    body = await body_of_rejection(house.client, _keys(house, rejection.source), rejection)
    return rejection.model_dump(mode="json") | {"body": _readable(masked_text(body.decode()))}


async def replay(house: House, rejection_id: str) -> list[dict[str, Any]]:
    """Take one delivery, or `all` that can be, once more, oldest first; return an answer for each.

    What is taken now leaves the list; what is wrong still stays, with its fault in the answer.
    Raises NoSuchRejection, RedisAway.
    """
    is_all = rejection_id == "all"
    wanted = [each for each in await listed(house, None) if each.can_replay] if is_all else []
    wanted = wanted or ([] if is_all else [await _named(house, rejection_id)])
    answers = []
    for rejection in wanted:
        keys = _keys(house, rejection.source)
        body = await body_of_rejection(house.client, keys, rejection)
        try:
            answer = await replay_one(
                rejection,
                body,
                source=source_of(house.config, rejection.source),
                articles=house.articles,
                now_ms=system_clock(),
            )
        except LitfassError as fault:
            if not is_all:
                raise
            answer = {"status": "rejected", "reason": fault.reason, "detail": str(fault)}
        else:
            await drop(house.client, keys, rejection)
        answers.append({"id": rejection.id, **answer})
    return answers


async def _named(house: House, rejection_id: str) -> Rejection:
    for rejection in await listed(house, None):
        if rejection.id == rejection_id:
            return rejection
    raise NoSuchRejection(f"There is no rejected delivery {rejection_id}; see: litfass rejected list")


def _keys(house: House, source: SourceName) -> Keys:
    return house.articles.keys(house.config.sources()[source].site)


def _readable(text: str) -> Any:
    """A body as JSON when it is some, so that it can be read."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
