"""Put fragments into pages: the server-side includes that nginx understands too, and nothing else of SSI.

Source: nginx ngx_http_ssi_module, `include virtual` only. Everything an article brings has been neutralised before.
For a cache that puts fragments in by itself the same includes are written as ESI (W3C Note, ESI Language 1.0), and
whatever else a page holds that looks like ESI is made text.
"""

import html
import re
from collections.abc import Callable
from typing import Final

MAX_DEPTH: Final = 3  # a fragment may hold a fragment; deeper is a circle

_INCLUDE = re.compile(rb'<!--#include virtual="(/_fragments/[^"]*)" -->')

_DIRECTIVE = re.compile(rb"<(?=/?esi:|!--esi)", re.IGNORECASE)

Shell = tuple[bytes | str, ...]  # bytes as they are, text = the path of a fragment


def split(page: bytes) -> Shell:
    """Cut a page at its includes."""
    parts: list[bytes | str] = []
    position = 0
    for match in _INCLUDE.finditer(page):
        parts += [page[position : match.start()], match[1].decode("ascii", "replace")]
        position = match.end()
    parts.append(page[position:])
    return tuple(parts)


def assemble(shell: Shell, fragment: Callable[[str], Shell], depth: int = MAX_DEPTH) -> bytes:
    """Join a page's parts; a missing fragment is nothing, as it is to nginx."""
    if depth == 0:
        return b""
    return b"".join(
        part if isinstance(part, bytes) else assemble(fragment(part), fragment, depth - 1) for part in shell
    )


def as_esi(shell: Shell) -> bytes:
    """Join a page's parts with `<esi:include>` for its fragments; no other directive is left, whoever wrote it."""
    return b"".join(
        _DIRECTIVE.sub(b"&lt;", part)
        if isinstance(part, bytes)
        else b'<esi:include src="%s"/>' % html.escape(part).encode()
        for part in shell
    )
