"""Whole numbers in a query, within bounds."""

from starlette.requests import Request

from services.feed.answers import Fault


def whole_number(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    """Return a parameter of the query; raises Fault for what is none, or out of bounds."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and least <= int(text) <= most):
        detail = f"`{name}` must be a whole number from {least} to {most}, not {text[:40]!r}."
        raise Fault(400, f"Impossible {name}", detail)
    return int(text)
