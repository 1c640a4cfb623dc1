"""What the CMS is told when a delivery was in order."""

from collections.abc import Sequence
from typing import Literal, NotRequired

from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict  # pydantic reads it, and wants this one before Python 3.12

from services.ingest.draft import Ignored
from shared.contracts.config import SiteConfig
from shared.runtime.articles import Acceptance, Outcome
from shared.runtime.clock import moment


class Taken(TypedDict):
    """What became of a delivery; `public_at` only for what is scheduled, `warnings` only when there are any."""

    status: Outcome
    event_id: str
    article_id: str
    revision: int
    url: str | None
    public_at: NotRequired[str]
    warnings: NotRequired[list[str]]


class Ignorance(TypedDict):
    """The webhook is set up for an event that tells us nothing, and why."""

    status: Literal["ignored"]
    detail: str


def accepted_answer(acceptance: Acceptance, warnings: Sequence[str], site: SiteConfig) -> Response:
    """Return 202 for what changed something, 200 for what did not."""
    return JSONResponse(
        accepted_fields(acceptance, warnings, site),
        status_code=status_of(acceptance),
        headers={"Cache-Control": "no-store"},
    )


def accepted_fields(acceptance: Acceptance, warnings: Sequence[str], site: SiteConfig) -> Taken:
    """Return the members of the answer."""
    fields: Taken = {
        "status": acceptance.outcome,
        "event_id": acceptance.event_id,
        "article_id": acceptance.article_id,
        "revision": acceptance.revision.number,
        "url": f"{site.base_url}{acceptance.path}" if acceptance.path else None,
    }
    if acceptance.outcome == "scheduled":
        public_at = moment(acceptance.public_ms).isoformat().replace("+00:00", "Z")
        fields["public_at"] = public_at
        if acceptance.verb == "unpublished":
            warnings = (*warnings, f"embargoed_until: the article was public; it was taken down until {public_at}")
    if warnings:
        fields["warnings"] = list(warnings)
    return fields


def ignored_answer(ignored: Ignored) -> Response:
    """Return 200: the webhook is set up for an event that tells us nothing."""
    return JSONResponse(ignored_fields(ignored), headers={"Cache-Control": "no-store"})


def ignored_fields(ignored: Ignored) -> Ignorance:
    """Return the members of the answer."""
    return {"status": "ignored", "detail": ignored.reason}


def status_of(acceptance: Acceptance) -> int:
    """Return 202 when the delivery was taken for something new, else 200."""
    return 202 if acceptance.outcome in {"accepted", "scheduled", "expired"} else 200
