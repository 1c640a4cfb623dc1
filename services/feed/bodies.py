"""Bodies of requests as contracts: bounded, and with every fault named."""

from typing import Final, TypeVar

from pydantic import ValidationError
from starlette.requests import Request

from services.feed.answers import Fault
from shared.contracts.base import Contract

MAX_BODY: Final = 8_192

Body = TypeVar("Body", bound=Contract)


async def body_of(request: Request, contract: type[Body]) -> Body:
    """Return what was sent; an empty body is an empty object. Raises Fault: 413, 422."""
    try:
        return contract.model_validate_json(await bytes_of(request) or b"{}")
    except ValidationError as cause:
        faults = [f"{'.'.join(map(str, each['loc'])) or 'the body'}: {each['msg']}" for each in cause.errors()]
        raise Fault(422, f"Not a {contract.__name__.lower()}", "; ".join(faults)) from cause


async def bytes_of(request: Request) -> bytes:
    """Return the bytes that were sent, at most MAX_BODY. Raises Fault: 413."""
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > MAX_BODY:
            raise Fault(413, "Too long", f"Send at most {MAX_BODY} bytes.")
    return raw
