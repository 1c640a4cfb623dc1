"""The floor of page reads: a Starlette route that answers one page from memory, under our own way to serve."""

import asyncio
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.runtime.serve import serve


def app(page: bytes) -> Starlette:
    async def answer(_: Request) -> Response:
        return Response(page, media_type="text/html", headers={"cache-control": "public, max-age=5"})

    return Starlette(routes=[Route("/{path:path}", answer)])


if __name__ == "__main__":
    asyncio.run(serve(app(Path(sys.argv[1]).read_bytes()), host="127.0.0.1", port=int(sys.argv[2])))
