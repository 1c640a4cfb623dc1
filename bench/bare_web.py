"""The floor's web process: verify, clean, XADD; and pages out of Redis. Raw ASGI under Granian, raw redis-py."""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
from typing import Any

import nh3
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from redis.asyncio import Redis

from bench.material import KEY

STREAM = "bare:articles"
PAGE = "bare:page:"


class App:
    """Everything that this process does."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "POST":
            status, body = await self._take(dict(scope["headers"]), await _body(receive))
        else:
            page = await self._redis.get(PAGE + scope["path"])
            status, body = (404, b"") if page is None else (200, page)
        headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _take(self, headers: dict[bytes, bytes], body: bytes) -> tuple[int, bytes]:
        signed = b".".join([headers[b"webhook-id"], headers[b"webhook-timestamp"], body])
        mac = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256))
        if not hmac.compare_digest(b"v1," + mac, headers[b"webhook-signature"]):
            return 401, b""
        article = json.loads(body)["data"]
        article["body"] = nh3.clean(article["body"])
        await self._redis.xadd(STREAM, {b"article": json.dumps(article, ensure_ascii=False).encode()})
        return 202, b'{"status":"accepted"}'


async def _body(receive: Any) -> bytes:
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    return body


async def main(redis_url: str, port: int) -> None:
    server = Server(
        App(Redis.from_url(redis_url, protocol=2)), address="127.0.0.1", port=port, interface=Interfaces.ASGINL,
        http=HTTPModes.http1, websockets=False, log_enabled=False, log_level=LogLevels.error,
    )  # fmt: skip
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
