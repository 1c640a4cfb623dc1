"""Publish, retract and release by hand: the way that a CMS's delivery goes, without the HTTP."""

import uuid
from pathlib import Path
from typing import Any

from litfass.house import House
from litfass.manuscript import read_manuscript
from services.ingest.accept import Intake, candidate_of
from services.ingest.adapt import Circumstances
from services.ingest.adapt.standard import adapt
from services.ingest.draft import Ignored
from shared.contracts.base import SiteName, SourceName
from shared.contracts.config import SourceConfig
from shared.contracts.revision import Revision
from shared.runtime.articles import Acceptance, Candidate
from shared.runtime.clock import moment, system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.trace import traceparent_of

BY_HAND = SourceName("hand")  # the source of articles that no CMS has


class NotPublished(LitfassError):
    """The file says nothing that could be published."""

    reason = "not_published"


async def publish(house: House, file: Path, *, site: SiteName) -> dict[str, Any]:
    """Publish the article in `file`; raises ManuscriptFault, PayloadRejected, RedisAway."""
    config, now_ms = house.config.sites()[site], system_clock()
    now = moment(now_ms)
    payload = read_manuscript(file, now=now, zone=config.zone).delivery(now=now)
    draft = adapt(payload, Circumstances(now_ms=now_ms, language=config.language))
    if isinstance(draft, Ignored):
        raise NotPublished(f"{file}: {draft.reason}")
    source = SourceConfig(site=site, adapter="standard", allow_unsigned=True)
    candidate, warnings = candidate_of(
        draft,
        Intake(BY_HAND, source, site, config),
        delivery_id="",
        received_ms=now_ms,
        traceparent=traceparent_of(None),
    )
    return _answer(house, site, await house.articles.accept(candidate)) | {"warnings": list(warnings)}


async def retract(house: House, text: str, *, note: str) -> dict[str, Any]:
    """Kill the article that `text` names; raises NoSuchArticle, RedisAway."""
    site, article_id = await house.find(text)
    now_ms = system_clock()
    kill = Candidate(
        verb="killed",
        article_id=article_id,
        site=site,
        source=BY_HAND,
        revision=Revision(scheme="none", number=0, time_ms=now_ms, digest="0" * 16),
        delivery_id=uuid.uuid4().hex,
        note=note,
        received_ms=now_ms,
        traceparent=traceparent_of(None),
    )
    return _answer(house, site, await house.articles.accept(kill))


async def release(house: House, text: str) -> dict[str, Any]:
    """Lift the kill of the article that `text` names; raises NoSuchArticle, RedisAway."""
    site, article_id = await house.find(text)
    is_released = await house.articles.release(site, article_id)
    return {"status": "released" if is_released else "not killed", "article_id": article_id, "url": None}


def _answer(house: House, site: SiteName, acceptance: Acceptance) -> dict[str, Any]:
    base = house.config.sites()[site].base_url
    return {
        "status": acceptance.outcome,
        "article_id": acceptance.article_id,
        "url": f"{base}{acceptance.path}" if acceptance.path else None,
    }
