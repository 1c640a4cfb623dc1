"""Publish, retract and release by hand: the way that a CMS's delivery goes, without the HTTP."""

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any, Final

from litfass.house import House
from litfass.manuscript import Manuscript, ManuscriptFault, read_manuscript
from litfass.operate.check import file_faults
from services.ingest.accept import Intake, article_id_of, candidate_of
from services.ingest.adapt import Circumstances, PayloadRejected
from services.ingest.adapt.standard import adapt
from services.ingest.answers import accepted_fields
from services.ingest.draft import Ignored
from services.ingest.retractions import Proof, Retraction, Retractions
from shared.contracts.base import ArticleId, SiteName, SourceName
from shared.contracts.config import SourceConfig
from shared.contracts.document import Document
from shared.contracts.revision import Revision
from shared.runtime.articles import Candidate
from shared.runtime.broker import away
from shared.runtime.clock import moment, system_clock
from shared.runtime.trace import traceparent_of

HAND: Final = SourceName("hand")  # the source of what is published by hand where no CMS is configured
WAIT_S: Final = 5.0  # how long an editor is kept waiting for the proof that an article is gone
LOOK_EVERY_S: Final = 0.02
LOOK_AGAIN_S: Final = 0.1  # at the world outside: some fifty requests


async def publish(house: House, file: Path, *, site: SiteName) -> dict[str, Any]:
    """Publish the article in `file`, as one of the site's first source; return the answer that a CMS would get.

    Raises ManuscriptFault naming file and line, and RedisAway.
    """
    now_ms, intake = system_clock(), intake_of(house, site)
    now = moment(now_ms).astimezone(intake.site.zone)
    manuscript = read_manuscript(file, now=now, zone=intake.site.zone)
    article_id = article_id_of(site, intake.source_name, manuscript.id)
    (known,) = await house.articles.newest(site, [article_id])
    first = known.article.published_at if known and known.article and known.state == "public" else None
    candidate, warnings = _candidate(
        manuscript, manuscript.delivery(now=now, published_at=first), intake, now_ms=now_ms
    )
    acceptance = await house.articles.accept(candidate)
    if acceptance.outcome == "stale":
        warnings += ("updated_at: something newer is published; save the file again, or say a later updated_at",)
    if acceptance.outcome == "killed":
        warnings += (f"it was taken back for good; to publish it again, first: litfass release {article_id}",)
    return {**accepted_fields(acceptance, warnings, intake.site)}


def intake_of(house: House, site: SiteName) -> Intake:
    """Return what files become articles of: the site's first source, or one of that name for want of any."""
    for name, source in house.config.sources().items():
        if source.site == site:
            return Intake.of(house.config, name)
    by_hand = SourceConfig(site=site, adapter="standard", allow_unsigned=True)
    return Intake.of(house.config.model_copy(update={"source": {HAND: by_hand}}), HAND)


def _candidate(
    manuscript: Manuscript, payload: dict[str, Any], intake: Intake, *, now_ms: int
) -> tuple[Candidate, tuple[str, ...]]:
    try:
        draft = adapt(payload, Circumstances(now_ms=now_ms, language=intake.site.language))
        if isinstance(draft, Ignored):
            raise ManuscriptFault(f"{manuscript.path}: {draft.reason}")
        trace = traceparent_of(None)
        # No delivery id: the same file again is not a repetition, it may have been changed in between.
        return candidate_of(draft, intake, delivery_id="", received_ms=now_ms, traceparent=trace)
    except PayloadRejected as cause:
        faults = [f"{manuscript.where(fault.field)}: {_key(fault.field)}: {fault.message}" for fault in cause.faults]
        raise ManuscriptFault("\n".join(faults)) from cause


def _key(field: str) -> str:
    """A field as the file calls it: what is `data.section` to a CMS is `section` here."""
    return field.removeprefix("data.")


async def retract(house: House, text: str, *, note: str, wait_s: float = WAIT_S) -> dict[str, Any]:
    """Kill the article that `text` names, and wait a moment for the proof; raises NoSuchArticle, RedisAway, StoreAway.

    `is_gone` says whether its files and lists are rid of it; `proof` what readers get who ask the edge for every place
    where it was. If there is something left, it is on its way.
    """
    site, article_id = await house.find(text)
    (known,) = await house.articles.newest(site, [article_id])
    source = known.article.source if known and known.article else intake_of(house, site).source_name
    now_ms, started = system_clock(), time.monotonic()
    # No number: what cannot be compared is ordered by its time, and now is later than every delivery.
    digest = hashlib.sha256(f"killed\x00{note}".encode()).hexdigest()[:16]
    revision = Revision(scheme="none", number=0, time_ms=now_ms, digest=digest)
    trace = traceparent_of(None)
    acceptance = await house.articles.accept(
        Candidate("killed", article_id, site, source, revision, note=note, received_ms=now_ms, traceparent=trace)
    )
    retractions = Retractions(house.client, house.config)
    retraction = await retractions.of(site, article_id)  # at once: when it is proved its lists are forgotten
    end = started + wait_s
    is_gone = await _until_gone(house, site, article_id, end=end)
    proof = await _until_proved(retractions, retraction, end=end)
    warnings = []
    if not is_gone:
        warnings.append(
            f"after {wait_s:.0f} s not everything is written yet; it is on its way: litfass why {article_id}"
        )
    if proof.left:
        warnings.append(f"through {proof.url} it is not proved yet; litfass why {article_id} will say `proved`")
    answer = accepted_fields(acceptance, warnings, house.config.sites()[site])
    return {**answer} | {
        "status": "killed",
        "is_gone": is_gone,
        "took_ms": round((time.monotonic() - started) * 1000),
        "proof": {
            "is_complete": not proof.left,
            "through": proof.url,
            "places": proof.places,
            "left": list(proof.left),
        },
    }


async def _until_proved(retractions: Retractions, retraction: Retraction, *, end: float) -> Proof:
    while (proof := await retractions.look(retraction)).left:
        if time.monotonic() > end:
            break
        await asyncio.sleep(LOOK_AGAIN_S)
    return proof


async def _until_gone(house: House, site: SiteName, article_id: ArticleId, *, end: float) -> bool:
    while not await _is_gone(house, site, article_id):
        if time.monotonic() > end:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True


async def _is_gone(house: House, site: SiteName, article_id: ArticleId) -> bool:
    """Say whether feed took the article off every list, and render left the marker and no page."""
    document: Document | None
    (document,) = await house.articles.newest(site, [article_id])
    with away():
        is_listed = await house.client.hexists(house.articles.keys(site).teasers(site), article_id)
    return document is not None and not is_listed and not await file_faults(house, document)


async def release(house: House, text: str) -> dict[str, Any]:
    """Lift the kill of the article that `text` names; raises NoSuchArticle, RedisAway."""
    site, article_id = await house.find(text)
    is_released = await house.articles.release(site, article_id)
    (document,) = await house.articles.newest(site, [article_id])
    base = house.config.sites()[site].base_url
    answer = {
        "status": "released" if is_released else "not killed",
        "article_id": article_id,
        "url": f"{base}{document.path}" if document and document.path else None,
    }
    if is_released:
        return answer | {"warnings": ["its page comes back when the CMS sends it again, or with: litfass publish FILE"]}
    return answer
