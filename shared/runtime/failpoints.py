"""Places where a test may kill or hold the process; nothing happens unless `LITFASS_FAILPOINTS` names them.

    LITFASS_FAILPOINTS="render.after-put=crash:0.02,delivery.after-park=crash"

`crash` ends the process at once, as `kill -9` would; `:0.02` does it in that share of the passages. Tests only.
"""

import os
import random
import signal


def _read(text: str) -> dict[str, float]:
    points: dict[str, float] = {}
    for item in filter(None, text.split(",")):
        name, _, action = item.partition("=")
        kind, _, share = action.partition(":")
        if kind != "crash":
            raise ValueError(f"LITFASS_FAILPOINTS: {item!r} is not NAME=crash or NAME=crash:SHARE")
        points[name.strip()] = float(share or 1)
    return points


_POINTS = _read(os.environ.get("LITFASS_FAILPOINTS", ""))


def failpoint(name: str) -> None:
    """Die here if the environment says so; costs one dictionary look-up otherwise."""
    share = _POINTS.get(name)
    if share is not None and random.random() < share:  # noqa: S311 -- chance for a test, no secret
        os.kill(os.getpid(), signal.SIGKILL)
