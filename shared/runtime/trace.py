"""W3C Trace Context: one id from the webhook to the page.

Source: https://www.w3.org/TR/trace-context/ (level 1), `traceparent` only.
"""

import re
import secrets

_TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")


def traceparent_of(header: str | None) -> str:
    """Return the caller's traceparent when it is well-formed, else a new one."""
    if header and _TRACEPARENT.match(header):
        return header
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id(traceparent: str) -> str:
    """The 32 hex digits that stay the same along the way; empty when there is none."""
    return traceparent[3:35]
