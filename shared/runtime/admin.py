"""What opens /admin/…: `Authorization: Bearer` and the token of LITFASS_ADMIN_TOKEN. Without one it stays shut."""

import hmac
from typing import Final

from starlette.requests import Request

ASK: Final = "Send `Authorization: Bearer …` with the token of LITFASS_ADMIN_TOKEN."


def is_let_in(request: Request, admin_token: str) -> bool:
    """Say whether the request brings the token; how long that takes tells nothing."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(admin_token) and hmac.compare_digest(given.encode(), admin_token.encode())
