"""Partners, to be killed: `python -m tests.support.partners receive|read FOLDER`, with FOLDER/partners.json.

`receive` is where webhooks come to, `read` are those who come to us. What each has got stands in FOLDER/<name>.log, a
line of JSON a piece with the ids of the events and the place to go on from; a line that a kill cut has never been.
"""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from standardwebhooks import Webhook, WebhookVerificationError

from litfass.client import CannotSubscribe, subscribe
from tests.support.receiver import Received, a_receiver

Way = Literal["webhook", "pull", "stream", "redis"]


@dataclass(frozen=True)
class Partner:
    """One subscriber: how it gets its events, and what it was given for that (a token, a secret, a URL)."""

    name: str
    way: Way
    key: str


@dataclass(frozen=True)
class Plan:
    """Who they are, and where they find us."""

    partners: tuple[Partner, ...]
    feed_url: str
    port: int

    def write(self, folder: Path) -> None:
        (folder / "partners.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> "Plan":
        plan = json.loads((folder / "partners.json").read_text())
        return cls(**plan | {"partners": tuple(Partner(**one) for one in plan["partners"])})


class Log:
    """What one partner has got."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.log"

    def open(self) -> None:
        """Go on writing behind the last whole line."""
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT)
        data = self._path.read_bytes()
        os.truncate(self._file, data.rfind(b"\n") + 1)
        os.lseek(self._file, 0, os.SEEK_END)

    def take(self, ids: list[str], place: str = "") -> None:
        os.write(self._file, json.dumps([ids, place]).encode() + b"\n")

    def ids(self) -> list[str]:
        return [id_ for ids, _ in self._lines() for id_ in ids]

    def place(self) -> str:
        return next((place for _, place in reversed(self._lines())), "")

    def _lines(self) -> list[Any]:
        whole, _, _ = (self._path.read_bytes() if self._path.exists() else b"").rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]


async def pull(client: httpx.AsyncClient, partner: Partner, log: Log) -> None:
    place = log.place()
    while True:
        question = {"after": place, "limit": 50, "wait": 10}
        answer = await client.get("/api/v1/events", params=question, headers=_token(partner))
        answer.raise_for_status()
        found = answer.json()
        place = found["next"]
        log.take([event["id"] for event in found["items"]], place)


async def stream(client: httpx.AsyncClient, partner: Partner, log: Log) -> None:
    place = {"Last-Event-ID": log.place()} if log.place() else {}
    async with client.stream("GET", "/api/v1/stream", headers=_token(partner) | place) as answer:
        answer.raise_for_status()
        async for ids, last_id in _messages(answer.aiter_lines()):
            log.take(ids, last_id)


async def _messages(lines: AsyncIterator[str]) -> AsyncIterator[tuple[list[str], str]]:
    """Give each message's event, if it has one, and its place."""
    ids: list[str] = []
    last_id = ""
    async for line in lines:
        field, _, value = line.partition(": ")
        if field == "data":
            ids.append(json.loads(value)["id"])
        elif field == "id":
            last_id = value
        elif not line and last_id:
            yield ids, last_id
            ids, last_id = [], ""


async def redis(_: httpx.AsyncClient, partner: Partner, log: Log) -> None:
    async for event in subscribe(partner.key, consumer="one"):
        log.take([event.id])


WAYS = {"pull": pull, "stream": stream, "redis": redis}


async def keep_reading(client: httpx.AsyncClient, partner: Partner, log: Log) -> None:
    """Read, and come again whenever the newsroom is away."""
    log.open()
    while True:
        with contextlib.suppress(httpx.HTTPError, CannotSubscribe):
            await WAYS[partner.way](client, partner, log)
        await asyncio.sleep(0.2)


async def read(plan: Plan, folder: Path) -> None:
    async with httpx.AsyncClient(base_url=plan.feed_url, timeout=20) as client, asyncio.TaskGroup() as tasks:
        for partner in plan.partners:
            if partner.way != "webhook":
                tasks.create_task(keep_reading(client, partner, Log(folder, partner.name)))


async def receive(plan: Plan, folder: Path) -> None:
    """Take what the official library verifies."""
    hooks = {f"/{one.name}": (Webhook(one.key), Log(folder, one.name)) for one in plan.partners if one.way == "webhook"}
    for _, log in hooks.values():
        log.open()

    def answer(request: Received) -> int:
        webhook, log = hooks[request.path]
        try:
            event = webhook.verify(request.body, request.headers)
        except WebhookVerificationError:
            return 401
        log.take([event["id"]], request.headers["webhook-id"])
        return 204

    async with a_receiver(answer, port=plan.port):
        await asyncio.Event().wait()


def _token(partner: Partner) -> dict[str, str]:
    return {"Authorization": f"Bearer {partner.key}"}


if __name__ == "__main__":
    role, where = sys.argv[1], Path(sys.argv[2])
    asyncio.run({"read": read, "receive": receive}[role](Plan.read(where), where))
