"""HTTP in: a draft that somebody wants to see before it is published.

    POST /preview/{source}

The same proof and the same adapter as for a delivery; what comes of them is kept for an hour, under a token that nobody
guesses, and the answer leads there: for the button in the CMS. Nothing else of it goes anywhere: not into the store, a
stream, a list or the refused deliveries.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Final, NotRequired

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict  # pydantic reads it, and wants this one before Python 3.12

from services.ingest.draft import Ignored
from services.ingest.faults import TooMany, UnknownSource
from services.ingest.guards import Bucket
from services.ingest.metrics import IngestMetrics
from services.ingest.problems import fault_answer
from services.ingest.reading import payload_from
from services.ingest.reception import Reception
from services.ingest.rejected import Arrival
from services.ingest.sources import Source, Sources
from services.ingest.space import Space
from shared.contracts import paths
from shared.contracts.article import Article, Correction
from shared.contracts.base import ArticleId, SourceName, UrlPath
from shared.contracts.document import Document
from shared.runtime.articles import Articles, Candidate
from shared.runtime.clock import Clock, moment
from shared.runtime.errors import LitfassError, Rejected
from shared.runtime.logging import get_logger
from shared.runtime.previews import Previews
from shared.runtime.problems import problem

log = get_logger()


class NothingToShow(Rejected):
    """The delivery has no article in it that could be shown."""

    reason = "nothing_to_show"


class WasKilled(Rejected):
    """The article was withdrawn for good, and nobody sees it again before `litfass release`."""

    reason = "killed"


class Kept(TypedDict):
    """Where the draft can be seen, and until when."""

    url: str
    expires_at: str
    article_id: str
    warnings: NotRequired[list[str]]


REFUSALS: Final[dict[type[LitfassError], tuple[int, str]]] = {
    NothingToShow: (409, "There is nothing to show"),
    WasKilled: (409, "The article was withdrawn for good"),
}


class Preview:
    """Takes drafts."""

    def __init__(
        self,
        sources: Sources,
        articles: Articles,
        previews: Previews,
        space: Space,
        metrics: IngestMetrics,
        *,
        reception: Reception,
        body_limit: int,
        clock: Clock,
    ) -> None:
        self._sources, self._articles, self._previews, self._space = sources, articles, previews, space
        self._metrics, self._reception, self._body_limit, self._clock = metrics, reception, body_limit, clock
        self._buckets: dict[SourceName, Bucket] = {}  # of their own: looking at drafts must not keep news waiting

    async def take(self, request: Request) -> Response:
        """Answer a draft with the way to its page."""
        started = time.perf_counter()
        name = request.path_params["source"]
        try:
            kept = await self._keep(request)
        except LitfassError as fault:
            outcome, response = fault.reason, self._refusal(fault, name)
        else:
            outcome, response = "kept", _answer(kept)
        label = name if outcome != UnknownSource.reason else "unknown"  # a closed set of labels
        self._metrics.previews.labels(label, outcome).inc()
        took_s = round(time.perf_counter() - started, 4)
        log.info("preview.answered", source=name, outcome=outcome, status=response.status_code, took_s=took_s)
        return response

    async def _keep(self, request: Request) -> Kept:
        now_ms = self._clock()
        arrival = Arrival(now_ms=now_ms, traceparent="")  # nobody keeps it: a draft is no news
        source, body, proof = await self._reception.receive(request, arrival, limit=self._body_limit)
        headers = arrival.headers
        if wait_s := self._bucket(source).wait_s(now_ms=now_ms):
            raise TooMany(wait_s)
        payload, circumstances = source.as_published(
            payload_from(headers, body), source.circumstances(proof, now_ms=now_ms, headers=headers)
        )
        found = await source.candidate(payload, circumstances, articles=self._articles, delivery_id="", traceparent="")
        if isinstance(found, Ignored):
            raise NothingToShow(found.reason)
        candidate, warnings = found
        if candidate.article is None:
            raise NothingToShow("The delivery takes an article away, so there is no page of it to look at.")
        self._space.require()
        return await self._kept(source, candidate, candidate.article, warnings)

    async def _kept(self, source: Source, candidate: Candidate, article: Article, warnings: Sequence[str]) -> Kept:
        site = candidate.site
        items = [candidate.article_id, *([candidate.parent] if candidate.parent else [])]
        homes = await self._articles.homes_of(site, items)
        (known,) = await self._articles.newest(site, homes[:1])
        before = known.article.corrections if known and known.article else ()
        path = await self._path(candidate)
        draft = Document(
            id=homes[0],
            site=site,
            state="public",
            seq=known.seq if known else 0,
            revision=candidate.revision,
            path=path,
            paths=(path,),
            article=article.model_copy(update={"id": homes[0], "corrections": _merged(before, article.corrections)}),
        )
        also: list[ArticleId] = [*items, *homes]
        kept = await self._previews.keep(draft, also=also, republish=candidate.republish)
        if kept is None:
            raise WasKilled
        answer = Kept(
            url=f"{source.intake.site.base_url}{paths.preview_path(kept.token)}",
            expires_at=moment(kept.ends_ms).isoformat().replace("+00:00", "Z"),
            article_id=draft.id,
        )
        if warnings:
            answer["warnings"] = list(warnings)
        return answer

    async def _path(self, candidate: Candidate) -> UrlPath:
        """Return the address that it would get, as far as that can be known before: the first that is nobody else's."""
        for wish in candidate.paths[:-1]:
            if await self._articles.owner(candidate.site, wish) in {None, candidate.article_id}:
                return wish
        return candidate.paths[-1]

    def _bucket(self, source: Source) -> Bucket:
        per_minute = source.intake.source.deliveries_per_minute
        return self._buckets.setdefault(source.intake.source_name, Bucket(per_minute=per_minute))

    def _refusal(self, fault: LitfassError, name: str) -> Response:
        if kind := REFUSALS.get(type(fault)):
            status, title = kind
            return problem(status, title, str(fault), reason=fault.reason)
        return fault_answer(fault, busy_status=self._sources.busy_status(name))


def _answer(kept: Kept) -> Response:
    """Return 303 to the page, and the same in words for a CMS that opens the page itself."""
    return JSONResponse(kept, status_code=303, headers={"Location": kept["url"], "Cache-Control": "no-store"})


def _merged(before: Iterable[Correction], now: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return all corrections, oldest first, each once: they only grow."""
    return tuple(sorted({*before, *now}, key=lambda correction: (correction.at, correction.text)))
