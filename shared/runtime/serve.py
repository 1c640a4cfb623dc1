"""Answer HTTP in the running loop, with Granian."""

import asyncio
import gc
import signal
from collections.abc import Callable
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

BACKLOG: Final = 1024  # connections that may wait to be taken
# Requests in hand at a time, streams among them; Granian takes as many as may wait when it is not told, and the next
# one, whatever it wants, waits for one of those. More than feed streams to (LITFASS_FEED_STREAM_CLIENTS).
AT_ONCE: Final = 20_000
# Python's 700 objects would have it look for circles several times a request, which has few; a tenth of all time goes
# there (ADR-0010). Circles are still found, later.
GARBAGE_AFTER: Final = (20_000, 20, 50)


async def serve(
    app: Any,
    *,
    host: str,
    port: int,
    on_ready: Callable[[], None] | None = None,
    on_stop: Callable[[], None] | None = None,
) -> None:
    """Serve `app` until SIGTERM or SIGINT, then shut its lifespan down.

    Args:
        on_stop: ends answers that never end by themselves; the server waits for them.
    """
    server = Server(
        app, address=host, port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, backlog=BACKLOG,
        backpressure=AT_ONCE, websockets=False, log_enabled=False, log_level=LogLevels.error,
    )  # fmt: skip
    gc.freeze()  # what was loaded until now stays
    gc.set_threshold(*GARBAGE_AFTER)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    serving = asyncio.create_task(server.serve())
    if on_ready:
        loop.call_later(0, on_ready)
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if on_stop:
        on_stop()
    if not serving.done():
        server.stop()  # type: ignore[no-untyped-call]  # Granian leaves it untyped
    waiting.cancel()
    await serving
