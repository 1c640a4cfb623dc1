"""Fill an empty newsroom once with the demo's articles, as a CMS would: one signed batch over HTTP to our own port.

What was sent, and by which clock, stands in the data folder: a start after a crash sends exactly the same again, and
accept takes each article once; a start after that sends nothing, so that what an editor took back stays away.
"""

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from rich.console import Console

from litfass.manuscript import Manuscript, read_manuscript
from shared.contracts.base import SiteName, SourceName
from shared.contracts.config import LitfassConfig
from shared.runtime.clock import moment, system_clock
from shared.runtime.errors import LitfassError
from shared.runtime.pagestore import PageStore
from shared.runtime.settings import secrets_of

MARK: Final = "demo.json"  # in the data folder
READY_S: Final = 20.0  # how long the server may take until it answers
ANSWER_S: Final = 30.0  # how long it may take over the batch
LOOK_EVERY_S: Final = 0.05


class DemoFault(LitfassError):
    """The demo's articles could not be sent."""

    reason = "demo"


@dataclass(frozen=True)
class Mark:
    """How far the demo came.

    Args:
        clock_ms: what the articles' relative dates were counted from, milliseconds since 1970.
    """

    clock_ms: int
    is_done: bool

    @classmethod
    def read(cls, data: Path) -> "Mark | None":
        """Return the mark in a data folder; None when there is none that can be read."""
        try:
            return cls(**json.loads((data / MARK).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, data: Path) -> None:
        """Leave it for the next start."""
        (data / MARK).write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


async def seed_demo(
    config: LitfassConfig, *, base_url: str, environ: Mapping[str, str], data: Path, console: Console
) -> None:
    """Fill the newsroom that answers at `base_url`, unless it has articles or was filled before; say what came of it.

    Args:
        environ: where the source's secret may be.
        data: the folder that remembers it.
    """
    try:
        said = await _seed(config, base_url=base_url, environ=environ, data=data)
    except (LitfassError, OSError, http.client.HTTPException) as fault:
        said = f"The demo's articles are not all here, the next start tries again: {fault}"
    if said:
        console.print(f"  {said}", highlight=False, style="dim", markup=False)


async def _seed(config: LitfassConfig, *, base_url: str, environ: Mapping[str, str], data: Path) -> str:
    source = next((name for name, each in config.sources().items() if each.adapter == "standard" and each.secrets), "")
    if not source:
        return "No source of this newsroom speaks `standard`, so it has no demo articles."
    mark, site, store = Mark.read(data), SiteName(config.source[source].site), PageStore(config.pages.store)
    if mark and mark.is_done:
        await put_media(store, site)  # the page store may be another one now
        return ""
    await _until_ready(base_url)
    if mark is None:
        if await asyncio.to_thread(_has_articles, base_url):
            return ""  # a newsroom with articles of its own, or one whose data folder is new
        mark = Mark(system_clock(), is_done=False)
        mark.write(data)
    await put_media(store, site)
    bodies = deliveries(now=moment(mark.clock_ms).astimezone(config.site[site].zone), zone=config.site[site].zone)
    secret = secrets_of(config.source[source], environ)[0]
    batch_id = f"demo_{mark.clock_ms}"  # the same after a crash: each line of it is taken once
    results = await asyncio.to_thread(_send, base_url, SourceName(source), bodies, secret, batch_id)
    faults = [result for result in results if result.get("http_status") not in {200, 202}]
    if faults or len(results) != len(bodies):
        raise DemoFault(f"{len(results) - len(faults)} of {len(bodies)} were taken; {faults[:1]}")
    Mark(mark.clock_ms, is_done=True).write(data)
    return f"{len(bodies)} demo articles are in."


def manuscripts(*, now: datetime, zone: ZoneInfo) -> list[Manuscript]:
    """Return the demo's articles, by the name of their file; raises ManuscriptFault."""
    with as_file(files("litfass").joinpath("demo/articles")) as folder:
        return [read_manuscript(file, now=now, zone=zone) for file in sorted(folder.glob("*.md"))]


def deliveries(*, now: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return what the demo's CMS sends, oldest publication first."""
    bodies = []
    for each in manuscripts(now=now, zone=zone):
        body = each.delivery(now=now)
        # By the files' own times every article would look edited when this version was installed.
        if "updated_at" not in each.article:
            body["data"]["updated_at"] = body["data"].get("correction", {}).get("at", body["data"]["published_at"])
        bodies.append(body)
    return sorted(bodies, key=lambda body: datetime.fromisoformat(body["data"]["published_at"]))


async def put_media(store: PageStore, site: SiteName) -> int:
    """Put the demo's pictures where readers find them, /media/…; return how many were new. Raises StoreAway.

    Only stream workers put pages. Pictures are a CMS's own matter, and the demo has none that could serve them.
    """
    put = []
    for name, below in (("demo/media", "/media/"), ("demo/ads", "/media/ads/")):
        with as_file(files("litfass").joinpath(name)) as folder:
            put += [await store.put(site, f"{below}{file.name}", file.read_bytes()) for file in folder.glob("*.svg")]
    return sum(put)


# --- HTTP, with the standard library: the demo should not need a client that nothing else needs ----------------------


async def _until_ready(base_url: str) -> None:
    end = time.monotonic() + READY_S
    while True:
        try:
            status, _ = await asyncio.to_thread(_request, base_url, "GET", "/health/ready")
        except (OSError, http.client.HTTPException):
            status = 0
        if status == 200:
            return
        if time.monotonic() > end:
            raise DemoFault(f"the newsroom did not answer within {READY_S:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)


def _has_articles(base_url: str) -> bool:
    status, body = _request(base_url, "GET", "/api/v1/articles?limit=1")
    if status != 200:
        raise DemoFault(f"the newsroom does not say whether it has articles (HTTP {status})")
    return bool(json.loads(body)["items"])


def _send(
    base_url: str, source: SourceName, bodies: Sequence[Mapping[str, Any]], secret: str, message_id: str
) -> list[dict[str, Any]]:
    """Send a batch; return the result of each line."""
    payload = b"\n".join(json.dumps(body, ensure_ascii=False).encode() for body in bodies) + b"\n"
    headers = {"content-type": "application/x-ndjson", **signed(payload, secret, message_id=message_id)}
    status, answer = _request(base_url, "POST", f"/webhooks/{source}/batch", payload, headers)
    if status != 200:
        raise DemoFault(f"the newsroom answered {status}: {answer[:300].decode(errors='replace')}")
    return [json.loads(line) for line in answer.splitlines()]


def signed(body: bytes, secret: str, *, message_id: str) -> dict[str, str]:
    """Return the headers that prove a body. Source: Standard Webhooks 1.0.0."""
    stamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, b".".join([message_id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def _request(
    base_url: str, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_S)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
