"""A fault as an HTTP answer. Source: RFC 9457, problem+json."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import JSONResponse, Response

MEDIA_TYPE: Final = "application/problem+json"


def problem(
    status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """Return what was wrong and what to do; never cached.

    Args:
        title: the same for every fault of its kind.
        detail: this fault: what, where, and what to do.
        members: more that machines can use, such as `errors`.
    """
    body = problem_fields(status, title, detail, **members)
    return JSONResponse(
        body, status_code=status, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", **(headers or {})}
    )


def problem_fields(status: int, title: str, detail: str, **members: object) -> dict[str, object]:
    """Return the members of a problem document."""
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
