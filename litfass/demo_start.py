"""Fill an empty demo newsroom once, as a CMS would: signed deliveries over HTTP to our own port."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from rich.console import Console

from litfass.manuscript import read_manuscript
from shared.contracts.config import LitfassConfig

DONE: Final = "demo-filled"  # in the data folder: what was retracted must not come back at the next start
SOURCE: Final = "redaktion"
TIMEOUT_S: Final = 10.0
PORT_TRIES: Final = 100  # a tenth of a second apart: the server says that it starts a moment before it listens


async def seed_demo(config: LitfassConfig, *, data: Path, console: Console) -> None:
    """Send every article of the demo, unless it was done before; say how many came in."""
    done = data / DONE
    if done.exists() or SOURCE not in config.source:
        return
    site = config.site[config.source[SOURCE].site]
    secret = (data / "demo-secret").read_text().strip()
    with as_file(files("litfass").joinpath("demo/articles")) as folder:
        now = datetime.now(UTC)
        articles = [read_manuscript(file, now=now, zone=site.zone) for file in sorted(folder.glob("*.md"))]
    await _until_it_listens(site.base_url)
    for article in articles:
        delivery = article.delivery(now=now)
        delivery["data"]["updated_at"] = delivery["data"]["published_at"]  # the files' own times say nothing here
        try:
            await asyncio.to_thread(_send, f"{site.base_url}/webhooks/{SOURCE}", article.id, delivery, secret)
        except urllib.error.HTTPError as fault:
            detail = fault.read().decode(errors="replace")
            console.print(f"  {article.id}: {detail}", style="red", highlight=False, markup=False)
            return
        except OSError as fault:
            console.print(f"  The demo articles were not sent: {fault}", style="red", highlight=False, markup=False)
            return
    done.touch()
    console.print(f"  {len(articles)} demo articles are in.", style="dim", highlight=False)


async def _until_it_listens(url: str) -> None:
    address = urlsplit(url)
    for _ in range(PORT_TRIES):
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


def _send(url: str, article_id: str, delivery: Mapping[str, Any], secret: str) -> None:
    body = json.dumps(delivery, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data=body, headers=_signed(body, f"demo-{article_id}", secret))  # noqa: S310 -- our own address
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- see above
        answer.read()


def _signed(body: bytes, message_id: str, secret: str) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    stamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, b".".join([message_id.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
