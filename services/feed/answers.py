"""What answers of this service have in common: validators, CORS, and faults as problem+json (RFC 9457)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from shared.runtime import problems
from shared.runtime.errors import Unavailable

RETRY_AFTER_S: Final = 2

PREFLIGHT: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Authorization, If-None-Match, Last-Event-ID",
    "Access-Control-Max-Age": "86400",
}
# What a page of another origin may read beside the body; RFC 9110's validators and the limits are not in CORS's list.
EXPOSED: Final = "ETag, RateLimit, RateLimit-Policy, Retry-After"

Answer = Callable[[Request], Awaitable[Response]]


class Fault(Exception):
    """What the client gets instead of what it asked for."""

    def __init__(self, status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers = status, title, detail, headers


def answering(answer: Answer) -> Answer:
    """Turn faults, and what is away, into answers."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except Fault as fault:
            return problem(fault.status, fault.title, fault.detail, headers=fault.headers)
        except Unavailable as fault:
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            return problem(503, "Not available now", f"{fault} Try again in {RETRY_AFTER_S} seconds.", headers=headers)

    return guarded


def public(answer: Answer) -> Answer:
    """Let pages of any origin ask, also with headers of their own (Fetch, 4.8: the preflight)."""
    guarded = answering(answer)

    async def asked(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=dict(PREFLIGHT))
        response = await guarded(request)
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response

    return asked


def problem(status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return a fault that a page of any origin may read."""
    always = {"Access-Control-Allow-Origin": "*"}
    return problems.problem(status, title, detail, headers={**always, **(headers or {})})


def cacheable(request: Request, data: bytes, *, media_type: str, max_age_s: int, vary: str = "") -> Response:
    """Return `data` with a strong validator made of its bytes, or 304 when the client has them."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={max_age_s}, stale-while-revalidate=60, stale-if-error=86400",
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        **({"Vary": vary} if vary else {}),
    }
    if _knows(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def _knows(if_none_match: str, tag: str) -> bool:
    """Compare weakly, as RFC 9110 13.1.2 wants it."""
    given = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return tag in given or "*" in given
